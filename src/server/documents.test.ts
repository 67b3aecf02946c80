import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Semblance } from '../app/semblance.ts';
import { MemorySource } from '../dicom/byte-source.ts';
import { readParts } from '../dicom/file-format.ts';
import { type Provider, provide } from '../pacs/dimse/server.ts';
import { slice } from '../testing/slices.ts';
import { createApp } from './app.ts';

const work = mkdtempSync(join(tmpdir(), 'semblance-saved-'));
const folder = join(work, 'folder');
const name = [['PatientName', 'PLANTEDNAME']] as const;
const KINDS = ['key-objects', 'report'];
const CLASSES = ['1.2.840.10008.5.1.4.1.1.88.59', '1.2.840.10008.5.1.4.1.1.88.11'];
/** What the archive has taken, and what it answers. */
const sent: { sopClass: string; bytes: Buffer }[] = [];
let status = 0;
let archive: Provider;
let semblance: Semblance;
let door: (options: Partial<Parameters<typeof createApp>[1]>) => ReturnType<typeof createApp>;

beforeAll(async () => {
  mkdirSync(folder);
  for (const number of [1, 2, 3]) {
    writeFileSync(join(folder, `${number}.dcm`), slice(1, number, { others: name }));
  }
  const png = sharp({ create: { width: 32, height: 32, channels: 3, background: '#456' } }).png();
  await png.toFile(join(folder, '4.png'));
  archive = await provide('127.0.0.1', 0, {
    ...{ called: 'ARCHIVE', allowed: [{ calling: undefined, addresses: undefined }] },
    choose: (_, [first = '']) => first,
    async store({ sopClass, data }) {
      const pieces: Uint8Array[] = [];
      for await (const piece of data) pieces.push(piece);
      sent.push({ sopClass, bytes: Buffer.concat(pieces) });
      return status;
    },
    onTrouble: () => undefined,
    ...{ maxAssociations: 1, maxPerAddress: 1, silence: 2000, maxDataSet: 1e6 },
  });
  semblance = await Semblance.open({ home: join(work, 'home') });
  await semblance.indexing.index({}, { path: folder, collection: 'test' });
  door = (options) => createApp(semblance, { maxUpload: 1e6, ...options });
}, 60_000);

afterAll(async () => {
  await archive.close();
  await semblance.close();
  rmSync(work, { recursive: true, force: true });
});

const sendTo = () => `dimse://ARCHIVE@127.0.0.1:${archive.port}`;
const all = { dicomWeb: { personal: true } };

function ask(
  app: ReturnType<typeof createApp>,
  path: string,
  { headers = {}, file, ...fields }: Record<string, unknown> & { headers?: Record<string, string> },
) {
  const body = new FormData();
  for (const [key, value] of Object.entries(fields)) body.append(key, String(value));
  if (file) body.append('file', new Blob([new Uint8Array(file as Buffer)]), 'x.dcm');
  const url = `http://localhost/api/collections/test/${path}`;
  return app.request(url, { method: 'POST', headers, body });
}
const BY_IMAGE = JSON.stringify({ parts: [{ image: 1 }], k: 10 });

describe('a document of a search', () => {
  it.each(KINDS)('is given away whole: %s', async (kind) => {
    const answer = await ask(door(all), 'documents', { query: BY_IMAGE, kind });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/dicom');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('content-disposition')).toContain(`"${kind}.dcm"`);
    expect(answer.headers.get('warning')).toContain('Not referred to: 1 (picture without UIDs)');
    const { attributes } = readParts(new MemorySource(Buffer.from(await answer.arrayBuffer())));
    expect(attributes.text('PatientName')).toBe('PLANTEDNAME');
    expect(attributes.text('StudyInstanceUID')).toBe('1.2.777.1');
    expect(attributes.text('SOPClassUID')).toBe(CLASSES[KINDS.indexOf(kind)]);
  });

  it('is of the study of a file that was searched with', async () => {
    const query = JSON.stringify({ parts: [{ file: 0 }] });
    const file = slice(9, 1, { others: name });
    const answer = await ask(door(all), 'documents', { query, kind: 'report', file });
    const { attributes } = readParts(new MemorySource(Buffer.from(await answer.arrayBuffer())));
    expect(attributes.text('StudyInstanceUID')).toBe('1.2.777.9');
  });

  it.each([{}, { dicomWeb: { personal: false } }, { sendTo: 'dimse://A@127.0.0.1' }])(
    'is refused where names are not given away: %o',
    async (options) => {
      const answer = await ask(door(options), 'documents', { query: BY_IMAGE, kind: 'report' });
      expect(answer.status).toBe(403);
      expect(await answer.json()).toMatchObject({ code: 'DICOMWEB_OFF' });
    },
  );

  it.each([
    [{ kind: 'else', query: BY_IMAGE }, 'REQUEST_INVALID'],
    [{ kind: 'report', query: '{' }, 'REQUEST_INVALID'],
    [{ kind: 'report', query: BY_IMAGE, to: 'dimse://A@b' }, 'REQUEST_INVALID'],
    [{ kind: 'report', query: '{"parts":[{"image":99}]}' }, 'IMAGE_NOT_FOUND'],
  ])('is not made of %o', async (fields, code) => {
    expect(await (await ask(door(all), 'documents', fields)).json()).toMatchObject({ code });
  });
});

describe('documents of a search that are sent', () => {
  it.each([
    [{}, CLASSES],
    [{ kind: 'report' }, CLASSES.slice(1)],
  ])('are in the archive that the server was told of: %o', async (kind, classes) => {
    sent.length = 0;
    const app = door({ sendTo: sendTo() });
    const answer = await ask(app, 'documents/send', { query: BY_IMAGE, ...kind });
    const said = await answer.text();
    expect(JSON.parse(said)).toMatchObject({
      ...{ references: 2, kinds: KINDS.slice(-classes.length) },
      leftOut: [{ kind: 'picture without UIDs', count: 1 }],
    });
    expect(said).not.toMatch(/PLANTED|1\.2\.777/);
    expect(sent.map(({ sopClass }) => sopClass)).toEqual(classes);
    for (const { bytes } of sent) expect(bytes.includes('PLANTEDNAME')).toBe(true);
  });

  it('are refused with the status of the archive', async () => {
    status = 0xa700;
    const answer = await ask(door({ sendTo: sendTo() }), 'documents/send', { query: BY_IMAGE });
    status = 0;
    expect(answer.status).toBe(502);
    expect(await answer.json()).toMatchObject({
      ...{ code: 'PACS_STORE_REFUSED', detail: expect.stringContaining('A700H') },
    });
  });

  it.each([
    ['nowhere without an address', all, {}, 'SENDING_OFF'],
    ['for no other site', {}, { origin: 'https://evil.example' }, 'REQUEST_CROSS_SITE'],
    [
      'for no page that may ask the API',
      { origins: ['https://viewer.example'] },
      { origin: 'https://viewer.example', 'sec-fetch-site': 'cross-site' },
      'REQUEST_CROSS_SITE',
    ],
  ])('go %s', async (_, options, headers, code) => {
    sent.length = 0;
    const app = door(code === 'SENDING_OFF' ? options : { ...options, sendTo: sendTo() });
    const answer = await ask(app, 'documents/send', { query: BY_IMAGE, headers });
    expect(await answer.json()).toMatchObject({ code });
    expect(sent).toEqual([]);
  });

  it('and saved are told of with the collections, as the server does either', async () => {
    const told = async (options: Partial<Parameters<typeof createApp>[1]>) => {
      const answer = await door(options).request('http://localhost/api/collections');
      return JSON.parse(await answer.text()).collections;
    };
    expect(await told({})).toEqual([expect.not.objectContaining({ documents: true, sends: true })]);
    expect(await told(all)).toMatchObject([{ documents: true }]);
    expect(await told({ sendTo: sendTo() })).toMatchObject([{ sends: true }]);
  });
});
