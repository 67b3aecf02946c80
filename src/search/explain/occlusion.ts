import type { PlaceMap } from '../../domain/explanation.ts';

interface Size {
  width: number;
  height: number;
}

/** Where a place begins and ends along an axis of `length` pixels. */
function span(place: number, places: number, length: number): [from: number, to: number] {
  return [Math.round((place * length) / places), Math.round(((place + 1) * length) / places)];
}

/**
 * A preprocessed picture with one place covered by the mean of each channel over the picture.
 * @param picture 3 x height x width (RGB planes)
 * @param map its places; padding (null) enters no mean
 */
function covered(
  picture: Float32Array,
  { width, height }: Size,
  { rows, columns }: PlaceMap,
  place: number,
  means: readonly number[],
): Float32Array {
  const result = Float32Array.from(picture);
  const [left, right] = span(place % columns, columns, width);
  const [top, bottom] = span(Math.floor(place / columns), rows, height);
  for (const [channel, mean] of means.entries()) {
    for (let y = top; y < bottom; y++) {
      const row = (channel * height + y) * width;
      result.fill(mean, row + left, row + right);
    }
  }
  return result;
}

/** Mean of each channel over the places that are no padding. */
function channelMeans(picture: Float32Array, { width, height }: Size, map: PlaceMap): number[] {
  const sums = [0, 0, 0];
  let count = 0;
  map.values.forEach((value, place) => {
    if (value === null) return;
    const [left, right] = span(place % map.columns, map.columns, width);
    const [top, bottom] = span(Math.floor(place / map.columns), map.rows, height);
    count += (right - left) * (bottom - top);
    for (let channel = 0; channel < 3; channel++) {
      for (let y = top; y < bottom; y++) {
        const row = (channel * height + y) * width;
        for (let x = left; x < right; x++)
          sums[channel] = (sums[channel] as number) + (picture[row + x] as number);
      }
    }
  });
  return sums.map((sum) => sum / Math.max(1, count));
}

/** The picture with each place covered in turn; padding is left alone. */
export function* coverings(
  picture: Float32Array,
  size: Size,
  map: PlaceMap,
): Generator<Float32Array> {
  const means = channelMeans(picture, size, map);
  for (const [place, value] of map.values.entries()) {
    if (value !== null) yield covered(picture, size, map, place, means);
  }
}
