import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LeftOut } from '../domain/left-out.ts';
import { isLeftover } from './leftovers.ts';
import { readSource } from './read-source.ts';
import { requireImages } from './source.ts';

describe('a folder as a source', () => {
  const work = realpathSync(mkdtempSync(join(tmpdir(), 'semblance-folder-')));
  const root = join(work, 'root');
  let png: Buffer;

  const put = (path: string, content: string | Buffer = png) => {
    const file = join(work, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  };
  const link = (target: string, path: string) => {
    mkdirSync(dirname(join(work, path)), { recursive: true });
    symlinkSync(target, join(work, path));
  };
  const read = async (options = {}) => {
    const { images, failures, leftOut, linked } = await readSource(root, options);
    return {
      paths: images.map(({ path }) => path),
      failures: failures.map(({ code, subject }) => [code, subject?.slice(root.length + 1)]),
      leftOut: counts(leftOut),
      linked,
    };
  };
  const counts = (leftOut: LeftOut[]) =>
    Object.fromEntries(leftOut.map(({ kind, count }) => [kind, count]));

  beforeAll(async () => {
    const create = { width: 4, height: 4, channels: 3, background: '#777' } as const;
    png = await sharp({ create }).png().toBuffer();
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
    rmSync(join(work, 'elsewhere'), { recursive: true, force: true });
  });
  afterAll(() => rmSync(work, { recursive: true }));

  it('takes pictures by their content, whatever they are called', async () => {
    for (const name of [
      'a.png',
      'b.jfif',
      'noending',
      'wrong.dcm',
      'wrong.txt',
      'IM.0001',
      'g.GIF',
    ])
      put(`root/${name}`);
    expect((await read()).paths).toHaveLength(7);
  });

  it('counts everything else by kind, so that nothing is lost between the two', async () => {
    put('root/a.png');
    put('root/deep/er/b');
    // DICOM is read, with and without an ending.
    put('root/x.dcm', `${'\0'.repeat(128)}DICM`);
    put('root/IM0001', `${'\0'.repeat(128)}DICM`);
    put('root/volume.nrrd', 'NRRD0004\n');
    put('root/other.nrrd', 'NRRD0004\n');
    put('root/readme.md', '# Words\n');
    put('root/noise.bin', Buffer.alloc(99));
    put('root/nothing', '');
    put('root/Thumbs.db', '');
    // Called a picture: an error that says what it is, and no kind to count.
    put('root/page.png', '<!DOCTYPE html><html></html>');
    const { paths, leftOut, failures } = await read();
    expect(paths).toEqual(['IM0001', 'a.png', 'deep/er/b', 'page.png', 'x.dcm']);
    expect(leftOut).toEqual({ NRRD: 2, text: 1, unknown: 1, empty: 1, leftover: 1 });
    expect(failures).toEqual([]);
  });

  it('skips what is hidden or left behind, unless all is asked for', async () => {
    put('root/N/a.png');
    const left = [
      'N/._a.png',
      '.DS_Store',
      '.Trash-1000/files/x.png',
      '.thumbnails/x.png',
      '.hidden.png',
      'N/@eaDir/a.png/SYNOPHOTO_THUMB_M.png',
      '__MACOSX/N/._a.png',
      '$RECYCLE.BIN/x.png',
      'System Volume Information/x.png',
      'lost+found/x.png',
      '#recycle/x.png',
      '@Recycle/x.png',
      '@Recently-Snapshot/x.png',
      '.snapshot/x.png',
      '.git/x.png',
      '__pycache__/x.png',
      'x.png:Zone.Identifier',
      'x.png@SynoEAStream',
      '#x.png#',
      'FOUND.000/x.png',
      'THUMBS.DB',
      'desktop.ini',
      'x.png.part',
      'x.png.crdownload',
      'x.png.tmp',
      '~$table.xlsx',
      'x.png~',
    ];
    for (const path of left) put(`root/${path}`);
    expect(await read()).toMatchObject({ paths: ['N/a.png'], leftOut: { leftover: left.length } });
    expect((await read({ all: true })).paths).toHaveLength(left.length + 1);
  });

  it('does not take the name of the folder that was asked for as hidden', async () => {
    put('root/.archive/a.png');
    const { images } = await readSource(join(root, '.archive'));
    expect(images.map(({ path }) => path)).toEqual(['a.png']);
  });

  it('leaves ordinary names alone', () => {
    const names = ['a.png', 'template', 'part1', 'tmp', 'recycle', 'Icon', 'a.b.c', 'partial.png'];
    expect(names.filter(isLeftover)).toEqual([]);
  });

  it('enters linked folders once, and takes linked files once', async () => {
    put('root/a/1.png');
    put('elsewhere/in/2.png');
    put('elsewhere/3.png');
    link('../elsewhere/in', 'root/0-inner');
    link('../elsewhere', 'root/1-outer');
    link('../elsewhere', 'root/2-again');
    link('a', 'root/b');
    link('.', 'root/loop');
    link('..', 'root/a/up');
    link('../..', 'root/a/above');
    link('1.png', 'root/a/9.png');
    link('../elsewhere/3.png', 'root/0.png');
    link('../../root', 'elsewhere/in/back');
    const { paths, leftOut, linked } = await read();
    expect(paths).toEqual(['0-inner/2.png', '1-outer/3.png', 'a/1.png']);
    expect(linked).toEqual([
      { path: '0-inner', target: join(work, 'elsewhere/in') },
      { path: '1-outer', target: join(work, 'elsewhere') },
    ]);
    // 1-outer/in, 2-again, b, loop, a/up, a/9.png, 0.png and 0-inner/back; above the root: a/above.
    expect(leftOut).toEqual({ seen: 8, 'folder above': 1 });
  });

  it('names links that lead nowhere, or to one another', async () => {
    put('root/a.png');
    link('absent', 'root/dangling.png');
    link('y', 'root/x');
    link('x', 'root/y');
    expect((await read()).failures).toEqual([
      ['PATH_NOT_FOUND', 'dangling.png'],
      ['PATH_NOT_FOUND', 'x'],
      ['PATH_NOT_FOUND', 'y'],
    ]);
  });

  it('never opens pipes and devices', async () => {
    put('root/a.png');
    execFileSync('mkfifo', [join(root, 'pipe.png')]);
    link('pipe.png', 'root/to-pipe.png');
    link('/dev/zero', 'root/zero.png');
    expect(await read()).toMatchObject({ paths: ['a.png'], leftOut: { FIFO: 2, device: 1 } });
  });

  it('names files and folders that are not UTF-8 by their bytes', async () => {
    put('root/a.png');
    put('root/g\u00f6.png');
    put('root/\ufffd.png');
    for (const name of ['latin\xe9.png', '._latin\xe9.png', '\xff.png']) {
      writeFileSync(Buffer.from(`${root}/${name}`, 'latin1'), png);
    }
    mkdirSync(Buffer.from(`${root}/f\xf6lder`, 'latin1'));
    const { paths, failures, leftOut } = await read();
    expect(paths).toEqual(['a.png', 'gö.png', '\ufffd.png']);
    expect(failures).toEqual([
      ['PATH_NOT_UTF8', '\\xff.png'],
      ['PATH_NOT_UTF8', 'f\\xf6lder'],
      ['PATH_NOT_UTF8', 'latin\\xe9.png'],
    ]);
    expect(leftOut).toEqual({ leftover: 1 });
  });

  it('takes names with any other character', async () => {
    const names = [
      'a|b.png',
      '50%.png',
      '#1.png',
      'back\\slash.png',
      'new\nline.png',
      '\x1b[31m.png',
    ];
    for (const name of names) put(`root/${name}`);
    expect((await read()).paths).toEqual([...names].sort());
  });

  it('goes on where a path is too long for the system', async () => {
    put('root/a.png');
    const deep = 'd'.repeat(200);
    // Made step by step: no single call takes so long a path.
    const steps = `process.chdir(process.argv[1]);
      for (let i = 0; i < 25; i++) { fs.mkdirSync('${deep}'); process.chdir('${deep}'); }`;
    execFileSync(process.execPath, ['-e', steps, root]);
    const found = await read().finally(() => execFileSync('rm', ['-r', root]));
    expect(found.paths).toEqual(['a.png']);
    expect(found.failures).toMatchObject([['PATH_NOT_FOUND', expect.stringContaining(deep)]]);
  });

  it('tells of pictures that the folder has beside its dataset.csv', async () => {
    put('root/a.png');
    put('root/b.png');
    put(
      'root/dataset.csv',
      'filepath,dataset,split,modality,anatomic_region,x\na.png,d,train,CT,k,1\n',
    );
    expect(await read()).toMatchObject({ paths: ['a.png'], leftOut: { 'unnamed picture': 1 } });
  });

  it('shows how far it is', async () => {
    for (let i = 0; i < 9; i++) put(`root/${i}.png`);
    const seen: unknown[] = [];
    await readSource(root, { onProgress: (progress) => seen.push({ ...progress }) });
    expect(seen[0]).toEqual({ done: 9, total: undefined });
    expect(seen.at(-1)).toEqual({ done: 9, total: 9 });
  });

  it('says what there is instead when there is no picture', async () => {
    mkdirSync(root);
    const refusal = async () => requireImages(await readSource(root), 'root');
    await expect(refusal()).rejects.toMatchObject({
      code: 'SOURCE_EMPTY',
      message: 'It is empty.',
    });
    for (let i = 0; i < 5; i++) put(`root/${i}`, 'NRRD0004\n');
    put('root/.DS_Store', '');
    link('absent', 'root/link');
    await expect(refusal()).rejects.toThrow(
      /5 NRRD files \(0, 1, 2, \.\.\.\).*1 hidden.*1 that cannot/,
    );
  });
});
