import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomFrom } from '../../domain/random.ts';
import { FlatIndex } from './flat-index.ts';
import { readIndexFile } from './index-file.ts';

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
      expect(await readIndexFile(damaged, any, 0), `byte ${at}`).toBeUndefined();
    }
    for (const length of [0, 7, 1000, bytes.length - 1]) {
      copyFileSync(path, damaged);
      truncateSync(damaged, length);
      expect(await readIndexFile(damaged, any, 0), `${length} bytes`).toBeUndefined();
    }
    rmSync(damaged);
  });

  it('stays as it was when writing a new one fails', async () => {
    const broken = await FlatIndex.fromMatrix(dimension, values, { codes: true, threads: 1 });
    await broken.release();
    // Its threads have ended, so it fails in the middle of its codes.
    await expect(broken.save(path, { ...key, state: 'state-8' })).rejects.toThrow();
    expect(readdirSync(folder)).toEqual(['kept.index']);
    const read = await readIndexFile(path, any, 0);
    expect(read?.matrix.rows).toBe(rows);
    await read?.scan?.release();
    expect(existsSync(join(folder, 'kept.index'))).toBe(true);
  });
});
