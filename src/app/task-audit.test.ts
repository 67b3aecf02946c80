import { dirname, join } from 'node:path';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../contract/audit.ts';
import type { TaskRequest } from '../contract/tasks.ts';
import { type SmallDoors, smallDoors } from '../testing/small-home.ts';
import type { Beginner } from './tasks.ts';

let doors: SmallDoors;
beforeAll(async () => {
  doors = await smallDoors();
  doors.semblance.tasks.start();
});
afterAll(() => doors.close());

const ended = (id: number) =>
  expect
    .poll(() => doors.semblance.tasks.get({ id }).state, { timeout: 60_000 })
    .not.toMatch(/^(waiting|running)$/);

/** What the log has of a task that was done to its end. */
async function written(request: TaskRequest, by: Beginner = {}): Promise<AuditEntry[]> {
  const { semblance } = doors;
  const { id } = semblance.tasks.begin(request, by);
  await ended(id);
  const mine = () => semblance.audit.last(1000).filter(({ about }) => about === String(id));
  await expect.poll(() => mine().length).toBe(2);
  return mine();
}

describe('what tasks do after they begin', () => {
  it('is in the audit log with its counts, and which images were given away and removed', async () => {
    const path = dirname(doors.home.picture(0));
    const indexed = await written({ kind: 'index', collection: 'new', path }, { actor: 'anna' });
    const anna = { kind: 'user', name: 'anna' };
    expect(indexed).toMatchObject([
      { event: 'change', operation: 'task:index', outcome: 'begun', actor: anna },
      {
        outcome: 'done',
        collection: 'new',
        counts: { total: 12, added: 12, failed: 0 },
        code: null,
      },
    ]);
    const exported = await written(
      { kind: 'export', collection: 'new', format: 'csv' },
      { actor: 'key 3' },
    );
    expect(exported[1]).toMatchObject({
      ...{ event: 'export', actor: { kind: 'key', name: '3' }, counts: { embeddings: 12 } },
      images: { new: Array.from({ length: 12 }, (_, i) => i + 1) },
    });
    const removed = await written({
      kind: 'remove',
      collection: 'new',
      paths: [join(path, '0.png')],
    });
    expect(removed[1]).toMatchObject({
      ...{ event: 'delete', outcome: 'done', actor: { kind: 'local' }, counts: { removed: 1 } },
      images: { new: [expect.any(Number)] },
    });
    const failed = await written({ kind: 'calibrate', collection: 'new', field: 'absent' });
    expect(failed[1]).toMatchObject({
      outcome: 'failed',
      code: expect.stringMatching(/^[A-Z_]+$/),
    });
    // What tells of a person or a place is in none of it.
    const all = JSON.stringify([...indexed, ...exported, ...removed, ...failed]);
    expect(all).not.toContain(path);
    expect(all).not.toContain('0.png');
  }, 120_000);

  it('waits as long as nothing can be written of it', async () => {
    const { semblance, home } = doors;
    const db = new Database(join(home.path, 'audit.sqlite'));
    db.exec("CREATE TRIGGER full BEFORE INSERT ON entries BEGIN SELECT RAISE(ABORT, 'x'); END");
    const request = { kind: 'export', collection: 'test', format: 'csv' } as const;
    const { id } = semblance.tasks.begin(request);
    await expect
      .poll(() => semblance.tasks.get({ id }), { timeout: 30_000 })
      .toMatchObject({ state: 'waiting', error: { code: 'AUDIT_NOT_WRITTEN' } });
    db.exec('DROP TRIGGER full');
    db.close();
    await ended(id);
    expect(semblance.tasks.get({ id })).toMatchObject({ state: 'done', error: null });
  }, 120_000);

  it('has as many entries as it needs for very many images', async () => {
    const { audit } = doors.semblance;
    const ids = Array.from({ length: 25_001 }, (_, i) => i + 1);
    const note = { event: 'delete', operation: 'remove', outcome: 'done' } as const;
    await audit.record({
      ...note,
      collection: 'test',
      images: { test: ids },
      counts: { removed: 25_001 },
    });
    const entries = audit.last(3);
    expect(entries.map(({ images }) => images.test?.length)).toEqual([10_000, 10_000, 5001]);
    expect(entries.flatMap(({ images }) => images.test)).toEqual(ids);
    expect(entries.map(({ counts }) => counts)).toEqual([
      { removed: 25_001 },
      undefined,
      undefined,
    ]);
    expect(audit.last(9, { collection: 'test', image: 25_001 })).toHaveLength(1);
    audit.verify();
  });
});
