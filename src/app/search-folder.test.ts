import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  FolderSearchSchema,
  type PictureSearch,
  PictureSearchSchema,
} from '../contract/folder-search.ts';
import { CollectionStore } from '../store/collection-store.ts';
import type { StoredEncoder } from '../store/records.ts';
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

/** Figures of a calibration that was measured on nothing worth telling. */
const RELIABLE = { count: 1, expectedCalibrationError: 0.1, brier: 0.1, bins: [] };
const FIGURES = {
  ...{ queries: 12, patients: 6, nearest: RELIABLE },
  ...{ neighbours: RELIABLE, bySimilarity: RELIABLE },
};

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

it('begins anew when the calibration is another one than that of the rows that are there', async () => {
  const store = CollectionStore.open(join(home.path, 'test.db'));
  const encoder = store.encoders.default() as StoredEncoder;
  const file = join(home.path, 'calibrated.csv');
  const interrupted = () => {
    const stop = new AbortController();
    const progress = (done: number, _: unknown, { unit }: { unit: string }) => {
      if (unit === 'pictures' && done === 16) stop.abort();
    };
    return semblance.search.each({ signal: stop.signal, progress }, { ...request, csv: file });
  };
  /** Where the run begins that follows on an interrupted one. */
  const begins = async () => {
    let first: number | undefined;
    const progress = (done: number, _: unknown, { unit }: { unit: string }) => {
      if (unit === 'pictures') first ??= done;
    };
    await semblance.search.each({ progress }, { ...request, csv: file });
    return first;
  };
  expect(await interrupted()).toMatchObject({ complete: false, searched: 16 });
  expect(await begins()).toBe(16);

  expect(await interrupted()).toMatchObject({ complete: false, searched: 16 });
  const calibration = JSON.stringify({
    ...{ encoder: encoder.name, fingerprint: encoder.fingerprint, field: 'label' },
    ...{ made: new Date(0).toISOString(), generation: store.generation(), images: 12, index: 12 },
    roles: { fit: 'a', choose: 'b', measure: null },
    fitted: { queries: 12, patients: 6 },
    similarity: { x: [-1, 1], y: [0.2, 0.8] },
    score: { x: [0, 1], y: [0.2, 0.8] },
    ...{ familiar: -1, confidence: 0.9, error: 0.1 },
    levels: [{ error: 0.1, threshold: 0.5, chosenOn: { coverage: 1, error: 0 }, measured: null }],
    figures: { choose: FIGURES, measure: null },
    sample: store.images.page().map(({ id }) => [id, '00000000']),
  });
  store.encoders.saveCalibration(encoder.fingerprint, calibration);
  expect(await begins()).toBe(0);
  store.close();
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
