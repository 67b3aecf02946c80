import type { SampleArray } from './samples.ts';

/** Samples of more than 8 bits, as decoders give them. */
export type DeepSamples = Exclude<SampleArray, Uint8Array>;

/** The values of a deep picture that become black and white. */
export interface Window {
  low: number;
  high: number;
  /** Finite samples outside, which become black or white. */
  clipped: number;
  /** Samples that are NaN, which become black, or infinite; they have no part in the window. */
  notFinite: number;
}

const BINS = 65536;
/** Of a thousand pixels one may be a detector's defect at each end, and eight of a small picture. */
const DEFECT_SHARE = 1 / 1000;
const DEFECTS = 8;
/** But never more than one in ten. */
const DEFECT_LIMIT = 1 / 10;
/** A mask or a map of labels has fewer values than this, and every one is meant. */
const LEAST_VALUES = 8;

/** The values of a picture, ascending: those of 16 bits one by one, others in bins that are close. */
interface Levels {
  counts: Uint32Array;
  /** Smallest and largest value of a level. */
  lowest: Float64Array;
  highest: Float64Array;
  notFinite: number;
}

/**
 * The window of a deep picture: its smallest and largest value, one window for all channels. A
 * detector's defects (hot and dead pixels) are left out: at each end at most one pixel in 1000 (eight
 * in a small picture, never more than one in ten), and only where the gap between them and the others
 * is wider than the whole range of the others. Any other picture keeps its whole range.
 *
 * @param data samples of all channels, interleaved
 * @returns low = high for a constant picture; both 0 when no sample is finite
 */
export function windowOf(data: DeepSamples, channels: number): Window {
  const levels = isShort(data) ? levelsOfShorts(data) : levelsOfOthers(data);
  const { lowest, highest, counts, notFinite } = levels;
  if (counts.length === 0) return { low: 0, high: 0, clipped: 0, notFinite };
  const pixels = data.length / channels;
  const defects = Math.min(Math.max(DEFECTS, pixels * DEFECT_SHARE), pixels * DEFECT_LIMIT);
  const allowed = Math.floor(defects) * channels;
  const hot = defectsAbove(levels, allowed);
  const dead = defectsAbove(mirrored(levels), allowed);
  return {
    low: lowest[dead.levels] as number,
    high: highest[counts.length - 1 - hot.levels] as number,
    clipped: hot.samples + dead.samples,
    notFinite,
  };
}

/** How many of the highest levels, and of their samples, are defects. */
function defectsAbove(
  { counts, lowest, highest }: Levels,
  allowed: number,
): { levels: number; samples: number } {
  const none = { levels: 0, samples: 0 };
  // The lowest value that is no defect itself, so that dead pixels do not hide hot ones.
  let first = 0;
  for (let left = allowed; first < counts.length; first++) {
    left -= counts[first] as number;
    if (left < 0) break;
  }
  if (first === counts.length) return none;
  const floor = lowest[first] as number;
  let found = none;
  let samples = 0;
  for (let at = counts.length - 1; at - first >= LEAST_VALUES; at--) {
    samples += counts[at] as number;
    if (samples > allowed) break;
    const below = highest[at - 1] as number;
    if ((lowest[at] as number) - below > below - floor) {
      found = { levels: counts.length - at, samples };
    }
  }
  return found;
}

/** The same levels with the sign of every value turned. */
function mirrored({ counts, lowest, highest, notFinite }: Levels): Levels {
  const negative = (values: Float64Array) => values.map((value) => -value).reverse();
  return {
    counts: counts.slice().reverse(),
    lowest: negative(highest),
    highest: negative(lowest),
    notFinite,
  };
}

function isShort(data: DeepSamples): data is Uint16Array | Int16Array {
  return data instanceof Uint16Array || data instanceof Int16Array;
}

function levelsOfShorts(data: Uint16Array | Int16Array): Levels {
  const bits = new Uint16Array(data.buffer, data.byteOffset, data.length);
  // Two counters, since neighbours are often equal and would wait for each other.
  const even = new Uint32Array(BINS);
  const odd = new Uint32Array(BINS);
  for (let i = 0; i + 1 < bits.length; i += 2) {
    count(even, bits[i] as number);
    count(odd, bits[i + 1] as number);
  }
  if (bits.length % 2 === 1) count(even, bits.at(-1) as number);
  // Ascending: the bits of a negative number are larger by 65536 than the number.
  const least = data instanceof Int16Array ? -32768 : 0;
  const counts = new Uint32Array(BINS);
  const values = new Float64Array(BINS);
  for (let i = 0; i < BINS; i++) {
    const bin = (i + least) & 0xffff;
    counts[i] = (even[bin] as number) + (odd[bin] as number);
    values[i] = i + least;
  }
  return { ...withoutEmpty(counts, values, values), notFinite: 0 };
}

/** Bins of nearly equal numbers, as fine for small ones as for large ones. */
function levelsOfOthers(data: Exclude<DeepSamples, Uint16Array | Int16Array>): Levels {
  let least = 0xffffffff;
  let most = 0;
  let notFinite = 0;
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    if (!Number.isFinite(value)) notFinite++;
    else {
      const key = keyOf(value);
      if (key < least) least = key;
      if (key > most) most = key;
    }
  }
  const counts = new Uint32Array(BINS);
  const lowest = new Float64Array(BINS).fill(Number.POSITIVE_INFINITY);
  const highest = new Float64Array(BINS).fill(Number.NEGATIVE_INFINITY);
  const step = Math.ceil((most - least + 1) / BINS);
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    if (!Number.isFinite(value)) continue;
    const bin = Math.floor((keyOf(value) - least) / step);
    count(counts, bin);
    if (value < (lowest[bin] as number)) lowest[bin] = value;
    if (value > (highest[bin] as number)) highest[bin] = value;
  }
  return { ...withoutEmpty(counts, lowest, highest), notFinite };
}

const NUMBER = new Float64Array(1);
/** Its two halves, the one with sign and exponent last. */
const HALVES = new Uint32Array(NUMBER.buffer);

/** An integer of 32 bits that grows with the number: the upper half of its bits, put in order. */
function keyOf(value: number): number {
  NUMBER[0] = value;
  const bits = HALVES[1] as number;
  return (bits & 0x80000000 ? ~bits : bits | 0x80000000) >>> 0;
}

function count(counts: Uint32Array, bin: number): void {
  counts[bin] = (counts[bin] as number) + 1;
}

function withoutEmpty(
  counts: Uint32Array,
  lowest: Float64Array,
  highest: Float64Array,
): Omit<Levels, 'notFinite'> {
  let levels = 0;
  const used = new Uint32Array(BINS);
  for (let bin = 0; bin < BINS; bin++) if (counts[bin] !== 0) used[levels++] = bin;
  const bins = used.subarray(0, levels);
  const pick = <A extends Uint32Array | Float64Array>(from: A, to: A): A => {
    for (let i = 0; i < levels; i++) to[i] = from[bins[i] as number] as number;
    return to;
  };
  return {
    counts: pick(counts, new Uint32Array(levels)),
    lowest: pick(lowest, new Float64Array(levels)),
    highest: pick(highest, new Float64Array(levels)),
  };
}

/**
 * Maps a window linearly to 0..255, rounded; what lies outside is clipped, NaN and a constant picture
 * become 0.
 * @param data overwritten: the result lies on its memory
 */
export function mapTo8(data: DeepSamples, { low, high }: Pick<Window, 'low' | 'high'>): Uint8Array {
  const scale = high > low ? 255 / (high - low) : 0;
  // An array of this kind rounds and clips by itself.
  const out = new Uint8ClampedArray(data.buffer, data.byteOffset, data.length);
  if (!isShort(data)) {
    for (let i = 0; i < data.length; i++) out[i] = ((data[i] as number) - low) * scale;
  } else {
    const bits = new Uint16Array(data.buffer, data.byteOffset, data.length);
    const signed = data instanceof Int16Array;
    const table = new Uint8ClampedArray(BINS);
    for (let bin = 0; bin < BINS; bin++) {
      table[bin] = ((signed ? (bin << 16) >> 16 : bin) - low) * scale;
    }
    for (let i = 0; i < bits.length; i++) out[i] = table[bits[i] as number] as number;
  }
  return new Uint8Array(out.buffer, out.byteOffset, out.length);
}

/**
 * Maps a window linearly to 0..65535, as `mapTo8`.
 * @param data overwritten: the result lies on its memory
 */
export function mapTo16(
  data: DeepSamples,
  { low, high }: Pick<Window, 'low' | 'high'>,
): Uint16Array {
  const scale = high > low ? 65535 / (high - low) : 0;
  const out = new Uint16Array(data.buffer, data.byteOffset, data.length);
  for (let i = 0; i < data.length; i++) {
    const value = Math.round(((data[i] as number) - low) * scale);
    // NaN becomes 0 by itself.
    out[i] = Math.min(65535, Math.max(0, value));
  }
  return out;
}
