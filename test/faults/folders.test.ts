import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hasShared, sharedPath } from '../../src/testing/shared.ts';
import { run, temporaryFolder, writePicture } from '../program.ts';

// Each starts the program several times.
vi.setConfig({ testTimeout: 120_000 });

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
    for (const more of [[], ['--prune', '--workers', '1']]) {
      const { code, out } = await json(['index', folder, '--home', home, ...more]);
      expect(code).toBe(1);
      expect(out).toMatchObject({ total: 2, added: 0, failed: 2 });
      const damaged = (name: string) =>
        expect.objectContaining({ code: 'DICOM_DAMAGED', subject: join(folder, name) });
      expect(out.failures).toEqual(expect.arrayContaining([damaged('IM0001'), damaged('x.dcm')]));
    }
  });

  it('symlinked-folder', async () => {
    const folder = copyOf('symlinked-folder');
    symlinkSync('../elsewhere', join(folder, 'in/more'));
    const { code, stdout } = await run([
      'index',
      join(folder, 'in'),
      '--home',
      fresh(),
      '--strict',
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain('2 added, 0 renamed, 0 unchanged, 0 skipped of 2');
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
    expect(indexed.stdout).toContain('broken\\x1b[31m\\nred\\u{202e}.png');
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

  it('of pipes and DICOM files are refused as pictures to search with', async () => {
    const folder = fresh();
    mkdirSync(folder);
    await writePicture(join(folder, 'a.png'), 1);
    const home = fresh();
    await json(['index', folder, '--home', home]);
    const pipe = join(folder, 'pipe.png');
    spawnSync('mkfifo', [pipe]);
    writeFileSync(join(folder, 'x.dcm'), DICOM);
    expect((await json(['search', pipe, '--home', home])).error.code).toBe('PATH_NOT_A_FILE');
    const { error } = await json(['search', join(folder, 'x.dcm'), '--home', home]);
    expect(error).toMatchObject({ code: 'DICOM_DAMAGED', subject: join(folder, 'x.dcm') });
  });
});

describe('a home that cannot be written', () => {
  const images = fresh();
  const picture = join(images, '1.png');
  const home = fresh();

  beforeAll(async () => {
    mkdirSync(images);
    for (let i = 0; i < 4; i++) await writePicture(join(images, `${i}.png`), i);
    await json(['index', images, '--home', home]);
  }, 60_000);

  /** Searching works there, and writing is refused with a reason. */
  const onlyReads = async (options = {}) => {
    const found = await json(['search', picture, '--home', home], options);
    expect(found.out?.neighbours).toHaveLength(3);
    const { code, error } = await json(['index', images, '--home', home], options);
    expect([code, error?.code]).toEqual([1, 'HOME_READ_ONLY']);
  };

  it('on a read-only mount is searched', async (context) => {
    if (spawnSync('mount', ['--bind', home, home]).status !== 0) {
      context.skip('this machine does not let a folder be mounted');
    }
    try {
      spawnSync('mount', ['-o', 'remount,ro,bind', home]);
      await onlyReads();
    } finally {
      spawnSync('umount', [home]);
    }
  });

  it('of another user is searched', async (context) => {
    if (process.getuid?.() !== 0) {
      context.skip('needs to run as root, to start the command as another user');
    }
    spawnSync('chmod', ['-R', 'a+rX', temporary.path]);
    await onlyReads({ uid: 65534 });
  });

  it('because it is a file is refused', async () => {
    const file = fresh();
    writeFileSync(file, '');
    const { code, error } = await json(['index', images, '--home', file]);
    expect([code, error.code, error.subject]).toEqual([1, 'HOME_UNUSABLE', file]);
  });
});
