import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hasOrthanc, type Orthanc, startOrthanc } from '../testing/orthanc.ts';
import { slice } from '../testing/slices.ts';
import { Semblance } from './semblance.ts';

const work = mkdtempSync(join(tmpdir(), 'semblance-preview-'));
let semblance: Semblance;
let server: Server | undefined;

beforeAll(async () => {
  semblance = await Semblance.open({ home: join(work, 'home') });
});

afterEach(() => {
  server?.close();
  server = undefined;
});

afterAll(async () => {
  await semblance.close();
  rmSync(work, { recursive: true, force: true });
});

async function listening(started: Server): Promise<number> {
  server = started;
  started.listen(0, '127.0.0.1');
  await new Promise((done) => started.once('listening', done));
  return (started.address() as AddressInfo).port;
}

const test = (address: string, secrets = {}) => semblance.pacs.test({}, { address, secrets });

describe('the test of an address tells why it fails', () => {
  const answering = (answer: RequestListener) => async () =>
    `dicomweb+http://127.0.0.1:${await listening(createServer(answer))}/rs`;
  const tls = () => {
    const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(work, name)) as [string, string];
    const made = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const of = ['-days', '2', '-subj', '/CN=localhost', '-keyout', key, '-out', cert];
    spawnSync('openssl', ['req', ...made, ...of]);
    return { key: readFileSync(key), cert: readFileSync(cert) };
  };
  it.each<[string, string, () => Promise<string> | string]>([
    ['no such host', 'PACS_HOST_UNKNOWN', () => 'dicomweb+http://no-such-host.invalid/rs'],
    ['nothing that listens', 'PACS_NOT_LISTENING', () => 'dicomweb+http://127.0.0.1:1/rs'],
    [
      'a certificate that nobody vouches for',
      'PACS_NOT_TRUSTED',
      async () =>
        `dicomweb+https://127.0.0.1:${await listening(createTlsServer(tls(), (_, to) => to.end('[]')))}/rs`,
    ],
    [
      'a server without TLS',
      'PACS_ANSWER_INVALID',
      async () => `${await answering((_, to) => to.end('[]'))()}`.replace('+http:', '+https:'),
    ],
    [
      'a port of another protocol',
      'PACS_ANSWER_INVALID',
      async () =>
        `dicomweb+http://127.0.0.1:${await listening(createTcpServer((socket) => socket.end('\x03\0\0\0\0\x04')))}/rs`,
    ],
    ['no user', 'PACS_REFUSED', answering((_, to) => to.writeHead(401).end())],
    [
      'a page',
      'PACS_ANSWER_INVALID',
      answering((_, to) => to.writeHead(200, { 'content-type': 'text/html' }).end('<html>')),
    ],
    ['another path', 'PACS_ANSWER_INVALID', answering((_, to) => to.writeHead(404).end())],
    [
      'a way to elsewhere',
      'PACS_ANSWER_INVALID',
      answering((_, to) => to.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()),
    ],
    ['DIMSE of nobody', 'PACS_NOT_LISTENING', () => 'dimse://PACS@127.0.0.1:1'],
    [
      'DIMSE of a server of another protocol',
      'PACS_ANSWER_INVALID',
      async () =>
        `dimse://PACS@127.0.0.1:${await listening(createTcpServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')))}`,
    ],
    ['DIMSE without a title', 'PACS_ADDRESS_INVALID', () => 'dimse://127.0.0.1:104'],
    ['DIMSE with a password', 'PACS_ADDRESS_INVALID', () => 'dimse://PACS:x@127.0.0.1:104'],
    ['no address', 'PACS_ADDRESS_INVALID', () => 'file:///etc/passwd'],
  ])('%s: %s', async (_, code, address) => {
    await expect(test(await address())).rejects.toMatchObject({ code });
  });

  it('and shows no secret when it cannot be used', async () => {
    const address = 'dicomweb+http://127.0.0.1:1/rs';
    for (const secrets of [{ token: 'geheim wort' }, { user: 'geheim:wort', password: 'x' }]) {
      await expect(test(address, secrets)).rejects.toMatchObject({
        code: 'PACS_SECRET_INVALID',
        message: expect.not.stringContaining('geheim'),
      });
    }
  });
});

/** A PACS whose listing has so many studies of which nothing else is told, each page after a while. */
const endless =
  (studies: number, wait = 0): RequestListener =>
  (request, response) => {
    const url = new URL(request.url as string, 'http://host');
    const [offset, limit] = ['offset', 'limit'].map((name) => Number(url.searchParams.get(name)));
    const count = Math.max(0, Math.min(limit as number, studies - (offset as number)));
    const page = Array.from({ length: count }, (_, i) => ({
      '0020000D': { Value: [`1.${(offset as number) + i}`] },
    }));
    const answer = () =>
      response
        .writeHead(200, { 'content-type': 'application/dicom+json' })
        .end(JSON.stringify(page));
    setTimeout(answer, wait);
  };

describe('a preview', () => {
  it('is counted as far as was asked for, and says so', async () => {
    const address = `dicomweb+http://127.0.0.1:${await listening(createServer(endless(1000)))}/rs`;
    expect(await semblance.pacs.preview({}, { address, maxStudies: 250 })).toMatchObject({
      ...{ studies: 250, series: 0, instances: 0, dates: null, undated: 250, stopped: 'studies' },
      untold: { series: 250, instances: 250 },
    });
    expect(await semblance.pacs.preview({}, { address, maxStudies: 1000 })).toMatchObject({
      ...{ studies: 1000, stopped: null },
    });
  });

  it('is counted for no longer than was asked for, and ends when nobody waits', async () => {
    const slow = createServer(endless(1e6, 300));
    const address = `dicomweb+http://127.0.0.1:${await listening(slow)}/rs`;
    const counted = await semblance.pacs.preview({}, { address, maxSeconds: 1 });
    expect(counted.stopped).toBe('time');
    expect(counted.studies).toBeGreaterThan(0);
    const ended = new AbortController();
    setTimeout(() => ended.abort(new Error('gone')), 400);
    await expect(semblance.pacs.preview({ signal: ended.signal }, { address })).rejects.toThrow(
      'gone',
    );
    slow.closeAllConnections();
  });
});

describe.runIf(hasOrthanc())('of a real PACS', () => {
  let orthanc: Orthanc;
  const address = () => `dicomweb+${orthanc.url}`;
  const secrets = () => ({ user: orthanc.user, password: orthanc.password });

  beforeAll(async () => {
    orthanc = await startOrthanc({ own: ['SEMBLANCE', '127.0.0.1', 1] });
    for (const study of [1, 2, 3]) {
      for (const number of [1, 2, 3, 4]) await orthanc.upload(slice(study, number));
    }
  }, 120_000);

  afterAll(() => orthanc?.remove());

  it('the test says that it lets one in, or why not', async () => {
    expect(await test(address(), secrets())).toMatchObject({
      ...{ pacs: address(), kind: 'dicomweb', hasStudies: true, encrypted: false },
    });
    expect(await test(`${address()}?PatientID=NOBODY`, secrets())).toMatchObject({
      hasStudies: false,
    });
    for (const wrong of [{}, { ...secrets(), password: 'wrong' }, { token: 'wrong' }]) {
      await expect(test(address(), wrong)).rejects.toMatchObject({ code: 'PACS_REFUSED' });
    }
    await expect(
      test(address().replace('/dicom-web', '/app/explorer.html'), secrets()),
    ).rejects.toMatchObject({ code: 'PACS_ANSWER_INVALID' });
  });

  it('the test by DIMSE says whether it knows the titles', async () => {
    const dimse = `dimse://${orthanc.aet}@127.0.0.1:${orthanc.port}`;
    expect(await test(dimse)).toMatchObject({ pacs: dimse, kind: 'dimse', hasStudies: true });
    for (const [wrong, title] of [
      [dimse.replace(orthanc.aet, 'ANOTHER'), 'called AE title'],
      [`${dimse}?calling=STRANGER`, 'calling AE title'],
    ] as const) {
      await expect(test(wrong)).rejects.toMatchObject({
        ...{ code: 'PACS_REFUSED', message: expect.stringContaining(title) },
      });
    }
  });

  it('the preview counts what there is and what is known, and names nobody', async () => {
    const counted = () =>
      semblance.pacs.preview({}, { address: address(), secrets: secrets(), collection: 'known' });
    const before = await counted();
    expect(before).toMatchObject({
      ...{ studies: 3, series: 3, instances: 12, undated: 0, stopped: null },
      untold: { series: 0, instances: 0 },
      modalities: [{ modality: 'CT', studies: 3 }],
      dates: { first: '2021-01-31', last: '2023-01-31' },
      known: { studies: 0, images: 0 },
    });
    expect(before.examples).toHaveLength(3);
    expect(JSON.stringify(before)).not.toMatch(/PLANTED|1\.2\.777/);
    process.env.SEMBLANCE_DICOMWEB_URL = orthanc.url;
    process.env.SEMBLANCE_DICOMWEB_USER = orthanc.user;
    process.env.SEMBLANCE_DICOMWEB_PASSWORD = orthanc.password;
    const seen: unknown[] = [];
    try {
      const path = `${address()}?PatientID=PLANTEDID2`;
      const progress = (_: number, __: unknown, phase: { studies?: unknown }) => {
        if (phase.studies) seen.push(phase.studies);
      };
      await semblance.indexing.index({ progress }, { path, collection: 'known' });
    } finally {
      for (const name of ['URL', 'USER', 'PASSWORD']) {
        delete process.env[`SEMBLANCE_DICOMWEB_${name}`];
      }
    }
    expect(seen.at(-1)).toEqual({ done: 1, total: 1 });
    const after = await counted();
    expect(after.known).toEqual({ studies: 1, images: 4 });
    const names = semblance.collections.images({}, { collection: 'known', offset: 0, limit: 1 });
    const [image] = (await names).images;
    const known = after.examples.find((each) => each.known > 0);
    expect(known).toMatchObject({ patient: image?.patient, study: image?.study, known: 4 });
  }, 60_000);
});
