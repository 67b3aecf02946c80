import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DataDirectory } from '../../store/data-directory.ts';
import { writeShards } from '../../testing/shards.ts';
import { hasShared, sharedPath } from '../../testing/shared.ts';
import { readDefinition } from '../encoders/definition.ts';
import { installModel } from './install.ts';
import { definitionFile, listInstalled, modelFolder, removeModel } from './installed.ts';
import { findTemplate, relativeOf } from './template.ts';
import { verifyEncoder } from './verify.ts';

const GOLDENS = 'goldens/encoders/';
const golden = (name: string) => sharedPath(GOLDENS + name);

describe.skipIf(!hasShared(`${GOLDENS}vit/ABOUT.md`))('installing a model', () => {
  const temporary = mkdtempSync(join(tmpdir(), 'semblance-install-'));
  afterAll(() => rmSync(temporary, { recursive: true, force: true }));
  let count = 0;
  const newFolder = () => {
    const folder = join(temporary, String(count++));
    mkdirSync(folder);
    return folder;
  };
  const home = new DataDirectory(join(temporary, 'home'));
  const forms = (name: string) =>
    readdirSync(modelFolder(home, name)).filter((entry) => entry !== 'installed.json');

  /** A relative's folder: a golden's checkpoint, with an official processor where it has one. */
  function relative(name: string, file: string, processor?: object): string {
    const folder = newFolder();
    for (const part of ['config.json', file]) {
      copyFileSync(join(golden(name), 'checkpoint', part), join(folder, part));
    }
    if (processor !== undefined) {
      writeFileSync(join(folder, 'preprocessor_config.json'), JSON.stringify(processor));
    }
    return folder;
  }
  const add = (name: string, like: string, from: string) =>
    installModel(home, relativeOf(like, name), from, { relative: true });

  it.each([
    // ResNet's configuration does not tell the size of its pictures.
    ['resnet', 'resnet-50', { size: { height: 97, width: 97 }, resample: 3 }],
    ['resnet', 'resnet-50-published', { size: { height: 97, width: 97 }, resample: 3 }],
    ['vit-mae', 'vit-mae-base-published', undefined],
    ['clip-transformers', 'clip-vit-l-14', undefined],
    ['siglip', 'medsiglip-448', undefined],
    ['sam', 'sam-vit-base', undefined],
  ] as const)('takes a relative like %s, %s as it is', async (from, like, processor) => {
    const name = `our-${like}`;
    await add(name, like, relative(from, 'model.safetensors', processor));
    const definition = await readDefinition(definitionFile(home, name));
    const { asPublished } = findTemplate(like);
    const result = await verifyEncoder(definition, { golden: golden(from), asPublished });
    expect(result.difference).toBeLessThanOrEqual(1e-4);
    expect(listInstalled(home).find((record) => record.name === name)).toMatchObject({
      dimension: definition.dimension,
      asPublished,
    });
  });

  it('refuses a relative under the name of the known model', async () => {
    const from = relative('vit', 'model.safetensors');
    await expect(installModel(home, findTemplate('vit-base-in21k'), from)).rejects.toMatchObject({
      code: 'ENCODER_INVALID',
      message: expect.stringMatching(/48 values.*--like/),
    });
    expect(readdirSync(join(home.folder, 'models')).join()).not.toMatch(/vit-base-in21k|part/);
  });

  it('refuses another kind of model, even if it has the same tensors', async () => {
    const from = relative('dinov2', 'model.safetensors');
    const config = JSON.parse(readFileSync(join(from, 'config.json'), 'utf8'));
    const file = join(from, 'config.json');
    writeFileSync(file, JSON.stringify({ ...config, model_type: 'dinov2_with_registers' }));
    await expect(add('registers', 'dinov2-base', from)).rejects.toMatchObject({
      code: 'ENCODER_INVALID',
      message: expect.stringContaining('dinov2_with_registers'),
      subject: file,
    });
  });

  it('replaces what was compiled from another checkpoint, and hashes every shard', async () => {
    const folder = newFolder();
    copyFileSync(join(golden('vit'), 'checkpoint/config.json'), join(folder, 'config.json'));
    const { shards } = writeShards(join(golden('vit'), 'checkpoint/model.safetensors'), folder);
    const first = await add('sharded', 'vit-base-in21k', folder);
    const before = forms('sharded');
    expect((await add('sharded', 'vit-base-in21k', folder)).compiled).toBe(false);

    // One weight of the second file changes, the index does not.
    const shard = join(folder, shards[1] as string);
    const bytes = readFileSync(shard);
    bytes.writeFloatLE(0.5, bytes.length - 4);
    writeFileSync(shard, bytes);
    const second = await add('sharded', 'vit-base-in21k', folder);
    expect(second).toMatchObject({ compiled: true });
    expect(second.checkpoint).not.toBe(first.checkpoint);
    const after = forms('sharded');
    expect(after).toHaveLength(1);
    expect(after).not.toEqual(before);
    const { model } = await readDefinition(second.definition);
    expect(statSync((model as { file: string }).file).isFile()).toBe(true);
  });

  it('gives tokens to a model that was compiled without them, and leaves the rest as it is', async () => {
    const from = relative('vit', 'model.safetensors');
    await add('older', 'vit-base-in21k', from);
    const file = definitionFile(home, 'older');
    const before = await verifyEncoder(await readDefinition(file));
    const folder = modelFolder(home, 'older');
    const [form] = forms('older');
    const tokens = join(folder, form as string, 'tokens.onnx');
    // As the version before tokens left it.
    rmSync(tokens);
    const record = join(folder, 'installed.json');
    const { tokens: _, ...old } = JSON.parse(readFileSync(record, 'utf8'));
    writeFileSync(record, JSON.stringify(old));
    expect(await add('older', 'vit-base-in21k', from)).toMatchObject({ compiled: false });
    expect(forms('older')).toEqual([form]);
    const definition = await readDefinition(file);
    expect(definition.tokens?.model.file).toBe(tokens);
    expect(statSync(tokens).isFile()).toBe(true);
    expect((await verifyEncoder(definition)).fingerprint).toBe(before.fingerprint);
  });

  it('leaves a description alone that the user wrote', async () => {
    const file = definitionFile(home, 'mine');
    writeFileSync(file, '{}');
    const from = relative('vit', 'model.safetensors');
    await expect(add('mine', 'vit-base-in21k', from)).rejects.toMatchObject({
      code: 'ENCODER_INVALID',
      subject: file,
    });
    expect(removeModel(home, 'mine')).toBe(false);
    expect(readFileSync(file, 'utf8')).toBe('{}');
  });

  it('keeps the folder of the archive to the user', async () => {
    const own = new DataDirectory(join(newFolder(), 'home'));
    const template = relativeOf('vit-base-in21k', 'private');
    const from = relative('vit', 'pytorch_model.bin');
    await installModel(own, template, from, { relative: true });
    expect(statSync(own.folder).mode & 0o077).toBe(0);
  });

  it('makes an encoder of 8 bits beside that of 32, and tells how near it is', async () => {
    const from = relative('vit', 'model.safetensors');
    const like = relativeOf('vit-base-in21k', 'our-vit');
    await installModel(home, like, from, { relative: true });
    const small = await installModel(home, like, from, { relative: true, precision: 'int8' });
    expect(small.name).toBe('our-vit-int8');
    const { least = 0, pictures } = small.agreement ?? {};
    expect(pictures).toBe(10);
    expect(least).toBeGreaterThan(0.999);
    expect(least).toBeLessThan(1);
    const [full, bytes] = ['our-vit', 'our-vit-int8'].map((name) => {
      const graph = join(modelFolder(home, name), forms(name)[0] as string, 'vision.onnx.data');
      return statSync(graph).size;
    });
    expect(bytes).toBeLessThan((full as number) / 1.4);
    const { description } = await readDefinition(definitionFile(home, small.name));
    expect(description).toContain(`least ${least.toFixed(5)}`);
    const again = await installModel(home, like, from, { relative: true, precision: 'int8' });
    expect(again).toMatchObject({ compiled: false, agreement: small.agreement });

    const kept = join(
      modelFolder(home, small.name),
      forms(small.name)[0] as string,
      'agreement.json',
    );
    writeFileSync(kept, '{ "pictures": 10 }');
    await expect(
      installModel(home, like, from, { relative: true, precision: 'int8' }),
    ).rejects.toMatchObject({ code: 'ENCODER_INVALID', subject: kept });
    const net = relativeOf('resnet-50', 'our-net');
    await expect(
      installModel(home, net, relative('resnet', 'model.safetensors'), {
        relative: true,
        precision: 'int8',
      }),
    ).rejects.toMatchObject({ code: 'ENCODER_INVALID' });
    expect(listInstalled(home).map(({ name }) => name)).not.toContain('our-net-int8');
  });
});
