import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { QueryPart } from '../domain/query.ts';
import { Encoder } from '../encoding/encoders/encoder.ts';
import { PreprocessPool } from '../encoding/preprocess/pool.ts';
import { indexImages } from '../indexing/index-images.ts';
import { readSource } from '../indexing/read-source.ts';
import { CollectionStore } from '../store/collection-store.ts';
import { tinyEncoder } from '../testing/tiny-encoder.ts';
import { chooseEncoder } from './choose-encoder.ts';
import { EncoderSpace } from './encoder-space.ts';
import { QueryEmbeddings } from './query-embeddings.ts';
import { Searcher, type SearchRequest } from './searcher.ts';

const embedding = (value: number, length = 1) => ({
  vector: new Float32Array(length).fill(value),
});

/** Encodings that end when they are told to. */
function manual() {
  const started: { stop: AbortSignal; finish: (value: number) => void }[] = [];
  const encode = (stop: AbortSignal) =>
    new Promise<{ vector: Float32Array }>((resolve, reject) => {
      started.push({ stop, finish: (value) => resolve(embedding(value)) });
      stop.addEventListener('abort', () => reject(stop.reason), { once: true });
    });
  return { started, encode };
}

describe('the embeddings of queries', () => {
  it('are made once for all who ask, and stopped when the last one has left', async () => {
    const queries = new QueryEmbeddings();
    const { started, encode } = manual();
    const [one, other] = [new AbortController(), new AbortController()];
    const first = queries.get('a', encode, one.signal);
    const second = queries.get('a', encode, other.signal);
    expect(started).toHaveLength(1);
    one.abort(new Error('left'));
    await expect(first).rejects.toThrow('left');
    expect(started[0]?.stop.aborted).toBe(false);
    started[0]?.finish(1);
    expect((await second).vector[0]).toBe(1);
    expect((await queries.get('a', encode)).vector[0]).toBe(1);
    expect(started).toHaveLength(1);

    const [third, fourth] = [new AbortController(), new AbortController()];
    const waits = [third, fourth].map(({ signal }) => queries.get('b', encode, signal));
    third.abort(new Error('left'));
    fourth.abort(new Error('left, too'));
    await expect(waits[0]).rejects.toThrow('left');
    await expect(waits[1]).rejects.toThrow('left, too');
    expect(started[1]?.stop.aborted).toBe(true);
    // Nothing of it stays: who comes next begins anew.
    const again = queries.get('b', encode);
    started[2]?.finish(3);
    expect((await again).vector[0]).toBe(3);
  });

  it('are not kept when they could not be made', async () => {
    const queries = new QueryEmbeddings();
    const failing = queries.get('a', () => Promise.reject(new Error('broken')));
    await expect(failing).rejects.toThrow('broken');
    expect((await queries.get('a', async () => embedding(2))).vector[0]).toBe(2);
    await expect(
      queries.get('c', async () => embedding(1), AbortSignal.abort(new Error('gone'))),
    ).rejects.toThrow('gone');
  });

  it('take no more than a limit; those not asked for longest go', async () => {
    const queries = new QueryEmbeddings(10_000);
    let made = 0;
    const ask = (key: string) =>
      queries.get(key, async () => {
        made += 1;
        return embedding(1, 1000);
      });
    // Two fit.
    await ask('a');
    await ask('b');
    await ask('a');
    await ask('c');
    expect(made).toBe(3);
    await ask('a');
    expect(made).toBe(3);
    await ask('b');
    expect(made).toBe(4);
  });
});

describe('a search with a picture', () => {
  const folder = mkdtempSync(join(tmpdir(), 'semblance-queries-'));
  const store = CollectionStore.open(join(folder, 'a.db'), { create: true });
  const pictures = new PreprocessPool({ threads: 1 });
  let upload: Uint8Array;
  let searcher: Searcher;
  const runs = vi.spyOn(Encoder.prototype, 'encode');

  const png = (shade: number) =>
    sharp({ create: { width: 8, height: 8, channels: 3, background: { r: shade, g: 40, b: 90 } } })
      .png()
      .toBuffer();

  beforeAll(async () => {
    const images = join(folder, 'images');
    for (const [i, kind] of ['CT', 'MR', 'CT', 'MR'].entries()) {
      await mkdir(join(images, kind), { recursive: true });
      await writeFile(join(images, kind, `${i}.png`), await png(20 + 50 * i));
    }
    const encoder = await Encoder.load(tinyEncoder(1, folder));
    await indexImages(store, encoder, await readSource(images), { threads: 1 });
    await encoder.release();
    upload = await png(77);
    searcher = new Searcher(store, new EncoderSpace(chooseEncoder(store)), pictures);
  });
  afterAll(async () => {
    await searcher.release();
    await pictures.close();
    store.close();
    rmSync(folder, { recursive: true });
    runs.mockRestore();
  });

  const search = async (parts: QueryPart[], request: Partial<SearchRequest> = {}) => {
    const { milliseconds: _, ...answer } = await searcher.search(parts, { k: 4, ...request });
    return answer;
  };

  it('runs the model once for a picture, whatever else is asked, and answers as before', async () => {
    const parts: QueryPart[] = [{ kind: 'picture', bytes: upload }];
    const filter = store.fields.filter(['label=CT']);
    const fresh = () => new Searcher(store, new EncoderSpace(chooseEncoder(store)), pictures);
    const expected = await Promise.all(
      [{}, { filter }].map(async (request) => {
        const own = fresh();
        const { milliseconds: _, ...answer } = await own.search(parts, { k: 4, ...request });
        await own.release();
        return answer;
      }),
    );
    runs.mockClear();
    const again: QueryPart[] = [{ kind: 'picture', bytes: Uint8Array.from(upload) }];
    expect([await search(parts), await search(again, { filter })]).toEqual(expected);
    await search([...parts, { kind: 'image', id: 1, role: 'less' }]);
    expect(runs).toHaveBeenCalledTimes(1);
    // A part of it is another picture.
    await search([{ kind: 'picture', bytes: upload, region: { x: 0, y: 0, width: 4, height: 4 } }]);
    expect(runs).toHaveBeenCalledTimes(2);
  });

  it('reads a file that was touched again before it trusts what is kept', async () => {
    const region = { x: 1, y: 1, width: 4, height: 4 };
    const part: QueryPart = { kind: 'image', id: 1, region };
    await search([part]);
    runs.mockClear();
    await search([part]);
    expect(runs).not.toHaveBeenCalled();
    const path = store.sources.filePath(1).file;
    const before = await readFile(path);
    await utimes(path, new Date(), new Date());
    await search([part]);
    expect(runs).toHaveBeenCalledTimes(1);
    await writeFile(path, await png(1));
    await expect(search([part])).rejects.toMatchObject({ code: 'IMAGE_CHANGED' });
    await writeFile(path, before);
  });
});
