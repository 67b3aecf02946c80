import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { madeUpCollection } from '../testing/made-up-collection.ts';
import { CollectionStore } from './collection-store.ts';
import type { ImageDescription } from './records.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-images-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('reads all images piece by piece as it does at once, with gaps between their ids', () => {
  const { store } = madeUpCollection(join(folder, 'pieces.db'), { patients: 1010 });
  store.writer.remove([1, 999, 1000, 1001, 2020].map((id) => store.images.get(id)));
  const all = store.images.page();
  expect(all).toHaveLength(2015);
  expect([...store.images.each()]).toEqual(all);
  store.close();
});

it('writes a batch as it does image by image: twice the same path, odd texts, known ones', () => {
  const described = (path: string, text: string): ImageDescription => ({
    ...{ path, patient: text, study: null, series: null, labels: ['a', text] },
    metadata: { note: text, number: '1,5' },
  });
  const none = new Map<number, Float32Array>();
  const odd = 'odd \0 and "quoted" \ud83d\ude00 ü';
  const writes = [
    { description: described('a.png', 'x'), embeddings: none },
    { description: described('b.png', odd), embeddings: none },
    { description: described('a.png', 'y'), embeddings: none },
    { description: described('known.png', 'new'), embeddings: none },
    { description: described('c.png', 'X'), embeddings: none },
  ];
  const write = (file: string, batches: (typeof writes)[]) => {
    const store = CollectionStore.open(join(folder, file), { create: true });
    const source = store.sources.register('/nowhere');
    store.writer.write(source, [{ description: described('known.png', 'old'), embeddings: none }]);
    for (const batch of batches) store.writer.write(source, batch);
    expect(store.check().faults).toEqual([]);
    const found = [store.images.page(), store.fields.facets([])];
    store.close();
    return found;
  };
  const together = write('together.db', [writes]);
  expect(together).toEqual(
    write(
      'each.db',
      writes.map((one) => [one]),
    ),
  );
  expect(JSON.stringify(together)).not.toContain('"x"');
});

it('keeps fractions exactly, which SQLite reads from JSON as a neighbouring number', () => {
  const store = CollectionStore.open(join(folder, 'fractions.db'), { create: true });
  const values = ['0.2594420531272357', '7708914887.051826', '1.5', '40'];
  const writes = values.map((value) => ({
    description: {
      ...{ path: `${value}.png`, patient: null, study: null, series: null, labels: [] },
      metadata: { dose: value },
    },
    embeddings: new Map<number, Float32Array>(),
  }));
  store.writer.write(store.sources.register('/nowhere'), writes);
  for (const value of values) {
    const same = store.fields.where(`dose<=${value} dose>=${value}`);
    expect(store.images.count(same), value).toBe(1);
  }
  store.close();
});

it.each([256, 512, 768])('takes little more disk than embeddings of %i numbers', (dimension) => {
  const file = join(folder, `${dimension}.db`);
  const store = CollectionStore.open(file, { create: true });
  const encoder = { name: 'e', fingerprint: 'e', dimension, definition: '{}' };
  const id = store.encoders.register(encoder);
  const source = store.sources.register('/nowhere');
  const vector = new Float32Array(dimension).fill(1);
  const bytes = () => statSync(file).size;
  const images = 4000;
  const description = (i: number) => ({
    ...{ path: `${i}.png`, patient: null, study: null, series: null, labels: [], metadata: {} },
  });
  const writes = Array.from({ length: images }, (_, i) => ({
    description: description(i),
    embeddings: new Map<number, Float32Array>(),
  }));
  store.writer.write(source, writes);
  store.close();
  const without = bytes();
  const again = CollectionStore.open(file);
  again.embeddings.write(
    id,
    writes.map((_, i) => [i + 1, vector]),
  );
  again.close();
  expect((bytes() - without) / (4 * dimension * images)).toBeLessThan(1.1);
});
