import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SemblanceError } from '../domain/errors/error.ts';
import { DataDirectory } from './data-directory.ts';
import type { ReadableCollection } from './readable-collection.ts';

const work = realpathSync(mkdtempSync(join(tmpdir(), 'semblance-home-')));
afterAll(() => rmSync(work, { recursive: true }));

const codeOf = (action: () => unknown): string | undefined => {
  try {
    action();
    return undefined;
  } catch (error) {
    return error instanceof SemblanceError ? error.code : String(error);
  }
};

describe('the folder of the collections', () => {
  it.each([
    ['a file', (at: string) => writeFileSync(at, '')],
    ['a dangling link', (at: string) => symlinkSync('nowhere', at)],
    ['links in a circle', (at: string) => symlinkSync(at, at)],
  ])('is refused when it is %s', (name, make) => {
    const at = join(work, name);
    make(at);
    for (const folder of [at, join(at, 'below', 'it')]) {
      const home = new DataDirectory(folder);
      if (!(name === 'a dangling link' && folder !== at)) {
        expect(codeOf(() => home.collections())).toBe('HOME_UNUSABLE');
        expect(codeOf(() => home.open('x'))).toBe('HOME_UNUSABLE');
      }
      expect(codeOf(() => home.open('x', { create: true }))).toBe('HOME_UNUSABLE');
    }
  });

  it('is refused when no such folder can be made', () => {
    const folders = [join(work, 'x'.repeat(300))];
    if (existsSync('/proc/self')) folders.push('/proc/semblance/home');
    for (const folder of folders) {
      expect(codeOf(() => new DataDirectory(folder).open('x', { create: true }))).toBe(
        'HOME_UNUSABLE',
      );
    }
  });

  it('is never the present folder by an empty name', () => {
    expect(codeOf(() => new DataDirectory(''))).toBe('USAGE');
  });

  it('is made with all that is above it', () => {
    const folder = join(work, 'a', 'b', 'c');
    new DataDirectory(folder).open('x', { create: true }).close();
    expect(new DataDirectory(folder).collections()).toEqual(['x']);
  });
});

describe('what is in the place of a collection', () => {
  const at = join(work, 'places');
  const home = new DataDirectory(at);

  beforeAll(() => {
    home.open('good', { create: true }).close();
    mkdirSync(join(at, 'folder.db'));
    writeFileSync(join(at, 'empty.db'), '');
    writeFileSync(join(at, 'text.db'), 'no database at all '.repeat(99));
    cpSync(join(at, 'good.db'), join(at, 'half.db'));
    truncateSync(join(at, 'half.db'), 5000);
    const other = new Database(join(at, 'other.db'));
    other.exec('CREATE TABLE songs (title); PRAGMA user_version = 2');
    other.close();
  });

  it.each(['folder', 'empty', 'text', 'half', 'other'])('is refused: %s', (name) => {
    expect(codeOf(() => home.open(name))).toBe('COLLECTION_DAMAGED');
  });

  it('is not changed by indexing into it, unless it is empty', () => {
    expect(codeOf(() => home.open('other', { create: true }))).toBe('COLLECTION_DAMAGED');
    const other = new Database(join(at, 'other.db'));
    expect(other.prepare('SELECT name FROM sqlite_master').pluck().all()).toEqual(['songs']);
    other.close();
    home.open('empty', { create: true }).close();
    home.open('empty').close();
  });
});

/**
 * Runs SQL in a process of its own: what this one has open, SQLite would use here, too.
 * @param killed ends it before it takes its log into the file
 */
function elsewhere(file: string, sql: string, killed = false): void {
  const script = `const Database = require('libsql'); const db = new Database(process.argv[1]);
    db.exec(process.argv[2]); ${killed ? 'process.kill(process.pid, "SIGKILL")' : 'db.close()'}`;
  spawnSync(process.execPath, ['-e', script, file, sql]);
}
const SECOND = "INSERT INTO sources (root) VALUES ('/second')";

describe('a collection on a read-only mount', () => {
  /** Works in a home with a collection that has one source, mounted read-only after `prepare`. */
  const mounted = async (
    prepare: (file: string) => () => void,
    look: (home: DataDirectory) => Promise<void>,
  ): Promise<boolean> => {
    const at = mkdtempSync(join(work, 'read-only-'));
    const file = join(at, 'x.db');
    const template = mkdtempSync(join(work, 'template-'));
    const store = new DataDirectory(template).open('x', { create: true });
    store.sources.register('/first');
    elsewhere(store.file, `VACUUM INTO '${file}'`);
    elsewhere(file, 'PRAGMA journal_mode = WAL');
    store.close();
    const end = prepare(file);
    if (spawnSync('mount', ['--bind', at, at]).status !== 0) return false;
    try {
      spawnSync('mount', ['-o', 'remount,ro,bind', at]);
      await look(new DataDirectory(at));
    } finally {
      spawnSync('umount', ['-l', at]);
      end();
    }
    return true;
  };
  const nothing = () => () => undefined;
  const roots = (store: ReadableCollection) => store.sources.list().map(({ root }) => root);
  const SKIPPED = 'this machine does not let a folder be mounted';

  it('is read, and refuses to be written', async (context) => {
    const done = await mounted(nothing, async (home) => {
      const store = home.open('x');
      expect(roots(store)).toEqual(['/first']);
      expect(await store.snapshot(async (state) => roots(state))).toEqual(['/first']);
      expect(codeOf(() => store.sources.register('/second'))).toBe('HOME_READ_ONLY');
      expect(codeOf(() => home.open('new', { create: true }))).toBe('HOME_READ_ONLY');
      store.close();
      const below = new DataDirectory(join(home.folder, 'below'));
      expect(codeOf(() => below.open('x', { create: true }))).toBe('HOME_UNUSABLE');
    });
    if (!done) context.skip(SKIPPED);
  });

  it('is read with the commits of a writer that has not taken its log into the file', async (context) => {
    const write = (file: string) => {
      elsewhere(file, SECOND, true);
      return () => undefined;
    };
    const done = await mounted(write, async (home) => {
      const store = home.open('x');
      expect(roots(store)).toEqual(['/first', '/second']);
      store.close();
    });
    if (!done) context.skip(SKIPPED);
  });

  it('with a log that cannot be taken up is refused, instead of read as it was before', async (context) => {
    const leaveLog = (file: string) => {
      elsewhere(file, SECOND, true);
      rmSync(`${file}-shm`);
      return () => undefined;
    };
    const done = await mounted(leaveLog, async (home) => {
      expect(codeOf(() => home.open('x'))).toBe('HOME_READ_ONLY');
    });
    if (!done) context.skip(SKIPPED);
  });

  it('that another process changes meanwhile is never answered from', async (context) => {
    let writable = '';
    const mountAgain = (file: string) => {
      writable = mkdtempSync(join(work, 'writable-'));
      spawnSync('mount', ['--bind', join(file, '..'), writable]);
      return () => spawnSync('umount', ['-l', writable]);
    };
    const done = await mounted(mountAgain, async (home) => {
      const store = home.open('x');
      const reading = store.snapshot(async (state) => {
        elsewhere(join(writable, 'x.db'), SECOND);
        return roots(state);
      });
      await expect(reading).rejects.toMatchObject({ code: 'COLLECTION_BUSY' });
      expect(await store.snapshot(async (state) => roots(state))).toEqual(['/first', '/second']);
      store.close();
    });
    if (!done) context.skip(SKIPPED);
  });
});
