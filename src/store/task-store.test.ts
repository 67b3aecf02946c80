import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterAll, describe, expect, it } from 'vitest';
import { writeReceipt } from './change-receipt.ts';
import { type HeldTask, type NewTask, TaskStore } from './task-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-task-store-'));
afterAll(() => rmSync(folder, { recursive: true }));

const open = (name: string) => TaskStore.open(join(folder, name), true) as TaskStore;
const task = (collection: string, more: Partial<NewTask> = {}): NewTask => ({
  ...{ kind: 'prune', subject: collection, payload: { kind: 'prune', collection } },
  ...{ actor: null, told: false, ...more },
});

describe('the file of tasks', () => {
  it('of layout 1 is read: what was done, what waits, and what waits to be let into its PACS', () => {
    const file = join(folder, 'old.sqlite');
    const old = open('old.sqlite');
    const pacs = { kind: 'index-pacs', told: true, payload: { address: 'PLANTED' } };
    const { id: done } = old.add(task('a', pacs));
    old.finish(old.take() as never, 'done', { result: { total: 3 } });
    const { id: waiting } = old.add(task('b', pacs));
    old.close();
    const database = new Database(file);
    for (const column of ['actor', 'told', 'losses']) {
      database.exec(`ALTER TABLE tasks DROP COLUMN ${column}`);
    }
    database.pragma('user_version = 1');
    database.close();

    const store = open('old.sqlite');
    expect(store.get(done)).toMatchObject({
      ...{ state: 'done', actor: null, payload: { address: 'PLANTED' } },
      result: { kind: 'indexed', total: 3, warnings: [] },
    });
    expect(store.get(waiting)).toMatchObject({ state: 'waiting', told: true });
    expect(store.take()?.id).toBe(waiting);
    store.close();
  });

  it('of a newer layout is left alone', () => {
    open('new.sqlite').close();
    const database = new Database(join(folder, 'new.sqlite'));
    database.pragma('user_version = 99');
    database.close();
    expect(() => open('new.sqlite').list()).toThrow(
      expect.objectContaining({ code: 'COLLECTION_TOO_NEW' }),
    );
  });

  it('gives the tasks of a collection its other name, and those of others none', () => {
    const store = open('renamed.sqlite');
    const { id } = store.add(task('from'));
    const { id: other } = store.add(task('other'));
    expect(store.openOf('from')).toBe(id);
    store.rename('from', 'to');
    expect(store.openOf('from')).toBeUndefined();
    expect(store.get(id)).toMatchObject({ subject: 'to', payload: { collection: 'to' } });
    expect(store.get(other)).toMatchObject({ subject: 'other', payload: { collection: 'other' } });
    // The same once more is the same task, by its new name.
    expect(store.add(task('to')).id).toBe(id);
    store.stop(id, 'cancelled');
    expect(store.openOf('to')).toBeUndefined();
    // The one that renames stays where it was begun.
    store.rename('other', 'another', other);
    expect(store.get(other).subject).toBe('other');
    store.close();
  });

  it('fails one whose process ends again and again, unless it has done its work', () => {
    const store = open('lost.sqlite');
    const ids = ['lost', 'done'].map((collection) => store.add(task(collection)).id);
    writeReceipt(folder, { id: ids[1] as number, created: 0, images: 1 });
    for (let i = 0; i < 3; i++) {
      const held = ids.map(() => store.take() as HeldTask);
      for (const each of held) store.lose(each);
    }
    expect(ids.map((id) => store.get(id).state)).toEqual(['failed', 'waiting']);
    store.close();
  });
});
