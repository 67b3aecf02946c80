import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import Database from 'libsql';
import { afterAll, describe, expect, it } from 'vitest';
import { described } from '../testing/described.ts';
import { madeUpCollection } from '../testing/made-up-collection.ts';
import { inOldLayout } from '../testing/old-layout.ts';
import { CollectionStore } from './collection-store.ts';
import { readVersion } from './layout-versions.ts';
import { SCHEMA } from './schema.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-layouts-'));
let made = 0;
const another = () => join(folder, `${made++}.db`);
afterAll(() => rmSync(folder, { recursive: true }));

/** All that can be asked of the images. */
function answers(store: CollectionStore, queries: readonly string[] = []) {
  return {
    images: [...store.images.each()].map((image) => ({ ...image })),
    facets: store.fields.facets([]),
    found: queries.map((query) => store.images.idsWhere(store.fields.where(query))),
    hashes: [...store.images.fingerprints()].map(({ id, hash }) => ({
      ...{ id, hash },
      content: store.images.contentHash(id),
    })),
    embeddings: store.encoders.list().map(({ id }) => [...store.embeddings.each(id)]),
    faults: store.check().faults,
  };
}

const layoutOf = (db: Database.Database) =>
  db.prepare('SELECT type, name FROM sqlite_schema ORDER BY name').all();

describe('a collection of an earlier version', () => {
  it.each([1, 4, 5] as const)('gives the same answers: version %i', (version) => {
    const { store } = madeUpCollection(another(), { patients: 20 });
    const source = store.sources.register('/more');
    const metadata = { date: '2019-03-05', age: '040Y', note: 'a\0b', number: '1e3' };
    store.writer.write(source, [
      { description: described('a', { labels: ['x/y', 'x/y'], metadata }), embeddings: new Map() },
      {
        description: described('b', { patient: 'p', series: 's', metadata: { patient: 'q' } }),
        embeddings: new Map(),
      },
      { description: described('last'), embeddings: new Map() },
    ]);
    const last = store.images.known(source, 'last')?.id as number;
    store.writer.remove([{ id: last, path: 'last' }]);
    const decoding = { format: 'png', bits: 8, colour: 'grey', orientation: 1, pages: 1 };
    const content = { contentHash: 'ab12', bytes: 9, width: 3, height: 2, decoding };
    // One content at two places.
    store.writer.write(
      source,
      ['c', 'd'].map((path) => ({ description: described(path), content, embeddings: new Map() })),
    );
    const top = store.images.known(source, 'd')?.id as number;
    const queries = ['date<2020-01-01', 'date>=2019-03-05', 'age<41', 'number=1e3', 'label:ROUND'];
    const right = answers(store, queries);
    expect(right.faults).toEqual([]);
    expect(right.found.map(({ length }) => length > 0)).toEqual(queries.map(() => true));
    store.close();
    inOldLayout(store.file, version);
    const old = CollectionStore.open(store.file);
    const got = answers(old, queries);
    // Perceptual hashes came with version 2.
    const without = right.hashes.map((each) => ({ ...each, hash: null }));
    expect(got).toEqual(version === 1 ? { ...right, hashes: without } : right);
    // An id is never given again.
    old.writer.write(source, [{ description: described('next'), embeddings: new Map() }]);
    expect(old.images.known(source, 'next')?.id).toBe(top + 1);
    expect(old.images.idsOfContent('ab12')).toEqual([last + 1, last + 2]);
    old.close();
    const now = new Database(store.file);
    const fresh = new Database(':memory:');
    fresh.exec(SCHEMA);
    expect(layoutOf(now)).toEqual(layoutOf(fresh));
    for (const each of [now, fresh]) each.close();
  });

  it('keeps any description', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 5 });
    const level = fc.option(text);
    const images = fc.array(
      fc.record({
        ...{ patient: level, study: level, series: level },
        labels: fc.array(text, { maxLength: 3 }),
        metadata: fc.dictionary(
          fc.oneof(text, fc.constantFrom('label', 'study', '1', '__proto__')),
          text,
          {
            maxKeys: 3,
            noNullPrototype: true,
          },
        ),
      }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(images, (descriptions) => {
        const file = another();
        const store = CollectionStore.open(file, { create: true });
        const source = store.sources.register('/');
        store.writer.write(
          source,
          descriptions.map((known, i) => ({
            description: described(`${i}`, known),
            embeddings: new Map(),
          })),
        );
        const right = answers(store);
        expect(right.images.map(({ labels }) => labels)).toEqual(
          descriptions.map(({ labels }) => labels),
        );
        expect(right.faults).toEqual([]);
        store.close();
        inOldLayout(file, 4);
        const old = CollectionStore.open(file);
        expect(answers(old)).toEqual(right);
        old.close();
      }),
      { numRuns: 30 },
    );
  });

  it('is opened although a description cannot be read, which is told of that image', () => {
    const { store } = madeUpCollection(another(), { patients: 3 });
    store.close();
    inOldLayout(store.file, 4);
    const db = new Database(store.file);
    db.exec(`UPDATE images SET labels = '[' WHERE id = 2`);
    db.close();
    const old = CollectionStore.open(store.file);
    expect(old.images.get(1).labels).toHaveLength(1);
    expect(() => old.images.get(2)).toThrow(
      expect.objectContaining({ code: 'COLLECTION_DAMAGED' }),
    );
    expect(old.check().faults).not.toEqual([]);
    old.close();
  });

  it('says how far it is where there are many images', () => {
    const { store } = madeUpCollection(another(), { patients: 10_500 });
    store.close();
    inOldLayout(store.file, 4);
    const told: string[] = [];
    CollectionStore.open(store.file, { tell: (sentence) => told.push(sentence) }).close();
    expect(told.slice(0, 2)).toEqual([
      `${store.file}: It is of an earlier version. A copy of it is kept first, as ${store.file}.layout-4, until images are removed from the collection.`,
      `${store.file}: Its 21000 images are described anew, once.`,
    ]);
    const again: string[] = [];
    CollectionStore.open(store.file, { tell: (sentence) => again.push(sentence) }).close();
    expect(again).toEqual([]);
  });

  it('gives no id again although all images have gone', () => {
    for (const version of [4, 5] as const) {
      const { store } = madeUpCollection(another(), { patients: 3 });
      const all = [...store.images.each()];
      store.writer.remove(all);
      store.close();
      inOldLayout(store.file, version);
      const old = CollectionStore.open(store.file);
      const source = old.sources.register('/more');
      old.writer.write(source, [{ description: described('next'), embeddings: new Map() }]);
      expect(old.images.known(source, 'next')?.id).toBe((all.at(-1)?.id as number) + 1);
      old.close();
    }
  });

  it('is kept beside it as it was, until something is removed', () => {
    const { store } = madeUpCollection(another(), { patients: 20 });
    const expected = answers(store);
    store.close();
    inOldLayout(store.file, 5);
    const now = CollectionStore.open(store.file);
    const copy = `${store.file}.layout-5`;
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    const db = new Database(copy);
    expect(readVersion(db)).toBe(5);
    db.close();
    const again = another();
    copyFileSync(copy, again);
    const restored = CollectionStore.open(again);
    expect(answers(restored)).toEqual(expected);
    restored.close();
    const { id, path } = now.images.get(1);
    now.writer.remove([{ id, path: 'another' }]);
    expect(existsSync(copy)).toBe(true);
    now.writer.remove([{ id, path }]);
    expect(existsSync(copy)).toBe(false);
    now.close();
  });

  it('stays as it is where no copy can be kept', () => {
    const { store } = madeUpCollection(another(), { patients: 3 });
    store.close();
    inOldLayout(store.file, 5);
    // A folder in its place.
    mkdirSync(`${store.file}.layout-5`);
    expect(() => CollectionStore.open(store.file)).toThrow(
      expect.objectContaining({ subject: store.file }),
    );
    const db = new Database(store.file);
    expect(readVersion(db)).toBe(5);
    db.close();
    rmdirSync(`${store.file}.layout-5`);
    CollectionStore.open(store.file).close();
    const names = readdirSync(folder).filter((name) => name.endsWith('.part'));
    expect(names).toEqual([]);
  });

  it('is whole wherever the process that opens it is killed', () => {
    const { store } = madeUpCollection(another(), { patients: 3000 });
    store.close();
    inOldLayout(store.file, 4);
    const right = CollectionStore.open(store.file);
    const expected = right.images.count();
    right.close();
    inOldLayout(store.file, 4);
    const module = new URL('collection-store.ts', import.meta.url).href;
    const script = `import(process.argv[1]).then(({ CollectionStore }) => {
      process.send('ready');
      CollectionStore.open(process.argv[2]).close();
      process.send('done');
    })`;
    for (const wait of [10, 60]) {
      const copy = another();
      copyFileSync(store.file, copy);
      spawnSync(
        process.execPath,
        ['--import', 'tsx', '-e', KILLED, module, copy, String(wait), script],
        { stdio: 'inherit' },
      );
      const opened = CollectionStore.open(copy);
      expect(opened.check()).toMatchObject({ faults: [], images: expected });
      opened.close();
    }
  }, 60_000);
});

/** Starts a process that opens a collection and kills it some milliseconds after it began to. */
const KILLED = `
  const { fork } = require('node:child_process');
  const [module, file, wait, script] = process.argv.slice(1);
  const child = require('node:child_process').spawn(
    process.execPath, ['--import', 'tsx', '-e', script, module, file],
    { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  child.on('message', (text) => {
    if (text === 'ready') setTimeout(() => child.kill('SIGKILL'), Number(wait));
  });
`;
