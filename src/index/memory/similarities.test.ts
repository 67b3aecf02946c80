import { expect, it } from 'vitest';
import { between, randomFrom } from '../../domain/random.ts';
import { rowMatrix, unitQuery } from './row-matrix.ts';
import { similarities } from './similarities.ts';

it.each([1, 2, 3, 4, 5, 7, 64, 513, 2050])('adds in one order at dimension %i', (dimension) => {
  const random = randomFrom(dimension);
  const rows = 70;
  const values = Float32Array.from({ length: rows * dimension }, () => between(random, -3, 3));
  const matrix = rowMatrix(dimension, values);
  const query = unitQuery(values.slice(5 * dimension, 6 * dimension));
  for (const count of [0, 1, 2, 31, 32, 33, 69]) {
    const places = Int32Array.from({ length: count }, (_, i) => (i * 37) % rows);
    const scores = new Float64Array(count + 1).fill(7);
    similarities(matrix, query, places, count, scores);
    const expected = Array.from(places, (row) => {
      const products = Array.from(
        query,
        (value, i) => value * (values[row * dimension + i] as number),
      );
      const whole = dimension - (dimension % 4);
      const sum = (first: number) => {
        let total = 0;
        for (let i = first; i < whole; i += 4) total += products[i] as number;
        return total;
      };
      const first = products.slice(whole).reduce((total, product) => total + product, sum(0));
      const product = first + sum(1) + (sum(2) + sum(3));
      return Math.min(1, Math.max(-1, product * (matrix.inverses[row] as number)));
    });
    expect([...scores]).toEqual([...expected, 7]);
  }
});
