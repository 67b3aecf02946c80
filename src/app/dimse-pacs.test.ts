import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemorySource } from '../dicom/byte-source.ts';
import { readParts } from '../dicom/file-format.ts';
import type { JsonDataSet } from '../dicom/json.ts';
import { PacsKeys } from '../pacs/access.ts';
import { openPacs } from '../pacs/open.ts';
import { dcmtk, hasDcmtk, startDcmtk } from '../testing/dcmtk.ts';
import { dicomFile, elements, fragments, picture } from '../testing/dicom.ts';
import { hasOrthanc, type Orthanc, startOrthanc } from '../testing/orthanc.ts';
import { slice } from '../testing/slices.ts';
import { holdPorts } from '../testing/weaviate.ts';
import { Semblance } from './semblance.ts';

const RLE = '1.2.840.10008.1.2.5';

const RADIOGRAPH = '1.2.840.10008.5.1.4.1.1.1';
const VARIABLES = ['URL', 'USER', 'PASSWORD'].map((name) => `SEMBLANCE_DICOMWEB_${name}`);

/** An object of another class than the slices, which is coded. */
function radiograph(number: number): Buffer {
  const head = Buffer.alloc(64);
  head.writeUInt32LE(1);
  head.writeUInt32LE(64, 4);
  const frame = Buffer.concat([head, Buffer.from([63]), Buffer.alloc(64, 3 * number)]);
  const made = picture([0], 1, [
    ['SOPClassUID', RADIOGRAPH],
    ['SOPInstanceUID', `1.2.777.8.1.${number}`],
    ['StudyInstanceUID', '1.2.777.8'],
    ['SeriesInstanceUID', '1.2.777.8.1'],
    ['PatientID', 'PLANTEDID8'],
    ['PatientName', 'MÜLLER^A'],
    ['SpecificCharacterSet', 'ISO_IR 100'],
    ['Modality', 'CR'],
    ['Rows', 8],
    ['Columns', 8],
    ['BitsAllocated', 8],
    ['BitsStored', 8],
    ['HighBit', 7],
  ]).filter(([keyword]) => keyword !== 'PixelData');
  return dicomFile(RLE, Buffer.concat([elements(made), fragments([frame])]));
}

describe.runIf(hasOrthanc())('a PACS that speaks DIMSE', () => {
  const work = mkdtempSync(join(tmpdir(), 'semblance-dimse-pacs-'));
  let orthanc: Orthanc;
  let semblance: Semblance;
  let port: number;
  let root: string;

  beforeAll(async () => {
    const held = await holdPorts(1);
    port = held.first;
    await held.free();
    orthanc = await startOrthanc({ semblance: ['SEMBLANCE', '127.0.0.1', port] });
    root = `dimse://${orthanc.aet}@127.0.0.1:${orthanc.port}`;
    const values = [orthanc.url, orthanc.user, orthanc.password];
    VARIABLES.forEach((name, i) => {
      process.env[name] = values[i];
    });
    for (const study of [1, 2, 3]) {
      for (let number = 1; number <= 20; number++) await orthanc.upload(slice(study, number));
    }
    for (let number = 1; number <= 40; number++) await orthanc.upload(radiograph(number));
    semblance = await Semblance.open({ home: join(work, 'home') });
  }, 120_000);

  afterAll(async () => {
    for (const name of VARIABLES) delete process.env[name];
    await semblance?.close();
    await orthanc?.remove();
    rmSync(work, { recursive: true, force: true });
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
  /** What a collection has, but for the head of the file, which DIMSE does not send: neither its bytes nor their number. */
  const known = async (collection: string) => {
    const told = (await listed(collection)).map(async (image) => {
      const { id, patient, study, series, metadata, frame, decoding } = image;
      const picture = await semblance.pictures.thumbnail({}, { collection, id, edge: 64 });
      const pixels = createHash('sha256').update(picture).digest('hex');
      return JSON.stringify({ patient, study, series, metadata, frame, decoding, pixels });
    });
    return (await Promise.all(told)).sort();
  };
  it.each([
    ['dimse:C-FIND', 'dimse:C-GET', () => root],
    ['dimse:C-FIND', 'dimse:C-MOVE', () => `${root}?receive=${port}`],
    ['dicomweb:QIDO-RS', 'dicomweb:WADO-RS', () => `dicomweb+${orthanc.url}`],
  ])(
    'is written about as %s and %s, by number and never by person',
    async (find, get, at) => {
      // Nothing is written where there is no data directory yet.
      mkdirSync(join(work, 'home'), { recursive: true });
      const before = semblance.audit.head().number;
      const path = `${at()}${at().includes('?') ? '&' : '?'}PatientID=PLANTEDID8`;
      const actor = { kind: 'user', name: 'anna' } as const;
      const request = { path, collection: 'written' };
      const { total } = await semblance.indexing.index({ actor }, request);
      expect(total).toBe(40);
      const entries = semblance.audit.last(9, { after: before });
      const of = { actor, collection: 'written' };
      expect(entries).toMatchObject([
        { ...of, event: 'contact', operation: find, outcome: 'begun' },
        { ...of, event: 'receive', operation: get, outcome: 'begun' },
        { ...of, operation: find, outcome: 'done', counts: { listed: 40 } },
        { ...of, operation: get, outcome: 'done', counts: { fetched: 40, failed: 0 } },
      ]);
      expect(JSON.stringify(entries)).not.toContain('PLANTED');
      await semblance.collections.delete({ collection: 'written', confirm: 'written' });
    },
    60_000,
  );

  /** The place of the first difference; of all of it a report would be a page of pseudonyms. */
  const difference = async (one: string, other: string) => {
    const [a, b] = [await known(one), await known(other)];
    return a.length === b.length ? a.findIndex((each, i) => each !== b[i]) : 'another number';
  };

  it.each([
    ['C-GET', () => root],
    ['C-MOVE', () => `${root}?receive=${port}`],
  ])(
    'is indexed by %s as by DICOMweb',
    async (name, address) => {
      expect(await index(address(), name)).toMatchObject({ added: 100, failed: 0, complete: true });
      expect(await index(`dicomweb+${orthanc.url}`, 'web')).toMatchObject({
        failed: 0,
        total: 100,
      });
      expect(await difference(name, 'web')).toBe(-1);
      expect(await index(address(), name)).toMatchObject({ added: 0, unchanged: 100 });
    },
    120_000,
  );

  it('is limited to some studies, and counted, as by DICOMweb', async () => {
    const preview = (address: string) => semblance.pacs.preview({}, { address });
    for (const query of ['PatientID=PLANTEDID2', 'StudyDate=20220101-&ModalitiesInStudy=CT', '']) {
      const { pacs: _, ...told } = await preview(`${root}?${query}`);
      const { pacs: __, ...asked } = await preview(`dicomweb+${orthanc.url}?${query}`);
      expect(told).toEqual(asked);
    }
    expect(await index(`${root}?PatientName=M%C3%9CLLER*`, 'part')).toMatchObject({ total: 40 });
    const wrong = index(`${root}?Rows=8`, 'part');
    await expect(wrong).rejects.toMatchObject({ code: 'PACS_ADDRESS_INVALID' });
  }, 60_000);

  it('tells of an instance what DICOMweb tells', async () => {
    const uids = { study: '1.2.777.8', series: '1.2.777.8.1', instance: '1.2.777.8.1.7' };
    const keys = new PacsKeys();
    const [dimse, web] = [root, `dicomweb+${orthanc.url}`].map((each) =>
      openPacs(each, keys.of(each)),
    );
    const said = await dimse?.describe(uids);
    expect(said).toMatchObject({ '00100010': { Value: [{ Alphabetic: 'MÜLLER^A' }] } });
    // Orthanc answers C-FIND without what describes pixels.
    const {
      '00280010': rows,
      '00280011': _,
      '00280100': __,
      ...others
    } = (await web?.describe(uids)) as JsonDataSet;
    expect(rows).toBeDefined();
    expect(said).toEqual(others);
    const gone = { ...uids, instance: '1.2.777.8.1.777' };
    for (const ask of ['describe', 'retrieve'] as const) {
      await expect(dimse?.[ask](gone)).rejects.toMatchObject({ code: 'PACS_INSTANCE_GONE' });
    }
    await dimse?.close();
    await web?.close();
  }, 60_000);

  it('goes on where it is started anew in the middle, and connections are cut', async () => {
    const sockets = new Set<Socket>();
    const between = createServer((socket) => {
      const other = connect(orthanc.port, '127.0.0.1');
      for (const each of [socket, other]) {
        sockets.add(each);
        each.on('error', () => undefined);
        each.on('close', () => (each === socket ? other : socket).destroy());
      }
      socket.pipe(other).pipe(socket);
    });
    between.listen(0, '127.0.0.1');
    await once(between, 'listening');
    const { port: through } = between.address() as AddressInfo;
    let cuts = 0;
    const cutting = setInterval(() => {
      cuts += 1;
      for (const each of sockets) each.destroy();
      sockets.clear();
    }, 1000);
    const restarted = sleep(500).then(async () => {
      await orthanc.stop();
      await orthanc.start();
    });
    try {
      const address = root.replace(`:${orthanc.port}`, `:${through}`);
      expect(await index(address, 'cut')).toMatchObject({ added: 100, failed: 0 });
      clearInterval(cutting);
      await restarted;
      expect(cuts).toBeGreaterThan(0);
      expect(await difference('cut', 'web')).toBe(-1);
    } finally {
      clearInterval(cutting);
      between.close();
    }
  }, 120_000);

  it('is asked over TLS, and only where its certificate is trusted', async () => {
    const [key, cert] = [join(work, 'key.pem'), join(work, 'cert.pem')];
    const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    const named = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    execFileSync('openssl', ['req', '-x509', ...made, ...named, '-keyout', key, '-out', cert], {
      stdio: 'ignore',
    });
    const keys = { key: readFileSync(key), cert: readFileSync(cert) };
    const server = createTlsServer(keys, (socket) => {
      const other = connect(orthanc.port, '127.0.0.1');
      for (const each of [socket, other]) each.on('error', () => undefined);
      socket.pipe(other).pipe(socket);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port: safe } = server.address() as AddressInfo;
    const address = `dimse+tls://${orthanc.aet}@localhost:${safe}`;
    const client = openPacs(address, { tls: { ca: keys.cert } });
    expect(await client.hasStudies(new URLSearchParams())).toBe(true);
    await client.close();
    const stranger = semblance.pacs.test({}, { address });
    await expect(stranger).rejects.toMatchObject({ code: 'PACS_NOT_TRUSTED' });
    server.close();
  }, 60_000);

  it('says what stands in the way', async () => {
    const test = (address: string) => semblance.pacs.test({}, { address });
    expect(await test(root)).toMatchObject({ kind: 'dimse', hasStudies: true, encrypted: false });
    const refused = [
      [root.replace(orthanc.aet, 'ANOTHER'), 'PACS_REFUSED'],
      [`${root}?calling=STRANGER`, 'PACS_REFUSED'],
      ['dimse://PACS@127.0.0.1:1', 'PACS_NOT_LISTENING'],
      [`${root}?receive=none`, 'PACS_ADDRESS_INVALID'],
    ] as const;
    for (const [address, code] of refused) {
      await expect(test(address)).rejects.toMatchObject({ code });
    }
    // A port for C-MOVE that the PACS does not send to.
    const other = await index(`${root}?receive=${port + 1}&PatientID=PLANTEDID1`, 'nowhere');
    expect(other).toMatchObject({ added: 0, failed: 20 });
    expect(other.failures[0]?.code).toBe('PACS_ANSWER_INVALID');
  }, 120_000);
});

describe.runIf(hasDcmtk())('an archive that does not say of which class an instance is', () => {
  it('is fetched from by C-GET and C-MOVE', async () => {
    const work = mkdtempSync(join(tmpdir(), 'semblance-dcmqrscp-'));
    const held = await holdPorts(2);
    const [port, own] = [held.first, held.first + 1];
    await held.free();
    const files = [1, 2, 3].map((number) => {
      const path = join(work, `${number}.dcm`);
      writeFileSync(path, slice(1, number));
      return path;
    });
    mkdirSync(join(work, 'archive'));
    writeFileSync(
      join(work, 'archive.cfg'),
      `NetworkTCPPort = ${port}
MaxPDUSize = 16384
MaxAssociations = 16
HostTable BEGIN
us = (SEMBLANCE, 127.0.0.1, ${own})
HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
ARCHIVE ${join(work, 'archive')} RW (200, 1024mb) ANY
AETable END
`,
    );
    const { child, ended } = startDcmtk('dcmqrscp', ['-c', join(work, 'archive.cfg')]);
    try {
      const send = () => dcmtk('storescu', '-aec', 'ARCHIVE', '127.0.0.1', `${port}`, ...files);
      await expect.poll(async () => (await send()).status, { timeout: 20_000 }).toBe(0);
      for (const query of ['', `?receive=${own}`]) {
        const client = openPacs(`dimse://ARCHIVE@127.0.0.1:${port}${query}`, {});
        const fetched: string[] = [];
        for await (const uids of client.instances(new URLSearchParams())) {
          const { attributes } = readParts(new MemorySource(await client.retrieve(uids)));
          fetched.push(`${attributes.text('SOPInstanceUID')} ${attributes.text('PatientID')}`);
        }
        const sent = [1, 2, 3].map((number) => `1.2.777.1.1.${number} PLANTEDID1`);
        expect(fetched.sort()).toEqual(sent);
        await client.close();
      }
    } finally {
      child.kill();
      await ended;
      rmSync(work, { recursive: true, force: true });
    }
  }, 60_000);
});
