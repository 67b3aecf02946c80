import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DOCUMENT_KINDS, type DocumentKind } from '../contract/documents.ts';
import { MemorySource } from '../dicom/byte-source.ts';
import { readParts } from '../dicom/file-format.ts';
import { hasOrthanc, type Orthanc, startOrthanc } from '../testing/orthanc.ts';
import { CT, slice } from '../testing/slices.ts';
import { Semblance } from './semblance.ts';

const work = mkdtempSync(join(tmpdir(), 'semblance-documents-'));
const folder = join(work, 'folder');
const own = join(work, 'query.dcm');
const PICTURES = 2;
/** SOP class of ultrasound of several frames. */
const US_FRAMES = '1.2.840.10008.5.1.4.1.1.3.1';
let semblance: Semblance;

beforeAll(async () => {
  mkdirSync(folder);
  const others = [
    ['SpecificCharacterSet', 'ISO_IR 100'],
    ['PatientName', 'Käßner^PLANTEDNAME'],
    ['AccessionNumber', 'A4711'],
  ] as const;
  for (const study of [1, 2]) {
    for (const number of [1, 2, 3]) {
      const isSeveral = study === 2 && number === 3;
      const [frames, sopClass] = isSeveral ? [2, US_FRAMES] : [1, CT];
      writeFileSync(
        join(folder, `${study}-${number}.dcm`),
        slice(study, number, { frames, others: [...others, ['SOPClassUID', sopClass]] }),
      );
    }
  }
  writeFileSync(own, slice(3, 1, { others }));
  for (const shade of [1, 2]) {
    const data = Uint8Array.from({ length: 32 * 32 }, (_, i) => (i * shade) % 251);
    const png = sharp(data, { raw: { width: 32, height: 32, channels: 1 } }).png();
    await png.toFile(join(folder, `${shade}.png`));
  }
  semblance = await Semblance.open({ home: join(work, 'home') });
  await semblance.indexing.index({}, { path: folder, collection: 'test' });
}, 60_000);

afterAll(async () => {
  await semblance.close();
  rmSync(work, { recursive: true, force: true });
});

/** Documents of a search, as files by their kinds. */
async function documents(query: { image: number } | { path: string }) {
  const isFile = 'path' in query;
  const asked = isFile ? { parts: [{ file: 0 }], files: [query.path] } : { parts: [query] };
  const answer = await semblance.search.search({}, { collection: 'test', k: 50, ...asked });
  const made = await semblance.documents.make(
    {},
    { answer, ...(isFile && { query }), kinds: DOCUMENT_KINDS },
  );
  const paths = made.documents.map((document) => {
    const path = join(work, `${document.kind}.dcm`);
    semblance.documents.save({ document, path });
    return [document.kind, path];
  });
  return { ...made, paths: Object.fromEntries(paths) as Record<DocumentKind, string> };
}

async function imageOf(path: string): Promise<number> {
  const { images } = await semblance.collections.images(
    {},
    { collection: 'test', offset: 0, limit: 50 },
  );
  return images.find((each) => each.path === path)?.id as number;
}

const has = (program: string) => {
  const isHere = existsSync(`/usr/bin/${program}`);
  if (!isHere) console.warn(`skipped: ${program} is absent (apt-get install dcmtk)`);
  return isHere;
};
/** What DCMTK says that it does not check. */
const UNCHECKED = /^W: (The VR checker does not support|Check for template constraints not yet)/;
const run = (program: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  const complaints = stderr.split('\n').filter((line) => line !== '' && !UNCHECKED.test(line));
  expect(complaints).toEqual([]);
  expect(status, stdout).toBe(0);
  return stdout;
};

describe('documents of a search', () => {
  it('are of the patient and study of the query, refer to instances, and count the rest', async () => {
    const {
      documents: made,
      references,
      leftOut,
    } = await documents({
      image: await imageOf('1-1.dcm'),
    });
    // Of the others, one has two frames.
    expect(references).toBe(6);
    expect(leftOut).toMatchObject([{ kind: 'picture without UIDs', count: PICTURES }]);
    for (const { file, sopClass, instance } of made) {
      const { attributes, meta } = readParts(new MemorySource(file));
      expect(attributes.text('PatientName')).toBe('Käßner^PLANTEDNAME');
      expect(attributes.text('StudyInstanceUID')).toBe('1.2.777.1');
      expect(attributes.text('AccessionNumber')).toBe('A4711');
      expect(attributes.text('SOPInstanceUID')).toBe(instance);
      expect(instance).toMatch(/^2\.25\.\d{20,39}$/);
      expect(meta?.text('MediaStorageSOPClassUID')).toBe(sopClass);
    }
    expect(new Set(made.map(({ instance }) => instance)).size).toBe(2);
  });

  it('are of the study of a file that was searched with, and of none where it has none', async () => {
    const of = async (path: string) => {
      const { documents: made } = await documents({ path });
      return made.map(({ file }) => readParts(new MemorySource(file)).attributes);
    };
    for (const each of await of(own)) expect(each.text('StudyInstanceUID')).toBe('1.2.777.3');
    for (const each of await of(join(folder, '1.png'))) {
      expect(each.text('StudyInstanceUID')).toMatch(/^2\.25\./);
      expect(each.has('PatientName')).toBe(true);
      expect(each.text('PatientName')).toBeUndefined();
    }
  });

  it('are refused where there is nothing to refer to', async () => {
    const found = await semblance.search.search(
      {},
      { collection: 'test', parts: [{ image: await imageOf('1.png') }], k: 50 },
    );
    const isPicture = ({ image }: (typeof found.neighbours)[number]) => image.path === '2.png';
    const none = { ...found, neighbours: found.neighbours.filter(isPicture) };
    await expect(
      semblance.documents.make({}, { answer: none, kinds: ['report'] }),
    ).rejects.toMatchObject({
      ...{
        code: 'NOTHING_TO_REFER_TO',
        message: expect.stringContaining('1 picture without UIDs'),
      },
    });
  });

  it.runIf(has('dsrdump'))('are read by DCMTK without a complaint', async () => {
    const { paths } = await documents({ image: await imageOf('1-1.dcm') });
    for (const kind of DOCUMENT_KINDS) {
      expect(run('dcmdump', '-q', paths[kind])).toContain('[ISO_IR 192]');
      const dump = run('dsrdump', '+U8', paths[kind]);
      expect(dump).toContain('Käßner^PLANTEDNAME');
      expect(dump.match(/IMAGE:/g)?.length).toBe(kind === 'report' ? 7 : 6);
    }
    expect(run('dsrdump', paths['key-objects'])).toContain('Of Interest');
    expect(run('dsrdump', paths.report)).toMatch(/1: similarity 0\.\d{4}/);
  });

  const python = process.env.PYTHON ?? 'python3';
  it.skipIf(spawnSync(python, ['-c', 'import pydicom']).status !== 0)(
    'are read by pydicom, with all that they refer to as evidence',
    async () => {
      const { paths } = await documents({ image: await imageOf('1-1.dcm') });
      const script = `
import json, sys, pydicom
d = pydicom.dcmread(sys.argv[1])
def images(items):
    for i in items:
        if i.ValueType == 'IMAGE':
            r = i.ReferencedSOPSequence[0]
            yield [r.ReferencedSOPClassUID, r.ReferencedSOPInstanceUID, int(r.get('ReferencedFrameNumber', 0))]
        yield from images(i.get('ContentSequence', []))
evidence = [s.ReferencedSOPInstanceUID for k in ('CurrentRequestedProcedureEvidenceSequence', 'PertinentOtherEvidenceSequence')
  for st in d.get(k, []) for se in st.ReferencedSeriesSequence for s in se.ReferencedSOPSequence]
print(json.dumps({'name': str(d.PatientName), 'images': list(images(d.ContentSequence)), 'evidence': evidence}))`;
      for (const kind of DOCUMENT_KINDS) {
        const said = JSON.parse(run(python, '-W', 'error', '-c', script, paths[kind]));
        expect(said.name).toBe('Käßner^PLANTEDNAME');
        const instances = said.images.map(([sopClass, instance]: string[]) => {
          expect(sopClass).toBe(instance === '1.2.777.2.1.3' ? US_FRAMES : CT);
          return instance;
        });
        expect(new Set(said.evidence)).toEqual(new Set(instances));
        expect(new Set(said.evidence).size).toBe(said.evidence.length);
        const frames = said.images.filter(([, instance]: string[]) => instance === '1.2.777.2.1.3');
        expect(frames.map((each: unknown[]) => each[2]).toSorted()).toEqual([1, 2]);
      }
    },
  );
});

describe.runIf(hasOrthanc())('documents sent to a PACS', () => {
  let orthanc: Orthanc;
  const VARIABLES = ['URL', 'USER', 'PASSWORD'].map((name) => `SEMBLANCE_DICOMWEB_${name}`);

  beforeAll(async () => {
    orthanc = await startOrthanc({ semblance: ['SEMBLANCE', '127.0.0.1', 104] });
    const values = [orthanc.url, orthanc.user, orthanc.password];
    VARIABLES.forEach((name, i) => {
      process.env[name] = values[i];
    });
  }, 60_000);
  afterAll(async () => {
    await orthanc?.remove();
    for (const name of VARIABLES) delete process.env[name];
  });

  it.each([
    ['STOW-RS', '1-1.dcm', '1.2.777.1', () => `dicomweb+${orthanc.url}`],
    ['C-STORE', '2-1.dcm', '1.2.777.2', () => `dimse://${orthanc.aet}@127.0.0.1:${orthanc.port}`],
  ])(
    'are there by %s, as they were made, also when they are sent again',
    async (_, of, study, at) => {
      const { documents: made } = await documents({ image: await imageOf(of) });
      const to = at();
      await semblance.documents.send({}, { documents: made, to });
      await semblance.documents.send({}, { documents: made, to });
      const authorization = `Basic ${Buffer.from(`${orthanc.user}:${orthanc.password}`).toString('base64')}`;
      const listed = await fetch(`${orthanc.url}/studies/${study}/series?includefield=00100010`, {
        headers: { authorization },
      });
      const series = JSON.parse(await listed.text()) as Record<string, { Value: unknown[] }>[];
      expect(series.map((each) => each['00080060']?.Value[0]).toSorted()).toEqual(['KO', 'SR']);
    },
    60_000,
  );

  it('that are none are refused, with the reason', async () => {
    const junk = Buffer.from('no DICOM at all');
    const documents = [{ sopClass: CT, instance: '1.2', file: junk, dataSet: () => junk }];
    await expect(
      semblance.documents.send({}, { documents, to: `dicomweb+${orthanc.url}` }),
    ).rejects.toMatchObject({
      code: expect.stringMatching(/^PACS_(STORE_REFUSED|ANSWER_INVALID)$/),
    });
  }, 60_000);
});
