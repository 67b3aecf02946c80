import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasShared, sharedPath } from '../../src/testing/shared.ts';
import { run, temporaryFolder, writePicture } from '../program.ts';

const temporary = temporaryFolder();
let counter = 0;
/** A fresh path. */
const fresh = () => join(temporary.path, `${++counter}`);
const DICOM = Buffer.concat([Buffer.alloc(128), Buffer.from('DICM')]);

/** Runs a command with JSON; the document on standard output, or the error. */
async function json(args: readonly string[], options = {}) {
  const { code, stdout, stderr } = await run(['--json', ...args], options);
  const line = stderr.trim().split('\n').at(-1) ?? '';
  const error = line.startsWith('{') ? JSON.parse(line).error : undefined;
  return { code, out: stdout === '' ? undefined : JSON.parse(stdout), error };
}

const paths = (failures: { code: string; subject: string }[]) =>
  failures.map(({ code, subject }) => [code, subject.split('/').at(-1)]);

afterAll(() => temporary.remove());

describe.skipIf(!hasShared('faults/'))('faults that were reported', () => {
  /** A copy of a fault's folder that may be written. */
  const copyOf = (fault: string) => {
    const folder = fresh();
    cpSync(sharedPath(`faults/${fault}`), folder, { recursive: true });
    spawnSync('chmod', ['-R', 'u+w', folder]);
    return folder;
  };

  it('jfif-and-others-left-out', async () => {
    const folder = copyOf('jfif-and-others-left-out');
    const { out } = await json(['index', folder, '--home', fresh()]);
    expect(out).toMatchObject({ total: 2, added: 2, failed: 0 });
    expect(out.leftOut).toEqual([{ kind: 'text', count: 1, examples: ['README.md'] }]);
  });

  it('dicom-folder-silent', async () => {
    const folder = fresh();
    mkdirSync(folder);
    for (const name of ['x.dcm', 'IM0001']) writeFileSync(join(folder, name), DICOM);
    const home = fresh();
    for (const more of [[], ['--strict'], ['--prune'], ['--workers', '1']]) {
      const { code, error } = await json(['index', folder, '--home', home, ...more]);
      expect(code).toBe(1);
      expect(error).toMatchObject({ code: 'SOURCE_EMPTY', subject: folder });
      expect(error.detail).toContain('2 DICOM files (IM0001, x.dcm)');
    }
    // Nothing is made of nothing.
    expect(existsSync(home)).toBe(false);
  });

  it('symlinked-folder', async () => {
    const folder = copyOf('symlinked-folder');
    symlinkSync('../elsewhere', join(folder, 'in/more'));
    const home = fresh();
    const { out } = await json(['index', join(folder, 'in'), '--home', home, '--strict']);
    expect(out).toMatchObject({ total: 2, added: 2, failed: 0 });
    expect(out.linked).toEqual([{ path: 'more', target: join(folder, 'elsewhere') }]);
    const { stdout } = await run(['index', join(folder, 'in'), '--home', home]);
    expect(stdout).toContain(`Linked folder: more leads to ${join(folder, 'elsewhere')}.`);
  });

  it('leftovers-of-other-systems', async () => {
    const folder = join(copyOf('leftovers-of-other-systems'), 'mac');
    const home = fresh();
    const { code, out } = await json(['index', folder, '--home', home, '--strict']);
    expect(code).toBe(0);
    expect(out).toMatchObject({ total: 2, added: 2, failed: 0 });
    expect(out.leftOut).toMatchObject([{ kind: 'leftover', count: 7 }]);
    const info = await json(['info', '--home', home]);
    const labels = info.out.fields.find(({ field }: { field: string }) => field === 'label').values;
    expect(labels.map(({ value }: { value: string }) => value)).toEqual(['NORMAL', 'PNEU']);
  });

  it('file-name-not-utf8', async () => {
    const folder = copyOf('file-name-not-utf8');
    cpSync(join(folder, 'a.png'), join(folder, 'b.png'));
    renameSync(join(folder, 'b.png'), Buffer.from(`${folder}/latin\xe9.png`, 'latin1'));
    const { code, out } = await json(['index', folder, '--home', fresh(), '--strict']);
    expect(code).toBe(1);
    expect(out).toMatchObject({ total: 1, added: 1, failed: 1 });
    expect(paths(out.failures)).toEqual([['PATH_NOT_UTF8', 'latin\\xe9.png']]);
  });
});

describe('semblance index of what is not there', () => {
  it('is an error for an empty folder, a table without rows and an empty collection', async () => {
    const folder = fresh();
    mkdirSync(folder);
    const home = fresh();
    expect((await json(['index', folder, '--home', home])).error.code).toBe('SOURCE_EMPTY');
    const csv = join(folder, 'table.csv');
    writeFileSync(csv, 'filepath,dataset,split,modality,anatomic_region\n');
    const table = await json(['index', csv, '--home', home]);
    expect(table.code).toBe(1);
    expect(['CSV_INVALID', 'SOURCE_EMPTY']).toContain(table.error.code);
  });

  it('fails when no picture could be read, and with --strict when something was left out', async () => {
    const folder = fresh();
    mkdirSync(folder);
    writeFileSync(join(folder, 'a.png'), 'not a picture');
    const home = fresh();
    const broken = await json(['index', folder, '--home', home]);
    expect(broken).toMatchObject({ code: 1, out: { added: 0, failed: 1 } });
    await writePicture(join(folder, 'a.png'), 1);
    writeFileSync(join(folder, '.DS_Store'), '');
    expect((await json(['index', folder, '--home', home, '--strict'])).code).toBe(0);
    writeFileSync(join(folder, 'x.dcm'), DICOM);
    expect((await json(['index', folder, '--home', home])).code).toBe(0);
    expect((await json(['index', folder, '--home', home, '--strict'])).code).toBe(1);
  });

  it('removes nothing of a source that is empty now', async () => {
    const folder = fresh();
    mkdirSync(folder);
    for (let i = 0; i < 3; i++) await writePicture(join(folder, `${i}.png`), i);
    const home = fresh();
    await json(['index', folder, '--home', home]);
    for (let i = 0; i < 3; i++) rmSync(join(folder, `${i}.png`));
    const { code, error } = await json(['index', folder, '--prune', '--home', home]);
    expect([code, error.code]).toEqual([1, 'SOURCE_EMPTY']);
    expect((await json(['info', '--home', home])).out.images).toBe(3);
  });
});

describe('names', () => {
  it('never reach the terminal with their control characters', async () => {
    const folder = fresh();
    mkdirSync(folder);
    writeFileSync(join(folder, 'broken\x1b[31m\nred\u202e.png'), 'text');
    await writePicture(join(folder, 'good\x1b]0;title\x07.png'), 1);
    await writePicture(join(folder, 'label\x9b31m.png'), 2);
    const home = fresh();
    const indexed = await run(['index', folder, '--home', home]);
    const found = await run(['search', '--image', '1', '--home', home]);
    for (const text of [indexed.stdout, indexed.stderr, found.stdout, found.stderr]) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
      expect(text).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
    }
    expect(indexed.stdout).toContain('broken\\x1b[31m\\x0ared\\u202e.png');
    expect(found.stdout).toContain('label\\x9b31m.png');
  });

  it('are found in the Unicode form of the disk, and one file stays one image', async () => {
    const folder = fresh();
    mkdirSync(folder);
    const [nfc, nfd] = ['Hüfte.png'.normalize('NFC'), 'Hüfte.png'.normalize('NFD')];
    await writePicture(join(folder, nfd), 1);
    const csv = join(folder, 'table.csv');
    writeFileSync(csv, `filepath,dataset,split,modality,anatomic_region\n${nfc},d,train,CT,hip\n`);
    const home = fresh();
    expect((await json(['index', csv, '--home', home])).out).toMatchObject({ added: 1 });
    expect((await json(['index', csv, '--home', home])).out).toMatchObject({ unchanged: 1 });
    expect((await json(['index', folder, '--home', home])).out).toMatchObject({ unchanged: 1 });
    // Both forms exist: these are two files.
    await writePicture(join(folder, nfc), 2);
    expect((await json(['index', folder, '--home', home])).out).toMatchObject({
      added: 1,
      unchanged: 1,
    });
  });

  it('of pipes, folders and DICOM files are refused as pictures to search with', async () => {
    const folder = fresh();
    mkdirSync(folder);
    await writePicture(join(folder, 'a.png'), 1);
    const home = fresh();
    await json(['index', folder, '--home', home]);
    const pipe = join(folder, 'pipe.png');
    spawnSync('mkfifo', [pipe]);
    writeFileSync(join(folder, 'x.dcm'), DICOM);
    const codes = [];
    for (const path of [pipe, folder, '/dev/null', join(folder, 'x.dcm')]) {
      codes.push((await json(['search', path, '--home', home])).error.code);
    }
    const no = 'PATH_NOT_A_FILE';
    expect(codes).toEqual([no, no, no, 'IMAGE_NOT_RECOGNISED']);
    const { error } = await json(['search', join(folder, 'x.dcm'), '--home', home]);
    expect(error).toMatchObject({ subject: join(folder, 'x.dcm') });
    expect(error.detail).toContain('DICOM');
  });
});

describe('a home', () => {
  const images = fresh();
  let home: string;
  const picture = join(images, '1.png');

  beforeAll(async () => {
    mkdirSync(images);
    for (let i = 0; i < 4; i++) await writePicture(join(images, `${i}.png`), i);
    home = fresh();
    await json(['index', images, '--home', home]);
  });

  it('that is or has a file, a dangling link or an impossible name in its path is refused', async () => {
    const file = fresh();
    writeFileSync(file, '');
    const link = fresh();
    symlinkSync('nowhere', link);
    const long = join(temporary.path, 'x'.repeat(300));
    for (const folder of [file, join(file, 'below'), link, long]) {
      for (const args of [['index', images], ['search', picture], ['collections']]) {
        const { code, error } = await json([...args, '--home', folder]);
        expect([code, error?.code, error?.subject]).toEqual([1, 'HOME_UNUSABLE', folder]);
      }
    }
    expect((await json(['collections', '--home', ''])).error.code).toBe('USAGE');
  });

  it('that cannot be made is refused', async () => {
    if (!existsSync('/proc/self')) return;
    const { error } = await json(['index', images, '--home', '/proc/semblance/home']);
    expect(error).toMatchObject({ code: 'HOME_UNUSABLE' });
  });

  it('with something else in the place of a collection is refused without changing it', async () => {
    const at = fresh();
    mkdirSync(join(at, 'folder.db'), { recursive: true });
    writeFileSync(join(at, 'empty.db'), '');
    writeFileSync(join(at, 'text.db'), 'no database at all '.repeat(99));
    cpSync(join(home, 'default.db'), join(at, 'half.db'));
    truncateSync(join(at, 'half.db'), 5000);
    const other = new Database(join(at, 'other.db'));
    other.exec('CREATE TABLE songs (title); PRAGMA user_version = 3');
    other.close();
    for (const name of ['folder', 'empty', 'text', 'half', 'other']) {
      const { code, error } = await json(['search', picture, '-c', name, '--home', at]);
      expect([name, code, error?.code]).toEqual([name, 1, 'COLLECTION_DAMAGED']);
    }
    expect((await json(['index', images, '-c', 'other', '--home', at])).error.code).toBe(
      'COLLECTION_DAMAGED',
    );
    const again = new Database(join(at, 'other.db'));
    expect(again.prepare('SELECT count(*) FROM sqlite_master').pluck().get()).toBe(1);
    again.close();
  });

  /** What must work and what must be refused where nothing can be written. */
  const onlyReads = async (at: string, options = {}) => {
    const found = await json(['search', picture, '--home', at], options);
    expect(found.out?.neighbours).toHaveLength(3);
    const { out } = await json(['collections', '--home', at], options);
    expect(out.collections).toMatchObject([{ name: 'default', images: 4 }]);
    for (const args of [
      ['index', images],
      ['index', images, '-c', 'new'],
      ['remove', images],
    ]) {
      const { code, error } = await json([...args, '--home', at], options);
      expect([args, code, error?.code]).toEqual([args, 1, 'HOME_READ_ONLY']);
    }
  };

  it('on a read-only mount is searched, and says why it cannot be changed', async (context) => {
    const at = fresh();
    cpSync(home, at, { recursive: true });
    if (spawnSync('mount', ['--bind', at, at]).status !== 0) {
      context.skip('this machine does not let a folder be mounted');
    }
    try {
      spawnSync('mount', ['-o', 'remount,ro,bind', at]);
      await onlyReads(at);
      const below = await json(['index', images, '--home', join(at, 'below')]);
      expect(below.error.code).toBe('HOME_UNUSABLE');
    } finally {
      spawnSync('umount', [at]);
    }
  });

  it('of another user is searched, with what only its log holds, too', async (context) => {
    if (process.getuid?.() !== 0) {
      context.skip('needs to run as root, to start the command as another user');
    }
    const at = fresh();
    cpSync(home, at, { recursive: true });
    spawnSync('chmod', ['-R', 'a+rX', temporary.path]);
    chmodSync(temporary.path, 0o755);
    const nobody = { uid: 65534 };
    await onlyReads(at, nobody);
    // A writer that has not closed the file yet.
    const db = new Database(join(at, 'default.db'));
    db.exec("UPDATE images SET path = 'renamed' WHERE id = 2");
    spawnSync('chmod', ['-R', 'a+rX', at]);
    const { out } = await json(['search', '--image', '1', '--home', at], nobody);
    const found = out.neighbours.map((n: { image: { path: string } }) => n.image.path);
    expect(found).toContain('renamed');
    // The log without what a reader needs to use it: never an answer from before.
    const copy = fresh();
    mkdirSync(copy);
    for (const ending of ['', '-wal']) {
      cpSync(join(at, `default.db${ending}`), join(copy, `default.db${ending}`));
    }
    db.close();
    spawnSync('chmod', ['-R', 'a+rX', copy]);
    const { error } = await json(['search', '--image', '1', '--home', copy], nobody);
    expect(error).toMatchObject({
      code: 'HOME_READ_ONLY',
      detail: expect.stringContaining('-wal'),
    });
    chmodSync(join(at, 'default.db'), 0o000);
    const closed = await json(['search', '--image', '1', '--home', at], nobody);
    expect(closed.error.code).toBe('PATH_NOT_READABLE');
  });
});
