import { expect, it } from 'vitest';
import { between, randomFrom } from '../../domain/random.ts';
import { rowMatrix, unitQuery } from './row-matrix.ts';
import { memoryOf, sharedFloats, takePlace } from './row-memory.ts';
import { similarities } from './similarities.ts';

/** Memory of its own, memory that the kernel reads, and such without a place for this thread. */
const MEMORIES = {
  own: (count: number) => new Float32Array(count),
  shared: sharedFloats,
  full: (count: number) => {
    const values = sharedFloats(count);
    const memory = memoryOf(values) as WebAssembly.Memory;
    const taken = new Set<number>();
    for (let at = takePlace(memory); at !== undefined; at = takePlace(memory)) taken.add(at);
    expect(Math.min(...taken)).toBeGreaterThanOrEqual(4 * count);
    expect(Math.max(...taken)).toBeLessThan(memory.buffer.byteLength);
    return values;
  },
};

it.each(
  Object.keys(MEMORIES).flatMap((name) =>
    [1, 2, 3, 4, 5, 7, 64, 513, 2050, 5000].map((dimension) => [name, dimension] as const),
  ),
)('adds in one order: %s memory, dimension %i', (name, dimension) => {
  const random = randomFrom(dimension);
  const rows = 70;
  const values = MEMORIES[name as keyof typeof MEMORIES](rows * dimension);
  for (let i = 0; i < values.length; i++) values[i] = between(random, -3, 3);
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
