import type { ByteSource } from './byte-source.ts';
import { codestreamKind } from './codestream.ts';
import type { DataSet } from './data-set.ts';
import {
  dataView,
  type Element,
  ElementReader,
  ITEM,
  SEQUENCE_END,
  UNDEFINED,
} from './elements.ts';
import { damaged, tagText } from './errors.ts';

/** A piece of the file. */
interface Fragment {
  offset: number;
  length: number;
}

/** Fragments of a file: those of 100,000 frames are usually as many. */
const MAX_FRAGMENTS = 1_000_000;
/** The bytes that a fragment is told by. */
const START = 12;

/** Coded frames in fragments (PS3.5, annex A.4): found by offset tables, or by what the fragments are. */
export class Fragments {
  private readonly fragments: Fragment[] = [];
  /** First fragment of each frame, and the number of fragments behind the last frame. */
  private readonly starts: number[];

  /**
   * @param rle whether frames are coded by RLE, which is told by its header alone
   * @throws SemblanceError DICOM_DAMAGED
   */
  constructor(
    private readonly bytes: ByteSource,
    element: Element,
    private readonly attributes: DataSet,
    private readonly frames: number,
    private readonly rle: boolean,
  ) {
    const table = this.read(element);
    this.starts = this.split(table);
  }

  /**
   * The coded bytes of a frame.
   * @throws SemblanceError DICOM_DAMAGED
   */
  frame(index: number): Uint8Array {
    const [from, to] = [this.starts[index] as number, this.starts[index + 1] as number];
    const parts = this.fragments.slice(from, to);
    if (parts.length === 1) return this.view(parts[0] as Fragment);
    const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      bytes.set(this.view(part), at);
      at += part.length;
    }
    return bytes;
  }

  private view({ offset, length }: Fragment): Uint8Array {
    return this.bytes.view(offset, length);
  }

  /** Finds all fragments; the first item is the basic offset table, which is returned. */
  private read({ offset }: Element): number[] {
    const reader = new ElementReader(this.bytes);
    const little = { little: true };
    let table: number[] | undefined;
    // Some writers forget the delimiter at the end of the file.
    for (let at = offset; at + 8 <= this.bytes.size; ) {
      const { tag, length } = reader.itemHeader(at, little);
      if (tag === SEQUENCE_END) break;
      if (tag !== ITEM || length === UNDEFINED) {
        throw damaged(`Its pixels have ${tagText(tag)} in place of a fragment.`);
      }
      at += 8;
      if (at + length > this.bytes.size) {
        throw damaged(`A fragment of its pixels promises ${length} bytes; the file ends before.`);
      }
      if (table === undefined) {
        table = this.table(at, length);
      } else if (this.fragments.length < MAX_FRAGMENTS) {
        this.fragments.push({ offset: at, length });
      } else throw damaged(`Its pixels have more than ${MAX_FRAGMENTS} fragments.`);
      at += length;
    }
    return table ?? [];
  }

  /** The basic offset table, where it has an entry for each frame. */
  private table(offset: number, length: number): number[] {
    if (length !== this.frames * 4 || this.frames > MAX_FRAGMENTS) return [];
    const view = dataView(this.bytes.view(offset, length));
    return Array.from({ length: this.frames }, (_, i) => view.getUint32(i * 4, true));
  }

  private split(table: readonly number[]): number[] {
    const { fragments, frames } = this;
    const count = fragments.length;
    if (frames === 1) {
      if (count === 0) throw damaged('Its pixels have no fragment.');
      return [0, count];
    }
    const starts = this.byOffsets(this.extendedTable()) ?? this.byOffsets(table);
    if (starts !== undefined) return starts;
    if (count < frames) throw damaged(`It promises ${frames} frames and has ${count} fragments.`);
    if (count === frames) return Array.from({ length: frames + 1 }, (_, i) => i);
    const found = fragments.flatMap((fragment, i) => (this.beginsFrame(fragment) ? [i] : []));
    if (found.length !== frames || found[0] !== 0) {
      throw damaged(
        `It promises ${frames} frames; ${found.length} of its ${count} fragments begin one.`,
      );
    }
    return [...found, count];
  }

  /** The 64-bit offsets of the extended offset table. */
  private extendedTable(): number[] {
    return this.attributes.has('ExtendedOffsetTable')
      ? this.attributes.numbers('ExtendedOffsetTable')
      : [];
  }

  /** First fragments by offsets from the first fragment on; undefined where they do not fit. */
  private byOffsets(offsets: readonly number[]): number[] | undefined {
    const { fragments, frames } = this;
    if (offsets.length !== frames || fragments.length < frames) return undefined;
    const base = (fragments[0] as Fragment).offset - 8;
    const places = new Map(fragments.map(({ offset }, i) => [offset - 8 - base, i]));
    const starts: number[] = [];
    for (const offset of offsets) {
      const start = places.get(offset);
      if (start === undefined || start <= (starts.at(-1) ?? -1)) return undefined;
      starts.push(start);
    }
    return starts[0] === 0 ? [...starts, fragments.length] : undefined;
  }

  private beginsFrame({ offset, length }: Fragment): boolean {
    if (this.rle) return isRle(this.bytes.view(offset, Math.min(length, 64)));
    return codestreamKind(this.bytes.view(offset, Math.min(length, START))) !== undefined;
  }
}

/** Whether bytes begin with a header of RLE: a number of segments, and their ascending offsets. */
function isRle(head: Uint8Array): boolean {
  if (head.length < 64) return false;
  const view = dataView(head);
  const count = view.getUint32(0, true);
  if (count < 1 || count > 15 || view.getUint32(4, true) !== 64) return false;
  for (let i = 1; i < 15; i++) {
    const [before, offset] = [view.getUint32(i * 4, true), view.getUint32(i * 4 + 4, true)];
    if (i < count ? offset <= before : offset !== 0) return false;
  }
  return true;
}
