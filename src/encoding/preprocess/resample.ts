/** Fraction bits of the fixed-point weights: 8 bits of pixel, 2 of headroom, of 32 (Pillow, Resample.c). */
const PRECISION_BITS = 32 - 8 - 2;
const HALF = 1 << (PRECISION_BITS - 1);

interface Filter {
  /** Half width at scale 1. */
  support: number;
  weight(x: number): number;
}

const FILTERS = {
  /** Triangle. */
  bilinear: {
    support: 1,
    weight: (x) => Math.max(0, 1 - Math.abs(x)),
  },
  /** Keys' cubic with a = -0.5. */
  bicubic: {
    support: 2,
    weight(x) {
      const a = -0.5;
      const t = Math.abs(x);
      if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
      if (t < 2) return (((t - 5) * t + 8) * t - 4) * a;
      return 0;
    },
  },
} satisfies Record<string, Filter>;

/** Name of a resampling filter. */
export type Interpolation = keyof typeof FILTERS;

/** Which input samples make each output sample of a range, and their fixed-point weights. */
interface Taps {
  /** First input sample of each output sample. */
  first: Int32Array;
  /** Number of input samples of each output sample. */
  count: Int32Array;
  /** `stride` weights for each output sample. */
  weights: Int32Array;
  stride: number;
}

/** Output samples of an axis: from the first one to before the last one. */
interface Range {
  start: number;
  end: number;
}

/** The taps of some output samples of an axis of `from` samples that becomes `to` long. */
function tapsFor(
  from: number,
  to: number,
  { start, end }: Range,
  { support: halfWidth, weight }: Filter,
): Taps {
  const scale = from / to;
  // When the picture shrinks, the filter widens so that every input sample counts.
  const filterScale = Math.max(scale, 1);
  const support = halfWidth * filterScale;
  const stride = Math.ceil(support) * 2 + 1;
  const length = end - start;
  const first = new Int32Array(length);
  const count = new Int32Array(length);
  const weights = new Int32Array(length * stride);
  const raw = new Float64Array(stride);
  for (let out = 0; out < length; out++) {
    const centre = (start + out + 0.5) * scale;
    const low = Math.max(0, Math.trunc(centre - support + 0.5));
    const high = Math.min(from, Math.trunc(centre + support + 0.5));
    let sum = 0;
    for (let i = low; i < high; i++) {
      const w = weight((i - centre + 0.5) * (1 / filterScale));
      raw[i - low] = w;
      sum += w;
    }
    first[out] = low;
    count[out] = high - low;
    for (let i = 0; i < high - low; i++) {
      const w = (sum === 0 ? (raw[i] as number) : (raw[i] as number) / sum) * (1 << PRECISION_BITS);
      weights[out * stride + i] = Math.trunc(w < 0 ? w - 0.5 : w + 0.5);
    }
  }
  return { first, count, weights, stride };
}

/** A sum of weighted samples as a sample: rounded by the half it began with, and clipped. */
function toSample(sum: number): number {
  return Math.max(0, Math.min(255, sum >> PRECISION_BITS));
}

/** One row of a picture with the taps of its columns, written to `target` at `at`. */
function resampleRow(
  data: Uint8Array,
  rowAt: number,
  { first, count, weights, stride }: Taps,
  target: Uint8Array,
  at: number,
): void {
  for (let out = 0, to = at; out < first.length; out++, to += 3) {
    let from = rowAt + (first[out] as number) * 3;
    const end = out * stride + (count[out] as number);
    let [r, g, b] = [HALF, HALF, HALF];
    for (let tap = out * stride; tap < end; tap++, from += 3) {
      const w = weights[tap] as number;
      r = (r + Math.imul(w, data[from] as number)) | 0;
      g = (g + Math.imul(w, data[from + 1] as number)) | 0;
      b = (b + Math.imul(w, data[from + 2] as number)) | 0;
    }
    target[to] = toSample(r);
    target[to + 1] = toSample(g);
    target[to + 2] = toSample(b);
  }
}

/** Sets `sums` to those of the rows that the taps of one output row reach, from a ring of `stride` rows. */
function addRows(
  ring: Uint8Array,
  length: number,
  { first, count, weights, stride }: Taps,
  out: number,
  sums: Int32Array,
): void {
  sums.fill(HALF);
  const taps = count[out] as number;
  const place = (tap: number) => (((first[out] as number) + tap) % stride) * length;
  const weight = (tap: number) => (tap < taps ? (weights[out * stride + tap] as number) : 0);
  // Four at a time, so that a sum is read and written once for them; a weight of 0 adds nothing.
  for (let tap = 0; tap < taps; tap += 4) {
    const [a, b, c, d] = [place(tap), place(tap + 1), place(tap + 2), place(tap + 3)];
    const [p, q, r, s] = [weight(tap), weight(tap + 1), weight(tap + 2), weight(tap + 3)];
    for (let i = 0; i < length; i++) {
      sums[i] =
        (sums[i] as number) +
        Math.imul(p, ring[a + i] as number) +
        Math.imul(q, ring[b + i] as number) +
        Math.imul(r, ring[c + i] as number) +
        Math.imul(s, ring[d + i] as number);
    }
  }
}

/** A part of a picture, in its pixels. */
export interface Window {
  left: number;
  top: number;
  width: number;
  height: number;
}

/**
 * Resizes 8-bit RGB exactly as Pillow's `Image.resize` does (convolution with a filter that widens
 * when shrinking, fixed-point weights, rows first, then columns).
 *
 * Only what the window shows is computed, and of the rows no more are held than one row of the result
 * needs: the cost is bound by the picture and the window, not by the size of the whole result.
 *
 * @param picture width x height x 3 bytes, row-major
 * @param size of the whole resized picture
 * @param window the part of it that is wanted; by default all
 * @returns the window; the picture's own bytes when nothing changes
 */
export function resample(
  picture: { width: number; height: number; data: Uint8Array },
  { width, height }: { width: number; height: number },
  interpolation: Interpolation,
  window: Window = { left: 0, top: 0, width, height },
): Uint8Array {
  const { data } = picture;
  const whole = window.width === width && window.height === height;
  if (whole && width === picture.width && height === picture.height) return data;
  const filter = FILTERS[interpolation];
  const { left, top } = window;
  const columns =
    width === picture.width
      ? undefined
      : tapsFor(picture.width, width, { start: left, end: left + window.width }, filter);
  const rows =
    height === picture.height
      ? undefined
      : tapsFor(picture.height, height, { start: top, end: top + window.height }, filter);
  const length = window.width * 3;
  const result = new Uint8Array(window.height * length);
  const widen = (row: number, target: Uint8Array, at: number) => {
    const rowAt = row * picture.width * 3;
    if (columns !== undefined) resampleRow(data, rowAt, columns, target, at);
    else target.set(data.subarray(rowAt + left * 3, rowAt + left * 3 + length), at);
  };
  if (rows === undefined) {
    for (let y = 0; y < window.height; y++) widen(top + y, result, y * length);
    return result;
  }
  // The rows that the taps of one output row reach, in a ring: the next ones reach no row before them.
  const ring = new Uint8Array(rows.stride * length);
  let done = rows.first[0] as number;
  const sums = new Int32Array(length);
  for (let y = 0; y < window.height; y++) {
    const first = rows.first[y] as number;
    const count = rows.count[y] as number;
    for (done = Math.max(done, first); done < first + count; done++) {
      widen(done, ring, (done % rows.stride) * length);
    }
    addRows(ring, length, rows, y, sums);
    for (let i = 0; i < length; i++) result[y * length + i] = toSample(sums[i] as number);
  }
  return result;
}
