import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { MemorySource } from '../dicom/byte-source.ts';
import { readParts } from '../dicom/file-format.ts';
import { fileHead } from '../dicom/write.ts';
import { associate } from '../pacs/dimse/client.ts';
import { STATUS } from '../pacs/dimse/command.ts';
import { createApp } from '../server/app.ts';
import { dcmtk, hasDcmtk } from '../testing/dcmtk.ts';
import { elements, type MadeElement, picture } from '../testing/dicom.ts';
import { hasOrthanc, startOrthanc } from '../testing/orthanc.ts';
import type { DimseOptions, ReceiveRequest, Receiver } from './receiving.ts';
import { Semblance } from './semblance.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';
const EXPLICIT = '1.2.840.10008.1.2.1';
const IMPLICIT = '1.2.840.10008.1.2';
const BIG = '1.2.840.10008.1.2.2';
const JPEG_LOSSLESS = '1.2.840.10008.1.2.4.70';

const work = mkdtempSync(join(tmpdir(), 'semblance-receiving-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** An object of 48 x 48 pixels that depends on its number. */
function dataSet(number: number, others: readonly MadeElement[] = [], side = 48): Buffer {
  const pixels = Array.from({ length: side * side }, (_, i) => (i * number) % 4096);
  return elements(
    picture(pixels, side, [
      ['SOPInstanceUID', `1.2.777.3.${number}`],
      ['StudyInstanceUID', '1.2.777'],
      ['SeriesInstanceUID', '1.2.777.3'],
      ['PatientID', 'PLANTEDID'],
      ...others,
    ]),
  );
}
const file = (number: number, ...others: readonly MadeElement[]) =>
  Buffer.concat([fileHead(EXPLICIT, CT, `1.2.777.3.${number}`), dataSet(number, others)]);

const open: { receiver: Receiver; semblance: Semblance }[] = [];
afterEach(async () => {
  for (const { receiver, semblance } of open.splice(0)) {
    await receiver.close();
    await semblance.close();
  }
});

/** A receiver on a free port; `home` is a new one unless it is given. */
async function receive(
  dimse: Partial<DimseOptions> = {},
  request: Partial<ReceiveRequest> = {},
  home = mkdtempSync(join(work, 'home-')),
) {
  const semblance = await Semblance.open({ home, logger: { warn: () => undefined } });
  const receiver = await semblance.receiving.start({
    collection: 'mine',
    dimse: { host: '127.0.0.1', port: 0, aet: 'SEMBLANCE', allow: ['*'], ...dimse },
    ...request,
  });
  open.push({ receiver, semblance });
  const port = receiver.state().dimse?.port as number;
  const folder = join(home, 'received', 'mine');
  const peer = { host: '127.0.0.1', port, called: 'SEMBLANCE', calling: 'TEST' };
  return {
    ...{ home, semblance, receiver, folder, peer },
    to: ['-aec', 'SEMBLANCE', '127.0.0.1', `${port}`],
    files: () => readdirSync(folder).map((name) => readFileSync(join(folder, name))),
    indexed: (count: number) =>
      expect
        .poll(() => receiver.state(), { timeout: 60_000 })
        .toMatchObject({
          indexed: count,
          waiting: 0,
        }),
  };
}

/** Mounts a disk of 2 MB; tells whether that can be done here, and why it is skipped where not. */
function mountSmallDisk(folder: string): boolean {
  mkdirSync(folder, { recursive: true });
  const options = ['-t', 'tmpfs', '-o', 'size=2m,mode=700', 'tmpfs', folder];
  const isMounted = spawnSync('mount', options).status === 0;
  if (!isMounted) console.warn('skipped: a disk that fills needs the right to mount one');
  return isMounted;
}

/** Sends data sets over one association, and gives the statuses. */
async function send(
  peer: Parameters<typeof associate>[0],
  ...objects: readonly { uid: string; bytes: Uint8Array; sopClass?: string }[]
): Promise<number[]> {
  const client = await associate(peer, [{ abstractSyntax: CT, transferSyntaxes: [EXPLICIT] }]);
  const statuses: number[] = [];
  for (const { uid, bytes } of objects) {
    const object = { sopClass: CT, sopInstance: uid, transferSyntax: EXPLICIT };
    statuses.push(await client.store({ ...object, data: [bytes] }));
  }
  await client.release();
  return statuses;
}
const object = (number: number, ...others: readonly MadeElement[]) => ({
  uid: `1.2.777.3.${number}`,
  bytes: dataSet(number, others),
});

describe('objects that are sent', () => {
  it('go with their collection under another name, and are refused for one that is gone', async () => {
    const { peer, receiver, semblance, home, folder, indexed } = await receive();
    expect(await send(peer, object(1))).toEqual([0]);
    await indexed(1);
    await semblance.collections.rename({}, { collection: 'mine', to: 'other' });
    expect(existsSync(folder)).toBe(false);
    expect(readdirSync(join(home, 'received', 'other'))).toHaveLength(1);
    const { images } = await semblance.collections.images(
      {},
      { collection: 'other', offset: 0, limit: 9 },
    );
    const [{ id } = { id: 0 }] = images;
    const picture = await semblance.pictures.samples({}, { collection: 'other', id });
    expect(picture.width).toBe(48);
    // Another process receives for the name that is gone.
    expect(await send(peer, object(2))).toEqual([STATUS.outOfResources]);
    expect(receiver.state()).toMatchObject({ received: 1, waiting: 0 });
    expect(semblance.collections.names()).toEqual(['other']);
    await semblance.collections.delete({ collection: 'other', confirm: 'other' });
    expect(readdirSync(join(home, 'received'))).toEqual([]);
  });

  it('are refused while the disk is full, and those that were confirmed are there', async ({
    skip,
  }) => {
    const home = mkdtempSync(join(work, 'home-'));
    const disk = join(home, 'received', 'mine');
    if (!mountSmallDisk(disk)) return skip();
    try {
      const { peer, receiver, files, semblance, folder } = await receive({}, { keepFree: 0 }, home);
      const sets = new Map([1, 2, 3, 4, 5, 6, 7].map((n) => [n, dataSet(n, [], 460)]));
      const sent = [...sets].map(([n, bytes]) => ({ uid: `1.2.777.3.${n}`, bytes }));
      const statuses = await send(peer, ...sent);
      // Each has 0.4 MB of the 2.
      expect(statuses).toEqual([0, 0, 0, 0, 0xa700, 0xa700, 0xa700]);
      expect(receiver.state()).toMatchObject({ received: 4, refused: { DISK_FULL: 3 } });
      const kept = files();
      expect(kept).toHaveLength(4);
      for (const { bytes } of sent.slice(0, 4)) {
        expect(kept.some((each) => each.subarray(-bytes.length).equals(bytes))).toBe(true);
      }
      // STOW-RS says so, too.
      const app = createApp(semblance, { maxUpload: 1e6, receiver });
      const part = Buffer.concat([
        Buffer.from('--b\r\nContent-Type: application/dicom\r\n\r\n'),
        Buffer.concat([fileHead(EXPLICIT, CT, '1.2.777.3.7'), sets.get(7) as Buffer]),
        Buffer.from('\r\n--b--\r\n'),
      ]);
      const stored = await app.request('http://localhost/dicom-web/studies', {
        method: 'POST',
        headers: { 'content-type': 'multipart/related; type="application/dicom"; boundary=b' },
        body: new Uint8Array(part),
      });
      expect(stored.status).toBe(409);
      expect(await stored.text()).toContain('"00081197":{"vr":"US","Value":[42752]}');
      // With room again, it goes on.
      rmSync(join(folder, readdirSync(folder)[0] as string));
      expect(await send(peer, ...sent.slice(6))).toEqual([0]);
    } finally {
      for (const { receiver, semblance } of open.splice(0)) {
        await receiver.close();
        await semblance.close();
      }
      spawnSync('umount', ['-l', disk]);
    }
  }, 60_000);

  it('are kept byte for byte, indexed, and opened from there; nobody else may read them', async () => {
    const { peer, semblance, receiver, folder, files, indexed, home } = await receive();
    expect(await send(peer, object(1), object(2))).toEqual([0, 0]);
    expect(files().map((each) => each.includes(dataSet(1)) || each.includes(dataSet(2)))).toEqual([
      true,
      true,
    ]);
    await indexed(2);
    const { images } = await semblance.collections.images(
      {},
      { collection: 'mine', offset: 0, limit: 9 },
    );
    const samples = await semblance.pictures.samples(
      {},
      { collection: 'mine', id: images[0]?.id as number },
    );
    expect(samples).toMatchObject({ width: 48, height: 48 });
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(folder)) {
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
      expect(name).toMatch(/^[0-9a-f]{32}\.dcm$/);
    }
    expect(JSON.stringify([receiver.state(), images])).not.toMatch(/PLANTED|1\.2\.777/);
    // What is removed from the collection is not taken up again.
    await semblance.collections.remove({ collection: 'mine', paths: [images[0]?.path as string] });
    expect(readdirSync(folder)).toEqual([images[1]?.path]);
    await receiver.close();
    const again = await receive({}, {}, home);
    expect(again.receiver.state().waiting).toBe(0);
  });

  it('are known when they come again, and kept apart where they are others', async () => {
    const { peer, receiver, files } = await receive();
    const other = object(1, ['SeriesInstanceUID', '1.2.777.4']);
    expect(await send(peer, object(1), object(1), other, other)).toEqual([0, 0, 0, 0]);
    expect(await Promise.all([1, 2, 3, 4].map(() => send(peer, object(5))))).toEqual(
      Array.from({ length: 4 }, () => [0]),
    );
    expect(receiver.state()).toMatchObject({ received: 2, known: 5, apart: 1 });
    expect(files()).toHaveLength(3);
  });

  it('are refused where they are not what is said of them, and leave nothing', async () => {
    const { peer, receiver, files } = await receive();
    const statuses = await send(
      peer,
      { uid: '1.2.777.3.9', bytes: dataSet(1) },
      { ...object(1, ['SOPClassUID', '1.2.840.10008.5.1.4.1.1.4']) },
      { uid: '1.2.777.3.1', bytes: Buffer.from('garbage of some length') },
      { uid: '../../etc', bytes: dataSet(1) },
      { uid: '1.2.777.3.1', bytes: Buffer.alloc(0) },
    );
    const { doesNotMatch, cannotUnderstand } = STATUS;
    expect(statuses.slice(0, 2)).toEqual([doesNotMatch, doesNotMatch]);
    for (const each of statuses.slice(2)) expect([doesNotMatch, cannotUnderstand]).toContain(each);
    expect(files()).toEqual([]);
    const { refused, received } = receiver.state();
    expect(Object.values(refused).reduce((sum, each) => sum + each)).toBe(5);
    expect(received).toBe(0);
  });

  it('are refused while there is no room, and what was confirmed stays', async () => {
    const { peer, receiver, files } = await receive({}, { maxBytes: 12_000 });
    const { outOfResources } = STATUS;
    expect(await send(peer, object(1), object(2), object(3), object(1))).toEqual([
      ...[0, 0, outOfResources, outOfResources],
    ]);
    expect(files()).toHaveLength(2);
    expect(receiver.state().refused).toEqual({ RECEIVED_FULL: 2 });
    const none = await receive({}, { keepFree: 1e18 });
    expect(await send(none.peer, object(1))).toEqual([outOfResources]);
    expect(none.files()).toEqual([]);
  });

  it('are in the audit log by who sent how many, and refused while it cannot be written', async () => {
    const { peer, semblance, receiver, home, files } = await receive(
      { allow: ['TEST'] },
      { maxBytes: 12_000 },
    );
    const { audit } = semblance;
    const { outOfResources } = STATUS;
    expect(await send(peer, object(1), object(2), object(3))).toEqual([0, 0, outOfResources]);
    await expect(send({ ...peer, calling: 'DOE^JANE' }, object(4))).rejects.toThrow();
    await expect(send({ ...peer, calling: 'DOE^JANE' }, object(4))).rejects.toThrow();
    // Somebody looks whether it is there.
    await (await associate(peer, [{ abstractSyntax: CT, transferSyntaxes: [EXPLICIT] }])).release();
    const told = () => audit.last(99).filter(({ operation }) => operation.startsWith('dimse:'));
    await expect.poll(() => told().length).toBe(3);
    const from = { actor: { kind: 'peer', name: 'TEST' }, client: '127.0.0.1', collection: 'mine' };
    expect(told()).toMatchObject([
      { event: 'receive', operation: 'dimse:C-STORE', outcome: 'begun', ...from },
      { event: 'receive', outcome: 'done', counts: { stored: 2, refused: 1 }, ...from },
      { event: 'access', outcome: 'refused', actor: { kind: 'stranger', name: null } },
    ]);
    expect(JSON.stringify(told())).not.toMatch(/DOE|1\.2\.777|PLANTED/);
    const db = new Database(join(home, 'audit.sqlite'));
    db.exec("CREATE TRIGGER full BEFORE INSERT ON entries BEGIN SELECT RAISE(ABORT, 'x'); END");
    expect(await send(peer, object(5))).toEqual([outOfResources]);
    expect(files()).toHaveLength(2);
    db.exec('DROP TRIGGER full');
    db.close();
    expect(receiver.state().refused).toEqual({ RECEIVED_FULL: 1, AUDIT_NOT_WRITTEN: 1 });
    // As soon as it can be written again, only the room is missing.
    expect(await send(peer, object(5))).toEqual([outOfResources]);
    expect(receiver.state().refused).toEqual({ RECEIVED_FULL: 2, AUDIT_NOT_WRITTEN: 1 });
    await expect.poll(() => told().at(-1)).toMatchObject({ outcome: 'failed', ...from });
  });

  it('are taken from those who are allowed', async () => {
    const { peer } = await receive({ allow: ['TEST@127.0.0.0/8', 'OTHER@10.0.0.1'] });
    expect(await send(peer, object(1))).toEqual([0]);
    for (const calling of ['OTHER', 'TEST2']) {
      await expect(send({ ...peer, calling }, object(1))).rejects.toMatchObject({
        code: 'PACS_REFUSED',
      });
    }
  });

  it.each<Partial<DimseOptions>>([
    { allow: [] },
    { allow: ['TEST@nowhere'] },
    { allow: ['TEST@10.0.0.0/33'] },
    { allow: ['a title that is too long'] },
    { aet: '' },
  ])('are not waited for where nobody can send them: %o', async (dimse) => {
    await expect(receive(dimse)).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('are indexed by the next run where this one has ended before', async () => {
    const first = await receive();
    await send(first.peer, object(1), object(2));
    await first.receiver.close();
    // A program that was killed leaves this.
    writeFileSync(join(first.folder, 'coming.0-999999999-x.part'), 'half');
    const second = await receive({}, {}, first.home);
    await second.indexed(2 - first.receiver.state().indexed);
    expect(second.semblance.collections.info({ collection: 'mine' }).images).toBe(2);
  });
});

describe.skipIf(!hasDcmtk())('DCMTK', () => {
  const folder = join(work, 'files');
  mkdirSync(folder);
  const plain = join(folder, 'plain');
  writeFileSync(plain, file(21));

  it('sends in every transfer syntax', async () => {
    const { to, folder: received, indexed } = await receive();
    const lossless = join(folder, 'lossless');
    const made = file(22);
    const other = join(folder, 'other');
    writeFileSync(other, made);
    expect(await dcmtk('dcmcjpeg', other, lossless)).toMatchObject({ status: 0 });
    const baseline = join(folder, 'baseline');
    expect(await dcmtk('dcmcjpeg', '+eb', '+ua', other, baseline)).toMatchObject({
      status: 0,
    });
    const big = join(folder, 'big');
    expect(await dcmtk('dcmconv', '+tb', other, big)).toMatchObject({ status: 0 });
    const rle = join(folder, 'rle');
    writeFileSync(join(folder, 'third'), file(23));
    expect(await dcmtk('dcmcrle', join(folder, 'third'), rle)).toMatchObject({ status: 0 });
    const sent: [option: string, path: string, syntax: string][] = [
      ['-xs', lossless, JPEG_LOSSLESS],
      ['-xy', baseline, '1.2.840.10008.1.2.4.50'],
      ['-xr', rle, '1.2.840.10008.1.2.5'],
      ['-xi', plain, IMPLICIT],
      ['-xe', plain, EXPLICIT],
      ['-xb', big, BIG],
    ];
    for (const [option, path] of sent) {
      const { status, said } = await dcmtk('storescu', option, ...to, path);
      expect([option, status, said]).toEqual([option, 0, expect.anything()]);
    }
    const parts = readdirSync(received).map((name) => {
      const { transferSyntax, bytes, start } = readParts(
        new MemorySource(readFileSync(join(received, name))),
      );
      return { uid: transferSyntax.uid, data: Buffer.from(bytes.view(start, bytes.size - start)) };
    });
    expect(parts.map(({ uid }) => uid).sort()).toEqual(sent.map(([, , syntax]) => syntax).sort());
    for (const [, path, syntax] of sent.slice(0, 3)) {
      const { bytes, start } = readParts(new MemorySource(readFileSync(path)));
      const data = Buffer.from(bytes.view(start, bytes.size - start));
      expect(parts.find(({ uid }) => uid === syntax)?.data.equals(data), syntax).toBe(true);
    }
    await indexed(6);
  });

  it('is proposed nothing that is not read here', async () => {
    const { to, files } = await receive();
    const { status } = await dcmtk('storescu', '-xv', '-R', ...to, plain);
    // It falls back on a syntax that both know, or gives up: an MPEG stream is never taken.
    expect(files()).toHaveLength(status === 0 ? 1 : 0);
  });

  it('comes over TLS, with a certificate that is signed for it', async () => {
    const at = (name: string) => join(folder, name);
    const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });
    const days = ['-days', '2', '-nodes', '-newkey', 'rsa:2048', '-subj'];
    openssl('req', '-x509', ...days, '/CN=ca', '-keyout', at('ca.key'), '-out', at('ca.pem'));
    for (const name of ['server', 'client']) {
      const request = ['-keyout', at(`${name}.key`), '-out', at(`${name}.csr`)];
      openssl('req', ...days.slice(2), `/CN=${name}`, ...request);
      openssl(
        ...['x509', '-req', '-in', at(`${name}.csr`), '-CA', at('ca.pem'), '-CAkey', at('ca.key')],
        ...['-CAcreateserial', '-days', '2', '-out', at(`${name}.pem`)],
      );
    }
    const [cert, key, ca] = ['server.pem', 'server.key', 'ca.pem'].map((name) =>
      readFileSync(at(name)),
    );
    const tls = { cert, key, ca, requestCert: true, rejectUnauthorized: true };
    const { to, files, receiver, peer } = await receive({ tls });
    expect(receiver.state().dimse?.tls).toBe(true);
    const signed = ['+tls', at('client.key'), at('client.pem'), '+cf', at('ca.pem')];
    expect(await dcmtk('echoscu', ...signed, ...to)).toMatchObject({ status: 0 });
    expect(await dcmtk('storescu', ...signed, ...to, plain)).toMatchObject({ status: 0 });
    expect(files()).toHaveLength(1);
    const anonymous = await dcmtk('echoscu', '+tla', '+cf', at('ca.pem'), ...to);
    expect(anonymous.status).not.toBe(0);
    await expect(send(peer, object(1))).rejects.toMatchObject({ code: 'PACS_UNAVAILABLE' });
    expect(Object.keys(receiver.state().troubles)).toContain('It did not get through TLS');
  });
});

describe.skipIf(!hasOrthanc())('Orthanc', () => {
  it('sends what it has', async () => {
    const { peer, files, indexed } = await receive({ allow: ['ORTHANC'] });
    const orthanc = await startOrthanc({ semblance: ['SEMBLANCE', '127.0.0.1', peer.port] });
    try {
      for (let number = 31; number < 51; number++) await orthanc.upload(file(number));
      expect(await orthanc.sendAll('semblance')).toBe(true);
      expect(files()).toHaveLength(20);
      expect(await orthanc.sendAll('semblance')).toBe(true);
      expect(files()).toHaveLength(20);
      await indexed(20);
    } finally {
      await orthanc.remove();
    }
  });
});

describe('a server', () => {
  const body = (...parts: readonly Uint8Array[]) =>
    Buffer.concat([
      ...parts.flatMap((part) => [
        Buffer.from('--b\r\nContent-Type: application/dicom\r\n\r\n'),
        part,
        Buffer.from('\r\n'),
      ]),
      Buffer.from('--b--\r\n'),
    ]);
  const type = 'multipart/related; type="application/dicom"; boundary=b';

  // biome-ignore lint/suspicious/noExplicitAny: data sets in JSON.
  const answerOf = (answer: Response): Promise<any> => answer.json();
  async function serving(request: Partial<ReceiveRequest> = {}) {
    const received = await receive({}, request);
    const { semblance, receiver } = received;
    const app = createApp(semblance, { maxUpload: 1e6, receiver });
    const post = (bytes: Uint8Array, path = '', headers: Record<string, string> = {}) =>
      app.request(`http://localhost/dicom-web/studies${path}`, {
        ...{ method: 'POST', body: new Uint8Array(bytes) },
        headers: { 'content-type': type, ...headers },
      });
    return { ...received, post };
  }
  const uids = (sequence: { Value: Record<string, { Value: unknown[] }>[] } | undefined) =>
    sequence?.Value.map((each) => [each['00081155']?.Value[0], each['00081197']?.Value[0]]);

  it('stores instances, and says which not and why', async () => {
    const { post, files, indexed } = await serving();
    const all = await post(body(file(1), file(2)), '/1.2.777');
    expect([all.status, all.headers.get('content-type')]).toEqual([200, 'application/dicom+json']);
    expect(uids((await answerOf(all))['00081199'])).toEqual([
      ['1.2.777.3.1', undefined],
      ['1.2.777.3.2', undefined],
    ]);
    const some = await post(body(file(3), Buffer.from('garbage'), file(1)));
    expect(some.status).toBe(202);
    const answer = await answerOf(some);
    expect(uids(answer['00081199'])).toEqual([
      ['1.2.777.3.3', undefined],
      ['1.2.777.3.1', undefined],
    ]);
    expect(uids(answer['00081198'])).toEqual([[undefined, STATUS.cannotUnderstand]]);
    const other = await post(body(file(4)), '/1.2.888');
    expect(other.status).toBe(409);
    expect(uids((await answerOf(other))['00081198'])).toEqual([
      ['1.2.777.3.4', STATUS.doesNotMatch],
    ]);
    const video = Buffer.concat([
      fileHead('1.2.840.10008.1.2.4.100', CT, '1.2.777.3.5'),
      dataSet(5),
    ]);
    expect(uids((await answerOf(await post(body(video))))['00081198'])).toEqual([
      ['1.2.777.3.5', STATUS.noSuchTransferSyntax],
    ]);
    expect(files()).toHaveLength(3);
    await indexed(3);
  });

  it('keeps an object once, however it came', async () => {
    const { post, peer, files } = await serving();
    expect((await post(body(file(1)))).status).toBe(200);
    expect(await send(peer, object(1))).toEqual([0]);
    expect(files()).toHaveLength(1);
  });

  it('refuses what is no such body, and what is too much', async () => {
    const { post, files } = await serving({ maxBytes: 6000 });
    const whole = body(file(1));
    const code = async (answer: Promise<Response> | Response) =>
      (await answerOf(await answer)).code;
    expect(await code(post(whole, '', { 'content-type': 'application/dicom' }))).toBe(
      'MEDIA_TYPE_NOT_SUPPORTED',
    );
    expect(
      await code(post(whole, '', { 'content-type': type.replace('dicom', 'dicom+json') })),
    ).toBe('MEDIA_TYPE_NOT_SUPPORTED');
    expect(await code(post(whole.subarray(0, -100)))).toBe('REQUEST_INVALID');
    expect(await code(post(Buffer.from('nothing')))).toBe('REQUEST_INVALID');
    expect(await code(post(body()))).toBe('REQUEST_INVALID');
    expect(await code(post(whole, '/..%2f'))).toBeDefined();
    expect(await code(post(whole, '', { origin: 'https://evil.example' }))).toBe(
      'REQUEST_CROSS_SITE',
    );
    expect(await code(post(whole, '', { 'sec-fetch-site': 'cross-site' }))).toBe(
      'REQUEST_CROSS_SITE',
    );
    expect(files()).toEqual([]);
    const answer = await answerOf(await post(body(file(1), file(2))));
    expect(uids(answer['00081198'])).toEqual([['1.2.777.3.2', STATUS.outOfResources]]);
    expect(files()).toHaveLength(1);
  });

  it('receives nothing unless it was told to', async () => {
    const { semblance } = await receive();
    const app = createApp(semblance, { maxUpload: 1e6 });
    const answer = await app.request('http://localhost/dicom-web/studies', {
      ...{ method: 'POST', body: new Uint8Array(body(file(1))) },
      headers: { 'content-type': type },
    });
    expect([answer.status, (await answerOf(answer)).code]).toEqual([404, 'RECEIVING_OFF']);
  });
});
