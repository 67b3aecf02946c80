import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterAll, describe, expect, it } from 'vitest';
import { WebhookStore } from './webhook-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-webhook-store-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('what was told by webhooks', () => {
  it('is kept as long as its task, so that it is told once, and the last one for longer', () => {
    const file = join(folder, 'webhooks.sqlite');
    const store = WebhookStore.open(file, true) as WebhookStore;
    const hooks = ['a', 'b'].map((url) => store.add({ url, secret: 's', since: 0 }));
    const tellAll = () => {
      for (let next = store.take(0); next !== undefined; next = store.take(0)) {
        store.told(next.id, 'told');
      }
    };
    for (const task of [1, 2, 3]) for (const hook of hooks) store.note(hook, task, 10, '{}');
    tellAll();
    // One that waits stays, whatever became of its task.
    store.note(hooks[0] as number, 4, 10, '{}');
    const rows = () => {
      const db = new Database(file);
      const found = db.prepare('SELECT webhook, task FROM deliveries ORDER BY id').raw().all([]);
      db.close();
      return found;
    };
    store.forget([3, 5]);
    expect(rows()).toEqual([
      [1, 3],
      [2, 3],
      [1, 4],
    ]);
    store.forget([6]);
    expect(rows()).toEqual([
      [1, 3],
      [2, 3],
      [1, 4],
    ]);
    expect(store.outcomes()).toMatchObject([
      { webhook: 1, last: 'told', waiting: 1 },
      { webhook: 2, last: 'told', waiting: 0 },
    ]);
    // What others have told of tasks that were begun since is not told again.
    store.note(hooks[1] as number, 9, 10, '{}');
    tellAll();
    store.note(hooks[1] as number, 10, 10, '{}');
    tellAll();
    store.forget([6]);
    expect(rows()).toContainEqual([2, 9]);
    store.close();
  });
});
