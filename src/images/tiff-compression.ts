import { constants, inflateSync } from 'node:zlib';
import { ZSTDDecoder } from 'zstddec';
import { unsupported } from './samples.ts';

/** A compression of TIFF that Node and small code undo, and the most that one byte can become. */
interface Compression {
  /** Bytes of picture that one byte of file gives at the most; a header that needs more lies. */
  ratio: number;
  /** Loads what `decode` needs. */
  load?(): Promise<unknown>;
  /**
   * @param needed bytes to give at least
   * @param most bytes to give at the most: some writers fill up their last strip
   * @throws Error when the data are damaged or end early
   */
  decode(data: Uint8Array, needed: number, most: number): Uint8Array;
}

function undoPackBits(data: Uint8Array, needed: number): Uint8Array {
  const out = new Uint8Array(needed);
  let to = 0;
  for (let from = 0; to < needed; ) {
    const head = data[from++];
    if (head === undefined) throw new Error('PackBits data end early.');
    if (head < 128) {
      const literal = data.subarray(from, from + Math.min(head + 1, needed - to));
      if (literal.length === 0) throw new Error('PackBits data end early.');
      out.set(literal, to);
      to += literal.length;
      from += head + 1;
    } else if (head > 128) {
      const value = data[from++];
      if (value === undefined) throw new Error('PackBits data end early.');
      out.fill(value, to, to + 257 - head);
      to += 257 - head;
    }
  }
  return out;
}

const CLEAR = 256;
const END = 257;

/**
 * LZW of TIFF 6.0 (section 13), whose codes grow one early and begin at the high bit; and that of
 * writers before 1992, which libtiff knows by its first code: from the low bit, and not early.
 */
function undoLzw(data: Uint8Array, needed: number): Uint8Array {
  const old = data[0] === 0 && ((data[1] ?? 0) & 1) === 1;
  const early = old ? 0 : 1;
  const out = new Uint8Array(needed);
  // Each entry of the table is a place in `out`, where its bytes have been written already.
  const starts = new Uint32Array(4097);
  const lengths = new Uint32Array(4097);
  let next = 258;
  let width = 9;
  let previous = -1;
  let previousLength = 0;
  let to = 0;
  let bits = 0;
  let held = 0;
  let from = 0;
  while (to < needed) {
    while (held < width) {
      const byte = data[from++];
      if (byte === undefined) throw new Error('LZW data end early.');
      bits = old ? bits | (byte << held) : ((bits << 8) | byte) & 0xffffff;
      held += 8;
    }
    const code = (old ? bits : bits >>> (held - width)) & ((1 << width) - 1);
    if (old) bits >>>= width;
    held -= width;
    if (code === END) throw new Error('LZW data end early.');
    if (code === CLEAR) {
      next = 258;
      width = 9;
      previous = -1;
      continue;
    }
    const start = to;
    if (code < 256) {
      out[to++] = code;
    } else if (code < next) {
      const source = starts[code] as number;
      const length = lengths[code] as number;
      for (let i = 0; i < length && to < needed; i++) out[to++] = out[source + i] as number;
    } else if (code === next && previous >= 0) {
      const first = out[previous] as number;
      for (let i = 0; i < previousLength && to < needed; i++) {
        out[to++] = out[previous + i] as number;
      }
      if (to < needed) out[to++] = first;
    } else {
      throw new Error('LZW data are damaged.');
    }
    if (previous >= 0 && next < 4096) {
      // The entry's last byte is the first of what was just written.
      starts[next] = previous;
      lengths[next] = previousLength + 1;
      next += 1;
      if (next + early >= 1 << width && width < 12) width += 1;
    }
    previous = start;
    previousLength = to - start;
  }
  return out;
}

function undoDeflate(data: Uint8Array, _needed: number, most: number): Uint8Array {
  // Without the flush, a strip whose checksum was left out would be an error; a short one is seen.
  return inflateSync(data, { maxOutputLength: most, finishFlush: constants.Z_SYNC_FLUSH });
}

const zstd = new ZSTDDecoder();

/** What the memory of the decoder of Zstandard holds with ease. */
const MAX_ZSTD_BYTES = 2 ** 29;

function undoZstd(data: Uint8Array, _needed: number, most: number): Uint8Array {
  if (data.length + most > MAX_ZSTD_BYTES) {
    throw unsupported('A TIFF whose strips or tiles of Zstandard have more than 512 MiB.');
  }
  // After an error it gives no bytes, which is seen as data that end early.
  return zstd.decode(data, most);
}

const DEFLATE = { ratio: 1032, decode: undoDeflate };
const ZSTD = { ratio: 32_768, load: () => zstd.init(), decode: undoZstd };

/** The compressions that are undone here, by their number in a TIFF. */
export const COMPRESSIONS: ReadonlyMap<number, Compression> = new Map<number, Compression>([
  // A copy, which `slice` of a Buffer is not: what follows changes the bytes in place.
  [1, { ratio: 1, decode: (data) => new Uint8Array(data) }],
  [5, { ratio: 2800, decode: undoLzw }],
  [8, DEFLATE],
  [32773, { ratio: 64, decode: undoPackBits }],
  [32946, DEFLATE],
  [34926, ZSTD],
  [50000, ZSTD],
]);

/** Names of the compressions of TIFF, for messages. */
export const COMPRESSION_NAMES: Readonly<Record<number, string>> = {
  1: 'none',
  2: 'CCITT RLE',
  3: 'CCITT group 3',
  4: 'CCITT group 4',
  5: 'LZW',
  6: 'old-style JPEG',
  7: 'JPEG',
  8: 'deflate',
  9: 'JBIG',
  10: 'JBIG',
  32766: 'NeXT',
  32771: 'CCITT RLE with words',
  32773: 'PackBits',
  32809: 'ThunderScan',
  32895: 'IT8',
  32896: 'IT8',
  32897: 'IT8',
  32898: 'IT8',
  32908: 'Pixar film',
  32909: 'PixarLog',
  32946: 'deflate',
  32947: 'Kodak DCS',
  33003: 'Aperio JPEG 2000',
  33005: 'Aperio JPEG 2000',
  34661: 'JBIG',
  34676: 'SGI LogLuv',
  34677: 'SGI LogLuv 24',
  34712: 'JPEG 2000',
  34715: 'JBIG2',
  34887: 'LERC',
  34892: 'lossy JPEG of DNG',
  34925: 'LZMA',
  34926: 'Zstandard',
  34927: 'WebP',
  34933: 'PNG',
  34934: 'JPEG XR',
  48124: 'Jetraw',
  50000: 'Zstandard',
  50001: 'WebP',
  50002: 'JPEG XL',
  52546: 'JPEG XL',
};
