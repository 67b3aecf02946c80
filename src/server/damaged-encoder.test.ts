import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Semblance } from '../app/semblance.ts';
import { CollectionsSchema, SearchResultSchema } from '../contract/shapes.ts';
import { importedDefinition } from '../encoding/encoders/definition.ts';
import { DataDirectory } from '../store/data-directory.ts';
import { described } from '../testing/described.ts';
import { searchForm } from '../testing/search-form.ts';
import { createApp } from './app.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-damaged-'));
const home = new DataDirectory(folder);
const semblance = await Semblance.open({ home: home.folder, limits: { maxPixels: 1000 } });
const app = createApp(semblance, { maxUpload: 100_000 });
afterAll(async () => {
  await semblance.close();
  rmSync(folder, { recursive: true });
});

it('an encoder whose description is damaged hides neither its collection nor other encoders', async () => {
  const store = home.open('a', { create: true });
  const ids = ['sound', 'damaged'].map((name) => {
    const definition = name === 'sound' ? JSON.stringify(importedDefinition(name, 2)) : '{}';
    return store.encoders.register({ name, fingerprint: name, dimension: 2, definition });
  });
  const writes = Array.from({ length: 5 }, (_, i) => ({
    description: described(`${i}.png`),
    embeddings: new Map(ids.map((id) => [id, Float32Array.of(1, i)])),
  }));
  store.writer.write(store.sources.register('/'), writes);
  store.close();

  const listed = await app.request('/api/collections');
  const { collections } = CollectionsSchema.parse(await listed.json());
  expect(collections).toMatchObject([{ name: 'a', images: 5 }]);
  const [collection] = collections;
  expect(collection?.problem).toBeUndefined();
  const encoders = collection?.encoders ?? [];
  const byName = Object.fromEntries(encoders.map((each) => [each.name, each]));
  expect(byName).toMatchObject({
    sound: { title: 'sound (imported)', embeddings: 5, available: false },
    damaged: { title: 'damaged', embeddings: 5, available: false, text: false },
  });
  expect(encoders).toHaveLength(2);
  const search = (encoder: string, part: object, ...files: Uint8Array[]) => {
    const body = searchForm({ parts: [part], k: 2, encoder }, ...files);
    return app.request('/api/collections/a/search', { method: 'POST', body });
  };
  // What needs no description still answers.
  for (const name of ['sound', 'damaged']) {
    const found = await search(name, { image: 1 });
    expect(SearchResultSchema.parse(await found.json()).neighbours).toHaveLength(2);
  }
  const text = await search('damaged', { text: 'lung' });
  const refused = { code: 'ENCODER_DAMAGED', detail: expect.stringContaining('“damaged”') };
  expect(await text.json()).toMatchObject(refused);
  const upload = await search('damaged', { file: 0 }, Uint8Array.of(1));
  expect(await upload.json()).toMatchObject(refused);
});
