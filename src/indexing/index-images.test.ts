import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EncoderDefinition } from '../encoding/encoders/definition.ts';
import { Encoder } from '../encoding/encoders/encoder.ts';
import type { Decoding } from '../images/pixels.ts';
import { READING } from '../images/reading.ts';
import { DataDirectory } from '../store/data-directory.ts';
import type { ImageContent, ImageRecord } from '../store/records.ts';
import { tinyEncoder } from '../testing/tiny-encoder.ts';
import { indexImages } from './index-images.ts';
import { readSource } from './read-source.ts';

describe('indexImages', () => {
  let folder: string;
  let definition: EncoderDefinition;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'semblance-indexing-'));
    for (let shade = 0; shade < 20; shade++) {
      const create = {
        width: 4,
        height: 4,
        channels: 3,
        background: { r: shade, g: shade, b: shade },
      } as const;
      await sharp({ create })
        .png()
        .toFile(join(folder, `${shade}.png`));
    }
    definition = tinyEncoder(7, folder);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('lists the one image that the encoder cannot take and keeps its batch', async () => {
    const encoder = await Encoder.load(definition);
    const store = new DataDirectory(join(folder, 'home')).open('test', { create: true });
    const result = await indexImages(store, encoder, await readSource(folder), { threads: 1 });
    expect(result).toMatchObject({ total: 20, added: 19, failed: 1, complete: true });
    expect(result.failures[0]).toMatchObject({
      code: 'ENCODER_FAILED',
      subject: join(folder, '7.png'),
    });
    expect(store.images.page().map(({ path }) => path)).not.toContain('7.png');
    store.close();
    await encoder.release();
  });

  it('encodes again what an earlier version read differently, and nothing else', async () => {
    const pictures = join(folder, 'pictures');
    await mkdir(pictures);
    const deep = Uint16Array.from({ length: 192 }, (_, i) => i * 20);
    const shape = { width: 8, height: 8 };
    await sharp(deep, { raw: { ...shape, channels: 3 } })
      .toColourspace('rgb16')
      .png()
      .toFile(join(pictures, 'deep-colour.png'));
    await sharp(deep.subarray(0, 64), { raw: { ...shape, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toFile(join(pictures, 'deep-grey.png'));
    await copyFile(join(folder, '9.png'), join(pictures, 'plain.png'));
    const encoder = await Encoder.load(definition);
    const store = new DataDirectory(join(folder, 'home')).open('reread', { create: true });
    const source = await readSource(pictures);
    const run = () => indexImages(store, encoder, source, { threads: 1 });
    expect(await run()).toMatchObject({ added: 3 });
    const id = store.encoders.list()[0]?.id as number;
    const right = store.images.page().map((image) => [image, store.embeddings.get(id, image.id)]);

    // As the first version left it: with an embedding of another encoder, and other pixels in one.
    const other = store.encoders.register({
      name: 'other',
      fingerprint: 'other',
      dimension: 1,
      definition: '{}',
    });
    const [, vector] = right[0] as [unknown, Float32Array];
    const wrong = new Map([
      [id, vector.map((value) => value + 1)],
      [other, Float32Array.of(1)],
    ]);
    for (const image of store.images.page()) {
      const { reading: _, ...decoding } = image.decoding as Decoding;
      if (image.path === 'deep-colour.png') {
        delete decoding.windowLow;
        delete decoding.windowHigh;
      }
      const perceptualHash = store.images.perceptualHash(image.id) as string;
      const content = { ...(image as ImageRecord & ImageContent), decoding, perceptualHash };
      store.writer.write(1, [{ description: image, content, embeddings: wrong }]);
    }
    expect(await run()).toMatchObject({ added: 0, reread: 1, unchanged: 2, failed: 0 });
    const after = store.images.page();
    const embeddingsOf = (path: string) => {
      const image = after.find((each) => each.path === path) as (typeof after)[0];
      return [id, other].map((encoderId) => store.embeddings.get(encoderId, image.id));
    };
    const deepColour = right.find(
      ([image]) => (image as { path: string }).path === 'deep-colour.png',
    );
    expect(embeddingsOf('deep-colour.png')).toEqual([deepColour?.[1], undefined]);
    for (const path of ['deep-grey.png', 'plain.png']) {
      expect(embeddingsOf(path)).toEqual([wrong.get(id), wrong.get(other)]);
    }
    expect(after.map(({ decoding }) => decoding?.reading)).toEqual([READING, READING, undefined]);
    expect(await run()).toMatchObject({ reread: 0, unchanged: 3 });
    store.close();
    await encoder.release();
  });

  it('stops when the encoder takes no image at all', async () => {
    const encoder = await Encoder.load({ ...definition, dimension: 5 });
    const store = new DataDirectory(join(folder, 'home')).open('other', { create: true });
    await expect(
      indexImages(store, encoder, await readSource(folder), { threads: 1 }),
    ).rejects.toMatchObject({ code: 'ENCODER_FAILED' });
    expect(store.images.count()).toBe(0);
    store.close();
    await encoder.release();
  });
});
