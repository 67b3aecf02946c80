import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterAll, expect, it } from 'vitest';
import { CollectionStore } from './collection-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-claim-'));
const store = CollectionStore.open(join(folder, 'a.db'), { create: true });
afterAll(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

/** Changes what is kept of the claim on source 1 with encoder 1. */
function pretend(change: object): void {
  const db = new Database(store.file);
  const row = db.prepare("SELECT value FROM meta WHERE key = 'indexing:1:1'").get() as {
    value: string;
  };
  const value = JSON.stringify({ ...JSON.parse(row.value), ...change });
  db.prepare("UPDATE meta SET value = ? WHERE key = 'indexing:1:1'").run([value]);
  db.close();
}

it('is held once for a source and an encoder, until it is given back', () => {
  const claim = store.claimIndexing(1, 1);
  expect(() => store.claimIndexing(1, 1)).toThrow(`Process ${process.pid} on `);
  store.claimIndexing(1, 2).release();
  store.claimIndexing(2, 1).release();
  claim.release();
  store.claimIndexing(1, 1).release();
});

it('is taken over from a run that is dead, and never from one that is alive', () => {
  store.claimIndexing(1, 1);
  // A process that has ended.
  const { pid } = spawnSync('true');
  pretend({ pid });
  const taken = store.claimIndexing(1, 1);
  pretend({ pid: process.ppid, token: 'of another' });
  expect(() => store.claimIndexing(1, 1)).toThrow('indexes the same images');
  // The one that lost it gives nothing back.
  taken.release();
  expect(() => store.claimIndexing(1, 1)).toThrow('indexes the same images');
  pretend({ host: 'elsewhere' });
  expect(() => store.claimIndexing(1, 1)).toThrow('on elsewhere');
  pretend({ at: Date.now() - 120_000 });
  store.claimIndexing(1, 1).release();
});

it("is nobody's when what is kept of it cannot be read", () => {
  const claim = store.claimIndexing(1, 1);
  pretend({ at: 'never' });
  claim.release();
  store.claimIndexing(1, 1);
  pretend({ pid: 'none' });
  store.claimIndexing(1, 1).release();
});
