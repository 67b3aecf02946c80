import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterAll, describe, expect, it } from 'vitest';
import { readDicom } from '../dicom/instance.ts';
import type { DatesPolicy, IdentityPolicy } from '../domain/identity.ts';
import { Identity } from '../indexing/identity.ts';
import { identityKey } from '../store/identity-key.ts';
import { dicomFile, elements, type MadeElement, picture } from '../testing/dicom.ts';
import type { IndexRequest } from './indexing.ts';
import { Semblance } from './semblance.ts';

const EXPLICIT = '1.2.840.10008.1.2.1';
const SIDE = 8;

const work = mkdtempSync(join(tmpdir(), 'semblance-dicom-'));
afterAll(() => rmSync(work, { recursive: true }));

/** Frames that differ, as a file. */
function file(seed: number, frames: number, others: readonly MadeElement[] = []): Buffer {
  const pixels = Array.from(
    { length: SIDE * SIDE * frames },
    (_, i) => ((i * 7919 + seed * 104_729 + Math.floor(i / (SIDE * SIDE)) * 1301) >>> 3) % 1000,
  );
  const made = picture(pixels, SIDE, [
    ['Rows', SIDE],
    ['Modality', 'CT'],
    ['SOPInstanceUID', `1.2.3.${seed}`],
    ['StudyInstanceUID', '1.2.3'],
    ['SeriesInstanceUID', '1.2.3.4'],
    ['NumberOfFrames', String(frames)],
    ['RescaleIntercept', '-1024'],
    ['RescaleSlope', '1'],
    ...others,
  ]);
  return dicomFile(EXPLICIT, elements(made));
}

let homes = 0;
async function opened() {
  const home = join(work, `home-${homes++}`);
  return { home, semblance: await Semblance.open({ home }) };
}

const listed = (semblance: Semblance) =>
  semblance.collections.images({}, { collection: 'a', offset: 0, limit: 200 });

function folderOf(name: string, files: Record<string, Uint8Array>): string {
  const folder = join(work, name);
  mkdirSync(folder, { recursive: true });
  for (const [each, bytes] of Object.entries(files)) writeFileSync(join(folder, each), bytes);
  return folder;
}

const PLANTED = [
  'PLANTEDNAME',
  'PLANTEDID',
  '19610203',
  'PLANTEDACCESSION',
  'PLANTEDPLACE',
  '1.2.777',
];
const planted: MadeElement[] = [
  ['PatientName', 'PLANTEDNAME^ANNA'],
  ['PatientID', 'PLANTEDID'],
  ['PatientBirthDate', '19610203'],
  ['PatientSex', 'F'],
  ['StudyDate', '20190305'],
  ['AccessionNumber', 'PLANTEDACCESSION'],
  ['InstitutionName', 'PLANTEDPLACE'],
  ['StudyDescription', 'of PLANTEDNAME'],
  ['StudyInstanceUID', '1.2.777.1'],
  ['SeriesInstanceUID', '1.2.777.1.1'],
  ['SOPInstanceUID', '1.2.777.1.1.1'],
  ['BodyPartExamined', 'PLANTEDNAME x.'],
];

/** All bytes below a folder, file names too. */
const everything = (folder: string): string =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return entry.isFile() ? `${path}\n${readFileSync(path, 'latin1')}` : path;
    })
    .join('\n');

describe('DICOM in a collection', () => {
  it('takes each frame, of files with many a few at a time, and knows them again', async () => {
    const { home, semblance } = await opened();
    const folder = folderOf('frames', { many: file(1, 70), one: file(2, 1) });
    const index = (frames?: string, path = folder) =>
      semblance.indexing.index({}, { collection: 'a', path, frames });
    expect(await index()).toMatchObject({ total: 2, added: 2, failed: 0 });
    const all = (await listed(semblance)).images;
    expect(all.map(({ path, frame }) => `${path} ${frame}`)).toEqual([
      ...Array.from({ length: 70 }, (_, i) => `many ${i + 1}`),
      'one 1',
    ]);
    expect(new Set(all.map(({ contentHash }) => contentHash)).size).toBe(71);
    expect(await index()).toMatchObject({ added: 0, unchanged: 2 });
    // What was there stays; nothing of it is encoded anew.
    expect(await index('middle')).toMatchObject({ added: 0, unchanged: 2 });
    const moved = join(work, 'moved');
    renameSync(folder, moved);
    expect(await index('all', moved)).toMatchObject({ renamed: 2, added: 0 });
    const after = (await listed(semblance)).images;
    expect(after.map(({ id, frame }) => [id, frame])).toEqual(
      all.map(({ id, frame }) => [id, frame]),
    );
    writeFileSync(join(moved, 'many'), file(3, 5));
    expect(await index('every:2', moved)).toMatchObject({ added: 1, unchanged: 1 });
    const changed = (await listed(semblance)).images;
    expect(changed.map(({ path, frame }) => `${path} ${frame}`)).toEqual([
      ...['many 1', 'many 3', 'many 5'],
      'one 1',
    ]);
    const db = new Database(join(home, 'a.db'));
    expect(db.prepare('SELECT count(*) AS n FROM objects').get([])).toMatchObject({ n: 2 });
    db.close();
    await semblance.close();
  });

  it('stores an object once that lies in two folders', async () => {
    const { home, semblance } = await opened();
    const folder = folderOf('twice', { a: file(1, 3) });
    cpSync(join(folder, 'a'), join(folder, 'b'));
    expect(await semblance.indexing.index({}, { collection: 'a', path: folder })).toMatchObject({
      added: 2,
    });
    expect((await listed(semblance)).total).toBe(6);
    const db = new Database(join(home, 'a.db'));
    expect(db.prepare('SELECT count(*) AS n FROM objects').get([])).toMatchObject({ n: 1 });
    db.close();
    await semblance.close();
  });

  it('never mixes one window with another', async () => {
    const { semblance } = await opened();
    const folder = folderOf('windows', { a: file(1, 2), b: file(2, 1) });
    const index = (window?: string) =>
      semblance.indexing.index({}, { collection: 'a', path: folder, window });
    expect((await index()).encoder).toBe('baseline');
    expect(await index('LUNG')).toMatchObject({ encoder: 'baseline.lung', added: 2 });
    expect(await index('lung')).toMatchObject({ added: 0, unchanged: 2 });
    expect((await index('-600/1500')).encoder).toBe('baseline.-600-1500');
    await expect(index('wide')).rejects.toMatchObject({ code: 'WINDOW_INVALID' });
    const [first] = (await listed(semblance)).images;
    const { seen } = semblance.collections.imageDetails({ collection: 'a', id: first?.id ?? 0 });
    expect(seen).toMatchObject([
      { encoder: 'baseline.-600-1500', decoding: { window: '-600/1500' } },
      { encoder: 'baseline.lung', decoding: { window: '-600/1500', windowFrom: 'preset' } },
    ]);
    // Without a window in the file, one of its modality; the picture itself stays as it is.
    expect(first?.decoding).toMatchObject({ window: '40/400', windowFrom: 'modality' });
    await semblance.close();
  });

  it('follows another policy when everything is indexed again', async () => {
    const { semblance } = await opened();
    const folder = folderOf('policies', { a: file(1, 2, planted) });
    const index = (identity: IdentityPolicy, path?: string) =>
      semblance.indexing.index({}, { collection: 'a', path, identity });
    const described = async () =>
      (await listed(semblance)).images.map(({ id: _, ...rest }) => rest);
    await index('pseudonymous', folder);
    const pseudonymous = await described();
    await index('keep');
    expect((await described())[1]).toMatchObject({
      patient: 'PLANTEDID',
      metadata: { patient_name: 'PLANTEDNAME^ANNA' },
    });
    await index('pseudonymous');
    expect(await described()).toEqual(pseudonymous);
    await semblance.close();
  });

  it('hides folders and files that name the patient, opens them, and shows them when asked to keep', async () => {
    const { home, semblance } = await opened();
    const folder = folderOf('hidden', {});
    const patient = join(folder, 'Plantedname, Anna', '2019-03-05');
    mkdirSync(patient, { recursive: true });
    writeFileSync(join(patient, 'im1'), file(1, 2, planted));
    writeFileSync(join(folder, 'im2'), file(2, 1));
    const index = (others: Partial<IndexRequest> = { path: folder }) =>
      semblance.indexing.index({}, { collection: 'a', path: undefined, ...others });
    const first = await index();
    expect(first).toMatchObject({ added: 2, failed: 0 });
    expect(first.warnings).toMatchObject([{ code: 'PATHS_NAME_PATIENTS' }]);
    const before = (await listed(semblance)).images;
    expect(before.map(({ path }) => path)).toEqual([
      expect.stringMatching(/^~[0-9a-f]{16}\/~[0-9a-f]{16}\/im1$/),
      expect.stringMatching(/^~[0-9a-f]{16}\/~[0-9a-f]{16}\/im1$/),
      'im2',
    ]);
    const id = before[0]?.id ?? 0;
    expect((await semblance.pictures.rendered({}, { collection: 'a', id })).length).toBeGreaterThan(
      0,
    );
    expect(everything(home)).not.toMatch(/plantedname/i);
    expect(await index()).toMatchObject({ added: 0, unchanged: 2 });
    expect(await index({ prune: true, path: folder })).toMatchObject({ removed: 0, unchanged: 2 });
    // Moved elsewhere it is the same image.
    renameSync(join(patient, 'im1'), join(folder, 'Plantedname'));
    expect(await index()).toMatchObject({ added: 0, renamed: 1, unchanged: 1 });
    const moved = (await listed(semblance)).images.map((image) => [image.id, image.path]);
    expect(moved[0]).toEqual([id, expect.stringMatching(/^~[0-9a-f]{16}$/)]);
    const kept = await index({ identity: 'keep' });
    expect([kept.unchanged, kept.warnings]).toEqual([2, []]);
    expect((await listed(semblance)).images.map(({ path }) => path)).toEqual([
      ...['Plantedname', 'Plantedname', 'im2'],
    ]);
    await index({ identity: 'pseudonymous' });
    expect((await listed(semblance)).images.map((image) => [image.id, image.path])).toEqual(moved);
    await semblance.collections.remove({ collection: 'a', paths: [join(folder, 'Plantedname')] });
    expect((await listed(semblance)).total).toBe(1);
    const db = new Database(join(home, 'a.db'));
    expect(db.prepare('SELECT count(*) AS n FROM hidden_paths').get([])).toMatchObject({ n: 0 });
    db.close();
    await semblance.close();
  });

  it('moves the dates of a patient by as many days, and keeps years where that is asked for', async () => {
    const { semblance } = await opened();
    const of = (seed: number, patient: string, date: string) =>
      file(seed, 1, [
        ['PatientID', patient],
        ['StudyDate', date],
      ]);
    const folder = folderOf('dated', {
      ...{ a: of(1, 'P-one', '20190301'), b: of(2, 'P-one', '20190331') },
      ...{ c: of(3, 'P-two', '20190301'), d: of(4, 'P-two', 'March') },
    });
    const index = (dates: DatesPolicy, path?: string) =>
      semblance.indexing.index({}, { collection: 'a', path, dates });
    const metadata = async () => (await listed(semblance)).images.map((image) => image.metadata);
    await index('shifted', folder);
    const shifted = await metadata();
    const days = shifted.map(
      ({ study_date: text = '' }) =>
        Date.parse(text.replace(/(....)(..)(..)/, '$1-$2-$3')) / 86_400_000,
    ) as [number, number, number, number];
    expect(days[1] - days[0]).toBe(30);
    expect(days[0]).not.toBe(days[2]);
    expect(days[0]).toBeLessThan(Date.parse('2019-03-01') / 86_400_000);
    expect(days[3]).toBeNaN();
    expect(shifted.some((each) => 'study_year' in each)).toBe(false);
    await index('year');
    expect((await metadata()).map((each) => [each.study_year, each.study_date])).toEqual([
      ...Array.from({ length: 3 }, () => ['2019', undefined]),
      [undefined, undefined],
    ]);
    await index('shifted');
    expect(await metadata()).toEqual(shifted);
    await semblance.close();
  });

  it('exports what is asked for once, and leaves out by kind what may show names', async () => {
    const { semblance } = await opened();
    const folder = folderOf('exported', {
      many: file(1, 3, [['PatientID', 'P-one']]),
      burned: file(2, 1, [['BurnedInAnnotation', 'YES']]),
      unsaid: file(3, 1, [['Modality', 'US']]),
      changed: file(4, 1),
    });
    await semblance.indexing.index({}, { collection: 'a', path: folder });
    writeFileSync(join(folder, 'changed'), file(5, 1));
    const to = join(work, 'export');
    const dicom = await semblance.deidentification.dicom({}, { collection: 'a', folder: to });
    expect(dicom).toMatchObject({ images: 6, files: 1, complete: true, warnings: [] });
    expect(dicom.leftOut.map(({ kind, count }) => [kind, count])).toEqual([
      ['DICOM that does not say whether annotation is burned in', 1],
      ['DICOM with burned-in annotation', 1],
    ]);
    expect(dicom.failures).toMatchObject([{ code: 'IMAGE_CHANGED', subject: 'changed' }]);
    const [name] = readdirSync(to, { recursive: true }).filter((each) =>
      `${each}`.endsWith('.dcm'),
    );
    const { images } = await listed(semblance);
    const out = readDicom(join(to, `${name}`));
    const { patient } = images.find(({ path }) => path === 'many') ?? {};
    // The pseudonym is that of the collection: who holds the key finds the images again.
    expect([out.frames, out.attributes.text('PatientID')]).toEqual([3, patient]);
    out.close();
    const all = await semblance.deidentification.pictures(
      {},
      {
        collection: 'a',
        folder: to,
        burnedIn: 'allow',
        ids: images.filter(({ path }) => /burned|unsaid/.test(path)).map(({ id }) => id),
      },
    );
    expect(all).toMatchObject({ images: 2, files: 2, warnings: [{ code: 'DICOM_BURNED_IN' }] });
    const absent = { collection: 'a', folder: to, ids: [999] };
    await expect(semblance.deidentification.pictures({}, absent)).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
    });
    await semblance.close();
  });

  it('leaves out what is no image, by kind, and refuses what is damaged, by name', async () => {
    const { semblance } = await opened();
    const report = dicomFile(
      EXPLICIT,
      elements([
        ['SOPClassUID', '1.2.840.10008.5.1.4.1.1.88.11'],
        ['Modality', 'SR'],
      ]),
    );
    const folder = folderOf('mixed', {
      ...{ good: file(1, 1), 'a.sr': report, 'b.sr': report },
      short: file(2, 1).subarray(0, -40),
    });
    const result = await semblance.indexing.index({}, { collection: 'a', path: folder });
    expect(result).toMatchObject({ added: 1, failed: 1 });
    expect(result.leftOut).toEqual([
      { kind: 'DICOM report', count: 2, examples: ['a.sr', 'b.sr'] },
    ]);
    expect(result.failures).toMatchObject([{ code: 'DICOM_DAMAGED' }]);
    await semblance.close();
  });

  it.each(['pseudonymous', 'sealed', 'keep'] as const)(
    'names nobody: %s',
    async (identity: IdentityPolicy) => {
      const { home, semblance } = await opened();
      const folder = folderOf(`planted-${identity}`, {
        a: file(1, 1, planted),
        b: file(
          2,
          1,
          planted.filter(([keyword]) => keyword !== 'SOPInstanceUID'),
        ),
        c: file(3, 1, planted).subarray(0, -20),
      });
      const result = await semblance.indexing.index(
        {},
        { collection: 'a', path: folder, identity },
      );
      expect(result).toMatchObject({ added: 2, failed: 1 });
      const { images } = await listed(semblance);
      const [a, b] = images;
      const found = await semblance.search.search(
        {},
        { collection: 'a', parts: [{ file: 0 }], k: 5, files: [readFileSync(join(folder, 'a'))] },
      );
      expect(found.neighbours.map(({ image }) => image.id)).toEqual([b?.id]);
      await semblance.close();
      const said = JSON.stringify([result, images, found]);
      const kept = everything(home);
      for (const name of PLANTED) {
        expect([name, said.includes(name), kept.includes(name)]).toEqual([
          name,
          identity === 'keep',
          identity === 'keep',
        ]);
      }
      expect(a?.patient).toBe(b?.patient);
      expect(a?.metadata).toMatchObject({
        modality: 'CT',
        sex: 'F',
        age: '058Y',
        study_year: '2019',
      });
      if (identity === 'keep') return;
      expect(
        [a?.patient, a?.study, a?.series].every((text) => /^[0-9a-f]{24}$/.test(text ?? '')),
      ).toBe(true);
      const db = new Database(join(home, 'a.db'));
      const sealed = db
        .prepare('SELECT sealed FROM objects ORDER BY id')
        .pluck()
        .all([]) as unknown[];
      db.close();
      if (identity === 'pseudonymous') {
        expect(sealed).toEqual([null, null]);
        return;
      }
      const original = new Identity('sealed', identityKey(home)).open(
        Buffer.from(sealed[0] as ArrayBuffer),
      );
      expect(original).toMatchObject({ PatientID: 'PLANTEDID', SOPInstanceUID: '1.2.777.1.1.1' });
      const another = new Identity('sealed', Buffer.alloc(32));
      expect(() => another.open(Buffer.from(sealed[0] as ArrayBuffer))).toThrow(
        expect.objectContaining({ code: 'COLLECTION_DAMAGED' }),
      );
    },
  );
});

describe('key images', () => {
  const selection = (
    items: readonly [instance: string, frames?: string][],
    title = '113000',
  ): Buffer =>
    dicomFile(
      EXPLICIT,
      elements([
        ['SOPClassUID', '1.2.840.10008.5.1.4.1.1.88.59'],
        ['SOPInstanceUID', '1.2.9'],
        ['Modality', 'KO'],
        ['ConceptNameCodeSequence', [[['CodeValue', title]]]],
        [
          'ContentSequence',
          [
            [['ValueType', 'TEXT']],
            ...items.map(([instance, frames]): MadeElement[] => [
              [
                'ReferencedSOPSequence',
                [
                  [
                    ['ReferencedSOPInstanceUID', instance],
                    ...(frames === undefined
                      ? []
                      : ([['ReferencedFrameNumber', frames]] as MadeElement[])),
                  ],
                ],
              ],
              ['ValueType', 'IMAGE'],
            ]),
          ],
        ],
      ]),
    );

  it('are those that selections refer to, whatever the images are called here', async () => {
    const { home, semblance } = await opened();
    const folder = folderOf('key', {
      ...{ a: file(1, 1), b: file(2, 6), c: file(3, 1), d: file(4, 3) },
      'k.ko': selection([['1.2.3.2', '2\\5'], ['1.2.3.4'], ['1.2.3.99']]),
      'r.ko': selection([['1.2.3.3']], '113001'),
    });
    const result = await semblance.indexing.index(
      {},
      { collection: 'a', path: folder, frames: 'key' },
    );
    expect(result).toMatchObject({ added: 2, failed: 0 });
    expect(result.leftOut).toEqual([
      { kind: 'not a key image', count: 2, examples: ['a', 'c'] },
      { kind: 'absent key image', count: 1, examples: ['k.ko'] },
      { kind: 'DICOM key object selection', count: 2, examples: ['k.ko', 'r.ko'] },
    ]);
    const taken = (await listed(semblance)).images.map(({ path, frame }) => `${path} ${frame}`);
    expect(taken).toEqual(['b 2', 'b 5', 'd 1', 'd 2', 'd 3']);
    const again = await semblance.indexing.index({}, { collection: 'a', path: undefined });
    expect(again).toMatchObject({ unchanged: 2, added: 0 });
    expect((await listed(semblance)).total).toBe(5);
    await semblance.close();
    expect(readFileSync(join(home, 'a.db'), 'latin1')).not.toContain('1.2.3.99');
  });

  it('are said to be none, with counts', async () => {
    const { semblance } = await opened();
    const folder = folderOf('no-key', { a: file(1, 1), 'k.ko': selection([['1.2.3.99']]) });
    await expect(
      semblance.indexing.index({}, { collection: 'a', path: folder, frames: 'key' }),
    ).rejects.toMatchObject({
      code: 'SOURCE_EMPTY',
      message:
        'None of its 1 DICOM images is a key image: it has 1 Key Object Selections, which refer to 1 others.',
    });
    await semblance.close();
  });
});
