import { damaged, unsupported } from './samples.ts';

/** How the pixels of a BMP are stored. */
type BmpCoding = 'raw' | 'rle4' | 'rle8' | 'rle24';

/** What the headers of a BMP say, made plain. */
export interface BmpHeader {
  width: number;
  height: number;
  /** Rows run from the top; most files run from the bottom. */
  topDown: boolean;
  /** Bits of a pixel. */
  bits: number;
  coding: BmpCoding;
  /** Colours of the palette, three bytes each in the order red, green, blue; empty above 8 bits. */
  palette: Uint8Array;
  /** Bits of a pixel that hold red, green, blue and alpha; all 0 with a palette. */
  masks: readonly [number, number, number, number];
  /** Where the pixels begin. */
  offset: number;
}

const FILE_HEADER = 14;
/** BITMAPCOREHEADER, the only one with 16-bit sizes and palettes of three bytes a colour. */
const CORE_HEADER = 12;
/** The first header that holds the masks itself; before it they follow the header. */
const V2_HEADER = 52;

const RLE8 = 1;
const RLE4 = 2;
/** With 1 bit a pixel: Huffman 1D of OS/2. */
const BITFIELDS = 3;
/** With 24 bits a pixel: RLE of OS/2. */
const JPEG = 4;
const PNG = 5;
const ALPHA_BITFIELDS = 6;

/** Masks where the file gives none. */
const STANDARD_MASKS: Record<number, BmpHeader['masks']> = {
  16: [0x7c00, 0x3e0, 0x1f, 0],
  24: [0xff0000, 0xff00, 0xff, 0],
  32: [0xff0000, 0xff00, 0xff, 0],
};

/**
 * Reads the headers of a BMP: Windows' 40, 52, 56, 108 and 124 bytes, OS/2's 12 and 16 to 64.
 * Sizes of the file and of the pixels, planes and resolution are not used: writers leave them wrong.
 * @throws SemblanceError IMAGE_DAMAGED, IMAGE_UNSUPPORTED (named kinds that nobody decodes)
 */
export function readBmpHeader(bytes: Uint8Array): BmpHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerSize = u32(view, FILE_HEADER);
  const core = headerSize === CORE_HEADER;
  // A header of OS/2 2.x may end after any of its fields; those that are left out are 0.
  const field = (at: number, read: typeof u32) =>
    at < headerSize ? read(view, FILE_HEADER + at) : 0;
  const width = core ? u16(view, FILE_HEADER + 4) : i32(view, FILE_HEADER + 4);
  const signedHeight = core ? u16(view, FILE_HEADER + 6) : i32(view, FILE_HEADER + 8);
  const bits = core ? u16(view, FILE_HEADER + 10) : u16(view, FILE_HEADER + 14);
  const compression = core ? 0 : field(16, u32);
  if (width <= 0 || signedHeight === 0) {
    throw damaged(undefined, `Its header says ${width} x ${signedHeight} pixels.`);
  }
  const offset = u32(view, 10);
  const coding = codingOf(compression, bits, bytes.subarray(offset, offset + 4));
  let end = FILE_HEADER + headerSize;
  let masks: BmpHeader['masks'] = STANDARD_MASKS[bits] ?? [0, 0, 0, 0];
  if (compression === BITFIELDS || compression === ALPHA_BITFIELDS) {
    // The masks stand at the same place in both cases: behind 40 bytes.
    const alpha = headerSize > V2_HEADER || compression === ALPHA_BITFIELDS;
    if (headerSize < V2_HEADER) end += alpha ? 16 : 12;
    masks = masksOf(view, bits, alpha) ?? masks;
  }
  const entry = core ? 3 : 4;
  const colours = core ? 0 : field(32, u32);
  // An offset that lies before the end of the headers, or 0, is not meant.
  const known = offset >= end && !(offset === end && bits <= 8);
  const room = Math.floor(((known ? offset : bytes.length) - end) / entry);
  const count = bits > 8 ? colours : Math.min(colours === 0 ? 2 ** bits : colours, room);
  const palette = bits > 8 ? new Uint8Array(0) : paletteOf(bytes, end, entry, count);
  return {
    width,
    height: Math.abs(signedHeight),
    topDown: signedHeight < 0,
    bits,
    coding,
    palette,
    masks,
    offset: known ? offset : end + count * entry,
  };
}

function u16(view: DataView, at: number): number {
  if (at + 2 > view.byteLength) throw damaged(undefined, 'It ends within its header.');
  return view.getUint16(at, true);
}

function u32(view: DataView, at: number): number {
  if (at + 4 > view.byteLength) throw damaged(undefined, 'It ends within its header.');
  return view.getUint32(at, true);
}

function i32(view: DataView, at: number): number {
  return u32(view, at) | 0;
}

/** @param head first bytes of the pixels, which tell a picture in the picture from RLE of OS/2 */
function codingOf(compression: number, bits: number, head: Uint8Array): BmpCoding {
  const inside = Buffer.from(head).toString('latin1');
  if (compression === JPEG && (bits !== 24 || inside.startsWith('\xff\xd8'))) {
    throw unsupported('It is a BMP that holds a JPEG.');
  }
  if (compression === PNG) throw unsupported('It is a BMP that holds a PNG.');
  if (bits === 64) throw unsupported('It is a BMP of 64 bits a pixel.');
  if (![1, 2, 4, 8, 16, 24, 32].includes(bits)) {
    throw damaged(undefined, `Its header says ${bits} bits a pixel.`);
  }
  if (compression === 0) return 'raw';
  if (compression === RLE8 && bits === 8) return 'rle8';
  if (compression === RLE4 && bits === 4) return 'rle4';
  if (compression === JPEG) return 'rle24';
  if (compression === BITFIELDS || compression === ALPHA_BITFIELDS) {
    if (bits > 8) return 'raw';
    if (bits === 1) throw unsupported('It is a BMP of OS/2 with Huffman compression.');
  }
  throw unsupported(`It is a BMP with compression ${compression} of ${bits} bits a pixel.`);
}

/** The masks of the file; undefined when it leaves them 0, as Windows' own default is meant then. */
function masksOf(view: DataView, bits: number, alpha: boolean): BmpHeader['masks'] | undefined {
  const [red, green, blue] = [0, 4, 8].map((at) => u32(view, FILE_HEADER + 40 + at)) as [
    number,
    number,
    number,
  ];
  if (red === 0 && green === 0 && blue === 0) return undefined;
  const limit = 2 ** bits;
  for (const mask of [red, green, blue]) {
    const steps = mask / lowestBit(mask) + 1;
    const contiguous = mask === 0 || (steps & (steps - 1)) === 0;
    if (!contiguous || mask >= limit) {
      throw damaged(undefined, `Its header has the mask 0x${mask.toString(16)}.`);
    }
  }
  return [red, green, blue, alpha ? u32(view, FILE_HEADER + 52) : 0];
}

/** The value of a mask's lowest bit; 1 for 0. */
export function lowestBit(mask: number): number {
  return mask === 0 ? 1 : (mask & -mask) >>> 0;
}

/** At most 256 colours in the order red, green, blue; what the file does not hold is left out. */
function paletteOf(bytes: Uint8Array, start: number, entry: number, count: number): Uint8Array {
  const held = Math.min(count, 256, Math.floor((bytes.length - start) / entry));
  const palette = new Uint8Array(Math.max(0, held) * 3);
  for (let i = 0; i < held; i++) {
    for (let channel = 0; channel < 3; channel++) {
      palette[i * 3 + channel] = bytes[start + i * entry + 2 - channel] as number;
    }
  }
  return palette;
}
