import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  FolderSearchSchema,
  type PictureSearch,
  PictureSearchSchema,
} from '../contract/folder-search.ts';
import { smallDoors } from '../testing/small-home.ts';

const { home, semblance, close } = await smallDoors();
afterAll(close);
const folder = join(home.path, 'queries');
const csv = join(home.path, 'rows.csv');
/** Pictures that can be read: more than two batches of the encoder. */
const PICTURES = 36;
const BROKEN = 'inner/017 cut.png';

beforeAll(() => {
  mkdirSync(join(folder, 'inner'), { recursive: true });
  for (let i = 0; i < PICTURES; i++) {
    const name = `${String(i).padStart(3, '0')}.png`;
    copyFileSync(home.picture(i % 12), join(folder, i < 9 ? name : `inner/${name}`));
  }
  writeFileSync(join(folder, BROKEN), readFileSync(home.picture(3)).subarray(0, 400));
  writeFileSync(join(folder, 'note.txt'), 'no picture');
});

const request = { collection: 'test', folder, k: 3, filter: ['modality=XR'] };

it('answers each picture as a search with it alone does, and says which it cannot read', async () => {
  const found: PictureSearch[] = [];
  const told: [number, number | undefined, string][] = [];
  const result = await semblance.search.each(
    { progress: (done, total, { unit }) => told.push([done, total, unit]) },
    { ...request, exclude: ['patient'] },
    (one) => found.push(PictureSearchSchema.parse(one)),
  );
  expect(FolderSearchSchema.parse(result)).toEqual(result);
  expect(result).toMatchObject({
    ...{ pictures: PICTURES + 1, searched: PICTURES, failed: 1, complete: true, csv: null },
    inCollection: PICTURES,
    leftOut: [{ kind: 'text', count: 1, examples: ['note.txt'] }],
    failures: [{ code: 'IMAGE_DAMAGED', subject: BROKEN }],
  });
  expect(found).toHaveLength(PICTURES + 1);
  expect(found.map(({ picture }) => picture)).toEqual(
    found.map(({ picture }) => picture).toSorted(),
  );
  for (const { picture, result: each, error } of found) {
    if (picture === BROKEN) {
      expect(error).toMatchObject({ code: 'IMAGE_DAMAGED', subject: BROKEN });
      continue;
    }
    const alone = await semblance.search.search(
      {},
      {
        ...{ collection: 'test', k: 3, filter: ['modality=XR'], exclude: ['patient'] },
        ...{ parts: [{ file: 0 }], files: [join(folder, picture)] },
      },
    );
    const close = alone.neighbours.map(({ similarity, ...one }) => ({
      ...one,
      similarity: expect.closeTo(similarity, 5),
    }));
    expect(each).toEqual({ ...alone, neighbours: close, milliseconds: each?.milliseconds });
    expect(each?.copies).toHaveLength(1);
  }
  const pictures = told.filter(([, , unit]) => unit === 'pictures').map(([done]) => done);
  expect(pictures).toEqual(pictures.toSorted((a, b) => a - b));
  expect(pictures.at(-1)).toBe(PICTURES + 1);
});

it('has a row for each neighbour and for each failure', async () => {
  let rows = '';
  await semblance.search.each(
    {},
    {
      ...request,
      csv: (text) => {
        rows += text;
      },
    },
  );
  const records: Record<string, string>[] = parse(rows, { columns: true });
  expect(records).toHaveLength(3 * PICTURES + 1);
  expect(records.filter(({ error }) => error !== '')).toEqual([
    expect.objectContaining({ query: BROKEN, error: expect.stringMatching(/^IMAGE_DAMAGED: /) }),
  ]);
  expect(records.filter(({ query }) => query === '000.png').map(({ rank }) => rank)).toEqual([
    ...['1', '2', '3'],
  ]);
});

it('goes on with a file that was interrupted, to the same bytes, and begins anew when it must', async () => {
  await semblance.search.each({}, { ...request, csv });
  const whole = readFileSync(csv, 'utf8');
  rmSync(csv);
  const stop = new AbortController();
  const ended = await semblance.search.each(
    {
      signal: stop.signal,
      progress: (done, _, { unit }) => {
        if (unit === 'pictures' && done === 16) stop.abort();
      },
    },
    { ...request, csv },
  );
  expect(ended).toMatchObject({ complete: false, searched: 16 });
  expect(existsSync(csv)).toBe(false);
  // A row that was not written to its end.
  writeFileSync(`${csv}.part`, 'half of a r', { flag: 'a' });
  const seen: number[] = [];
  const progress = (done: number, _: unknown, { before }: { before?: number }) => {
    if (before !== undefined) seen.push(done, before);
  };
  const resumed = await semblance.search.each({ progress }, { ...request, csv });
  expect(seen.slice(0, 2)).toEqual([16, 16]);
  expect(resumed).toMatchObject({ complete: true, searched: PICTURES, failed: 1 });
  expect(readFileSync(csv, 'utf8')).toBe(whole);
  expect(existsSync(`${csv}.part.json`)).toBe(false);

  const again = new AbortController();
  again.abort();
  await semblance.search.each({ signal: again.signal }, { ...request, csv });
  await semblance.search.each({}, { ...request, k: 1, csv });
  expect(readFileSync(csv, 'utf8').trim().split('\n')).toHaveLength(1 + PICTURES + 1);
});

it('says that a folder has no picture or is none', async () => {
  const empty = join(home.path, 'empty');
  mkdirSync(empty);
  await expect(semblance.search.each({}, { ...request, folder: empty })).rejects.toMatchObject({
    code: 'SOURCE_EMPTY',
  });
  await expect(
    semblance.search.each({}, { ...request, folder: join(empty, 'absent') }),
  ).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
});
