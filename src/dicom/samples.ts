import { damaged } from './errors.ts';
import type { PixelDescription } from './pixel-description.ts';

/** Stored values in an array of their own kind. */
export type StoredData =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** Names of the kinds, as NumPy has them. */
export type Dtype =
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'uint32'
  | 'int32'
  | 'float32'
  | 'float64';

const ARRAYS = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** The kind of array that keeps the samples of a file. */
export function dtypeOf({ allocated, signed, number }: PixelDescription): Dtype {
  if (number === 'float') return 'float32';
  if (number === 'double') return 'float64';
  const bits = allocated <= 8 ? 8 : allocated <= 16 ? 16 : 32;
  return `${signed ? 'int' : 'uint'}${bits}`;
}

/** Bytes of a sample. */
export function sizeOf(dtype: Dtype): number {
  return ARRAYS[dtype].BYTES_PER_ELEMENT;
}

/** Little-endian bytes as samples; the bytes are copied where they do not stand in order. */
export function toArray(bytes: Uint8Array, dtype: Dtype): StoredData {
  const kind = ARRAYS[dtype];
  const size = kind.BYTES_PER_ELEMENT;
  const own = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  return new kind(own.buffer as ArrayBuffer, own.byteOffset, own.byteLength / size);
}

/** Swaps the bytes of each sample, in place. */
export function swapBytes(bytes: Uint8Array, size: number): Uint8Array {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (size === 2) buffer.swap16();
  if (size === 4) buffer.swap32();
  if (size === 8) buffer.swap64();
  return bytes;
}

/** Planes of a sample each become pixels of all samples. */
export function interleave(data: StoredData, samples: number): StoredData {
  const pixels = data.length / samples;
  const out = new (data.constructor as Uint8ArrayConstructor)(data.length);
  for (let sample = 0, from = 0; sample < samples; sample++) {
    for (let to = sample; to < out.length; to += samples) out[to] = data[from++] as number;
  }
  if (!Number.isInteger(pixels)) throw damaged('Its planes differ in size.');
  return out;
}

/**
 * Takes samples of any number of bits out of a stream of bits, the least significant first (PS3.5, 8.1.1).
 * @param first place of the first bit
 */
export function unpackBits(
  bytes: Uint8Array,
  first: number,
  count: number,
  bits: number,
): Uint8Array | Uint16Array | Uint32Array {
  const out = new (bits <= 8 ? Uint8Array : bits <= 16 ? Uint16Array : Uint32Array)(count);
  if (bits === 1) {
    for (let i = 0, at = first; i < count; i++, at++) {
      out[i] = ((bytes[at >> 3] as number) >> (at & 7)) & 1;
    }
    return out;
  }
  for (let i = 0, at = first; i < count; i++) {
    let value = 0;
    for (let bit = 0; bit < bits; bit++, at++) {
      value += (((bytes[at >> 3] as number) >> (at & 7)) & 1) * 2 ** bit;
    }
    out[i] = value;
  }
  return out;
}

/** Colour whose two pixels share Cb and Cr (Y1 Y2 Cb Cr) becomes three samples a pixel. */
export function expand422(data: StoredData): StoredData {
  const out = new (data.constructor as Uint8ArrayConstructor)((data.length / 2) * 3);
  for (let from = 0, to = 0; from + 3 < data.length; from += 4, to += 6) {
    const [first, second] = [data[from] as number, data[from + 1] as number];
    const [blue, red] = [data[from + 2] as number, data[from + 3] as number];
    out[to] = first;
    out[to + 3] = second;
    out[to + 1] = out[to + 4] = blue;
    out[to + 2] = out[to + 5] = red;
  }
  return out;
}
