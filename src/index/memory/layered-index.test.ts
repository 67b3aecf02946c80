import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../domain/random.ts';
import type { SearchOptions } from '../vector-index.ts';
import { FlatIndex } from './flat-index.ts';
import { LayeredIndex } from './layered-index.ts';

const dimension = 5;
const stateOf = (generation: number) => ({ generation, state: `state ${generation}` });

/** Few different numbers, so that many similarities are equal, and rows of zeros occur. */
const vector = fc
  .array(fc.integer({ min: -2, max: 2 }), { minLength: dimension, maxLength: dimension })
  .map((values) => Float32Array.from(values));

/** One transaction: by id, the new embedding or none. */
const change = fc.dictionary(
  fc.integer({ min: 1, max: 40 }).map(String),
  fc.option(vector, { freq: 3 }),
  { maxKeys: 12 },
);

type Rows = Map<number, Float32Array>;

function apply(rows: Rows, changes: Record<string, Float32Array | null>): number[] {
  for (const [id, vector] of Object.entries(changes)) {
    if (vector === null) rows.delete(Number(id));
    else rows.set(Number(id), vector);
  }
  return Object.keys(changes)
    .map(Number)
    .sort((a, b) => a - b);
}

const flat = (rows: Rows) =>
  FlatIndex.build(
    dimension,
    [...rows].sort(([a], [b]) => a - b),
  );

async function agree(
  index: LayeredIndex,
  rows: Rows,
  queries: Float32Array[],
  k: number,
  options: SearchOptions = {},
): Promise<void> {
  const wanted = await flat(rows);
  expect(index.size).toBe(rows.size);
  expect(await index.search(queries, k, options)).toEqual(await wanted.search(queries, k, options));
  await wanted.release();
}

describe('an index in layers', () => {
  it('answers as one that was built anew, after any changes', async () => {
    await fc.assert(
      fc.asyncProperty(
        change,
        fc.array(change, { maxLength: 8 }),
        fc.array(vector, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 50 }),
        fc.record(
          {
            allowed: fc.uniqueArray(fc.integer({ min: 1, max: 40 })).map((ids) => new Set(ids)),
            excluded: fc.uniqueArray(fc.integer({ min: 1, max: 40 })).map((ids) => new Set(ids)),
          },
          { requiredKeys: [] },
        ),
        async (first, changes, queries, k, options) => {
          const rows: Rows = new Map();
          apply(rows, first);
          let index = LayeredIndex.over(await flat(rows), stateOf(0));
          for (const [n, one] of changes.entries()) {
            const before = new Map(rows);
            const changed = apply(rows, one);
            const next = await index.with(stateOf(n + 1), changed, (id) => rows.get(id));
            await agree(next, rows, queries, k, options);
            // The one before it still answers for its own state.
            await agree(index, before, queries, k, options);
            await index.release();
            index = next;
          }
          await index.release();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('merges its layers in the background, whatever is written meanwhile', async () => {
    const random = randomFrom(7);
    const draw = () => Float32Array.from({ length: dimension }, () => Math.floor(5 * random()) - 2);
    const rows: Rows = new Map(Array.from({ length: 3000 }, (_, i) => [2 * i + 1, draw()]));
    const queries = [draw(), draw()];
    let index = LayeredIndex.over(await flat(rows), stateOf(0));
    const write = async (generation: number, count: number) => {
      const changes = Object.fromEntries(
        Array.from({ length: count }, () => [
          Math.floor(7000 * random()) + 1,
          random() < 0.3 ? null : draw(),
        ]),
      );
      const changed = apply(rows, changes);
      const next = await index.with(stateOf(generation), changed, (id) => rows.get(id));
      await index.release();
      index = next;
    };
    await write(1, 1500);
    const then = new Map(rows);
    let merged: Rows | undefined;
    let of: unknown;
    const done = index.merge(async ({ matrix: { ids, values } }, state) => {
      of = state;
      merged = new Map(
        Array.from(ids, (id, i) => [id, values.slice(i * dimension, (i + 1) * dimension)]),
      );
    });
    for (let generation = 2; generation < 6; generation++) {
      await write(generation, 100);
      await agree(index, rows, queries, 20);
    }
    await done;
    expect(of).toEqual(stateOf(1));
    expect(merged).toEqual(new Map([...then].sort(([a], [b]) => a - b)));
    await agree(index, rows, queries, 20);
    await write(6, 100);
    await agree(index, rows, queries, 3000, { excluded: new Set([1, 3, 5]) });
    await index.release();
  });

  it('forgets at once what is to be forgotten, also behind a merge that began before', async () => {
    const rows: Rows = new Map(
      Array.from({ length: 3000 }, (_, i) => [i, Float32Array.of(1, i, 0, 0, 0)]),
    );
    const first = LayeredIndex.over(await flat(rows), stateOf(0));
    const kept: number[][] = [];
    const keep = async ({ matrix }: FlatIndex) => {
      kept.push([...matrix.ids]);
    };
    const before = first.merge(keep, true);
    rows.delete(7);
    const second = await first.with(stateOf(1), [7], (id) => rows.get(id));
    const after = second.merge(keep, true);
    await first.release();
    await Promise.all([before, after]);
    expect(kept.map((ids) => ids.includes(7))).toEqual([true, false]);
    await agree(second, rows, [Float32Array.of(1, 7, 0, 0, 0)], 20);
    await second.release();
  });

  it('frees the rows that a merge has taken over when the last search of them has ended', async () => {
    const rows: Rows = new Map(
      Array.from({ length: 3000 }, (_, i) => [i, Float32Array.of(1, i, 0, 0, 0)]),
    );
    const base = await flat(rows);
    const first = LayeredIndex.over(base, stateOf(0));
    rows.set(7, Float32Array.of(0, 0, 1, 0, 0));
    const second = await first.with(stateOf(1), [7], (id) => rows.get(id));
    const old = Float32Array.of(1, 7, 0, 0, 0);
    const searched = first.search([old], 1);
    let saved = 0;
    await second.merge(async ({ matrix }) => {
      // Released while it is being kept, it stays until then.
      await second.release();
      await new Promise((resolve) => setTimeout(resolve, 20));
      saved = matrix.values.length;
    }, true);
    expect(saved).toBe(3000 * dimension);
    expect(base.matrix.values).toHaveLength(3000 * dimension);
    await first.release();
    expect((await searched).neighbours[0]?.[0]?.id).toBe(7);
    while (base.matrix.values.length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it('merges nothing while little has come, and no more once it is released', async () => {
    const rows: Rows = new Map(
      Array.from({ length: 3000 }, (_, i) => [i, Float32Array.of(1, i, 0, 0, 0)]),
    );
    const index = LayeredIndex.over(await flat(rows), stateOf(0));
    let merges = 0;
    const count = async () => {
      merges += 1;
    };
    const change = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => from + i);
    const little = await index.with(stateOf(1), change(0, 400), (id) => rows.get(id));
    await little.merge(count);
    expect(merges).toBe(0);
    const much = await little.with(stateOf(2), change(400, 1500), (id) => rows.get(id));
    const merging = much.merge(count);
    for (const each of [index, little, much]) await each.release();
    await merging;
    expect(merges).toBe(0);
  });
});
