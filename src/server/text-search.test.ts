import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Semblance } from '../app/semblance.ts';
import { openSafetensors } from '../encoding/checkpoints/safetensors.ts';
import { Encoder } from '../encoding/encoders/encoder.ts';
import { findEncoder } from '../encoding/encoders/registry.ts';
import { indexImages } from '../indexing/index-images.ts';
import { readSource } from '../indexing/read-source.ts';
import { DataDirectory } from '../store/data-directory.ts';
import { searchForm } from '../testing/search-form.ts';
import { hasTextEncoder, installTextEncoder, TEXT_GOLDEN } from '../testing/text-encoder.ts';
import { createApp } from './app.ts';

/** A text of the golden, and its row there. */
const TEXT = 'CT of the liver: hepatoma, no ascites.';
const ROW = 1;

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
}
function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(dot(vector, vector));
  return vector.map((value) => value / length);
}

describe.skipIf(!hasTextEncoder)('search with a text over HTTP', () => {
  let folder: string;
  let semblance: Semblance;
  let app: ReturnType<typeof createApp>;
  /** Embeddings of the images by id, and of the text as the official code gives it; of length 1. */
  const images = new Map<number, Float32Array>();
  let text: Float32Array;
  /** Tokens of the text, without padding. */
  let tokens: number;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'semblance-text-search-'));
    for (let i = 0; i < 8; i++) {
      const pixels = Uint8Array.from({ length: 64 * 64 }, (_, at) => (at * (i + 3)) % 256);
      await sharp(pixels, { raw: { width: 64, height: 64, channels: 1 } })
        .png()
        .toFile(join(folder, `${i}.png`));
    }
    const home = new DataDirectory(join(folder, 'home'));
    await installTextEncoder(home);
    const store = home.open('test', { create: true });
    const source = await readSource(folder);
    for (const name of ['baseline', 'tiny-clip']) {
      const encoder = await Encoder.load(await findEncoder(name, home.encodersFolder));
      await indexImages(store, encoder, source, { threads: 1 });
      await encoder.release();
    }
    const { id = 0 } = store.encoders.list().find(({ name }) => name === 'tiny-clip') ?? {};
    for (const [image, vector] of store.embeddings.each(id)) images.set(image, unit(vector));
    store.close();
    const golden = openSafetensors(join(TEXT_GOLDEN, 'expected.safetensors'));
    const dimension = golden.info('text_embedding')?.shape[1] ?? 0;
    text = unit(golden.floats('text_embedding').slice(ROW * dimension, (ROW + 1) * dimension));
    golden.close();
    const inputs = openSafetensors(join(TEXT_GOLDEN, 'input.safetensors'));
    const length = inputs.info('input_ids')?.shape[1] ?? 0;
    const ids = inputs.floats('input_ids').slice(ROW * length, (ROW + 1) * length);
    inputs.close();
    tokens = ids.filter((id) => id !== 0).length;
    semblance = await Semblance.open({ home: home.folder, limits: { maxPixels: 1_000_000 } });
    app = createApp(semblance, { maxUpload: 200_000 });
  });
  afterAll(async () => {
    await semblance.close();
    await rm(folder, { recursive: true });
  });

  const base = 'http://localhost/api/collections';
  const json = async (response: Response) => JSON.parse(await response.text());
  const search = async (query: object, ...files: Uint8Array[]) => {
    const body = searchForm({ k: 50, ...query }, ...files);
    return json(await app.request(`${base}/test/search`, { method: 'POST', body }));
  };
  const found = (answer: { neighbours: { similarity: number; image: { id: number } }[] }) =>
    answer.neighbours.map(({ image, similarity }) => [image.id, similarity] as const);
  const expectRanking = (answer: Parameters<typeof found>[0], query: Float32Array, not = -1) => {
    const expected = [...images]
      .filter(([id]) => id !== not)
      .map(([id, vector]) => [id, dot(vector, query)] as const)
      .sort((a, b) => b[1] - a[1]);
    expect(found(answer).map(([id]) => id)).toEqual(expected.map(([id]) => id));
    found(answer).forEach(([, similarity], i) => {
      expect(similarity).toBeCloseTo(expected[i]?.[1] as number, 4);
    });
  };

  it('says which encoders take texts', async () => {
    const { encoders } = (await json(await app.request(base))).collections[0];
    const able = encoders.map((each: { name: string; text: boolean }) => [each.name, each.text]);
    expect(Object.fromEntries(able)).toEqual({ baseline: false, 'tiny-clip': true });
  });

  it('ranks the images by the text as the official code encodes it', async () => {
    // No encoder is named: of those with embeddings, one that takes texts is chosen.
    const answer = await search({ parts: [{ text: TEXT }] });
    expect(answer).toMatchObject({ encoder: 'tiny-clip', query: null, candidates: 8 });
    expect(answer.texts).toEqual([{ text: TEXT, tokens, used: tokens }]);
    expectRanking(answer, text);
  });

  it('searches with a picture and a text together', async () => {
    const [id, vector] = [...images][2] as [number, Float32Array];
    const mean = (weight: number) =>
      unit(vector.map((value, i) => (1 - weight) * value + weight * (text[i] as number)));
    const [picture, words] = [{ image: id }, { text: TEXT }];
    const even = await search({ parts: [picture, words], encoder: 'tiny-clip' });
    expect(even.query.id).toBe(id);
    expectRanking(even, mean(0.5), id);
    const mostly = await search({
      parts: [
        { ...picture, weight: 0.1 },
        { ...words, weight: 0.9 },
      ],
    });
    expectRanking(mostly, mean(0.9), id);
    const mine = await readFile(join(folder, '2.png'));
    expect(found(await search({ parts: [{ file: 0 }, words] }, mine))).toEqual(found(even));
  });

  it('refuses what it cannot search with, and names what can', async () => {
    const refused = await search({ parts: [{ text: TEXT }], encoder: 'baseline' });
    expect(refused).toMatchObject({ code: 'TEXT_NOT_SUPPORTED', status: 422 });
    expect(refused.detail).toContain('tiny-clip');
    for (const part of [undefined, { text: ' ' }, { text: TEXT, weight: -1 }]) {
      const parts = part === undefined ? [] : [part];
      expect(await search({ parts })).toMatchObject({ code: 'REQUEST_INVALID' });
    }
  });
});
