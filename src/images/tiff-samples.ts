import type { SampleArray } from './samples.ts';

/** How the samples of a TIFF are stored. */
export interface SampleType {
  bits: number;
  kind: 'unsigned' | 'signed' | 'float';
}

/** The narrowest array that keeps every stored value; 64-bit integers become the nearest double. */
export function arrayFor({ bits, kind }: SampleType, length: number): SampleArray {
  if (kind === 'float') return bits === 64 ? new Float64Array(length) : new Float32Array(length);
  if (bits > 32) return new Float64Array(length);
  if (kind === 'signed') return bits <= 16 ? new Int16Array(length) : new Int32Array(length);
  if (bits <= 8) return new Uint8Array(length);
  return bits <= 16 ? new Uint16Array(length) : new Uint32Array(length);
}

const bitsReversed = Uint8Array.from({ length: 256 }, (_, byte) => {
  let reversed = 0;
  for (let bit = 0; bit < 8; bit++) reversed |= ((byte >> bit) & 1) << (7 - bit);
  return reversed;
});

/** The same bytes with their bits the other way round (FillOrder 2). */
export function reverseBits(data: Uint8Array): Uint8Array {
  return data.map((byte) => bitsReversed[byte] as number);
}

type Words = Uint8Array | Uint16Array | Uint32Array;

/** Whole words of 8, 16, 32 or 64 bits in this machine's order; the bytes are changed in place. */
function toWords(bytes: Uint8Array, bits: number, littleEndian: boolean): Words | BigUint64Array {
  if (bits === 8) return bytes;
  const size = bits / 8;
  const count = Math.floor(bytes.length / size);
  const whole = bytes.subarray(0, count * size);
  const aligned = bytes.byteOffset % size === 0 ? whole : new Uint8Array(whole);
  const buffer = Buffer.from(aligned.buffer, aligned.byteOffset, aligned.length);
  if (!littleEndian) {
    if (bits === 16) buffer.swap16();
    else if (bits === 32) buffer.swap32();
    else buffer.swap64();
  }
  if (bits === 16) return new Uint16Array(aligned.buffer, aligned.byteOffset, count);
  if (bits === 32) return new Uint32Array(aligned.buffer, aligned.byteOffset, count);
  return new BigUint64Array(aligned.buffer, aligned.byteOffset, count);
}

/** Undoes horizontal differences (predictor 2) of rows of `perRow` samples, `step` of them a pixel. */
function addDifferences(words: Words | BigUint64Array, perRow: number, step: number): void {
  if (words instanceof BigUint64Array) {
    for (let i = 0; i < words.length; i++) {
      if (i % perRow >= step) words[i] = (words[i] as bigint) + (words[i - step] as bigint);
    }
    return;
  }
  for (let row = 0; row < words.length; row += perRow) {
    const end = Math.min(row + perRow, words.length);
    for (let i = row + step; i < end; i++) {
      words[i] = (words[i] as number) + (words[i - step] as number);
    }
  }
}

/**
 * Undoes the predictor of floats (3): rows hold the differences of all first bytes of their
 * samples, then of all second ones, the highest first (Adobe Photoshop TIFF technical note 3).
 * @returns bytes in the order of a little-endian machine
 */
function undoFloatPredictor(
  bytes: Uint8Array,
  size: number,
  perRow: number,
  step: number,
): Uint8Array {
  const rowBytes = perRow * size;
  addDifferences(bytes, rowBytes, step);
  const out = new Uint8Array(bytes.length);
  for (let row = 0; row + rowBytes <= bytes.length; row += rowBytes) {
    for (let byte = 0; byte < size; byte++) {
      const from = row + byte * perRow;
      const to = row + size - 1 - byte;
      for (let i = 0; i < perRow; i++) out[to + i * size] = bytes[from + i] as number;
    }
  }
  return out;
}

/** The value of an IEEE-like float of fewer than 32 bits: sign, exponent, fraction. */
function smallFloat(word: number, exponentBits: number, fractionBits: number): number {
  const sign = word >>> (exponentBits + fractionBits) === 0 ? 1 : -1;
  const highest = (1 << exponentBits) - 1;
  const exponent = (word >>> fractionBits) & highest;
  const fraction = (word & ((1 << fractionBits) - 1)) / 2 ** fractionBits;
  const bias = highest >> 1;
  if (exponent === highest) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** (1 - bias);
  return sign * (1 + fraction) * 2 ** (exponent - bias);
}

/** Words of 24 bits. */
function toTriples(bytes: Uint8Array, littleEndian: boolean): Uint32Array {
  const [low, high] = littleEndian ? [0, 2] : [2, 0];
  return Uint32Array.from({ length: Math.floor(bytes.length / 3) }, (_, i) => {
    const at = i * 3;
    return (
      (bytes[at + low] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + high] as number) << 16)
    );
  });
}

/** Samples of any width up to 32 bits, packed from the high bit, each row from a whole byte. */
function unpackBits(bytes: Uint8Array, bits: number, perRow: number): Uint32Array {
  const rowBytes = Math.ceil((perRow * bits) / 8);
  const rows = Math.floor(bytes.length / rowBytes);
  const out = new Uint32Array(rows * perRow);
  for (let row = 0; row < rows; row++) {
    let at = row * rowBytes;
    let held = 0;
    let left = 0;
    for (let i = 0; i < perRow; i++) {
      let value = 0;
      for (let wanted = bits; wanted > 0; ) {
        if (left === 0) {
          held = bytes[at++] as number;
          left = 8;
        }
        const taken = Math.min(wanted, left);
        value = value * 2 ** taken + ((held >> (left - taken)) & ((1 << taken) - 1));
        left -= taken;
        wanted -= taken;
      }
      out[row * perRow + i] = value;
    }
  }
  return out;
}

/**
 * The samples of one strip or tile after its decompression.
 *
 * @param bytes whole rows; changed in place
 * @param layout `perRow` samples in a row, `step` of them to a pixel, and the file's tags
 * @returns stored values, in the array of `arrayFor`
 */
export function toSamples(
  bytes: Uint8Array,
  type: SampleType,
  layout: { perRow: number; step: number; littleEndian: boolean; predictor: number },
): SampleArray {
  const { bits, kind } = type;
  const { perRow, step, predictor } = layout;
  let { littleEndian } = layout;
  let data = bytes;
  if (predictor === 3) {
    data = undoFloatPredictor(bytes, bits / 8, perRow, step);
    littleEndian = true;
  }
  if (bits === 24) {
    const words = toTriples(data, littleEndian);
    if (kind === 'float') return Float32Array.from(words, (word) => smallFloat(word, 7, 16));
    return kind === 'signed' ? Int32Array.from(words, (word) => (word << 8) >> 8) : words;
  }
  if (bits !== 8 && bits !== 16 && bits !== 32 && bits !== 64) {
    const words = unpackBits(data, bits, perRow);
    const unused = 32 - bits;
    const out = arrayFor(type, words.length);
    for (let i = 0; i < words.length; i++) {
      const word = words[i] as number;
      out[i] = kind === 'signed' ? (word << unused) >> unused : word;
    }
    return out;
  }
  const words = toWords(data, bits, littleEndian);
  if (predictor === 2) addDifferences(words, perRow, step);
  const { buffer, byteOffset, length } = words;
  if (kind === 'float') {
    if (bits === 64) return new Float64Array(buffer, byteOffset, length);
    if (bits === 32) return new Float32Array(buffer, byteOffset, length);
    return Float32Array.from(words as Uint16Array, (word) => smallFloat(word, 5, 10));
  }
  if (words instanceof BigUint64Array) {
    const whole = kind === 'signed' ? new BigInt64Array(buffer, byteOffset, length) : words;
    const out = new Float64Array(length);
    for (let i = 0; i < length; i++) out[i] = Number(whole[i]);
    return out;
  }
  if (kind === 'unsigned') return words;
  if (bits === 8) return Int16Array.from(new Int8Array(buffer, byteOffset, length));
  return bits === 16
    ? new Int16Array(buffer, byteOffset, length)
    : new Int32Array(buffer, byteOffset, length);
}
