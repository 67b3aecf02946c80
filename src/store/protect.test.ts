import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CollectionStore } from './collection-store.ts';
import { DataDirectory } from './data-directory.ts';
import { protectFolder } from './protect.ts';

const mode = (path: string) => statSync(path).mode & 0o777;
let base: string;
let folder: string;
let said: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'semblance-protect-'));
  folder = join(base, 'home');
  said = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(base, { recursive: true });
});

/** Works in a home as programs with the usual umask leave it. */
function usual<T>(work: () => T): T {
  const before = process.umask(0o022);
  try {
    return work();
  } finally {
    process.umask(before);
  }
}

describe.skipIf(process.platform === 'win32')('data of patients', () => {
  it('are the owner’s alone from the start, whatever the umask', () => {
    usual(() => {
      const store = new DataDirectory(folder).open('a', { create: true });
      store.writer.write(store.sources.register('/'), []);
      expect(readdirSync(folder).sort()).toEqual(['a.db', 'a.db-shm', 'a.db-wal']);
      for (const name of readdirSync(folder)) expect(mode(join(folder, name)), name).toBe(0o600);
      store.close();
    });
    expect(mode(folder)).toBe(0o700);
    expect(said).toBe('');
  });

  it('are closed where everybody could read them, and it is said once', () => {
    usual(() => {
      mkdirSync(folder);
      CollectionStore.open(join(folder, 'a.db'), { create: true }).close();
      for (const name of ['a.db', 'a.db.1.index', 'b.db-wal']) {
        writeFileSync(join(folder, name), '', { flag: 'a' });
        chmodSync(join(folder, name), 0o644);
      }
      mkdirSync(join(folder, 'encoders'));
    });
    new DataDirectory(folder).open('a').close();
    expect([folder, join(folder, 'a.db'), join(folder, 'a.db.1.index')].map(mode)).toEqual([
      ...[0o700, 0o600, 0o600],
    ]);
    expect(mode(join(folder, 'b.db-wal'))).toBe(0o600);
    expect(said).toBe(`Closed to other users of this machine: ${folder} and 3 more\n`);
    new DataDirectory(folder).open('a').close();
    expect(said.match(/Closed/g)).toHaveLength(1);
  });

  it('leave a folder that holds other things open, and a group that was let in', () => {
    mkdirSync(folder);
    chmodSync(folder, 0o755);
    for (const name of ['a.db', 'notes.txt']) writeFileSync(join(folder, name), '');
    for (const name of ['a.db', 'notes.txt']) chmodSync(join(folder, name), 0o644);
    expect(protectFolder(folder)).toEqual([join(folder, 'a.db')]);
    expect([mode(folder), mode(join(folder, 'notes.txt'))]).toEqual([0o755, 0o644]);

    const shared = join(base, 'shared');
    mkdirSync(shared);
    chmodSync(shared, 0o770);
    usual(() => new DataDirectory(shared).open('a', { create: true }).close());
    // The umask takes the group's right to write.
    expect([mode(shared), mode(join(shared, 'a.db'))]).toEqual([0o770, 0o640]);
    expect(said).toBe('');
  });
});
