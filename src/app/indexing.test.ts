import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IndexingSchema, WorkSchema } from '../contract/indexing.ts';
import type { Progress } from './call.ts';
import { Semblance } from './semblance.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-indexing-'));
const images = join(folder, 'images');
const collection = 'pictures';
let semblance: Semblance;

beforeAll(async () => {
  for (const label of ['a', 'b']) mkdirSync(join(images, label), { recursive: true });
  for (let i = 0; i < 20; i++) {
    const data = Uint8Array.from({ length: 256 }, (_, at) => (at * (i + 3)) % 251);
    await sharp(data, { raw: { width: 16, height: 16, channels: 1 } })
      .png()
      .toFile(join(images, i % 2 === 0 ? 'a' : 'b', `${i}.png`));
  }
  writeFileSync(join(images, 'a', 'broken.png'), Buffer.from('89504e470d0a1a0a', 'hex'));
  writeFileSync(join(images, 'notes.txt'), 'text');
  semblance = await Semblance.open({ home: join(folder, 'home') });
});
afterAll(async () => {
  await semblance.close();
  rmSync(folder, { recursive: true });
});

describe('images', () => {
  it('are indexed up to where the call is ended, and from there on by the next', async () => {
    const { indexing } = semblance;
    const ended = new AbortController();
    const progress: Progress = (done, _, { unit }) => {
      if (unit === 'images' && done > 0) ended.abort();
    };
    const part = await indexing.index(
      { signal: ended.signal, progress },
      { collection, path: images },
    );
    expect(IndexingSchema.parse(part)).toEqual(part);
    expect(part).toMatchObject({ total: 21, complete: false });
    expect(part.added).toBeGreaterThan(0);

    const told: unknown[] = [];
    const rest = await indexing.index(
      { progress: (...step) => told.push(step) },
      { collection, path: images },
    );
    expect(IndexingSchema.parse(rest)).toEqual(rest);
    expect(rest).toMatchObject({
      encoder: 'baseline',
      added: 20 - part.added,
      failed: 1,
      complete: true,
      isDefault: true,
      leftOut: [{ kind: 'text', count: 1 }],
      failures: [{ subject: expect.stringContaining('broken.png') }],
    });
    const whole = { done: expect.any(Number), total: expect.any(Number), kept: 0 };
    const skipped = { skipped: 1, reasons: { [rest.failures[0]?.code ?? '']: 1 } };
    expect(told.at(-1)).toEqual([21, 21, { unit: 'images', of: collection, ...skipped, whole }]);
    const all = (told as [number, number, { whole: { done: number; total: number } }][]).map(
      ([, , phase]) => phase.whole.done / phase.whole.total,
    );
    expect(all).toEqual(all.toSorted((a, b) => a - b));
    expect(all.at(-1)).toBe(1);
  });

  it('are indexed again from where they were, and removed when their files are gone', async () => {
    const { indexing, collections } = semblance;
    rmSync(join(images, 'a', '0.png'));
    const pruned = await indexing.index({}, { collection, path: undefined, prune: true });
    expect(pruned).toMatchObject({ total: 20, failed: 1, removed: 1, unclear: 0 });
    expect(await indexing.unclear({ collection })).toEqual([]);
    renameSync(images, `${images}-away`);
    expect(await indexing.unclear({ collection, path: images })).toHaveLength(19);
    expect(await indexing.unclear({ collection, path: folder })).toEqual([]);
    renameSync(`${images}-away`, images);
    expect(collections.info({ collection }).images).toBe(19);
  });

  it('wait for no worker when all are done', async () => {
    const work = await semblance.indexing.work({}, { collection });
    expect(WorkSchema.parse(work)).toEqual({ collection, finished: 0, late: 0 });
    const empty = { collection: 'none', path: undefined };
    await expect(semblance.indexing.index({}, empty)).rejects.toMatchObject({
      code: 'COLLECTION_NOT_FOUND',
    });
  });
});
