import { expect, it } from 'vitest';
import type { LoadedImage } from './host.ts';
import { shownPixels } from './picture.ts';

const image = (pixels: number[], more: Partial<LoadedImage> = {}): LoadedImage => ({
  ...{ rows: 1, columns: pixels.length, color: false, getPixelData: () => pixels },
  ...more,
});
const greys = (...args: Parameters<typeof shownPixels>) =>
  [...shownPixels(...args)].filter((_, i) => i % 4 === 0);

it('shows values in the window of the viewport', () => {
  const stored = image([0, 100, 150, 200, 300]);
  const voiRange = { lower: 100, upper: 200 };
  expect(greys(stored, { voiRange })).toEqual([0, 0, 128, 255, 255]);
  expect(greys(stored, { voiRange, invert: true })).toEqual([255, 255, 128, 0, 0]);
  // Beyond its ends a sigmoid is not flat (PS3.3, C.11.2.1.3.1).
  expect(greys(stored, { voiRange, VOILUTFunction: 'SIGMOID' })).toEqual([1, 30, 128, 225, 254]);
});

it('rescales what is not rescaled yet, and takes the window of the image where the viewport has none', () => {
  const more = { slope: 2, intercept: -1000, windowCenter: [0, 7], windowWidth: [200, 7] };
  expect(greys(image([450, 500, 550], more), {})).toEqual([0, 128, 255]);
  const scaled = { ...more, preScale: { scaled: true } };
  expect(greys(image([-100, 0, 100], scaled), {})).toEqual([0, 128, 255]);
});

it('takes colours as they are, with a fourth channel or without', () => {
  const colours = { color: true, rows: 1, columns: 2 };
  const wanted = [1, 2, 3, 255, 4, 5, 6, 255];
  for (const pixels of [
    [1, 2, 3, 4, 5, 6],
    [1, 2, 3, 9, 4, 5, 6, 9],
  ]) {
    expect([...shownPixels(image(pixels, colours), {})]).toEqual(wanted);
  }
});
