import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EncoderDefinition } from '../encoders/definition.ts';
import { Encoder } from '../encoders/encoder.ts';
import { Home } from '../store/home.ts';
import { tinyEncoder } from '../testing/tiny-encoder.ts';
import { indexImages } from './index-images.ts';
import { readSource } from './source.ts';

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
    const store = new Home(join(folder, 'home')).open('test', { create: true });
    const result = await indexImages(store, encoder, await readSource(folder), { threads: 1 });
    expect(result).toMatchObject({ total: 20, added: 19, failed: 1, complete: true });
    expect(result.failures[0]).toMatchObject({ code: 'ENCODER_FAILED', subject: '7.png' });
    expect(store.images.page().map(({ path }) => path)).not.toContain('7.png');
    store.close();
    await encoder.release();
  });

  it('stops when the encoder takes no image at all', async () => {
    const encoder = await Encoder.load({ ...definition, dimension: 5 });
    const store = new Home(join(folder, 'home')).open('other', { create: true });
    await expect(
      indexImages(store, encoder, await readSource(folder), { threads: 1 }),
    ).rejects.toMatchObject({ code: 'ENCODER_FAILED' });
    expect(store.images.count()).toBe(0);
    store.close();
    await encoder.release();
  });
});
