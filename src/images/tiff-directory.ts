/** Bytes of one value of each TIFF field type; 13 is an offset, 16 to 18 are those of BigTIFF. */
const TYPE_SIZES: Record<number, number> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
  17: 8,
  18: 8,
};

/** The tags that reading a picture needs (TIFF 6.0, its supplements, DNG). */
export const TAG = {
  subfileType: 254,
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  description: 270,
  stripOffsets: 273,
  orientation: 274,
  samples: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  planar: 284,
  predictor: 317,
  colourMap: 320,
  tileWidth: 322,
  tileLength: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  inkSet: 332,
  extraSamples: 338,
  sampleFormat: 339,
  jpegTables: 347,
  jpegInterchange: 513,
  yccCoefficients: 529,
  subsampling: 530,
  referenceBlackWhite: 532,
  dngVersion: 50706,
} as const;

interface Field {
  type: number;
  count: number;
  /** Where its values begin in the file. */
  at: number;
}

/** The fields of one image of a TIFF, whose values are read when asked for. */
export interface TiffDirectory {
  littleEndian: boolean;
  has(tag: number): boolean;
  /** The values of a field as numbers, the first `most` (16) of them; empty when it is absent. */
  numbers(tag: number, most?: number): number[];
  /** The first value of a field. */
  number(tag: number): number | undefined;
  number(tag: number, absent: number): number;
  /** The bytes of a field, without a copy. */
  bytes(tag: number): Uint8Array;
}

/** A TIFF's first directory and the number of its pages (reduced copies and masks not counted). */
export interface TiffFile {
  first: TiffDirectory;
  pages: number;
}

/** A TIFF's pages are counted up to here. */
const MAX_PAGES = 100_000;

/**
 * Reads the directories of a classic or a BigTIFF in either byte order (TIFF 6.0, section 2).
 * Nothing is taken from outside of the file, and a directory is entered once only.
 *
 * @throws RangeError when the first directory is not whole
 */
export function readTiffDirectories(bytes: Uint8Array): TiffFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = bytes[0] === 0x49;
  const big = view.getUint16(2, littleEndian) === 43;
  const offset = (at: number) =>
    big ? Number(view.getBigUint64(at, littleEndian)) : view.getUint32(at, littleEndian);
  const [countSize, entrySize, offsetSize] = big ? [8, 20, 8] : [2, 12, 4];

  function directoryAt(start: number): { directory: TiffDirectory; next: number } {
    const count = big ? offset(start) : view.getUint16(start, littleEndian);
    const end = start + countSize + count * entrySize;
    if (count === 0 || end > bytes.length) throw new RangeError('A directory is not whole.');
    const fields = new Map<number, Field>();
    for (let at = start + countSize; at < end; at += entrySize) {
      const tag = view.getUint16(at, littleEndian);
      const type = view.getUint16(at + 2, littleEndian);
      const values = offset(at + 4);
      const inline = at + 4 + offsetSize;
      const size = values * (TYPE_SIZES[type] ?? 0);
      // As in libtiff, the first of two fields with one tag counts.
      if (size > 0 && !fields.has(tag)) {
        fields.set(tag, { type, count: values, at: size <= offsetSize ? inline : offset(inline) });
      }
    }
    const next = end + offsetSize <= bytes.length ? offset(end) : 0;
    return { directory: toDirectory(view, littleEndian, fields), next };
  }

  const firstAt = offset(big ? 8 : 4);
  const { directory: first, next } = directoryAt(firstAt);
  const entered = new Set([firstAt]);
  let pages = 1;
  for (let at = next; at > 0 && !entered.has(at) && entered.size < MAX_PAGES; ) {
    entered.add(at);
    try {
      const { directory, next: following } = directoryAt(at);
      // Bit 0 is a reduced copy of another page, bit 2 a mask.
      if ((directory.number(TAG.subfileType, 0) & 5) === 0) pages += 1;
      at = following;
    } catch {
      break;
    }
  }
  return { first, pages: Math.max(pages, imageJPages(first)) };
}

/** ImageJ writes a large stack with one directory, and the number of images in its description. */
function imageJPages(directory: TiffDirectory): number {
  if (!directory.has(TAG.description)) return 1;
  const text = Buffer.from(directory.bytes(TAG.description).subarray(0, 4096)).toString('latin1');
  return text.startsWith('ImageJ=') ? Number(/^images=(\d{1,9})$/m.exec(text)?.[1] ?? 1) : 1;
}

function toDirectory(
  view: DataView,
  littleEndian: boolean,
  fields: ReadonlyMap<number, Field>,
): TiffDirectory {
  const readers: Record<number, (at: number) => number> = {
    3: (at) => view.getUint16(at, littleEndian),
    4: (at) => view.getUint32(at, littleEndian),
    5: (at) => view.getUint32(at, littleEndian) / view.getUint32(at + 4, littleEndian),
    6: (at) => view.getInt8(at),
    8: (at) => view.getInt16(at, littleEndian),
    9: (at) => view.getInt32(at, littleEndian),
    10: (at) => view.getInt32(at, littleEndian) / view.getInt32(at + 4, littleEndian),
    11: (at) => view.getFloat32(at, littleEndian),
    12: (at) => view.getFloat64(at, littleEndian),
    13: (at) => view.getUint32(at, littleEndian),
    16: (at) => Number(view.getBigUint64(at, littleEndian)),
    17: (at) => Number(view.getBigInt64(at, littleEndian)),
    18: (at) => Number(view.getBigUint64(at, littleEndian)),
  };
  function values(tag: number, most: number): number[] {
    const field = fields.get(tag);
    if (field === undefined) return [];
    const { type, count, at } = field;
    const size = TYPE_SIZES[type] as number;
    if (at + count * size > view.byteLength) throw new RangeError(`Field ${tag} is not whole.`);
    const read = readers[type] ?? ((place: number) => view.getUint8(place));
    return Array.from({ length: Math.min(count, most) }, (_, i) => read(at + i * size));
  }
  function number(tag: number): number | undefined;
  function number(tag: number, absent: number): number;
  function number(tag: number, absent?: number): number | undefined {
    return values(tag, 1)[0] ?? absent;
  }
  return {
    littleEndian,
    has: (tag) => fields.has(tag),
    numbers: (tag, most = 16) => values(tag, most),
    number,
    bytes(tag) {
      const { type, count, at } = fields.get(tag) ?? { type: 1, count: 0, at: 0 };
      const size = count * (TYPE_SIZES[type] as number);
      if (at + size > view.byteLength) throw new RangeError(`Field ${tag} is not whole.`);
      return new Uint8Array(view.buffer, view.byteOffset + at, size);
    },
  };
}
