import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { between, randomFrom } from '../../domain/random.ts';
import type { SearchOptions } from '../vector-index.ts';
import type { ArrivingRows } from './arriving-rows.ts';
import { BLOCK_ROWS } from './block-file.ts';
import { CodeScan } from './codes/code-scan.ts';
import { type Sample, sampleOf } from './codes/sample.ts';
import { FlatIndex } from './flat-index.ts';
import { type RowMatrix, rowMatrix, unitQuery } from './row-matrix.ts';
import { sharedFloats } from './row-memory.ts';

/** The cosine similarity by a plain loop, in double precision. */
function plainCosine(a: Float32Array, b: Float32Array): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as number;
    const y = b[i] as number;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa === 0 || bb === 0 ? 0 : ab / (Math.sqrt(aa) * Math.sqrt(bb));
}

/** The program's similarity, in JavaScript: four interleaved sums, as in every place of the program. */
function similarity({ values, dimension, inverses }: RowMatrix, query: Float64Array, row: number) {
  const sums = [0, 0, 0, 0] as [number, number, number, number];
  for (let i = 0; i < dimension; i++) {
    const sum = i < dimension - (dimension % 4) ? i % 4 : 0;
    sums[sum] =
      (sums[sum] as number) + (query[i] as number) * (values[row * dimension + i] as number);
  }
  const product = sums[0] + sums[1] + (sums[2] + sums[3]);
  return Math.min(1, Math.max(-1, product * (inverses[row] as number)));
}

/** The right answer: all rows, sorted by the program's own similarity, which a plain loop confirms. */
function bruteForce(
  dimension: number,
  values: Float32Array,
  query: Float32Array,
  k: number,
  { allowed, excluded }: SearchOptions = {},
) {
  const matrix = rowMatrix(dimension, values);
  const unit = unitQuery(query);
  let worst = 0;
  const scores = Array.from({ length: matrix.rows }, (_, id) => {
    const exact = similarity(matrix, unit, id);
    const row = values.subarray(id * dimension, (id + 1) * dimension);
    worst = Math.max(worst, Math.abs(exact - plainCosine(row, query)));
    return { id, similarity: exact };
  });
  expect(worst).toBeLessThan(1e-13);
  return scores
    .filter(({ id }) => (allowed === undefined || allowed.has(id)) && !excluded?.has(id))
    .sort((a, b) => b.similarity - a.similarity || a.id - b.id)
    .slice(0, k);
}

type Maker = (row: number, i: number, random: () => number) => number;

/** Vectors that make trouble for codes, for bounds or for 32-bit sums. */
const KINDS: Record<string, Maker> = {
  'independent components': (_row, _i, random) => between(random, -1, 1),
  'near-duplicates': (row, i, random) => Math.sin(i + (row % 3)) + 1e-7 * random(),
  'equal vectors': (row, i) => Math.cos(i * (row % 2)),
  'one giant component': (row, i, random) => (i === row % 2 ? 1e6 : between(random, -1, 1)),
  'zeros between': (row, i, random) => (row % 3 === 0 ? 0 : between(random, -1, 1) * (i % 2)),
  'tiny lengths': (row, _i, random) => between(random, -1, 1) * 2 ** -(120 + (row % 30)),
  'giant lengths': (row, _i, random) => between(random, -1, 1) * 2 ** (100 + (row % 27)),
  'lengths far apart': (row, _i, random) => between(random, -1, 1) * 10 ** ((row % 9) - 4),
  'positive components': (_row, i, random) => random() ** 4 + (i % 7 === 0 ? 2 : 0),
  'opposite vectors': (row, i, random) => (row % 2 ? -1 : 1) * (Math.sin(i) + 0.01 * random()),
};

function make(kind: string, dimension: number, rows: number, seed: number): Float32Array {
  const random = randomFrom(seed);
  const value = KINDS[kind] as Maker;
  return Float32Array.from({ length: rows * dimension }, (_, at) =>
    value(Math.floor(at / dimension), at % dimension, random),
  );
}

const ways = { codes: { codes: true, threads: 0 }, matrices: { codes: false, blockRows: 300 } };

describe.each(Object.entries(ways))('exact search by %s', (_way, options) => {
  it.each(Object.keys(KINDS))('equals brute force: %s', async (kind) => {
    for (const [dimension, rows] of [
      [1, 2200],
      [3, 3000],
      [37, 2300],
      [512, 2100],
    ] as const) {
      const values = make(kind, dimension, rows, dimension);
      const queries = Array.from({ length: 3 }, (_, q) =>
        q === 0
          ? values.slice(dimension, 2 * dimension)
          : make(q === 1 ? kind : 'independent components', dimension, 1, 99 + q),
      );
      queries.push(new Float32Array(dimension));
      const index = await FlatIndex.fromMatrix(dimension, values, options);
      const together = (await index.search([...queries, ...queries, ...queries], 20)).neighbours;
      for (const [q, query] of queries.entries()) {
        const expected = bruteForce(dimension, values, query, 20);
        expect(together[q]).toEqual(expected);
        expect(together[q + 4]).toEqual(expected);
        // Alone it goes through another loop of the codes.
        expect((await index.search([query], 20)).neighbours[0]).toEqual(expected);
      }
      await index.release();
    }
  });

  it('equals brute force under any filter, for any k', async () => {
    const [dimension, rows] = [24, 8000];
    const values = make('positive components', dimension, rows, 5);
    const index = await FlatIndex.fromMatrix(dimension, values, options);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: rows }),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 3 }),
        fc.boolean(),
        fc.integer({ min: 0, max: 1000 }),
        async (step, k, count, ordered, seed) => {
          const random = randomFrom(seed);
          const ids = Array.from({ length: rows }, (_, i) => i).filter(() => random() < 1 / step);
          const filter: SearchOptions = {
            ...(step > 1 ? { allowed: new Set(ordered ? ids : ids.toReversed()) } : {}),
            // Few are left out after the ranking, many before.
            excluded: new Set([seed, seed + 1, rows + 5, ids[0] ?? 0, ...ids.slice(0, 50 * count)]),
          };
          const queries = Array.from({ length: count }, (_, q) =>
            make('positive components', dimension, 1, seed + q),
          );
          const { neighbours, candidates } = await index.search(queries, k, filter);
          for (const [q, query] of queries.entries()) {
            expect(neighbours[q]).toEqual(bruteForce(dimension, values, query, k, filter));
          }
          const all = bruteForce(dimension, values, queries[0] as Float32Array, rows, filter);
          expect(candidates).toBe(all.length);
        },
      ),
      { numRuns: 12 },
    );
    await index.release();
  });
});

describe('what a part of the rows promises', () => {
  const [dimension, k] = [32, 50];
  const ofShard = 94 * BLOCK_ROWS;
  const query = make('independent components', dimension, 1, 7);
  const other = make('independent components', dimension, 1, 9);

  /** The same answers with and without a filter where some rows are alike, fewer than k, and all others far away. */
  async function compare(alike: readonly number[], threads: number): Promise<void> {
    const rows = Math.max(1, threads) * ofShard;
    const random = randomFrom(4);
    const values = sharedFloats(rows * dimension);
    values.set(make('independent components', dimension, rows, 8));
    for (const row of alike) {
      for (let j = 0; j < dimension; j++) {
        values[row * dimension + j] = (query[j] as number) + 0.01 * between(random, -1, 1);
      }
    }
    expect(alike.length).toBeLessThan(k);
    const index = await FlatIndex.fromMatrix(dimension, values, { codes: true, threads });
    const even = new Set(Array.from({ length: rows / 2 }, (_, i) => 2 * i));
    for (const filter of [{}, { allowed: even }]) {
      const expected = bruteForce(dimension, values, query, k, filter);
      const others = bruteForce(dimension, values, other, k, filter);
      const { neighbours } = await index.search([query, other, query], k, filter);
      expect(neighbours).toEqual([expected, others, expected]);
      expect((await index.search([query], k, filter)).neighbours).toEqual([expected]);
    }
    await index.release();
  }

  it.each([0, 2])(
    'is proved where the sample has all that are alike, with %i threads',
    (threads) => {
      const shards = Math.max(1, threads);
      const { first, step, rank } = sampleOf(ofShard, k, k / shards, ofShard) as Sample;
      const places = Array.from({ length: 2 * rank }, (_, i) => first + i * step);
      const alike = places.flatMap((row) =>
        Array.from({ length: shards }, (_, i) => row + i * ofShard),
      );
      return compare(alike, threads);
    },
  );

  it('is proved where the first rows are all that are alike', () =>
    compare(
      Array.from({ length: k - 1 }, (_, i) => i),
      0,
    ));
});

describe('bounds of codes', () => {
  it('contain the similarity of every row that survives, also at high dimensions', async () => {
    for (const [kind, dimension] of [
      ['one giant component', 1024],
      ['independent components', 2048],
      ['positive components', 768],
    ] as const) {
      const values = make(kind, dimension, 600, 3);
      // Of rows that are still to come, bounds alone are known.
      const arriving = { isWhole: false } as ArrivingRows;
      const matrix = { ...rowMatrix(dimension, values), arriving };
      const scan = await CodeScan.create(matrix, 0);
      const queries = [1, 2].map((seed) => unitQuery(make(kind, dimension, 1, seed)));
      const packed = Float64Array.from(queries.flatMap((query) => [...query]));
      const alone = await scan.scan(queries[0] as Float64Array, 50, { available: 600 });
      const found = [...(await scan.scan(packed, 50, { available: 600 })), ...alone];
      for (const [q, candidates] of found.entries()) {
        if (candidates === undefined || !('lowers' in candidates)) throw new Error('No bounds.');
        expect(candidates.rows.length).toBeGreaterThanOrEqual(50);
        candidates.rows.forEach((row, i) => {
          const exact = similarity(matrix, queries[q % 2] as Float64Array, row);
          expect(candidates.lowers[i]).toBeLessThanOrEqual(exact);
          expect(candidates.uppers[i]).toBeGreaterThanOrEqual(exact);
        });
      }
      await scan.release();
    }
  });
});

describe.each([
  ['rank what they find', sharedFloats],
  ['do not see the embeddings', (count: number) => new Float32Array(count)],
])('worker threads that %s', (_, memory) => {
  const [dimension, rows] = [16, 9000];
  const values = memory(dimension * rows);
  values.set(make('near-duplicates', dimension, rows, 8));
  let index: FlatIndex;
  beforeAll(async () => {
    index = await FlatIndex.fromMatrix(dimension, values, { codes: true, threads: 2 });
  });
  afterAll(() => index.release());

  it('answer many requests at a time, in shards with few or no rows of the filter', async () => {
    const queries = Array.from({ length: 12 }, (_, q) => make('near-duplicates', dimension, 1, q));
    const answers = await Promise.all(
      queries.map((query, q) =>
        index.search([query, query], 30, {
          allowed: new Set(Array.from({ length: 4300 + 80 * q }, (_, i) => i + 300 * q)),
        }),
      ),
    );
    for (const [q, { neighbours }] of answers.entries()) {
      const allowed = new Set(Array.from({ length: 4300 + 80 * q }, (_, i) => i + 300 * q));
      const expected = bruteForce(dimension, values, queries[q] as Float32Array, 30, { allowed });
      expect(neighbours).toEqual([expected, expected]);
    }
  });
});
