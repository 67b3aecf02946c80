import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { dicomFile, elements, type MadeElement, picture } from '../src/testing/dicom.ts';
import { searchForm } from '../src/testing/search-form.ts';
import { run, startServing, temporaryFolder } from './program.ts';

/** Every attribute with text of the confidentiality profile, with a text of its kind: PS3.15, table E.1-1. */
const ATTRIBUTES: [tag: string, vr: string, value: string, outcome: string][] = JSON.parse(
  readFileSync(new URL('../src/dicom/confidentiality/reference.json', import.meta.url), 'utf8'),
);

const EXPLICIT = '1.2.840.10008.1.2.1';
const SIDE = 16;
const CYRILLIC = 'ПЛАНТОВ';
const JAPANESE = '山田太郎';

/** Texts of which none may be anywhere, in any case. */
const MARKS = ['planted', 'anna', '19610203', '1.2.777', CYRILLIC, JAPANESE, 'plantÉd'];
/** The bytes in which they may stand. */
const BYTES = MARKS.flatMap((mark) => [
  Buffer.from(mark, 'utf8'),
  Buffer.from(mark, 'utf16le'),
  ...(/^[\0-\xff]*$/.test(mark) ? [Buffer.from(mark, 'latin1')] : []),
  ...(mark === CYRILLIC ? [Buffer.from(Array.from(mark, (c) => c.charCodeAt(0) - 0x360))] : []),
  ...(mark === JAPANESE ? [Buffer.from('3b33454442404f3a', 'hex')] : []),
]);

/** Marks in bytes, letters of ASCII in any case. */
function marksIn(bytes: Buffer): string[] {
  const text = bytes.toString('latin1').replaceAll(/[A-Z]+/g, (part) => part.toLowerCase());
  return BYTES.map((mark) =>
    mark.toString('latin1').replaceAll(/[A-Z]+/g, (p) => p.toLowerCase()),
  ).filter((mark) => text.includes(mark));
}

/** All files below a folder that have a mark in them or in their names. */
function namedIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    const bytes = entry.isFile() ? readFileSync(path) : Buffer.alloc(0);
    const found = [...marksIn(bytes), ...marksIn(Buffer.from(path.slice(folder.length)))];
    return found.length > 0 ? [`${path}: ${found}`] : [];
  });
}

const planted: MadeElement[] = ATTRIBUTES.map(([tag, vr, value]) => [
  Number.parseInt(tag, 16),
  vr === 'SQ' ? [[[0x00104000, 'PLANTED', 'LT']]] : value,
  vr,
]);

/** Also where the profile looks for nobody: in codes, in private attributes, in what explains windows. */
const elsewhere: MadeElement[] = [
  ['BodyPartExamined', 'PLANTED'],
  ['Manufacturer', 'PLANTED'],
  ['ViewPosition', 'PLANTED'],
  ['RescaleType', 'PLANTED'],
  ['WindowCenter', '500'],
  ['WindowWidth', '900'],
  ['WindowCenterWidthExplanation', 'PLANTED'],
  [0x00091001, 'PLANTED', 'LO'],
  [0x00091002, [[[0x00104000, 'PLANTED', 'LT']]], 'SQ'],
];

function pixels(seed: number): MadeElement[] {
  const values = Array.from(
    { length: SIDE * SIDE },
    (_, i) => ((i % SIDE) * (seed + 3) + Math.floor(i / SIDE) * (seed % 5) * 7) % 1000,
  );
  return picture(values, SIDE, [
    ['Rows', SIDE],
    ['SOPClassUID', '1.2.840.10008.5.1.4.1.1.2'],
    ['Modality', 'CT'],
    ['SOPInstanceUID', `1.2.777.1.${seed}`],
    ['StudyInstanceUID', '1.2.777.1'],
    ['SeriesInstanceUID', '1.2.777.1.1'],
  ]);
}

/** A file with the elements given among those of a picture; later ones count. */
function file(seed: number, ...others: MadeElement[][]): Buffer {
  const tags = (made: MadeElement[]) => new Map(made.map((each) => [tagOf(each), each]));
  const all = new Map([...tags(others.flat()), ...tags(pixels(seed)), ...tags(others[1] ?? [])]);
  const sorted = [...all].sort(([a], [b]) => a - b).map(([, each]) => each);
  const bytes = dicomFile(EXPLICIT, elements(sorted));
  const meta = elements([
    ['MediaStorageSOPClassUID', '1.2.840.10008.5.1.4.1.1.2'],
    [0x00020003, `1.2.777.1.${seed}`, 'UI'],
    ['TransferSyntaxUID', EXPLICIT],
    [0x00020016, 'PLANTED', 'AE'],
  ]);
  const head = 132 + elements([['TransferSyntaxUID', EXPLICIT]]).length;
  return Buffer.concat([bytes.subarray(0, 132), meta, bytes.subarray(head)]);
}

const tagOf = (element: MadeElement) => bytesToTag(elements([element]));
const bytesToTag = (bytes: Buffer) => bytes.readUInt16LE(0) * 0x10000 + bytes.readUInt16LE(2);

const temporary = temporaryFolder();
afterAll(() => temporary.remove());

/** A folder as hospitals have them: by patient and study, with what cannot be read among it. */
function archive(name: string): { root: string; patient: string } {
  const root = join(temporary.path, name, 'Archive of Planted');
  const patient = join(root, 'PLANTED_Anna', 'CT 19610203');
  mkdirSync(patient, { recursive: true });
  const write = (path: string, bytes: Uint8Array) => writeFileSync(join(patient, path), bytes);
  for (const name of [CYRILLIC, JAPANESE]) mkdirSync(join(root, name));
  for (let i = 0; i < 3; i++) write(`IM${i}`, file(i, planted, elsewhere));
  write('1.2.777.1.3.dcm', file(3, planted, elsewhere));
  const person = (set: string, value: Uint8Array): MadeElement[] => [
    ['SpecificCharacterSet', set],
    ['PatientName', value],
    ['PatientID', 'PLANTED-7'],
    ['PatientBirthDate', '19610203'],
    [0x00104000, value, 'LT'],
  ];
  const cyrillic = Array.from(CYRILLIC, (letter) => letter.charCodeAt(0) - 0x360);
  write(`../../${CYRILLIC}/a`, file(4, [], person('ISO_IR 144', Uint8Array.from(cyrillic))));
  write('utf8', file(5, [], person('ISO_IR 192', Buffer.from('Plantéd^Anna', 'utf8'))));
  const escaped = Buffer.concat([
    Buffer.from('PLANTED=\x1b$B'),
    Buffer.from('3b33454442404f3a', 'hex'),
    Buffer.from('\x1b(B'),
  ]);
  write(`../../${JAPANESE}/b`, file(6, [], person('\\ISO 2022 IR 87', escaped)));
  // What is damaged: pixels that end early, a header that does, no header, no DICOM at all.
  write('planted short', file(7, planted, elsewhere).subarray(0, -40));
  write('cut', file(8, planted, elsewhere).subarray(0, 2000));
  write(
    'broken.dcm',
    Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), Buffer.alloc(64, 255)]),
  );
  write('letter to Planted.png', Buffer.from('PLANTED is no picture'));
  const report = dicomFile(
    EXPLICIT,
    elements([
      ['SOPClassUID', '1.2.840.10008.5.1.4.1.1.88.11'],
      ['Modality', 'SR'],
      ['PatientName', 'PLANTED^ANNA'],
    ]),
  );
  write('report of planted', report);
  return { root, patient };
}

describe.each(['pseudonymous', 'sealed'] as const)('nobody is named: %s', (identity) => {
  it('in no output of a command, no answer of the server, and no byte of the data directory', async () => {
    const { root, patient } = archive(identity);
    const home = join(temporary.path, identity, 'home');
    const said: [what: string, text: string][] = [];
    const command = async (...args: string[]) => {
      const { code, stdout, stderr } = await run(['--home', home, ...args]);
      said.push([args.join(' '), stdout + stderr]);
      return { code, stdout, stderr };
    };
    const policy = ['--identity', identity, '--dates', 'shifted'];
    const indexed = await command('--json', 'index', root, ...policy);
    const result = JSON.parse(indexed.stdout);
    expect(result).toMatchObject({ added: 7, failed: 4 });
    expect(result.leftOut).toMatchObject([{ kind: 'DICOM report', count: 1 }]);
    expect(result.warnings).toMatchObject([{ code: 'PATHS_NAME_PATIENTS' }]);
    // The second time as text, in processes of their own, with everything known.
    const again = await command('index', root, '--workers', '1');
    expect(again.stdout).toContain('0 added, 0 renamed, 7 unchanged');
    expect((await command('index', '--again')).stdout).toContain('7 unchanged');

    const query = join(temporary.path, identity, 'query');
    copyFileSync(join(patient, 'IM1'), query);
    const csv = join(temporary.path, identity, 'rows.csv');
    const embeddings = join(temporary.path, identity, 'embeddings.csv');
    const out = join(temporary.path, identity, 'out');
    for (const args of [
      ['search', query],
      ['--json', 'search', query],
      ['search', '--each', join(temporary.path, identity, 'Archive of Planted'), '--csv', csv],
      ['info'],
      ['--json', 'info'],
      ['inspect', query],
      ['--json', 'inspect', query],
      ['check', '--files'],
      ['--json', 'duplicates'],
      ['embeddings', 'export', '--to', embeddings],
      ['--json', 'export', 'dicom', join(out, 'dicom'), '--dates', 'shifted'],
      ['export', 'pictures', join(out, 'pictures')],
      ['--json', 'remove', '--where', 'modality:CT', '-n'],
      ['explain', query, '--image', '1', '-o', join(out, 'maps')],
    ]) {
      const { code, stderr } = await command(...args);
      expect([args, code, stderr]).toEqual([args, expect.any(Number), expect.any(String)]);
    }
    expect(readdirSync(join(out, 'pictures'))).toHaveLength(7);
    // What is gone, changed or damaged is told without names as well.
    renameSync(join(patient, 'IM2'), join(temporary.path, identity, 'elsewhere'));
    copyFileSync(join(patient, 'IM0'), join(patient, 'IM1'));
    for (const args of [
      ['check', '--files'],
      ['--json', 'search', '--image', '2'],
      ['export', 'pictures', join(out, 'after')],
      ['explain', query, '--image', '2', '-o', join(out, 'none')],
    ]) {
      await command(...args);
    }

    const { url, stop } = await startServing(['--home', home, 'serve']);
    const base = `${url}api/collections/default`.replace(/([^:])\/\//g, '$1/');
    const answers = [`${url}`, `${base}/images`, `${base}/facets`, `${url}api/collections`];
    for (const id of [1, 2, 3]) {
      for (const form of ['', '/thumbnail', '/rendered', '/pixels']) {
        answers.push(`${base}/images/${id}${form}`);
      }
    }
    for (const address of answers) {
      const response = await fetch(address);
      const body = Buffer.from(await response.arrayBuffer()).toString('latin1');
      said.push([address, JSON.stringify([...response.headers]) + body]);
    }
    const bytes = readFileSync(query);
    const form = searchForm({ parts: [{ file: 0 }], k: 3 }, bytes);
    const found = await fetch(`${base}/search`, { method: 'POST', body: form });
    expect(found.status).toBe(200);
    said.push(['search', JSON.stringify([...found.headers]) + (await found.text())]);
    const damaged = searchForm({ parts: [{ file: 0 }], k: 3 }, bytes.subarray(0, -40));
    const refused = await fetch(`${base}/search`, { method: 'POST', body: damaged });
    expect(refused.status).toBe(422);
    said.push(['search with what is damaged', await refused.text()]);
    // While it runs there are a log and its index beside the collection.
    expect(namedIn(home)).toEqual([]);
    expect(await stop()).toBe(0);

    const named = said.flatMap(([what, text]) => {
      const spoken = marksIn(Buffer.from(text));
      return spoken.length > 0 ? [`${what}: ${spoken}\n${text.slice(0, 2000)}`] : [];
    });
    expect(named).toEqual([]);
    expect(namedIn(home)).toEqual([]);
    expect(namedIn(out)).toEqual([]);
    for (const written of [csv, embeddings]) expect(marksIn(readFileSync(written))).toEqual([]);

    // Where a file is can be asked for.
    const { path } = JSON.parse(
      (await run(['--home', home, '--json', 'search', '--image', '1'])).stdout,
    ).query;
    const shown = join(root, path);
    const located = await run(['--home', home, 'locate', shown]);
    expect(located.stdout.trim()).toBe(join(patient, '1.2.777.1.3.dcm'));
  }, 900_000);
});
