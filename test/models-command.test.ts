import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasShared, sharedPath } from '../src/testing/shared.ts';
import { run, temporaryFolder, writePicture } from './program.ts';

const CHECKPOINT = 'goldens/encoders/vit/checkpoint/';

describe.skipIf(!hasShared(`${CHECKPOINT}config.json`))('semblance models', () => {
  const temporary = temporaryFolder();
  const at = ['--home', join(temporary.path, 'home'), '--json'];
  const images = join(temporary.path, 'images');
  const from = sharedPath(CHECKPOINT);
  const json = async (...args: string[]) => {
    const { code, stdout, stderr } = await run([...at, ...args]);
    return { code, out: stdout && JSON.parse(stdout), error: stderr && JSON.parse(stderr).error };
  };

  beforeAll(async () => {
    mkdirSync(images);
    for (let i = 0; i < 4; i++) await writePicture(join(images, `${i}.png`), i);
  });
  afterAll(() => temporary.remove());

  it('lists the published models, none installed', async () => {
    const { out } = await json('models', 'list');
    const names = out.models.map(({ name }: { name: string }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        'biomedclip',
        'medclip',
        'clip-vit-l-14',
        'dinov2-base',
        'vit-base-in21k',
        'vit-mae-base',
        'sam-vit-base',
        'medsam-vit-base',
        'resnet-50',
        'rad-dino',
        'medsiglip-448',
      ]),
    );
    expect(out.models.some(({ installed }: { installed: boolean }) => installed)).toBe(false);
  });

  it('says what does not fit when a checkpoint is not the model that it is added as', async () => {
    const { code, error } = await json(
      'models',
      'add',
      'biomedclip',
      '--from',
      join(from, 'model.safetensors'),
    );
    expect(code).toBe(1);
    expect(error.code).toBe('PATH_NOT_FOUND');
    const resnet = await json('models', 'add', 'resnet-50', '--from', from);
    expect(resnet.error.code).toBe('CHECKPOINT_INCOMPLETE');
    expect(resnet.error.detail).toContain('convolution.weight');
    expect(existsSync(join(temporary.path, 'home', 'encoders', 'resnet-50.json'))).toBe(false);
  });

  it('adds a relative of a known model, compiles once, and encodes with it', async () => {
    // The tiny checkpoint has another size than the published one, so it is a relative of its own.
    const folder = join(temporary.path, 'tiny');
    mkdirSync(folder);
    for (const file of ['config.json', 'model.safetensors'])
      copyFileSync(join(from, file), join(folder, file));
    const wrong = await json('models', 'add', 'tiny', '--like', 'vit-base-in21k', '--from', folder);
    // Its dimension is 48, the catalogue's model has 768.
    expect(wrong.error.code).toBe('ENCODER_FAILED');
    const like = JSON.parse(
      readFileSync(new URL('../src/models/catalogue/vit-base-in21k.json', import.meta.url), 'utf8'),
    );
    const template = join(temporary.path, 'tiny.json');
    like.preprocess.resize = { mode: 'exact', width: 64, height: 64 };
    writeFileSync(template, JSON.stringify({ ...like, name: 'tiny', dimension: 48 }));
    const added = await json('models', 'add', 'tiny', '--like', template, '--from', folder);
    expect(added.out).toMatchObject({ name: 'tiny', compiled: true });
    const again = await json('models', 'add', 'tiny', '--like', template, '--from', folder);
    expect(again.out).toMatchObject({ compiled: false, checkpoint: added.out.checkpoint });

    const golden = await json(
      'models',
      'verify',
      'tiny',
      '--golden',
      sharedPath('goldens/encoders/vit'),
    );
    expect(golden.out.faithful).toBe(true);
    expect(golden.out.difference).toBeLessThanOrEqual(1e-4);
    const indexed = await json('index', images, '-e', 'tiny');
    expect(indexed.out).toMatchObject({ added: 4, encoder: 'tiny' });
    const found = await json('search', join(images, '1.png'), '-k', '3');
    expect(found.out.neighbours).toHaveLength(3);
  });

  it('removes what it added', async () => {
    expect((await json('models', 'remove', 'tiny')).out).toEqual({ removed: 'tiny' });
    expect((await json('models', 'remove', 'tiny')).error.code).toBe('ENCODER_NOT_FOUND');
    expect((await json('models', 'remove', '../images')).error.code).toBe('ENCODER_NOT_FOUND');
    expect(existsSync(images)).toBe(true);
  });
});
