import { copyFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileObjects } from '../objects/file-objects.ts';
import { CollectionStore } from '../store/collection-store.ts';
import { DataDirectory } from '../store/data-directory.ts';
import { described } from '../testing/described.ts';
import { OpenCollections } from './open-collections.ts';
import { PictureCache } from './picture-cache.ts';
import { ThumbnailFolder } from './thumbnail-folder.ts';

let folder: string;
let home: DataDirectory;
let collections: OpenCollections;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'semblance-collections-'));
  home = new DataDirectory(folder);
  collections = new OpenCollections(home, { maxPixels: 1000 });
});
afterEach(async () => {
  await collections.close();
  rmSync(folder, { recursive: true });
});

const file = (name: string) => join(folder, `${name}.db`);

function add(store: CollectionStore, patient: string, count: number): void {
  const writes = Array.from({ length: count }, (_, i) => ({
    description: described(`${patient}-${i}.png`, { patient }),
    embeddings: new Map(),
  }));
  store.writer.write(store.sources.register('/'), writes);
}

/** A collection of one patient, all in its file, as the program leaves it when it ends. */
function make(name: string, patient: string, count: number): void {
  const store = CollectionStore.open(join(folder, `making-${name}`), { create: true });
  add(store, patient, count);
  const db = new Database(store.file);
  db.prepare('VACUUM INTO ?').run([file(name)]);
  db.close();
  store.close();
  const made = new Database(file(name));
  made.exec('PRAGMA journal_mode = WAL');
  made.close();
  for (const end of ['-wal', '-shm']) rmSync(file(name) + end, { force: true });
}

const patients = (name: string) => [
  ...new Set(
    collections
      .store(name)
      .images.page()
      .map(({ patient }) => patient),
  ),
];
const snapshotPatients = (name: string) =>
  collections
    .store(name)
    .snapshot(async (state) => [...new Set(state.images.page().map(({ patient }) => patient))]);

describe('collections of a server', () => {
  it('sees what others write to them, without opening them anew', () => {
    make('a', 'old', 2);
    const store = collections.store('a');
    expect(patients('a')).toEqual(['old']);
    // It is written to the file itself when the last connection of the writer ends.
    for (const patient of ['more', 'most']) {
      const other = home.open('a');
      add(other, patient, 1);
      other.encoders.list();
      other.close();
      expect(collections.store('a')).toBe(store);
    }
    expect(patients('a')).toEqual(['old', 'more', 'most']);
  });

  it.each([
    ['removed and made anew', () => rmSync(file('a'))],
    ['renamed over', () => undefined],
    ['copied over', () => undefined],
  ])('are the ones that are on the disk now: %s', async (how, before) => {
    make('a', 'old', 3);
    make('b', 'new', 3);
    expect(patients('a')).toEqual(['old']);
    expect(await snapshotPatients('a')).toEqual(['old']);
    before();
    if (how === 'copied over') copyFileSync(file('b'), file('a'));
    else renameSync(file('b'), file('a'));
    expect(patients('a')).toEqual(['new']);
    expect(await snapshotPatients('a')).toEqual(['new']);
  });

  it('are gone when their file is, and are let go of without being asked for', async () => {
    make('a', 'old', 1);
    const store = collections.store('a');
    await store.snapshot(async () => undefined);
    rmSync(file('a'));
    expect(() => collections.store('a')).toThrow(
      expect.objectContaining({ code: 'COLLECTION_NOT_FOUND' }),
    );
    make('b', 'old', 1);
    const other = collections.store('b');
    rmSync(file('b'));
    collections.tidy();
    await new Promise((resolve) => setImmediate(resolve));
    expect(() => other.images.count()).toThrow();
  });

  it('stay open for who works with them', async () => {
    make('a', 'old', 1);
    let go: () => void = () => undefined;
    const work = collections.use('a', async ({ store }) => {
      await new Promise<void>((resolve) => {
        go = resolve;
      });
      return store.images.count();
    });
    rmSync(file('a'));
    collections.tidy();
    go();
    expect(await work).toBe(1);
  });
});

describe('small pictures that are kept', () => {
  it('are made once for each content of a file, and within a limit', async () => {
    const path = join(folder, 'picture');
    const cache = new PictureCache(new ThumbnailFolder(join(path, 'not a folder')), 250);
    let made = 0;
    const make = async () => {
      made += 1;
      return new Uint8Array(100).fill(made);
    };
    const ask = async (name: string) =>
      (
        await cache.get(
          { contentHash: name, edge: 64, stamp: await fileObjects.stamp(path) },
          path,
          make,
        )
      )[0];
    writeFileSync(path, 'one');
    expect([await ask('a'), await ask('a'), await ask('b')]).toEqual([1, 1, 2]);
    // A third is too much: the one not asked for longest goes.
    expect([await ask('a'), await ask('c'), await ask('a'), await ask('b')]).toEqual([1, 3, 1, 4]);
    writeFileSync(path, 'other');
    expect([await ask('a'), await ask('a')]).toEqual([5, 5]);
    rmSync(path);
    await expect(ask('a')).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
  });
});
