import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { dicomFile, elements, type MadeElement, picture } from '../testing/dicom.ts';
import { type MadeMember, zipFile } from '../testing/zip.ts';
import { Semblance } from './semblance.ts';

const EXPLICIT = '1.2.840.10008.1.2.1';
const work = mkdtempSync(join(tmpdir(), 'semblance-archives-'));
afterAll(() => rmSync(work, { recursive: true }));

let count = 0;
async function opened() {
  const home = join(work, `home-${count}`);
  const folder = join(work, `folder-${count++}`);
  mkdirSync(folder);
  const semblance = await Semblance.open({ home });
  const index = (path = folder, options: { prune?: boolean; all?: boolean } = {}) =>
    semblance.indexing.index({}, { collection: 'a', path, ...options });
  const paths = async () =>
    (await semblance.collections.images({}, { collection: 'a', offset: 0, limit: 100 })).images.map(
      ({ path }) => path,
    );
  return { home, folder, semblance, index, paths };
}

/** A picture as DICOM; another seed is another one. */
function file(seed: number, others: readonly MadeElement[] = []): Buffer {
  const pixels = Array.from({ length: 64 }, (_, i) => (i * 131 * seed) % 1000);
  return dicomFile(
    EXPLICIT,
    elements(picture(pixels, 8, [['SOPInstanceUID', `1.2.3.${seed}`], ...others])),
  );
}

const png = await sharp({ create: { width: 20, height: 20, channels: 3, background: 'red' } })
  .png()
  .toBuffer();

function write(path: string, bytes: string | Uint8Array): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}

describe('archives', () => {
  it('are read where they are, again and again, and searched with', async () => {
    const { home, folder, semblance, index, paths } = await opened();
    const members: MadeMember[] = [
      { name: 'series/1', bytes: file(1) },
      { name: './series/2', bytes: file(2), stored: true },
      { name: 'picture.png', bytes: png },
      { name: 'notes.txt', bytes: Buffer.from('These are notes.') },
      { name: '__MACOSX/._1', bytes: Buffer.from('x') },
      { name: 'series/', bytes: Buffer.alloc(0), stored: true },
    ];
    const archive = write(join(folder, 'sub', 'study.zip'), zipFile(members));
    write(join(folder, 'one'), file(3));
    const first = await index();
    expect(first).toMatchObject({ total: 4, added: 4, failed: 0 });
    expect(first.leftOut).toEqual([
      { kind: 'leftover', count: 1, examples: ['sub/study.zip!/__MACOSX/._1'] },
      { kind: 'text', count: 1, examples: ['sub/study.zip!/notes.txt'] },
    ]);
    expect(await paths()).toEqual([
      'one',
      ...['picture.png', 'series/1', 'series/2'].map((name) => `sub/study.zip!/${name}`),
    ]);
    expect(await index()).toMatchObject({ added: 0, unchanged: 4 });
    expect(await index(archive)).toMatchObject({ total: 3, added: 3 });

    const { images } = await semblance.collections.images(
      {},
      { collection: 'a', offset: 0, limit: 100 },
    );
    const member = images.find(({ path }) => path === 'sub/study.zip!/series/1');
    const of = { collection: 'a', id: member?.id as number };
    expect(member?.labels).toEqual(['sub/series']);
    expect((await semblance.pictures.thumbnail({}, { ...of, edge: 32 })).length).toBeGreaterThan(0);
    expect((await semblance.pictures.samples({}, of)).width).toBe(8);
    const query = { collection: 'a', parts: [{ file: 0 }], k: 9 };
    const found = await semblance.search.search({}, { ...query, files: [`${archive}!/series/1`] });
    expect(found.copies.map(({ path }) => path).sort()).toEqual([
      'study.zip!/series/1',
      'sub/study.zip!/series/1',
    ]);
    const checked = await semblance.collections.check({}, { files: true });
    expect(checked.collections[0]?.files).toEqual({ changed: [], unreadable: [] });
    // Nothing of it was unpacked.
    const kept = readdirSync(home, { recursive: true, withFileTypes: true });
    expect(kept.some(({ name }) => name.includes('series'))).toBe(false);
    await semblance.close();
  });

  it('forget members that are gone, and follow those that were renamed or replaced', async () => {
    const { folder, semblance, index, paths } = await opened();
    write(join(folder, 'other'), file(9));
    const archive = join(folder, 'a.zip');
    const of = (members: Record<string, number>) =>
      write(
        archive,
        zipFile(Object.entries(members).map(([name, seed]) => ({ name, bytes: file(seed) }))),
      );
    of({ x: 1, y: 2, z: 3 });
    await index();
    of({ x: 1, renamed: 2, z: 4 });
    expect(await index(folder, { prune: true })).toMatchObject({
      ...{ unchanged: 2, renamed: 1, added: 1, removed: 0, unclear: 0 },
    });
    of({ x: 1 });
    expect(await semblance.indexing.unclear({ collection: 'a' })).toEqual([]);
    expect(await index(folder, { prune: true })).toMatchObject({ removed: 2, unclear: 0 });
    expect((await paths()).sort()).toEqual(['a.zip!/x', 'other']);
    rmSync(archive);
    const removal = { collection: 'a', missing: true } as const;
    expect((await semblance.collections.remove({ ...removal, dryRun: true })).removed).toEqual([
      expect.objectContaining({ path: 'a.zip!/x' }),
    ]);
    of({ x: 1 });
    expect((await semblance.collections.remove(removal)).removed).toEqual([]);
    const named = { collection: 'a', paths: [archive] };
    expect((await semblance.collections.remove(named)).removed).toHaveLength(1);
    await semblance.close();
  });

  it('are refused by code where they do harm, and lose nothing else', async () => {
    const { folder, semblance, index, paths } = await opened();
    const bytes = file(1);
    const wrong: MadeMember[] = [
      { name: 'good', bytes },
      { name: '../../out', bytes },
      { name: '/etc/out', bytes },
      { name: 'C:\\out', bytes },
      { name: 'encrypted', bytes: file(2), flags: 0x801 },
      { name: 'zstd', bytes: file(3), method: 93 },
      { name: 'altered', bytes: file(4), crc: 1 },
      { name: 'short', bytes: file(5), size: 10 },
      { name: 'long', bytes: file(6), size: 100_000 },
      { name: 'bomb', bytes: file(7), size: 0xfffffff0 },
      { name: 'good', bytes: file(8) },
      { name: Buffer.from([0x82, 0x2e]), bytes: file(9), flags: 0 },
    ];
    write(join(folder, 'wrong.zip'), zipFile(wrong));
    write(
      join(folder, 'shared.zip'),
      zipFile([
        { name: 'a', bytes },
        { name: 'b', bytes, sharing: 0 },
      ]),
    );
    write(join(folder, 'torn.zip'), zipFile([{ name: 'a', bytes }]).subarray(0, -30));
    const listing = zipFile([
      { name: 'kept', bytes: file(10) },
      { name: 'lost', bytes: file(11) },
    ]);
    // The list of members is damaged at its second entry.
    listing[listing.lastIndexOf(Buffer.from([0x50, 0x4b, 1, 2]))] = 0;
    write(join(folder, 'half.zip'), listing);
    const result = await index();
    expect((await paths()).sort()).toEqual(['half.zip!/kept', 'wrong.zip!/good', 'wrong.zip!/é.']);
    const codes = result.failures.map(({ subject, code }) => [
      (subject ?? '').slice(folder.length + 1),
      code,
    ]);
    expect(codes.sort()).toEqual([
      ['half.zip', 'ARCHIVE_DAMAGED'],
      ['shared.zip', 'ARCHIVE_UNSAFE'],
      ['torn.zip', 'ARCHIVE_DAMAGED'],
      ['wrong.zip!/../../out', 'ARCHIVE_UNSAFE'],
      ['wrong.zip!//etc/out', 'ARCHIVE_UNSAFE'],
      ['wrong.zip!/C:/out', 'ARCHIVE_UNSAFE'],
      ['wrong.zip!/altered', 'ARCHIVE_DAMAGED'],
      ['wrong.zip!/bomb', 'ARCHIVE_UNSAFE'],
      ['wrong.zip!/encrypted', 'ARCHIVE_UNSUPPORTED'],
      ['wrong.zip!/good', 'ARCHIVE_DAMAGED'],
      ['wrong.zip!/long', 'ARCHIVE_DAMAGED'],
      ['wrong.zip!/short', 'ARCHIVE_DAMAGED'],
      ['wrong.zip!/zstd', 'ARCHIVE_UNSUPPORTED'],
    ]);
    await semblance.close();
  });

  it('inside of archives are left out, with their count', async () => {
    const { folder, semblance, index } = await opened();
    const inner = zipFile([{ name: 'a', bytes: file(1) }]);
    write(
      join(folder, 'outer.zip'),
      zipFile([
        { name: 'inner.zip', bytes: inner },
        { name: 'b', bytes: file(2) },
      ]),
    );
    expect(await index()).toMatchObject({
      added: 1,
      leftOut: [{ kind: 'ZIP', count: 1, examples: ['outer.zip!/inner.zip'] }],
    });
    await semblance.close();
  });

  it('are one picture each where a folder has their name', async () => {
    const { folder, semblance, index, paths } = await opened();
    write(join(folder, 'a.zip!', 'b'), file(1));
    write(join(folder, 'a.zip'), zipFile([{ name: 'c', bytes: file(2) }]));
    expect(await index()).toMatchObject({ added: 2, failed: 0 });
    expect(await index()).toMatchObject({ unchanged: 2 });
    expect(await paths()).toEqual(['a.zip!/b', 'a.zip!/c']);
    await semblance.close();
  });
});

describe('a DICOMDIR', () => {
  const directory = (...files: string[]) =>
    dicomFile(
      EXPLICIT,
      elements([
        ['SOPClassUID', '1.2.840.10008.1.3.10'],
        [
          'DirectoryRecordSequence',
          [
            [['PatientID', 'P']],
            ...files.map((name): MadeElement[] => [['ReferencedFileID', name]]),
          ],
        ],
      ]),
    );

  it('is read for the files that it refers to, in any case, and those that are absent', async () => {
    const { folder, semblance, index, paths } = await opened();
    write(join(folder, 'dicom', 'im1'), file(1));
    write(join(folder, 'dicom', 'IM2'), file(2));
    write(join(folder, 'dicom', 'im3;1'), file(3));
    write(join(folder, 'dicom', 'beside'), file(4));
    const names = ['DICOM\\IM1', 'DICOM\\IM2', 'DICOM\\IM3', 'DICOM\\IM9', '..\\..\\OUT'];
    const path = write(join(folder, 'DICOMDIR'), directory(...names));
    const result = await index(path);
    expect(await paths()).toEqual(['dicom/IM2', 'dicom/im1', 'dicom/im3;1']);
    expect(result).toMatchObject({ added: 3, failed: 2 });
    expect(result.failures.map(({ code }) => code).sort()).toEqual([
      'DICOM_DAMAGED',
      'PATH_NOT_FOUND',
    ]);
    // Of a folder everything is taken, and what its DICOMDIR misses is said as well.
    const whole = await index(folder);
    expect(whole).toMatchObject({ added: 1, unchanged: 3, failed: 2 });
    expect(whole.leftOut).toEqual([{ kind: 'DICOM directory', count: 1, examples: ['DICOMDIR'] }]);
    await semblance.close();
  });

  it('is refused where it is none', async () => {
    const { folder, semblance, index } = await opened();
    const path = write(join(folder, 'DICOMDIR'), file(1));
    await expect(index(path)).rejects.toMatchObject({ code: 'DICOM_NOT_AN_IMAGE' });
    expect(await index()).toMatchObject({ added: 1, failed: 0 });
    await semblance.close();
  });
});

it('writes nothing of a member anywhere', async () => {
  const { home, folder, semblance, index } = await opened();
  const planted = file(1, [['PatientName', 'PLANTED^NAME']]);
  write(join(folder, 'a.zip'), zipFile([{ name: 'x', bytes: planted }]));
  await index();
  await semblance.close();
  const all = readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
  expect(all.join('').includes('PLANTED')).toBe(false);
});
