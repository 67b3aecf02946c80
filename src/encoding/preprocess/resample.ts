import { growingKernel } from '../../runtime/growing-kernel.ts';
import { WASM } from './resample.wasm.ts';

/** Fraction bits of the fixed-point weights: 8 bits of pixel, 2 of headroom, of 32 (Pillow, Resample.c). */
const PRECISION_BITS = 32 - 8 - 2;

/** Samples that the kernel takes at a time. */
const LANES = 16;

const kernelWith = await growingKernel<{
  row(
    row: number,
    first: number,
    end: number,
    count: number,
    weights: number,
    stride: number,
    out: number,
  ): void;
  rows(places: number, weights: number, end: number, length: number, out: number): void;
}>(WASM, 'picture');

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
  const memory = new KernelMemory();
  // A little more is read of rows, and written, than they have.
  const wide = memory.place(picture.width * 3 + LANES);
  const taps = columns && memory.placeTaps(columns);
  const row = Math.ceil((length + 1) / LANES) * LANES;
  const ring = memory.place((rows?.stride ?? 1) * row);
  const weights = memory.place(4 * (rows?.weights.length ?? 0));
  const places = memory.place(4 * (rows?.stride ?? 0));
  const out = memory.place(row);
  const { kernel, bytes, numbers } = memory.open();
  if (taps !== undefined && columns !== undefined) {
    numbers.set(columns.first, taps.first / 4);
    numbers.set(columns.count, taps.count / 4);
    numbers.set(columns.weights, taps.weights / 4);
  }
  if (rows !== undefined) numbers.set(rows.weights, weights / 4);
  /** A row of the picture in the columns of the result. */
  const widen = (y: number, target: number) => {
    const rowAt = y * picture.width * 3;
    if (taps === undefined) {
      bytes.set(data.subarray(rowAt + left * 3, rowAt + left * 3 + length), target);
      return;
    }
    bytes.set(data.subarray(rowAt, rowAt + picture.width * 3), wide);
    const end = taps.first + 4 * window.width;
    kernel.row(wide, taps.first, end, taps.count, taps.weights, taps.stride, target);
  };
  if (rows === undefined) {
    for (let y = 0; y < window.height; y++) {
      widen(top + y, out);
      result.set(bytes.subarray(out, out + length), y * length);
    }
    return result;
  }
  // The rows that the taps of one output row reach, in a ring: the next ones reach no row before them.
  let done = rows.first[0] as number;
  for (let y = 0; y < window.height; y++) {
    const first = rows.first[y] as number;
    const count = rows.count[y] as number;
    for (done = Math.max(done, first); done < first + count; done++) {
      widen(done, ring + (done % rows.stride) * row);
    }
    for (let tap = 0; tap < count; tap++) {
      numbers[places / 4 + tap] = ring + ((first + tap) % rows.stride) * row;
    }
    const from = weights + 4 * y * rows.stride;
    kernel.rows(places, from, from + 4 * count, row, out);
    result.set(bytes.subarray(out, out + length), y * length);
  }
  return result;
}

/** Places in the kernel's memory, one after the other. */
class KernelMemory {
  private end = 0;

  /** A place of so many bytes. */
  place(size: number): number {
    const at = this.end;
    this.end += Math.ceil(size / LANES) * LANES;
    return at;
  }

  placeTaps({ first, count, weights, stride }: Taps) {
    return {
      first: this.place(4 * first.length),
      count: this.place(4 * count.length),
      weights: this.place(4 * weights.length),
      stride: 4 * stride,
    };
  }

  open() {
    const kernel = kernelWith(this.end);
    const { buffer } = kernel.memory;
    return { kernel, bytes: new Uint8Array(buffer), numbers: new Int32Array(buffer) };
  }
}
