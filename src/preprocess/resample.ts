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

/** Which input samples make each output sample, and their fixed-point weights. */
interface Taps {
  /** First input sample of each output sample. */
  first: Int32Array;
  /** Number of input samples of each output sample. */
  count: Int32Array;
  /** `stride` weights for each output sample. */
  weights: Int32Array;
  stride: number;
}

function tapsFor(from: number, to: number, { support: halfWidth, weight }: Filter): Taps {
  const scale = from / to;
  // When the picture shrinks, the filter widens so that every input sample counts.
  const filterScale = Math.max(scale, 1);
  const support = halfWidth * filterScale;
  const stride = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = new Int32Array(to * stride);
  const raw = new Float64Array(stride);
  for (let out = 0; out < to; out++) {
    const centre = (out + 0.5) * scale;
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

/**
 * Resamples along one axis. The picture is seen as `lines` x `from` x `inner` samples; the middle
 * axis becomes `to` long.
 */
function pass(
  data: Uint8Array,
  shape: { lines: number; from: number; inner: number },
  to: number,
  filter: Filter,
): Uint8Array {
  const { lines, from, inner } = shape;
  const { first, count, weights, stride } = tapsFor(from, to, filter);
  const result = new Uint8ClampedArray(lines * to * inner);
  const sums = new Int32Array(inner);
  for (let line = 0; line < lines; line++) {
    for (let out = 0; out < to; out++) {
      sums.fill(HALF);
      let at = (line * from + (first[out] as number)) * inner;
      const weightsAt = out * stride;
      const n = count[out] as number;
      for (let tap = 0; tap < n; tap++) {
        const w = weights[weightsAt + tap] as number;
        for (let i = 0; i < inner; i++) {
          sums[i] = (sums[i] as number) + w * (data[at++] as number);
        }
      }
      const target = (line * to + out) * inner;
      for (let i = 0; i < inner; i++) result[target + i] = (sums[i] as number) >> PRECISION_BITS;
    }
  }
  return new Uint8Array(result.buffer);
}

/**
 * Resizes 8-bit RGB exactly as Pillow's `Image.resize` does (convolution with a filter that widens
 * when shrinking, fixed-point weights, rows first, then columns).
 *
 * @param picture width x height x 3 bytes, row-major
 * @returns the resized picture; the same bytes when the size does not change
 */
export function resample(
  picture: { width: number; height: number; data: Uint8Array },
  width: number,
  height: number,
  interpolation: Interpolation,
): Uint8Array {
  const filter = FILTERS[interpolation];
  let { data } = picture;
  if (width !== picture.width) {
    data = pass(data, { lines: picture.height, from: picture.width, inner: 3 }, width, filter);
  }
  if (height !== picture.height) {
    data = pass(data, { lines: 1, from: picture.height, inner: width * 3 }, height, filter);
  }
  return data;
}
