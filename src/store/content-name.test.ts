import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { described } from '../testing/described.ts';
import { CollectionStore } from './collection-store.ts';
import { registeredFile } from './registered-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-content-'));
const store = CollectionStore.open(join(folder, 'a.db'), { create: true });
afterAll(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

it('an image without a file says so, and no two of them are copies', () => {
  const source = store.sources.register('/images');
  const decoding = { format: 'png', bits: 8, colour: 'grey', orientation: 1, pages: 1 };
  const content = { contentHash: 'ab12', bytes: 1, width: 1, height: 1, decoding };
  store.writer.write(source, [
    { description: described('a.png'), embeddings: new Map() },
    { description: described('b.png'), embeddings: new Map() },
    { description: described('c.png'), content, embeddings: new Map() },
  ]);
  expect([1, 2, 3].map((id) => store.images.fileHash(id))).toEqual([null, null, 'ab12']);
  expect(store.images.known(source, 'a.png')?.fileHash).toBeNull();
  expect(store.images.known(source, 'c.png')?.fileHash).toBe('ab12');
  expect([...store.images.contentHashes()]).toEqual(['ab12']);
  expect([...store.images.fingerprints()]).toMatchObject([{ id: 3, frame: 1, hash: null }]);
  const places = store.sources.placesOf(store.sources.idsOfSource(source));
  expect([...places].map(({ id }) => id)).toEqual([3]);
  const names = [1, 2, 3].map((id) => store.images.contentHash(id) as string);
  expect(new Set(names).size).toBe(3);
  expect(names.map((name) => store.images.idsOfContent(name))).toEqual([[], [], [3]]);
  expect(() => registeredFile(store, 1)).toThrow(
    expect.objectContaining({ code: 'IMAGE_NOT_FOUND' }),
  );
  expect(registeredFile(store, 3)).toEqual({
    path: '/images/c.png',
    called: '/images/c.png',
    contentHash: 'ab12',
    frame: 1,
  });
  expect(() => store.images.fileHash(4)).toThrow(
    expect.objectContaining({ code: 'IMAGE_NOT_FOUND' }),
  );
});
