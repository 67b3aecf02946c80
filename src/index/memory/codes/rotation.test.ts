import { expect, it } from 'vitest';
import { between, randomFrom } from '../../../domain/random.ts';
import { Rotation } from './rotation.ts';

/** Rows of the transform of one part, by its definition: entry (i, j) is -1 to the number of ones in i AND j. */
const entry = (i: number, j: number) => {
  let ones = 0;
  for (let both = i & j; both > 0; both >>= 1) ones += both & 1;
  return ones % 2 === 0 ? 1 : -1;
};

it('is the Walsh-Hadamard transform of each part, behind signs that are its own', () => {
  for (const dimension of [1, 2, 3, 4, 5, 8, 100, 128, 256, 257]) {
    const rotation = new Rotation(dimension);
    const rotated = (vector: Float64Array) => {
      rotation.apply(vector);
      return vector;
    };
    // The image of a unit vector is a column of the transform, with its sign.
    const images = Array.from({ length: dimension }, (_, at) => {
      const unit = new Float64Array(dimension);
      unit[at] = 1;
      return rotated(unit);
    });
    for (let start = 0; start < dimension; ) {
      const size = 2 ** Math.floor(Math.log2(dimension - start));
      for (let j = 0; j < size; j++) {
        const image = images[start + j] as Float64Array;
        const sign = Math.sign(image[start] as number);
        const expected = new Float64Array(dimension);
        for (let i = 0; i < size; i++) {
          expected[start + i] = sign * entry(i, j) * (1 / Math.sqrt(size));
        }
        // No zero is a negative one then.
        expect(image.map((value) => value + 0)).toEqual(expected);
      }
      start += size;
    }
    const random = randomFrom(dimension);
    const vector = Float64Array.from({ length: dimension }, () => between(random, -1, 1));
    const expected = vector.slice();
    for (let i = 0; i < dimension; i++) {
      expected[i] = images.reduce(
        (sum, image, at) => sum + (image[i] as number) * (vector[at] as number),
        0,
      );
    }
    const found = rotated(vector.slice());
    for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 12);
  }
});
