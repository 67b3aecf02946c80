import { DTYPE_BYTES } from '../../encoding/checkpoints/dtype.ts';
import type { RangeFile } from '../../encoding/checkpoints/file.ts';
import type { CheckpointDtype } from '../../encoding/checkpoints/tensor-source.ts';
import { MAX_DIMENSION } from './matrix-builder.ts';

/*
 * The plain form of HDF5, as h5py writes a data set for each image: superblock 0 or 1, groups as B-trees of version 1
 * with symbol tables, object headers of version 1, numbers in one piece
 * (https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html). The library takes some tenths of a
 * millisecond for each data set and holds the names of all; of millions of data sets only this form is read
 * here, and whatever is not exactly of it is left to the library.
 */

const SIGNATURE = '\x89HDF\r\n\x1a\n';
/** Bytes read at once, and pieces that are kept. */
const PIECE = 2 ** 16;
const PIECES = 128;
/** No tree is higher by right. */
const HIGHEST = 64;
const LONGEST_HEADER = 2 ** 16;
/** Bytes of an entry of a symbol table, and what says of one that it is a group. */
const ENTRY = 40;
const IS_GROUP = 1;
const IN_ONE_PIECE = 1;

/** Floats of the IEEE in little-endian order, by the bytes of their description. */
const FLOATS: Readonly<Record<string, CheckpointDtype>> = {
  '11200f000200000000001000 0a05000a 0f000000': 'F16',
  '11201f000400000000002000 17080017 7f000000': 'F32',
  '11203f000800000000004000 340b0034 ff030000': 'F64',
};
const DTYPES = new Map(
  Object.entries(FLOATS).map(([hex, dtype]) => [hex.replaceAll(' ', ''), dtype]),
);
const DESCRIPTION = 20;

/** Kinds of messages of an object header. */
const SPACE = 0x01;
const TYPE = 0x03;
const LAYOUT = 0x08;
const CONTINUATION = 0x10;
/** Those that change nothing in what the numbers are: padding, fill values, attributes, times. */
const HARMLESS: ReadonlySet<number> = new Set([0x00, 0x04, 0x05, 0x0c, 0x0e, 0x12]);
/** An attribute or anything else that is shared lies elsewhere; only its place is here. */
const SHARED = 0x02;

/** What is not of the plain form: the library is to read it. */
class OtherForm extends Error {}

/** A message that is shorter than it should be lets a read end behind it. */
function isOtherForm(error: unknown): boolean {
  return error instanceof OtherForm || error instanceof RangeError;
}

/** Where the numbers of a data set are. */
export interface ClassicVector {
  length: number;
  dtype: CheckpointDtype;
  offset: number;
}

/** A member of a group. */
export interface ClassicMember {
  /** Path in the file, without a slash before it. */
  name: string;
  /** Undefined for what is no vector of the plain form. */
  vector: ClassicVector | undefined;
}

/** A file's pieces, of which the last used are kept: what belongs together lies near to each other. */
class Pieces {
  private readonly kept = new Map<number, Buffer>();

  constructor(private readonly file: RangeFile) {}

  get size(): number {
    return this.file.size;
  }

  /** @throws OtherForm when the file does not have the range */
  read(offset: number, length: number): Buffer {
    if (!(offset >= 0 && offset + length <= this.file.size)) throw new OtherForm();
    const first = Math.floor(offset / PIECE);
    const last = Math.floor((offset + length - 1) / PIECE);
    if (last > first + 1) return this.file.read(offset, length);
    const at = offset - first * PIECE;
    const piece = this.piece(first);
    if (last <= first) return piece.subarray(at, at + length);
    return Buffer.concat([piece.subarray(at), this.piece(last).subarray(0, at + length - PIECE)]);
  }

  private piece(number: number): Buffer {
    const known = this.kept.get(number);
    const start = number * PIECE;
    const piece = known ?? this.file.read(start, Math.min(PIECE, this.file.size - start));
    this.kept.delete(number);
    this.kept.set(number, piece);
    if (this.kept.size > PIECES) {
      const [oldest] = this.kept.keys();
      this.kept.delete(oldest as number);
    }
    return piece;
  }
}

/** An unsigned number of 64 bits; what a double cannot hold is larger than any file. */
function long(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
}

interface Group {
  tree: number;
  heap: number;
}

/** A file all of whose groups are of the plain form. */
export class ClassicHdf5 {
  private constructor(
    private readonly pieces: Pieces,
    private readonly root: Group,
    /** Members, without groups that have some. */
    readonly count: number,
  ) {}

  /** The file, where all its groups are of this form; its data sets may still be of others. */
  static open(file: RangeFile): ClassicHdf5 | undefined {
    const pieces = new Pieces(file);
    try {
      const root = rootOf(pieces);
      let count = 0;
      for (const _ of entriesBelow(pieces, root)) count += 1;
      return new ClassicHdf5(pieces, root, count);
    } catch (error) {
      if (isOtherForm(error)) return undefined;
      throw error;
    }
  }

  /**
   * All members but groups that have some, in the order of their names in each group, as the library lists them.
   * @param from so many at the beginning are passed over unread
   */
  *members(from = 0): Generator<ClassicMember> {
    let place = 0;
    for (const [name, header] of entriesBelow(this.pieces, this.root)) {
      if (place++ >= from) yield { name, vector: this.vectorAt(header) };
    }
  }

  /** The numbers of a member as they lie in the file. */
  bytes({ length, dtype, offset }: ClassicVector): Buffer {
    return this.pieces.read(offset, length * DTYPE_BYTES[dtype]);
  }

  private vectorAt(header: number): ClassicVector | undefined {
    try {
      return vectorOf(this.pieces, header);
    } catch (error) {
      if (isOtherForm(error)) return undefined;
      throw error;
    }
  }
}

/** Superblock of version 0 or 1, at the file's beginning, with places and lengths of 8 bytes. */
function rootOf(pieces: Pieces): Group {
  const head = pieces.read(0, 100);
  const version = head.readUInt8(8);
  const isPlain =
    head.toString('latin1', 0, 8) === SIGNATURE &&
    version <= 1 &&
    head.readUInt8(13) === 8 &&
    head.readUInt8(14) === 8;
  const start = version === 0 ? 24 : 28;
  // A file that ends before its end by its own account is for the library to refuse.
  const isWhole = long(head, start + 16) <= pieces.size;
  if (!isPlain || !isWhole || long(head, start) !== 0) throw new OtherForm();
  const group = groupOf(head.subarray(start + 32));
  if (group === undefined) throw new OtherForm();
  return group;
}

/** The group that an entry of a symbol table stands for. */
function groupOf(entry: Buffer): Group | undefined {
  return entry.readUInt32LE(16) === IS_GROUP
    ? { tree: long(entry, 24), heap: long(entry, 32) }
    : undefined;
}

/** Name and place of the header of everything in a group, and in those below it, but groups with members. */
function* entriesBelow(
  pieces: Pieces,
  { tree, heap }: Group,
  prefix = '',
  seen = new Set<number>(),
): Generator<[name: string, header: number]> {
  seen.add(tree);
  const head = pieces.read(heap, 32);
  if (head.toString('latin1', 0, 4) !== 'HEAP') throw new OtherForm();
  const names = Buffer.from(pieces.read(long(head, 24), long(head, 8)));
  for (const entry of symbols(pieces, tree)) {
    const at = long(entry, 0);
    const end = at < names.length ? names.indexOf(0, at) : -1;
    if (end === -1) throw new OtherForm();
    const name = prefix + names.toString('utf8', at, end);
    const group = groupOf(entry);
    let hasMembers = false;
    // A group that was there already is listed again, but not its members.
    if (group !== undefined && !seen.has(group.tree)) {
      for (const below of entriesBelow(pieces, group, `${name}/`, seen)) {
        hasMembers = true;
        yield below;
      }
    }
    if (!hasMembers) yield [name, long(entry, 8)];
  }
}

/** The entries of the symbol tables below a node of a group's B-tree, in the order of their names. */
function* symbols(pieces: Pieces, at: number, above = HIGHEST): Generator<Buffer> {
  const head = pieces.read(at, 24);
  const level = head.readUInt8(5);
  if (head.toString('latin1', 0, 4) !== 'TREE' || head.readUInt8(4) !== 0 || level >= above) {
    throw new OtherForm();
  }
  const count = head.readUInt16LE(6);
  // Between two children there is a key.
  const children = Buffer.from(pieces.read(at + 24, 16 * count + 8));
  for (let i = 0; i < count; i++) {
    const child = long(children, 16 * i + 8);
    if (level > 0) {
      yield* symbols(pieces, child, level);
      continue;
    }
    const node = pieces.read(child, 8);
    if (node.toString('latin1', 0, 4) !== 'SNOD') throw new OtherForm();
    const entries = Buffer.from(pieces.read(child + 8, ENTRY * node.readUInt16LE(6)));
    for (let from = 0; from < entries.length; from += ENTRY) {
      yield entries.subarray(from, from + ENTRY);
    }
  }
}

/** The numbers that an object's header describes; undefined for anything but floats in one piece of this file. */
function vectorOf(pieces: Pieces, header: number): ClassicVector | undefined {
  const prefix = pieces.read(header, 16);
  const size = prefix.readUInt32LE(8);
  if (prefix.readUInt8(0) !== 1 || size > LONGEST_HEADER) return undefined;
  const blocks = [Buffer.from(pieces.read(header + 16, size))];
  let left = prefix.readUInt16LE(2);
  let length: number | undefined;
  let dtype: CheckpointDtype | undefined;
  let data: { offset: number; bytes: number } | undefined;
  for (let block = blocks.shift(); block !== undefined && left > 0; block = blocks.shift()) {
    for (let at = 0; at + 8 <= block.length && left > 0; left--) {
      const type = block.readUInt16LE(at);
      const body = block.subarray(at + 8, at + 8 + block.readUInt16LE(at + 2));
      if (block.readUInt8(at + 4) & SHARED && !HARMLESS.has(type)) return undefined;
      at += 8 + body.length;
      if (type === SPACE) length = lengthOf(body);
      else if (type === TYPE) dtype = DTYPES.get(body.toString('hex', 0, DESCRIPTION));
      else if (type === LAYOUT) {
        if (body.readUInt8(0) !== 3 || body.readUInt8(1) !== IN_ONE_PIECE) return undefined;
        data = { offset: long(body, 2), bytes: long(body, 10) };
      } else if (type === CONTINUATION) {
        if (long(body, 8) > LONGEST_HEADER) return undefined;
        blocks.push(Buffer.from(pieces.read(long(body, 0), long(body, 8))));
      } else if (!HARMLESS.has(type)) return undefined;
    }
  }
  if (length === undefined || dtype === undefined || data === undefined) return undefined;
  const bytes = length * DTYPE_BYTES[dtype];
  const isThere = bytes > 0 && bytes === data.bytes && data.offset + bytes <= pieces.size;
  return isThere ? { length, dtype, offset: data.offset } : undefined;
}

/** Numbers of a data space of [length] or [1, length]; undefined for others. */
function lengthOf(space: Buffer): number | undefined {
  const rank = space.readUInt8(1);
  if (space.readUInt8(0) !== 1 || (rank !== 1 && rank !== 2)) return undefined;
  if (rank === 2 && long(space, 8) !== 1) return undefined;
  const length = long(space, 8 * rank);
  return length <= MAX_DIMENSION ? length : undefined;
}
