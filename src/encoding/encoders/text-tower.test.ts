import { copyFileSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataDirectory } from '../../store/data-directory.ts';
import {
  hasTextEncoder,
  installTextEncoder,
  smallBiomedClip,
  TEXT_GOLDEN,
} from '../../testing/text-encoder.ts';
import { openSafetensors } from '../checkpoints/safetensors.ts';
import { installModel } from '../models/install.ts';
import type { EncoderDefinition } from './definition.ts';
import { Encoder } from './encoder.ts';
import { findEncoder } from './registry.ts';
import { TextTower } from './text-tower.ts';

describe.skipIf(!hasTextEncoder)('TextTower', () => {
  let folder: string;
  let home: DataDirectory;
  let definition: EncoderDefinition;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'semblance-text-'));
    home = new DataDirectory(join(folder, 'home'));
    await installTextEncoder(home);
    definition = await findEncoder('tiny-clip', home.encodersFolder);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('gives the embeddings of the official code for the texts themselves', async () => {
    const texts = JSON.parse(readFileSync(join(TEXT_GOLDEN, 'checkpoint/texts.json'), 'utf8'));
    const golden = openSafetensors(join(TEXT_GOLDEN, 'expected.safetensors'));
    const expected = golden.floats('text_embedding');
    golden.close();
    const tower = await TextTower.load(definition, { threads: 1 });
    const found = (await tower.encode(texts)).flatMap(({ vector }) => [...vector]);
    await tower.release();
    expect(found).toHaveLength(expected.length);
    const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    found.forEach((value, i) => {
      expect(Math.abs(value - (expected[i] as number))).toBeLessThanOrEqual(1e-4 * largest);
    });
  });

  it('is no part of the fingerprint of the pictures', async () => {
    const { text: _, ...without } = definition;
    const fingerprints = new Set<string>();
    for (const each of [definition, without]) {
      const encoder = await Encoder.load(each, { threads: 1 });
      fingerprints.add(encoder.fingerprint);
      await encoder.release();
    }
    expect(fingerprints.size).toBe(1);
    const refused = TextTower.load(without);
    await expect(refused).rejects.toMatchObject({ code: 'TEXT_NOT_SUPPORTED' });
  });

  it('is left out without its tokenizer, and comes with it later', async () => {
    const template = { ...smallBiomedClip(), name: 'wordless' };
    const weights = 'open_clip_pytorch_model.bin';
    for (const file of [weights, 'open_clip_config.json'])
      copyFileSync(join(TEXT_GOLDEN, 'checkpoint', file), join(folder, file));
    const first = await installModel(home, template, folder);
    expect(first).toMatchObject({ compiled: true, text: false });
    expect(first.missing).toContain('vocab.txt');
    expect((await findEncoder('wordless', home.encodersFolder)).text).toBeUndefined();
    copyFileSync(join(TEXT_GOLDEN, 'checkpoint/vocab.txt'), join(folder, 'vocab.txt'));
    const second = await installModel(home, template, folder);
    expect(second).toMatchObject({ compiled: false, text: true, missing: [] });
    const tower = await TextTower.load(await findEncoder('wordless', home.encodersFolder));
    expect(await tower.encode(['chest '.repeat(40)])).toMatchObject([{ tokens: 42, used: 32 }]);
    await tower.release();
  });
});
