import type { ByteSource } from './byte-source.ts';
import { damaged, tagText } from './errors.ts';
import type { ValueEncoding } from './transfer-syntax.ts';

/** Where an element of a data set stands. */
export interface Element {
  tag: number;
  /** As the file says; undefined where it does not (implicit VR). */
  vr: string | undefined;
  /** Place of its value in the file. */
  offset: number;
  /** Bytes of its value; without those of the delimiter for one of undefined length. */
  length: number;
  /** Its length was not written: it is a sequence, or pixels in fragments. */
  open: boolean;
  /** The file ends before it does; only of pixels. */
  cut: boolean;
}

/** Sequences inside each other; real ones stay below ten. */
const MAX_DEPTH = 64;
/** Elements that are walked over in one file: an enhanced object of 10,000 frames has about a million. */
const MAX_ELEMENTS = 4_000_000;

export const UNDEFINED = 0xffffffff;
export const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
export const SEQUENCE_END = 0xfffee0dd;

/** Representations whose length takes 32 bits (PS3.5, table 7.1-1), with those of later editions. */
export const LONG = new Set('OB OD OF OL OV OW SQ SV UC UN UR UT UV'.split(' '));
const SHORT = new Set('AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US'.split(' '));

/** Pixels of each kind: their value is not walked over, whatever its length. */
export function isPixelData(tag: number): boolean {
  return tag === 0x7fe00010 || tag === 0x7fe00008 || tag === 0x7fe00009;
}

/** Walks over the elements of a file without keeping or copying what they hold. */
export class ElementReader {
  private walked = 0;

  constructor(readonly bytes: ByteSource) {}

  /**
   * The element at a place; `end` is the place behind it. One of undefined length is walked to its end,
   * except pixels.
   * @throws SemblanceError DICOM_DAMAGED
   */
  read(at: number, encoding: ValueEncoding, depth = 0): { element: Element; end: number } {
    const element = this.header(at, encoding);
    const { offset, length, tag } = element;
    if (!element.open) return { element, end: offset + length };
    if (isPixelData(tag) && depth === 0) {
      return { element: { ...element, length: this.bytes.size - offset }, end: this.bytes.size };
    }
    const inner = this.innerEncoding(element, encoding);
    const end = this.endOfItems(offset, inner, depth + 1);
    return { element: { ...element, length: end - 8 - offset }, end };
  }

  /** The tag at a place, whatever follows it. */
  tagAt(at: number, { little }: Pick<ValueEncoding, 'little'>): number {
    return this.bytes.uint16(at, little) * 0x10000 + this.bytes.uint16(at + 2, little);
  }

  /**
   * The encoding of a sequence's items: those of an unknown representation are implicit (PS3.5, 6.2.2), except for
   * writers that name representations there too.
   */
  innerEncoding({ vr, offset, length }: Element, encoding: ValueEncoding): ValueEncoding {
    if (vr !== 'UN') return encoding;
    // Behind the head of an item and a tag.
    if (length >= 16 && this.bytes.size >= offset + 16) {
      const code = this.bytes.uint16(offset + 12, false);
      const named = String.fromCharCode(code >> 8, code & 255);
      if (LONG.has(named) || SHORT.has(named)) return encoding;
    }
    return { explicit: false, little: true };
  }

  /** Places of the items of a sequence. */
  *items(
    { offset, length }: Pick<Element, 'offset' | 'length'>,
    encoding: ValueEncoding,
    depth: number,
  ): Generator<{ start: number; end: number }> {
    const last = offset + length;
    for (let at = offset; at + 8 <= last; ) {
      const { tag, length: size } = this.itemHeader(at, encoding);
      at += 8;
      if (tag === SEQUENCE_END) return;
      if (tag === ITEM_END) continue;
      if (tag !== ITEM) throw damaged(`A sequence has ${tagText(tag)} in place of an item.`);
      if (size === UNDEFINED) {
        const end = this.endOfItem(at, encoding, depth + 1);
        yield { start: at, end: end - 8 };
        at = end;
      } else {
        if (at + size > last) throw damaged('An item is longer than its sequence.');
        yield { start: at, end: at + size };
        at += size;
      }
    }
  }

  private header(at: number, encoding: ValueEncoding): Element {
    const { explicit, little } = encoding;
    const { bytes } = this;
    this.count();
    const tag = this.tagAt(at, encoding);
    // Delimiters and items have no representation in any encoding.
    if (explicit && tag < ITEM) {
      const code = bytes.uint16(at + 4, false);
      const vr = String.fromCharCode(code >> 8, code & 255);
      const isLong =
        LONG.has(vr) || (isVr(vr) && !SHORT.has(vr) && bytes.uint16(at + 6, little) === 0);
      if (isLong) {
        const length = bytes.uint32(at + 8, little);
        return this.checked({
          tag,
          vr,
          offset: at + 12,
          length,
          open: length === UNDEFINED,
          cut: false,
        });
      }
      if (isVr(vr)) {
        const length = bytes.uint16(at + 6, little);
        return this.checked({ tag, vr, offset: at + 8, length, open: false, cut: false });
      }
    }
    const length = bytes.uint32(at + 4, little);
    return this.checked({
      tag,
      vr: undefined,
      offset: at + 8,
      length,
      open: length === UNDEFINED,
      cut: false,
    });
  }

  private checked(element: Element): Element {
    const left = this.bytes.size - element.offset;
    if (element.open || element.length <= left) return element;
    // Of pixels that are cut off the first frames may be whole.
    if (isPixelData(element.tag)) return { ...element, length: left, cut: true };
    throw damaged(
      `The element ${tagText(element.tag)} promises ${element.length} bytes, and ${left} are left.`,
    );
  }

  private endOfItems(from: number, encoding: ValueEncoding, depth: number): number {
    for (let at = from; ; ) {
      const { tag, length } = this.itemHeader(at, encoding);
      at += 8;
      if (tag === SEQUENCE_END) return at;
      // Some writers close an item of defined length too.
      if (tag === ITEM_END) continue;
      if (tag !== ITEM) throw damaged(`A sequence has ${tagText(tag)} in place of an item.`);
      at = length === UNDEFINED ? this.endOfItem(at, encoding, depth) : at + length;
    }
  }

  private endOfItem(from: number, encoding: ValueEncoding, depth: number): number {
    if (depth > MAX_DEPTH) throw damaged(`Its sequences are nested more than ${MAX_DEPTH} deep.`);
    for (let at = from; ; ) {
      const { element, end } = this.read(at, encoding, depth);
      if (element.tag === ITEM_END) return end;
      if (element.tag === SEQUENCE_END) throw damaged('A sequence ends inside an item.');
      at = end;
    }
  }

  /** The item or delimiter at a place. */
  itemHeader(at: number, encoding: Pick<ValueEncoding, 'little'>): { tag: number; length: number } {
    this.count();
    const length = this.bytes.uint32(at + 4, encoding.little);
    return { tag: this.tagAt(at, encoding), length };
  }

  private count(): void {
    this.walked += 1;
    if (this.walked > MAX_ELEMENTS) throw damaged(`It has more than ${MAX_ELEMENTS} elements.`);
  }
}

export function isVr(vr: string): boolean {
  return /^[A-Z]{2}$/.test(vr);
}

export function dataView(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
