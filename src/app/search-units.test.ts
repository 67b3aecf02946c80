import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { SearchQuery } from '../contract/shapes.ts';
import { dicomFile, elements, type MadeElement, picture } from '../testing/dicom.ts';
import { Semblance } from './semblance.ts';

const SIDE = 16;
const work = mkdtempSync(join(tmpdir(), 'semblance-series-'));
const semblance = await Semblance.open({ home: join(work, 'home') });
afterAll(async () => {
  await semblance.close();
  rmSync(work, { recursive: true });
});

/** A file of frames with a blot that moves from frame to frame; a seed has a pattern of its own. */
function file(seed: number, places: readonly number[], others: readonly MadeElement[]): Buffer {
  const pixels = places.flatMap((place) =>
    Array.from({ length: SIDE * SIDE }, (_, i) => {
      const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
      const blot = Math.exp(-((x - place) ** 2 + (y - 8) ** 2) / 12);
      return Math.round(600 * blot + 200 * Math.sin(seed * x) * Math.cos(seed * y) + 250);
    }),
  );
  return dicomFile(
    '1.2.840.10008.1.2.1',
    elements(
      picture(pixels, SIDE, [
        ['Rows', SIDE],
        ['NumberOfFrames', String(places.length)],
        ['StudyInstanceUID', `1.2.${seed}`],
        ...others,
      ]),
    ),
  );
}

/** The slices of a series, whose names are not in the order of their positions. */
function writeSeries(folder: string, seed: number, count = 5): void {
  mkdirSync(folder, { recursive: true });
  for (let slice = 0; slice < count; slice++) {
    const bytes = file(
      seed,
      [3 + 2 * slice],
      [
        ['SOPInstanceUID', `1.2.${seed}.1.${slice + 1}`],
        ['SeriesInstanceUID', `1.2.${seed}.1`],
        ['ImagePositionPatient', `0\\0\\${10 * slice}`],
        ['ImageOrientationPatient', '1\\0\\0\\0\\1\\0'],
      ],
    );
    writeFileSync(join(folder, `${9 - slice}`), bytes);
  }
}

const collected = join(work, 'collected');
for (const seed of [1, 2, 3]) writeSeries(join(collected, `${seed}`), seed);
const cine = file(
  4,
  [3, 5, 7],
  [
    ['SOPInstanceUID', '1.2.4.1.1'],
    ['SeriesInstanceUID', '1.2.4.1'],
  ],
);
writeFileSync(join(collected, 'cine'), cine);
await semblance.indexing.index({}, { collection: 'a', path: collected });

const search = (query: SearchQuery, files: (string | Uint8Array)[] = []) =>
  semblance.search.search({}, { collection: 'a', level: 'series', files, ...query });
const pathsOf = async (ids: (number | undefined)[]) =>
  ids.map((id) => semblance.collections.image({ collection: 'a', id: id as number }).path);

it('searches with a folder of one series, in the order of its positions', async () => {
  const folder = join(work, 'new');
  writeSeries(folder, 2.02);
  writeFileSync(join(folder, '1'), cine.subarray(0, -9));
  writeFileSync(join(folder, '0'), '%PDF-1.4\n');
  const found = await search({ parts: [{ file: 0 }] }, [folder]);
  expect(found.queryFrames.map(({ name }) => name)).toEqual(['9', '8', '7', '6', '5']);
  expect(found.notes).toEqual([
    'Left out of the folder: 1 PDF file (0).',
    expect.stringMatching(/^1 files of the folder are not searched with \(1: /),
  ]);
  expect(found.neighbours).toHaveLength(4);
  const [best] = found.neighbours;
  expect(best?.group).toMatchObject({ level: 'series', more: 4 });
  const matches = await pathsOf((best?.matches ?? []).map(({ image }) => image));
  expect(matches).toEqual(['2/9', '2/8', '2/7', '2/6', '2/5']);
  const some = await search({ parts: [{ file: 0, frames: '2,4' }] }, [folder]);
  expect(some.queryFrames.map(({ name }) => name)).toEqual(['8', '6']);
});

it('searches with all frames of a file, and leaves out its own series', async () => {
  const found = await search({ parts: [{ file: 0 }] }, [cine]);
  expect(found.queryFrames.map(({ frame, image }) => [frame, image])).toEqual([
    [1, null],
    [2, null],
    [3, null],
  ]);
  expect(found.neighbours).toHaveLength(3);
  expect(found.copies.map(({ path, frame }) => [path, frame])).toEqual([['cine', 1]]);
  expect(await search({ parts: [{ file: 0 }] }, [cine])).toMatchObject({
    neighbours: found.neighbours,
  });
});

it('tells a copy of the frame that was searched with', async () => {
  const found = await search({ parts: [{ file: 0, frame: 2 }], level: 'image', k: 20 }, [cine]);
  expect(found.copies.map(({ path, frame }) => [path, frame])).toEqual([['cine', 2]]);
});

it('lists the images of a series in the order of their positions', async () => {
  const all = await semblance.collections.images({}, { collection: 'a', offset: 0, limit: 100 });
  const one = all.images.find(({ path }) => path === '1/7');
  const { id = 0 } = one ?? {};
  const series = semblance.collections.unit({ collection: 'a', id });
  expect(series).toMatchObject({ level: 'series', name: one?.series, total: 5, at: 2 });
  expect(series.images.map(({ path }) => path)).toEqual(['1/9', '1/8', '1/7', '1/6', '1/5']);
  const page = semblance.collections.unit({ collection: 'a', id, offset: 3, limit: 1 });
  expect(page.images.map(({ path }) => path)).toEqual(['1/6']);
});

it('refuses a folder of several series', async () => {
  await expect(search({ parts: [{ file: 0 }] }, [collected])).rejects.toMatchObject({
    code: 'REQUEST_INVALID',
    message: 'The folder has 4 series, and one can be searched with.',
  });
  await expect(search({ parts: [{ file: 0 }], level: 'image' }, [collected])).rejects.toMatchObject(
    { code: 'PATH_NOT_A_FILE' },
  );
});
