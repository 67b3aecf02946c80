import { describe, expect, it } from 'vitest';
import { between, randomFrom } from '../domain/random.ts';
import { type DeepSamples, mapTo8, mapTo16, windowOf } from './depth.ts';

/** A noisy picture of 12 bits with all that lies between 100 and 4000. */
function xray(pixels: number): number[] {
  const random = randomFrom(pixels);
  const values = Array.from({ length: pixels }, () => Math.floor(between(random, 100, 4001)));
  values[0] = 100;
  values[1] = 4000;
  return values;
}

/** The same values with these in the place of some. */
function withValues(values: number[], others: number[]): number[] {
  const step = Math.floor(values.length / (others.length + 1));
  const changed = [...values];
  others.forEach((other, i) => {
    changed[2 + i * step] = other;
  });
  return changed;
}

const rgbOf = (grey: number[]) => grey.flatMap((value) => [value, value, value]);

const ARRAYS = [Uint16Array, Int16Array, Uint32Array, Int32Array, Float32Array, Float64Array];

describe.each(ARRAYS.map((array) => [array.name, array] as const))('windowOf %s', (_, array) => {
  const of = (values: number[], channels = 1) =>
    windowOf(array.from(values) as DeepSamples, channels);
  const most = array === Int16Array ? 32767 : 65535;
  const whole = { low: 100, high: 4000, clipped: 0, notFinite: 0 };

  it('is the smallest and largest value of an ordinary picture', () => {
    for (const pixels of [2, 3, 64, 1000, 50_000]) {
      expect(of(xray(pixels))).toEqual(whole);
      expect(of(rgbOf(xray(pixels)), 3)).toEqual(whole);
    }
  });

  it('leaves out hot and dead pixels, a handful of them and in small pictures', () => {
    for (const [pixels, others] of [
      [64, [most]],
      [64, [0x7000, 0x7100, most, most, most]],
      [1000, [most, most, 30_000, 20_000, most]],
      [50_000, Array.from({ length: 50 }, (_, i) => most - i * 100)],
    ] as const) {
      const values = withValues(xray(pixels), [...others]);
      expect(of(values)).toEqual({ ...whole, clipped: others.length });
      expect(of(rgbOf(values), 3)).toEqual({ ...whole, clipped: 3 * others.length });
    }
    const bright = xray(1000).map((value) => value + 20_000);
    const defects = withValues(bright, [0, 0, most]);
    expect(of(defects)).toEqual({ low: 20_100, high: 24_000, clipped: 3, notFinite: 0 });
  });

  it('keeps what is more than a defect, or not far away, or meant', () => {
    // More than one pixel in 1000.
    const label = withValues(xray(50_000), new Array(51).fill(most));
    expect(of(label)).toMatchObject({ high: most, clipped: 0 });
    // Metal in a bone: brighter than all the rest, but not by more than the range of the rest.
    expect(of(withValues(xray(1000), [7000]))).toMatchObject({ high: 7000, clipped: 0 });
    // A bright spot with all that lies between it and the background.
    const spot = Array.from({ length: 40 }, (_, i) => 4000 + i * 700);
    expect(of(withValues(xray(50_000), spot))).toMatchObject({ high: 31_300, clipped: 0 });
    // A map of labels, and a picture that has but one value besides.
    const labels = Array.from({ length: 1000 }, (_, i) => (i === 500 ? 100 : i % 5));
    expect(of(labels)).toMatchObject({ low: 0, high: 100, clipped: 0 });
    expect(of(withValues(new Array(1000).fill(7), [9000]))).toMatchObject({ low: 7, high: 9000 });
  });

  it('is one value for a constant picture', () => {
    expect(of([7, 7, 7])).toEqual({ low: 7, high: 7, clipped: 0, notFinite: 0 });
  });
});

describe('windowOf', () => {
  it('knows signed values', () => {
    for (const array of [Int16Array, Int32Array, Float32Array, Float64Array]) {
      const values = xray(1000).map((value) => value - 1100);
      const range = { low: -1000, high: 2900, notFinite: 0 };
      expect(windowOf(array.from(values), 1)).toEqual({ ...range, clipped: 0 });
      const dead = array.from(withValues(values, [-32768]));
      expect(windowOf(dead, 1)).toEqual({ ...range, clipped: 1 });
    }
  });

  it('passes over what is no number, at any scale', () => {
    for (const scale of [1e-6, 1 / 4096, 1, 1e12]) {
      const values = Float32Array.from(xray(1000), (value) => value * scale);
      const { low, high } = windowOf(values, 1);
      expect([low, high]).toEqual([Math.fround(100 * scale), Math.fround(4000 * scale)]);
      const { NaN: no, POSITIVE_INFINITY, NEGATIVE_INFINITY } = Number;
      const odd = withValues([...values], [no, no, POSITIVE_INFINITY, NEGATIVE_INFINITY, 3e38]);
      expect(windowOf(Float32Array.from(odd), 1)).toEqual({ low, high, clipped: 1, notFinite: 4 });
    }
    const none = Float32Array.from([Number.NaN, Number.POSITIVE_INFINITY]);
    expect(windowOf(none, 1)).toEqual({ low: 0, high: 0, clipped: 0, notFinite: 2 });
  });
});

describe('mapTo8', () => {
  it('is linear, rounds and clips, and draws no number black', () => {
    const window = { low: 1000, high: 3000 };
    const values = [0, 1000, 1003, 1004, 2000, 3000, 9000];
    const mapped = [0, 0, 0, 1, 128, 255, 255];
    for (const array of ARRAYS) expect([...mapTo8(array.from(values), window)]).toEqual(mapped);
    const odd = [Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    expect([...mapTo8(Float32Array.from(odd), window)]).toEqual([0, 0, 255]);
    expect([...mapTo8(Int16Array.from([-5, 0, 5]), { low: -5, high: 5 })]).toEqual([0, 128, 255]);
  });

  it('draws a constant picture black', () => {
    for (const array of ARRAYS) {
      expect([...mapTo8(array.from([7, 7]), { low: 7, high: 7 })]).toEqual([0, 0]);
    }
  });
});

describe('mapTo16', () => {
  it('is linear, rounds and clips, and draws no number black', () => {
    const values = Float32Array.from([-1, 0, 0.25, 1, 2, Number.NaN, Number.POSITIVE_INFINITY]);
    expect([...mapTo16(values, { low: 0, high: 1 })]).toEqual([
      0, 0, 16384, 65535, 65535, 0, 65535,
    ]);
  });
});
