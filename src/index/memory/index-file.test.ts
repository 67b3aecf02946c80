import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { randomFrom } from '../../domain/random.ts';
import { DamagedFileError } from './block-file.ts';
import { FlatIndex } from './flat-index.ts';
import { readIndexFile } from './index-file.ts';
import { CurrentIndex } from './shared-index.ts';

const [dimension, rows] = [64, 5000];
const random = randomFrom(4);
// Far apart in eight directions, so that components along axes are kept as well.
const values = Float32Array.from(
  { length: rows * dimension },
  (_, at) => (random() - 0.3) * (at % dimension < 8 ? 1 : 0.1),
);
const ids = Int32Array.from({ length: rows }, (_, i) => 3 * i + 1);
const queries = Array.from({ length: 3 }, (_, q) => values.slice(q * 100, q * 100 + dimension));
const key = { fingerprint: 'encoder-1', state: 'state-7', generation: 7, dimension };
const any = () => true;

/** A damaged file is not read; where only rows are damaged that nobody needed yet, the reading of them fails. */
async function isRefused(path: string, damage: string): Promise<void> {
  const read = await readIndexFile(path, any, 0);
  if (read === undefined) return;
  expect(read.matrix.arriving, damage).toBeDefined();
  await expect(read.matrix.arriving?.whole(), damage).rejects.toThrow(DamagedFileError);
  await expect(read.matrix.arriving?.need([0]), damage).rejects.toThrow(DamagedFileError);
  // The next process does not try it again.
  expect(existsSync(path), damage).toBe(false);
  await read.matrix.arriving?.stop();
  await read.scan?.release();
}

describe.each([true, false])('the file of an index (codes: %s)', (codes) => {
  let folder: string;
  let path: string;
  let index: FlatIndex;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'semblance-index-'));
    path = join(folder, 'kept.index');
    index = await FlatIndex.fromMatrix(dimension, values, { ids, codes, threads: codes ? 0 : 1 });
    await index.save(path, key);
  });
  afterAll(async () => {
    await index.release();
    rmSync(folder, { recursive: true });
  });

  it('gives the same answers, whatever the number of shards', async () => {
    for (const threads of [1, 3]) {
      const read = (await FlatIndex.load(path, any, { threads }))?.index;
      expect(await read?.search(queries, 40)).toEqual(await index.search(queries, 40));
      expect(await read?.search(queries.slice(0, 1), 40)).toEqual(
        await index.search(queries.slice(0, 1), 40),
      );
      await read?.release();
    }
    expect(readdirSync(folder)).toEqual(['kept.index']);
  });

  it('says what it is of, and is not read where that is not wanted', async () => {
    let kept: unknown;
    const refuse = (of: unknown) => {
      kept = of;
      return false;
    };
    expect(await readIndexFile(path, refuse, 0)).toBeUndefined();
    expect(kept).toEqual({ ...key, rows, last: 3 * rows - 2 });
  });

  it('is refused when a bit has changed anywhere, or when it ends early', async () => {
    const damaged = join(folder, 'damaged');
    const bytes = readFileSync(path);
    for (let i = 0; i < 40; i++) {
      const at = i < 20 ? bytes.length - 1 - i : Math.floor((bytes.length * (i - 20)) / 20);
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] as number) ^ 4;
      writeFileSync(damaged, copy);
      await isRefused(damaged, `byte ${at}`);
    }
    for (const length of [0, 7, 1000, bytes.length - 1]) {
      copyFileSync(path, damaged);
      truncateSync(damaged, length);
      await isRefused(damaged, `${length} bytes`);
    }
    rmSync(damaged, { force: true });
  });

  it('stays as it was when writing a new one fails', async () => {
    const broken = await FlatIndex.fromMatrix(dimension, values, { codes: true, threads: 1 });
    await broken.release();
    // Its threads have ended, so it fails in the middle of its codes.
    await expect(broken.save(path, { ...key, state: 'state-8' })).rejects.toThrow();
    expect(readdirSync(folder)).toEqual(['kept.index']);
    const read = await readIndexFile(path, any, 0);
    expect(read?.matrix.rows).toBe(rows);
    await read?.matrix.arriving?.stop();
    await read?.scan?.release();
    expect(existsSync(join(folder, 'kept.index'))).toBe(true);
  });
});

describe('rows that arrive', () => {
  let folder: string;
  let path: string;
  let index: FlatIndex;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'semblance-index-'));
    path = join(folder, 'kept.index');
    index = await FlatIndex.fromMatrix(dimension, values, { ids, codes: true, threads: 0 });
  });
  beforeEach(() => index.save(path, key));
  afterAll(async () => {
    await index.release();
    rmSync(folder, { recursive: true });
  });
  const load = async () => {
    const read = await FlatIndex.load(path, any, { threads: 0 });
    if (read === undefined) throw new Error('It is not read.');
    return read.index;
  };
  /** Damages one row of the embeddings. */
  const damage = (row: number) => {
    const bytes = readFileSync(path);
    const at = bytes.indexOf(new Uint8Array(values.buffer, 4 * row * dimension, 4 * dimension));
    bytes[at + 5] = (bytes[at + 5] as number) ^ 1;
    writeFileSync(path, bytes);
  };

  it('are there for whoever needs them, in any order and at any time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            row: fc.nat(rows - 1),
            k: fc.integer({ min: 1, max: 60 }),
            allowed: fc.option(fc.integer({ min: 2, max: 900 }), { nil: undefined }),
            waits: fc.boolean(),
          }),
          { minLength: 1, maxLength: 6 },
        ),
        fc.boolean(),
        async (searches, replaced) => {
          const read = await load();
          // Another that takes its name meanwhile is another file.
          if (replaced) writeFileSync(`${path}.part`, 'other');
          if (replaced) renameSync(`${path}.part`, path);
          const asked = searches.map(async ({ row, k, allowed, waits }) => {
            if (waits) await read.matrix.arriving?.whole();
            const query = values.slice(row * dimension, (row + 1) * dimension);
            const options =
              allowed === undefined
                ? {}
                : { allowed: new Set(ids.filter((_, i) => i % allowed === 0)) };
            expect(await read.search([query], k, options)).toEqual(
              await index.search([query], k, options),
            );
          });
          await Promise.all(asked);
          await read.release();
          await index.save(path, key);
        },
      ),
      { numRuns: 8 },
    );
    expect(readdirSync(folder)).toEqual(['kept.index']);
  });

  it('end with the index that waits for them', async () => {
    const read = await load();
    const whole = read.matrix.arriving?.whole();
    await read.release();
    await whole?.catch(() => undefined);
    await expect((await load()).release()).resolves.toBeUndefined();
  });

  it('are not taken when they are damaged, and the index is built anew', async () => {
    damage(777);
    const current = new CurrentIndex();
    const query = values.slice(777 * dimension, 778 * dimension);
    let builds = 0;
    const build = async () => {
      builds += 1;
      return (
        (await FlatIndex.load(path, any, { threads: 0 }))?.index ??
        FlatIndex.fromMatrix(dimension, values, { ids })
      );
    };
    const search = () => current.use(1, build, (of) => of.search([query], 5));
    const wanted = await index.search([query], 5);
    expect(await Promise.all([search(), search(), search()])).toEqual([wanted, wanted, wanted]);
    expect([builds, existsSync(path)]).toEqual([2, false]);
    current.release();
  });

  it('leave a file alone that has taken the place of a damaged one', async () => {
    damage(4000);
    const read = await load();
    await index.save(path, key);
    await expect(read.matrix.arriving?.whole()).rejects.toThrow(DamagedFileError);
    expect(existsSync(path)).toBe(true);
    await read.release();
  });
});
