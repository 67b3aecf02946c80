import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { dicomFile, elements, fragments, picture } from '../testing/dicom.ts';
import { hasOrthanc, type Orthanc, startOrthanc } from '../testing/orthanc.ts';
import { slice } from '../testing/slices.ts';
import { Semblance } from './semblance.ts';

const RLE = '1.2.840.10008.1.2.5';
const VARIABLES = ['URL', 'USER', 'PASSWORD'].map((name) => `SEMBLANCE_DICOMWEB_${name}`);

/** An object of 40 coded frames, of which one is damaged that is not among the first. */
function damagedBehind(): Buffer {
  const head = Buffer.alloc(64);
  head.writeUInt32LE(1);
  head.writeUInt32LE(64, 4);
  const frames = Array.from({ length: 40 }, (_, i) =>
    Buffer.concat([head, Buffer.from([63]), Buffer.alloc(64, i)]),
  );
  frames[35] = Buffer.alloc(70, 255);
  const made = picture([0], 1, [
    ['SOPInstanceUID', '1.2.777.9.1.1'],
    ['StudyInstanceUID', '1.2.777.9'],
    ['SeriesInstanceUID', '1.2.777.9.1'],
    ['PatientID', 'PLANTEDID9'],
    ['NumberOfFrames', '40'],
    ['Rows', 8],
    ['Columns', 8],
    ['BitsAllocated', 8],
    ['BitsStored', 8],
    ['HighBit', 7],
  ]).filter(([keyword]) => keyword !== 'PixelData');
  return dicomFile(RLE, Buffer.concat([elements(made), fragments(frames)]));
}

describe.runIf(hasOrthanc())('a PACS', () => {
  const work = mkdtempSync(join(tmpdir(), 'semblance-pacs-'));
  const home = join(work, 'home');
  const folder = join(work, 'folder');
  let orthanc: Orthanc;
  let semblance: Semblance;
  let address: string;

  beforeAll(async () => {
    orthanc = await startOrthanc();
    address = `dicomweb+${orthanc.url}`;
    const values = [orthanc.url, orthanc.user, orthanc.password];
    VARIABLES.forEach((name, i) => {
      process.env[name] = values[i];
    });
    mkdirSync(folder);
    for (const study of [1, 2, 3]) {
      for (let number = 1; number <= 20; number++) {
        const bytes = slice(study, number);
        writeFileSync(join(folder, `${study}-${number}.dcm`), bytes);
        await orthanc.upload(bytes);
      }
    }
    semblance = await Semblance.open({ home });
  }, 120_000);

  afterAll(async () => {
    for (const name of VARIABLES) delete process.env[name];
    await semblance?.close();
    await orthanc?.remove();
    rmSync(work, { recursive: true, force: true });
  });

  afterEach(() => {
    process.env.SEMBLANCE_DICOMWEB_PASSWORD = orthanc.password;
  });

  const index = (path: string, collection: string) =>
    semblance.indexing.index({}, { path, collection });
  const listed = async (collection: string) => {
    const { images } = await semblance.collections.images(
      {},
      { collection, offset: 0, limit: 200 },
    );
    return images;
  };

  it('is indexed as a folder of the same files', async () => {
    expect(await index(address, 'pacs')).toMatchObject({ added: 60, failed: 0, complete: true });
    expect(await index(folder, 'folder')).toMatchObject({ added: 60, failed: 0 });
    const known = async (name: string) =>
      (await listed(name))
        .map(({ contentHash, patient, study, series, metadata }) => ({
          contentHash,
          patient,
          study,
          series,
          metadata,
        }))
        .sort((a, b) => (a.contentHash < b.contentHash ? -1 : 1));
    expect(await known('pacs')).toEqual(await known('folder'));
  }, 120_000);

  it('is searched in, and its pictures are shown', async () => {
    const [first] = await listed('pacs');
    const id = first?.id as number;
    const { neighbours } = await semblance.search.search(
      {},
      { collection: 'pacs', parts: [{ image: id }], k: 5 },
    );
    expect(neighbours).toHaveLength(5);
    const thumbnail = await semblance.pictures.thumbnail({}, { collection: 'pacs', id, edge: 64 });
    expect(Buffer.from(thumbnail.subarray(8, 12)).toString()).toBe('WEBP');
  }, 60_000);

  it('is read again only where something came, as a study that arrives late', async () => {
    expect(await index(address, 'pacs')).toMatchObject({ added: 0, unchanged: 60, failed: 0 });
    for (const number of [1, 2]) await orthanc.upload(slice(4, number));
    expect(await index(address, 'pacs')).toMatchObject({ added: 2, unchanged: 60 });
    expect(await index(`${address}?PatientID=PLANTEDID4`, 'part')).toMatchObject({
      added: 2,
      total: 2,
    });
  }, 60_000);

  it('is looked through for what changed', async () => {
    const { collections } = await semblance.collections.check(
      {},
      { collections: ['part'], files: true },
    );
    expect(collections[0]?.files).toEqual({ changed: [], unreadable: [] });
  });

  it('is looked through with what this program alone was told', async () => {
    for (const name of VARIABLES) delete process.env[name];
    const other = await Semblance.open({ home });
    try {
      const { user, password } = orthanc;
      other.pacs.letIn({ address, secrets: { user, password } });
      const { collections } = await other.collections.check(
        {},
        { collections: ['part'], files: true },
      );
      expect(collections[0]?.files).toEqual({ changed: [], unreadable: [] });
    } finally {
      await other.close();
      const values = [orthanc.url, orthanc.user, orthanc.password];
      VARIABLES.forEach((name, i) => {
        process.env[name] = values[i];
      });
    }
  });

  it('names nobody in what is said of an object that fails behind its first frames', async () => {
    await orthanc.upload(damagedBehind());
    const { failures } = await semblance.indexing.index(
      {},
      { path: `${address}?PatientID=PLANTEDID9`, collection: 'damaged', frames: 'all' },
    );
    await orthanc.delete('1.2.777.9.1.1');
    expect(failures).toMatchObject([{ code: 'DICOM_DAMAGED' }]);
    expect(failures[0]?.subject).toMatch(/studies\/~\w+\/series\/~\w+\/instances\/~\w+$/);
  }, 60_000);

  it('is found by what output calls an address, and a study too', async () => {
    const [first] = await listed('part');
    const called = `${address}/${first?.path}`;
    expect(called).not.toContain('1.2.777');
    const found = semblance.dicom.locate({ path: called });
    expect(found).toMatch(`${address}/studies/1.2.777.4/series/1.2.777.4.1/instances/1.2.777.4.1.`);
    const study = called.split('/series/')[0] as string;
    expect(semblance.dicom.locate({ path: study })).toBe(`${address}/studies/1.2.777.4`);
    const absent = { path: `${address}/studies/~0` };
    expect(() => semblance.dicom.locate(absent)).toThrow(
      expect.objectContaining({ code: 'PATH_NOT_FOUND' }),
    );
  });

  it('gives images without whom they are of', async () => {
    const to = join(work, 'exported');
    const request = { collection: 'part', folder: to };
    const exported = await semblance.deidentification.dicom({}, request);
    expect(exported).toMatchObject({ images: 2, files: 2, leftOut: [], failures: [] });
    const names = (readdirSync(to, { recursive: true }) as string[]).filter((name) =>
      name.endsWith('.dcm'),
    );
    expect(names).toHaveLength(2);
    for (const name of names) expect(readFileSync(join(to, name)).includes('PLANTED')).toBe(false);
  });

  it('has key images alone taken, where that is wished', async () => {
    const request = { path: `${address}?PatientID=PLANTEDID4`, collection: 'key', frames: 'key' };
    await expect(semblance.indexing.index({}, request)).rejects.toMatchObject({
      code: 'SOURCE_EMPTY',
      message: expect.stringContaining('2 DICOM images'),
    });
  });

  it('names nobody in what is kept', async () => {
    const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter((each) =>
      each.isFile(),
    );
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) {
      const path = join(file.parentPath, file.name);
      const bytes = readFileSync(path);
      for (const name of ['PLANTEDNAME', 'PLANTEDID', '1.2.777']) {
        expect(bytes.includes(name), `${name} in ${path}`).toBe(false);
      }
    }
  });

  it('that is not let in to says so', async () => {
    process.env.SEMBLANCE_DICOMWEB_PASSWORD = 'wrong';
    await expect(index(address, 'refused')).rejects.toMatchObject({ code: 'PACS_REFUSED' });
  });

  it('that is started again in the middle loses nothing', async () => {
    const indexing = index(address, 'restarted');
    await orthanc.stop();
    await orthanc.start();
    expect(await indexing).toMatchObject({ added: 62, failed: 0, complete: true });
  }, 120_000);

  it('has what it removed taken out, where all of it is looked at', async () => {
    const pruned = (path: string | undefined) =>
      semblance.indexing.index({}, { path, collection: 'pacs', prune: true });
    for (const number of [3, 4]) await orthanc.delete(`1.2.777.2.1.${number}`);
    await expect(pruned(`${address}?PatientID=PLANTEDID1`)).rejects.toMatchObject({
      code: 'USAGE',
    });
    // What the collection knows does not tell what is there.
    expect(await pruned(undefined)).toMatchObject({ removed: 0, unclear: 62 });
    expect(await pruned(address)).toMatchObject({ removed: 2, unclear: 0, unchanged: 60 });
    expect((await listed('pacs')).length).toBe(60);
    const study = [`${address}/studies/1.2.777.3`];
    const removal = { collection: 'pacs', paths: study, dryRun: true };
    expect((await semblance.collections.remove(removal)).removed).toHaveLength(20);
  }, 60_000);
});
