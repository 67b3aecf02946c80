import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Encoder } from '../encoding/encoders/encoder.ts';
import { CollectionStore } from '../store/collection-store.ts';
import { described } from '../testing/described.ts';
import { tinyEncoder } from '../testing/tiny-encoder.ts';
import { indexImages } from './index-images.ts';
import { findMissing, prune } from './missing.ts';
import { readSource } from './read-source.ts';

async function paint(file: string, shade: number): Promise<void> {
  const background = { r: shade, g: shade, b: 2 * shade };
  await sharp({ create: { width: 4, height: 4, channels: 3, background } })
    .png()
    .toFile(file);
}

describe('files that are renamed or gone', () => {
  const work = mkdtempSync(join(tmpdir(), 'semblance-removal-'));
  const folder = join(work, 'images');
  let encoder: Encoder;
  let encoded = 0;
  let store: CollectionStore;
  let counter = 0;

  beforeAll(async () => {
    const loaded = await Encoder.load(tinyEncoder(7.5, work));
    encoder = Object.create(loaded, {
      encode: {
        value: (pictures: readonly Float32Array[]) => {
          encoded += pictures.length;
          return loaded.encode(pictures);
        },
      },
    });
  });
  beforeEach(async () => {
    rmSync(folder, { recursive: true, force: true });
    for (const label of ['a', 'b']) {
      mkdirSync(join(folder, label), { recursive: true });
      for (let i = 0; i < 3; i++)
        await paint(join(folder, label, `${i}.png`), i + (label === 'a' ? 1 : 21));
    }
    counter += 1;
    store?.close();
    store = CollectionStore.open(join(work, `${counter}.db`), { create: true });
    await index();
  });
  afterAll(async () => {
    store.close();
    await encoder.release();
    rmSync(work, { recursive: true });
  });

  const index = async (path = folder) => {
    encoded = 0;
    return indexImages(store, encoder, await readSource(path), { threads: 1 });
  };
  const image = (path: string) => store.images.page().find((one) => one.path === path);
  const vectors = () => new Map(store.embeddings.each(store.encoders.list()[0]?.id as number));

  it('keep id and embedding under their new name, with the new description, without encoding', async () => {
    const before = image('a/1.png');
    const vector = vectors().get(before?.id as number);
    renameSync(join(folder, 'a', '1.png'), join(folder, 'b', 'moved.png'));
    expect(await index()).toMatchObject({ total: 6, renamed: 1, unchanged: 5, added: 0 });
    expect(encoded).toBe(0);
    expect(image('a/1.png')).toBeUndefined();
    expect(image('b/moved.png')).toEqual({ ...before, path: 'b/moved.png', labels: ['b'] });
    expect(vectors().get(before?.id as number)).toEqual(vector);
    expect(store.images.count([{ field: 'label', not: false, values: [['b']] }])).toBe(4);
  });

  it('are followed into another folder, all of them, and copies are told from them', async () => {
    const ids = store.images.page().map(({ id }) => id);
    const elsewhere = join(work, `elsewhere-${counter}`);
    cpSync(folder, elsewhere, { recursive: true });
    // While the first folder is there, the second holds copies.
    expect(await index(elsewhere)).toMatchObject({ added: 6, renamed: 0 });
    expect(encoded).toBe(0);
    expect(store.images.count()).toBe(12);
    const third = join(work, `third-${counter}`);
    renameSync(folder, third);
    expect(await index(third)).toMatchObject({ added: 0, renamed: 6 });
    expect(store.images.count()).toBe(12);
    expect(
      store.images
        .page()
        .map(({ id }) => id)
        .filter((id) => ids.includes(id)),
    ).toEqual(ids);
    expect(store.sources.filePath(ids[0] as number).file).toBe(join(third, 'a', '0.png'));
  });

  it('that come twice under new names are one renamed and one new', async () => {
    const before = image('a/1.png');
    cpSync(join(folder, 'a', '1.png'), join(folder, 'b', 'one.png'));
    renameSync(join(folder, 'a', '1.png'), join(folder, 'b', 'two.png'));
    expect(await index()).toMatchObject({ renamed: 1, added: 1, unchanged: 5 });
    expect(image('b/one.png')?.id).toBe(before?.id);
    expect(vectors().size).toBe(7);
  });

  it('that take the place of another are no other image', async () => {
    const [one, two] = [image('a/1.png'), image('a/2.png')];
    renameSync(join(folder, 'a', '1.png'), join(folder, 'a', '2.png'));
    expect(await index()).toMatchObject({ added: 1, renamed: 0, unchanged: 4 });
    expect(image('a/2.png')).toMatchObject({ id: two?.id, contentHash: one?.contentHash });
    expect(vectors().get(two?.id as number)).toEqual(vectors().get(one?.id as number));
  });

  it('leave the collection when asked, with everything of them', async () => {
    const { id } = image('a/0.png') as { id: number };
    rmSync(join(folder, 'a', '0.png'));
    const source = store.sources.register(folder);
    expect(await prune(store, source, folder)).toMatchObject({ removed: 1, unclear: 0 });
    expect(() => store.images.get(id)).toThrow('no image');
    expect(vectors().has(id)).toBe(false);
    expect(store.fields.facets([])).toMatchObject([
      {
        values: [
          { value: 'b', count: 3 },
          { value: 'a', count: 2 },
        ],
      },
    ]);
    rmSync(join(folder, 'b'), { recursive: true });
    expect(await prune(store, source, folder)).toMatchObject({ removed: 3, unclear: 0 });
    // A path that is used again is another image.
    await paint(join(folder, 'a', '0.png'), 99);
    await index();
    expect(image('a/0.png')?.id).toBeGreaterThan(6);
  });

  it('stay where the folder is unreachable, empty, or lacks all of them', async () => {
    const source = store.sources.register(folder);
    const missing = async () => {
      const { gone, unclear } = await findMissing(store, source, folder);
      return [gone.size, unclear.size];
    };
    renameSync(join(folder, 'b'), join(work, `b-${counter}`));
    expect(await missing()).toEqual([3, 0]);
    mkdirSync(join(folder, 'b'));
    expect(await missing()).toEqual([0, 3]);
    rmSync(join(folder, 'a'), { recursive: true });
    expect(await missing()).toEqual([0, 6]);
    rmSync(join(folder, 'b'), { recursive: true });
    writeFileSync(join(folder, 'lost+found'), '');
    expect(await missing()).toEqual([0, 6]);
    rmSync(folder, { recursive: true });
    expect(await missing()).toEqual([0, 6]);
    expect(await prune(store, source, folder)).toMatchObject({ removed: 0 });
  });

  it('were never there of images that were imported: they stay', async () => {
    const description = described('a/x.png');
    store.writer.write(store.sources.register(folder), [{ description, embeddings: new Map() }]);
    rmSync(join(folder, 'a', '0.png'));
    expect((await prune(store, store.sources.register(folder), folder)).removed).toBe(1);
    expect(image('a/x.png')).toBeDefined();
  });
});
