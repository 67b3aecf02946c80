import { afterAll, expect, it } from 'vitest';
import { IdBitmap } from '../domain/id-bitmap.ts';
import { randomFrom } from '../domain/random.ts';
import { FlatIndex } from '../index/memory/flat-index.ts';
import type { VectorIndex } from '../index/vector-index.ts';
import { SearchedTogether } from './searched-together.ts';

const ROWS = 300;
const DIMENSION = 12;
const random = randomFrom(5);
const values = Float32Array.from({ length: ROWS * DIMENSION }, () => random() - 0.5);
const whole = await FlatIndex.fromMatrix(DIMENSION, values);
afterAll(() => whole.release());

it('answers as searches one by one do, whatever is excluded for each', async () => {
  let [alone, together] = [0, 0];
  const index: VectorIndex = {
    size: whole.size,
    dimension: whole.dimension,
    search: (queries, k, options) => {
      if (queries.length === 1) alone += 1;
      else together += 1;
      return whole.search(queries, k, options);
    },
    release: async () => undefined,
  };
  for (const share of [1, 0.5, 0.02]) {
    const allowed = IdBitmap.upTo(ROWS);
    for (let id = 0; id < ROWS; id++) if (random() < share) allowed.add(id);
    for (const among of [allowed, undefined]) {
      const queries = Array.from({ length: 6 }, () =>
        Float32Array.from({ length: DIMENSION }, () => random() - 0.5),
      );
      // Some ids are of images that have no embedding.
      const isIndexed = (id: number) => id < ROWS;
      const searched = new SearchedTogether(index, queries, among, isIndexed);
      for (const [i, query] of queries.entries()) {
        const { neighbours } = await whole.search([query], 40, { allowed: among });
        const near = (neighbours[0] ?? []).map(({ id }) => id);
        // None, few, so many that further ones are needed, and more than are looked through.
        const excluded = new Set(
          [[], near.slice(0, 3), near, [...Array(ROWS + 50).keys()].slice(10)][i % 4],
        );
        if (i === 5) excluded.add(ROWS + 3);
        for (const k of [1, 10]) {
          const options = { allowed: among, excluded };
          expect(await searched.search([query], k, options)).toEqual(
            await whole.search([query], k, options),
          );
        }
        // What is asked otherwise is not answered from what was found for all.
        const [only] = near;
        const other = { allowed: new Set([only as number]) };
        expect(await searched.search([query], 3, other)).toEqual(
          await whole.search([query], 3, other),
        );
      }
    }
  }
  // Of twelve searches of each set most had the answer of two that were made for all.
  expect(together).toBe(12);
  expect(alone).toBeLessThan(6 * 2 * (6 + 8));
});
