import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startHub } from '../src/testing/hub.ts';
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
    // Progress goes to standard error, too; the error is its last line.
    const last = stderr.trim().split('\n').at(-1);
    return {
      code,
      out: stdout && JSON.parse(stdout),
      error: code === 0 || last === undefined ? undefined : JSON.parse(last).error,
    };
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
    expect(resnet.error.code).toBe('ENCODER_INVALID');
    expect(resnet.error.detail).toContain('"vit"');
    const medsam = await json(
      'models',
      'add',
      'medsam-vit-base',
      '--from',
      join(from, 'model.safetensors'),
    );
    expect(medsam.error.code).toBe('CHECKPOINT_INCOMPLETE');
    expect(medsam.error.detail).toContain('patch_embed.projection.weight');
    expect(existsSync(join(temporary.path, 'home', 'encoders', 'resnet-50.json'))).toBe(false);
  });

  it('adds a relative of a known model, compiles once, and encodes with it', async () => {
    // The tiny checkpoint has another size and dimension than the published one.
    const add = ['models', 'add', 'tiny', '--like', 'vit-base-in21k', '--from', from];
    const added = await json(...add);
    expect(added.out).toMatchObject({ name: 'tiny', compiled: true, dimension: 48 });
    const again = await json(...add);
    expect(again.out).toMatchObject({ compiled: false, checkpoint: added.out.checkpoint });
    const { out } = await json('models', 'list');
    expect(out.models.filter(({ installed }: { installed: boolean }) => installed)).toEqual([
      expect.objectContaining({ name: 'tiny', dimension: 48, catalogue: false }),
    ]);

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

  it('adds a relative by an edited template', async () => {
    const { out: template } = await json('models', 'template', 'vit-base-in21k');
    expect(template.name).toBe('my-vit-base-in21k');
    template.preprocess.resize = { mode: 'exact', width: 64, height: 64 };
    const file = join(temporary.path, 'template.json');
    const write = () => writeFileSync(file, JSON.stringify(template));
    write();
    const wrong = await json('models', 'add', file, '--from', from);
    expect(wrong.error).toMatchObject({ code: 'ENCODER_INVALID' });
    template.dimension = 48;
    write();
    const added = await json('models', 'add', file, '--from', from);
    expect(added.out).toMatchObject({ name: 'my-vit-base-in21k', dimension: 48 });
    // Without a golden it cannot know.
    expect((await json('models', 'verify', 'my-vit-base-in21k')).out).toMatchObject({
      difference: null,
      faithful: null,
      unknown: expect.stringContaining('not known'),
    });
  });

  it('pulls from a hub, and no other command asks it for anything', async () => {
    const { behaviour, hub, stop } = await startHub('c0ffee'.padEnd(40, '0'));
    const token = 'hf_verySecret';
    const tokenFile = join(temporary.path, 'token');
    writeFileSync(tokenFile, `${token}\n`);
    for (const file of ['config.json', 'model.safetensors']) {
      behaviour.files.set(file, readFileSync(join(from, file)));
    }
    vi.stubEnv('HF_ENDPOINT', hub.url);
    try {
      const { out: template } = await json('models', 'template', 'vit-base-in21k');
      template.hub.repository = 'owner/tiny';
      template.name = 'pulled';
      template.dimension = 48;
      template.preprocess.resize = { mode: 'exact', width: 64, height: 64 };
      const file = join(temporary.path, 'pulled.json');
      writeFileSync(file, JSON.stringify(template));
      const offline = await json('models', 'pull', file, '--offline');
      expect(offline.error.code).toBe('HUB_OFFLINE');
      await json('models', 'list');
      await json('models', 'verify', 'tiny');
      expect(hub.seen).toEqual([]);

      const { code, stdout, stderr } = await run([
        ...at,
        ...['models', 'pull', file, '--token-file', tokenFile],
      ]);
      expect({ code, ...JSON.parse(stdout) }).toMatchObject({
        code: 0,
        name: 'pulled',
        files: [{ file: 'config.json' }, { file: 'model.safetensors', checksum: 'sha256' }],
      });
      expect(stderr).toMatch(/0\.4\/0\.4 MB, .* MB\/s, 0:00 left {2}model\.safetensors/);
      expect(stdout + stderr).not.toContain(token);
      expect(hub.seen[0]?.authorization).toBe(`Bearer ${token}`);

      hub.seen.length = 0;
      vi.stubEnv('SEMBLANCE_OFFLINE', '1');
      expect((await json('models', 'pull', file)).out).toMatchObject({ compiled: false });
      expect(hub.seen).toEqual([]);
    } finally {
      vi.unstubAllEnvs();
      await stop();
    }
  });

  it('removes what it added', async () => {
    expect((await json('models', 'remove', 'tiny')).out).toEqual({ removed: 'tiny' });
    expect((await json('models', 'remove', 'tiny')).error.code).toBe('ENCODER_NOT_FOUND');
    expect((await json('models', 'remove', '../images')).error.code).toBe('ENCODER_NOT_FOUND');
    expect(existsSync(images)).toBe(true);
  });
});
