import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { madeUpCollection } from '../testing/made-up-collection.ts';
import { AccessStore } from './access-store.ts';
import { CollectionFiles } from './collection-files.ts';
import { DataDirectory } from './data-directory.ts';

let home: string;
let directory: DataDirectory;
let files: CollectionFiles;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'semblance-files-'));
  directory = new DataDirectory(home);
  files = new CollectionFiles(directory);
  made(home, 'chest');
});
afterEach(() => rmSync(home, { recursive: true }));

/** A collection with received objects, an index and roles of a user and a key. */
function made(folder: string, name: string): void {
  const { store } = madeUpCollection(join(folder, `${name}.db`), { patients: 20 });
  const received = new DataDirectory(folder).receivedFolder(name);
  store.sources.register(received);
  store.makeIdentity();
  store.close();
  mkdirSync(received, { recursive: true });
  writeFileSync(join(received, '1.dcm'), 'object');
  writeFileSync(join(folder, `${name}.db.1.index`), 'index');
  const access = AccessStore.open(join(folder, 'access.sqlite'), true) as AccessStore;
  const roles = { [name]: 'editor', other: 'viewer' } as const;
  access.addUser({ name: `of ${name}`, password: '-', roles });
  access.addKey(Buffer.from(name), { name, roles, created: 0, ends: 1 });
  access.close();
}
const roles = () => {
  const access = AccessStore.open(directory.accessFile, false) as AccessStore;
  const all = [...access.users(), ...access.keys()].map((each) => each.roles);
  access.close();
  return all;
};
const images = (name: string) => directory.whileOpen(name, (store) => store.images.count());
const roots = (name: string) =>
  directory.whileOpen(name, ({ sources }) => sources.list().map(({ root }) => root));
/** What lies in the data directory, without what SQLite makes as it likes. */
const lying = () =>
  (readdirSync(home, { recursive: true }) as string[])
    .filter((name) => !/-(wal|shm)$|^(access|change)\.sqlite$/.test(name))
    .sort();
const code = async (work: () => unknown) => {
  try {
    await work();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return undefined;
};

describe('the files of collections', () => {
  it('are made, and never over others', async () => {
    await files.create('empty');
    expect(directory.collections()).toEqual(['chest', 'empty']);
    expect(images('empty')).toBe(0);
    for (const taken of ['chest', 'empty']) {
      expect(await code(() => files.create(taken))).toBe('COLLECTION_EXISTS');
      expect(await code(() => files.copy('chest', taken, {}))).toBe('COLLECTION_EXISTS');
      expect(await code(() => files.rename('chest', taken, {}))).toBe('COLLECTION_EXISTS');
    }
    expect(await code(() => files.create('../x'))).toBe('COLLECTION_NAME_INVALID');
    expect(await code(() => files.copy('none', 'x', {}))).toBe('COLLECTION_NOT_FOUND');
    expect(images('chest')).toBe(40);
  });

  it('are copied with what was received, and go apart from then on', async () => {
    const told: [number, number][] = [];
    await files.copy('chest', 'copy', { onBytes: (...each) => told.push(each) });
    const [done, total] = told.at(-1) as [number, number];
    expect(done).toBe(total);
    expect(images('copy')).toBe(40);
    expect(roots('copy')).toContain(join(home, 'received', 'copy'));
    expect(roots('copy')).not.toContain(join(home, 'received', 'chest'));
    const identity = (name: string) => directory.whileOpen(name, (store) => store.identity());
    expect(identity('copy')).toBeUndefined();
    expect(identity('chest')).toBeDefined();
    await files.remove('chest', () => undefined);
    expect(existsSync(join(home, 'received', 'chest'))).toBe(false);
    expect(lying().filter((name) => name.includes('part'))).toEqual([]);
    expect(readdirSync(join(home, 'received', 'copy'))).toEqual(['1.dcm']);
    expect(images('copy')).toBe(40);
    expect(roles()).toEqual([{ other: 'viewer' }, { other: 'viewer' }]);
  });

  it('take everything with them under another name', async () => {
    writeFileSync(join(home, 'chest.db.old.db'), 'of another collection');
    const reader = directory.open('chest');
    await files.rename('chest', 'thorax', {});
    expect(lying()).toEqual(
      [
        'chest.db.old.db',
        'received',
        'received/thorax',
        'received/thorax/1.dcm',
        'thorax.db',
      ].concat('thorax.db.1.index'),
    );
    expect(images('thorax')).toBe(40);
    expect(roots('thorax')).toContain(join(home, 'received', 'thorax'));
    expect(roles()).toEqual([
      { thorax: 'editor', other: 'viewer' },
      { thorax: 'editor', other: 'viewer' },
    ]);
    // Who has what it was open reads on, and nobody writes there any more.
    expect(reader.images.count()).toBe(40);
    expect(() => reader.claimIndexing(1, 1)).toThrow('renamed or removed');
    reader.close();
    expect(images('thorax')).toBe(40);
  });

  it('stay while somebody indexes into them', async () => {
    const store = directory.open('chest');
    const claim = store.claimIndexing(1, 1);
    expect(await code(() => files.rename('chest', 'x', {}))).toBe('COLLECTION_BUSY');
    expect(await code(() => files.remove('chest', () => undefined))).toBe('COLLECTION_BUSY');
    await files.copy('chest', 'x', {});
    directory.whileOpen('x', (copy) => copy.claimIndexing(1, 1).release());
    claim.release();
    store.jobs.add(1, 1, [{ path: 'a' } as never]);
    store.jobs.lease(1, 'worker', 1, 60_000);
    expect(await code(() => files.remove('chest', () => undefined))).toBe('COLLECTION_BUSY');
    store.close();
    expect(images('chest')).toBe(40);
  });

  it('are as they were when a copy is ended in the middle', async () => {
    const before = lying();
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('Enough.')), 100);
    await expect(files.copy('chest', 'x', { signal: controller.signal })).rejects.toThrow(
      'Enough.',
    );
    expect(lying()).toEqual(before);
  });

  it('can be removed when they are damaged', async () => {
    writeFileSync(join(home, 'damaged.db'), 'This is no collection.');
    expect(await code(() => files.rename('damaged', 'x', {}))).toBe('COLLECTION_DAMAGED');
    await files.remove('damaged', () => expect.unreachable());
    expect(directory.collections()).toEqual(['chest']);
  });

  it('are not taken for the leftovers of a file that somebody removed by hand', async () => {
    writeFileSync(join(home, 'gone.db-wal'), 'leftover');
    writeFileSync(join(home, 'gone.db.1.index'), 'leftover');
    await files.create('gone');
    expect(directory.collections()).toContain('gone');
    expect(images('gone')).toBe(0);
  });
});
