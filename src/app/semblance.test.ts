import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Semblance } from './semblance.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-services-'));
const semblance = await Semblance.open({ home: folder });
afterAll(async () => {
  await semblance.close();
  rmSync(folder, { recursive: true });
});

const of = { collection: 'absent', id: 1 };
const page = { offset: 0, limit: 1 };
const { collections, explain, pictures, search } = semblance;

// A call that threw at once would pass by the handlers of those who wait for its promise.
it.each([
  ['collections.images', () => collections.images({}, { ...of, ...page })],
  ['collections.facets', () => collections.facets({}, of)],
  ['search.search', () => search.search({}, { ...of, parts: [{ image: 1 }] })],
  ['search.search of a file', () => search.search({}, { ...of, parts: [{ file: 0 }], files: [] })],
  ['explain.explain', () => explain.explain({}, { ...of, query: 1, result: 2 })],
  ['explain.draw', () => explain.draw({}, { ...of, query: 1, result: 2 })],
  ['pictures.thumbnail', () => pictures.thumbnail({}, { ...of, edge: 16 })],
  ['pictures.rendered', () => pictures.rendered({}, of)],
  ['pictures.samples', () => pictures.samples({}, of)],
])('a call that fails gives a promise that says so: %s', async (name, call) => {
  const code = name.endsWith('file') ? 'REQUEST_INVALID' : 'COLLECTION_NOT_FOUND';
  const promise = call();
  await expect(promise).rejects.toMatchObject({ code });
});
