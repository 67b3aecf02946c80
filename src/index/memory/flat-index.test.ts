import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../domain/random.ts';
import { FlatIndex } from './flat-index.ts';
import { rowMatrix } from './row-matrix.ts';
import { sharedFloats } from './row-memory.ts';

function bruteForce(rows: [number, Float32Array][], query: Float32Array, k: number): number[] {
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((s, v, i) => s + v * (b[i] ?? 0), 0);
  const cosine = (row: Float32Array) => {
    const scale = Math.sqrt(dot(row, row) * dot(query, query));
    return scale === 0 ? 0 : dot(row, query) / scale;
  };
  return rows
    .map(([id, row]) => ({ id, s: Math.fround(cosine(row)) }))
    .sort((a, b) => b.s - a.s || a.id - b.id)
    .slice(0, k)
    .map(({ id }) => id);
}

describe('FlatIndex', () => {
  it('finds what brute force finds, over several blocks', async () => {
    // Small whole numbers make many exact ties; each cosine class is kept apart by its size.
    const vector = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 4, maxLength: 4 });
    const filled = vector.filter((v) => v.some((x) => x !== 0)).map((v) => Float32Array.from(v));
    await fc.assert(
      fc.asyncProperty(
        fc.array(filled, { minLength: 1, maxLength: 40 }),
        filled,
        fc.integer({ min: 1, max: 12 }),
        async (vectors, query, k) => {
          const rows = vectors.map((v, i): [number, Float32Array] => [i + 1, v]);
          const index = await FlatIndex.build(4, rows, { threads: 1, blockRows: 7 });
          const [hits] = (await index.search([query], k)).neighbours;
          const expected = bruteForce(rows, query, k);
          const score = new Map(
            (await index.search([query], rows.length)).neighbours[0]?.map((h) => [
              h.id,
              h.similarity,
            ]),
          );
          // Equal up to rounding of the unit vectors: same similarities, rank by rank.
          hits?.forEach((hit, i) => {
            expect(hit.similarity).toBeCloseTo(score.get(expected[i] as number) as number, 6);
          });
          expect(hits).toHaveLength(expected.length);
          await index.release();
        },
      ),
      { numRuns: 40 },
    );
  });

  it('searches memory that threads share as any other, also without codes', async () => {
    const values = Float32Array.from({ length: 600 * 5 }, (_, i) => Math.sin(i * i));
    const shared = sharedFloats(values.length);
    shared.set(values);
    const [own, others] = await Promise.all(
      [values, shared].map(async (memory) => {
        const index = await FlatIndex.fromMatrix(5, memory, { codes: false });
        const queries = Array.from({ length: 20 }, (_, i) => values.subarray(5 * i, 5 * i + 5));
        const { neighbours } = await index.search(queries, 7);
        await index.release();
        return neighbours;
      }),
    );
    expect(others).toEqual(own);
  });

  it('ranks equal vectors by id, at any place in the blocks', async () => {
    const same = Float32Array.from({ length: 33 }, (_, i) => Math.sin(i));
    const rows = Array.from({ length: 50 }, (_, i): [number, Float32Array] => [i * 2, same]);
    const index = await FlatIndex.build(33, rows, { blockRows: 16 });
    const [hits] = (await index.search([same], 20)).neighbours;
    expect(hits?.map((hit) => hit.id)).toEqual(rows.slice(0, 20).map(([id]) => id));
    await index.release();
  });

  it('searches a matrix as it searches rows, block by block', async () => {
    const values = Float32Array.from({ length: 600 * 5 }, (_, i) => Math.sin(i * i));
    const ids = Int32Array.from({ length: 600 }, (_, i) => 7 + 2 * i);
    const index = await FlatIndex.fromMatrix(5, values, { ids });
    const rows = Array.from(ids, (_, i) => values.subarray(i * 5, i * 5 + 5));
    const expected = (await index.search(rows, 3)).neighbours.flat();
    const found: { id: number; similarity: number }[] = [];
    for await (const block of index.searchMatrix(values, 3)) {
      expect([block.start, block.k]).toEqual([found.length / 3, 3]);
      block.ids.forEach((id, i) => {
        found.push({ id, similarity: block.similarities[i] as number });
      });
    }
    expect(found).toEqual(
      expected.map(({ id, similarity }) => ({ id, similarity: Math.fround(similarity) })),
    );
    await index.release();
  });

  it('applies filters and exclusions before ranking', async () => {
    const rows = Array.from({ length: 30 }, (_, i): [number, Float32Array] => [
      i,
      Float32Array.from([1, i / 10]),
    ]);
    const index = await FlatIndex.build(2, rows, { blockRows: 8 });
    const query = Float32Array.from([1, 0]);
    const options = { allowed: new Set([3, 20, 21, 29]), excluded: new Set([3]) };
    const [hits] = (await index.search([query], 10, options)).neighbours;
    expect(hits?.map((hit) => hit.id)).toEqual([20, 21, 29]);
    const nothing = await index.search([query], 3, { allowed: new Set() });
    expect(nothing).toEqual({ candidates: 0, neighbours: [[]] });
    await index.release();
  });
});

it('answers by all rows before it is ready as it does afterwards, whatever may be found', async () => {
  const [dimension, rows] = [6, 60_000];
  const random = randomFrom(11);
  // Few different numbers, so that many similarities are equal.
  const values = Float32Array.from(
    { length: dimension * rows },
    () => Math.floor(4 * random()) - 1,
  );
  const wanted = await FlatIndex.fromMatrix(dimension, values, { codes: true, threads: 0 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(rows - 1), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 40_000 }),
      fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
      async (asked, k, step) => {
        const index = FlatIndex.answering(rowMatrix(dimension, values), {
          codes: true,
          threads: 0,
        });
        const queries = asked.map((row) => values.slice(row * dimension, (row + 1) * dimension));
        const options = {
          ...(step === undefined
            ? {}
            : { allowed: new Set(range(rows).filter((i) => i % 9 < step)) }),
          excluded: new Set(asked),
        };
        const found = index.search(queries, k, options);
        expect(await found).toEqual(await wanted.search(queries, k, options));
        await index.release();
      },
    ),
    { numRuns: 10 },
  );
  await wanted.release();
});

const range = (length: number) => Array.from({ length }, (_, i) => i);
