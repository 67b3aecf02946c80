import { expect, it } from 'vitest';
import { between, randomFrom } from '../../../domain/random.ts';
import type { RankedRows } from '../candidates.ts';
import { rowMatrix, unitQuery } from '../row-matrix.ts';
import { compileKernels } from './kernel.ts';
import { ScanRoom } from './room.ts';
import { CodedShard } from './shard.ts';

const k = 25;

it('answers batches of any size, one after the other', async () => {
  const dimension = 16;
  const random = randomFrom(1);
  // More than find room behind the lists of a batch.
  const values = Float32Array.from({ length: 40_000 * dimension }, () => between(random, -1, 1));
  const matrix = rowMatrix(dimension, values);
  const mean = new Float64Array(dimension);
  const base = { dimension, rows: matrix.rows, mean, axes: undefined, own: matrix };
  const shard = await CodedShard.create({ ...base, modules: await compileKernels() });
  await shard.append(values);
  const ask = async (first: number, queries: number, sampled: boolean) => {
    const room = new ScanRoom({ dimension, queries, shards: 1, answers: 4 * k * queries });
    room.clear();
    for (let q = 0; q < queries; q++) {
      const at = (first + q) * dimension;
      room.queries.set(unitQuery(values.slice(at, at + dimension)), q * dimension);
    }
    const found = await shard.scan({
      ...{ scan: { buffer: room.buffer, size: room.size, shard: 0, k }, selection: {} },
      ...{ k, most: 3000, isThere: true, sampled, even: true },
    });
    expect(found).toBeUndefined();
    const { counts, rows } = room.answers(0);
    let at = 0;
    return Array.from(counts, (count) => {
      at += count;
      return rows.slice(at - count, at);
    });
  };
  const alone = [];
  for (let q = 0; q < 250; q++) alone.push(...(await ask(q, 1, false)));
  for (const [queries, sampled] of [
    [144, true],
    [250, false],
    [17, false],
    [113, true],
    [250, true],
  ] as const) {
    expect(await ask(0, queries, sampled)).toEqual(alone.slice(0, queries));
  }
  await shard.release();
});

it('finds the same with the rough kernel as without', async () => {
  const modules = await compileKernels();
  // Node 20 and later have it on processors of Intel's and AMD's kind.
  if (process.arch === 'x64') expect(modules.rough).toBeDefined();
  for (const dimension of [5, 64, 100, 513, 768]) {
    const random = randomFrom(dimension);
    const values = Float32Array.from({ length: 3000 * dimension }, () => between(random, -1, 1));
    const matrix = rowMatrix(dimension, values);
    const mean = new Float64Array(dimension);
    const base = { dimension, rows: matrix.rows, mean, axes: undefined, own: matrix };
    const shards = await Promise.all(
      [modules, { kernel: modules.kernel, rough: undefined }].map((modules) =>
        CodedShard.create({ ...base, modules }),
      ),
    );
    for (const shard of shards) await shard.append(values);
    for (const at of [0, 7, 2999]) {
      const queries = unitQuery(values.slice(at * dimension, (at + 1) * dimension));
      // A large number beside small ones leaves few levels for these.
      queries[at % dimension] = (queries[at % dimension] as number) * (at === 7 ? 30 : 1);
      for (const rows of [undefined, Uint32Array.from({ length: 1500 }, (_, i) => 2 * i)]) {
        const [one, other] = await Promise.all(
          shards.map(async (shard) => {
            const room = new ScanRoom({ dimension, queries: 1, shards: 1, answers: 4 * k });
            room.clear();
            room.queries.set(unitQuery(Float32Array.from(queries)));
            const found = await shard.scan({
              ...{ scan: { buffer: room.buffer, size: room.size, shard: 0, k } },
              ...{ k, most: 3000, isThere: true, sampled: true, even: true },
              selection: rows === undefined ? {} : { rows },
            });
            const { counts, ...told } = room.answers(0);
            const { rows: all, similarities } = (found as RankedRows | undefined) ?? told;
            const count = counts[0] as number;
            return [all.slice(0, count), similarities.slice(0, count)];
          }),
        );
        expect(one).toEqual(other);
      }
    }
    for (const shard of shards) await shard.release();
  }
});
