import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepAuditFor } from '../server/audit-retention.ts';
import { DataDirectory } from '../store/data-directory.ts';
import { AuditService } from './audit.ts';

const DAY = 86_400_000;
const NOTE = { event: 'search', operation: 'search', outcome: 'done' } as const;
const broken = expect.objectContaining({ code: 'AUDIT_BROKEN' });
let home: string;
let audit: AuditService;
const file = () => join(home, 'audit.sqlite');
/** What happened so many days ago. */
const ago = (days: number) => ({ ...NOTE, time: new Date(Date.now() - days * DAY).toISOString() });
const older = (days: number) => new Date(Date.now() - days * DAY);
const numbers = () => [...audit.entries()].map(({ entry }) => entry.number);
const change = (sql: string) => {
  const db = new Database(file());
  db.exec(`DROP TRIGGER IF EXISTS no_delete; DROP TRIGGER IF EXISTS no_update; ${sql}`);
  db.close();
};

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'semblance-prune-'));
  audit = new AuditService(new DataDirectory(home, { warn: () => undefined }));
  for (const days of [50, 40, 30, 20, 10, 0]) await audit.record(ago(days));
});
afterEach(async () => {
  vi.useRealTimers();
  await audit.close();
  rmSync(home, { recursive: true });
});

describe('a log whose oldest entries are removed', () => {
  it('goes on from where it was, and is verified from there', async () => {
    const early = audit.verify().head;
    const would = await audit.prune({ before: older(25), dryRun: true });
    expect([would.removed, numbers().length]).toEqual([3, 6]);
    const { removed, base } = await audit.prune({ before: older(25) });
    expect([removed, base, numbers()]).toEqual([3, would.base, [4, 5, 6, 7, 8]]);
    const said = audit
      .last(2)
      .map(({ operation, outcome, about, counts }) => [operation, outcome, about, counts]);
    expect(said).toEqual([
      ['audit prune', 'begun', `3:${base.hash}`, undefined],
      ['audit prune', 'done', `3:${base.hash}`, { removed: 3 }],
    ]);
    expect(audit.verify([early, base])).toMatchObject({
      entries: 5,
      pruned: 3,
      head: { number: 8 },
    });
    expect(() => audit.verify([{ ...base, hash: early.hash }])).toThrow(broken);
    expect(() => audit.verify([{ number: 2, hash: early.hash }])).toThrow(
      expect.objectContaining({ code: 'USAGE' }),
    );
    // Once more, with the entry that told of the first time among those that go.
    expect((await audit.prune({ before: new Date(Date.now() + DAY) })).removed).toBe(5);
    expect(audit.verify()).toMatchObject({ entries: 2, pruned: 8 });
    expect((await audit.prune({ before: older(5) })).removed).toBe(0);
    await audit.record(NOTE);
    expect(audit.verify().head.number).toBe(11);
    // Nobody removes any by mistake.
    const db = new Database(file());
    expect(() => db.exec('DELETE FROM entries')).toThrow(/never removed/);
    db.close();
  });

  it('is not taken for one whose beginning somebody took away', async () => {
    await audit.prune({ before: older(45) });
    change('DELETE FROM entries WHERE number = 2');
    expect(() => audit.verify()).toThrow(broken);
    change('UPDATE base SET number = 2');
    expect(() => audit.verify()).toThrow(broken);
    change(`DELETE FROM entries WHERE number = 3;
      INSERT OR REPLACE INTO base SELECT 1, number - 1, 'x' FROM entries WHERE number = 4`);
    expect(() => audit.verify()).toThrow(broken);
  });

  it('is not taken for whole where a beginning is said that no entry tells of', async () => {
    change(
      'INSERT INTO base SELECT 1, number, hash FROM entries WHERE number = 2; DELETE FROM entries WHERE number < 3',
    );
    expect(() => audit.verify()).toThrow(/none says that they were pruned/);
  });

  it('keeps what is damaged, as evidence', async () => {
    change(
      `UPDATE entries SET entry = replace(entry, '"client":null', '"client":"x"') WHERE number = 2`,
    );
    await expect(audit.prune({ before: older(25) })).rejects.toThrow(broken);
    expect(numbers()).toHaveLength(6);
  });

  it('is whole after it was ended in the middle', async () => {
    const { base } = await audit.prune({ before: older(15), dryRun: true });
    await audit.record({
      ...NOTE,
      event: 'audit',
      operation: 'audit prune',
      outcome: 'begun',
      about: `${base.number}:${base.hash}`,
    });
    // As the first of several portions leaves it.
    change(
      'INSERT INTO base SELECT 1, number, hash FROM entries WHERE number = 2; DELETE FROM entries WHERE number < 3',
    );
    expect(audit.verify()).toMatchObject({ entries: 5, pruned: 2 });
  });

  it('is pruned daily by a server, which does not believe a clock that jumps', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] });
    const { number } = await audit.record(NOTE);
    const warnings: string[] = [];
    const end = keepAuditFor(audit, 25, number, (warning) => warnings.push(warning));
    await expect.poll(() => audit.verify().pruned).toBe(3);
    const head = async () => (await audit.record(NOTE)).number;
    const last = await head();
    vi.setSystemTime(Date.now() + 4000 * DAY);
    await vi.advanceTimersByTimeAsync(DAY);
    await expect.poll(() => warnings).toEqual([expect.stringMatching(/is the clock right/)]);
    expect(numbers()).toContain(last);
    expect(audit.verify().pruned).toBe(3);
    end();
  });
});
