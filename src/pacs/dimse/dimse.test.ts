import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MemorySource } from '../../dicom/byte-source.ts';
import { readParts } from '../../dicom/file-format.ts';
import { dcmtk, hasDcmtk, startDcmtk } from '../../testing/dcmtk.ts';
import { dicomFile, elements, picture } from '../../testing/dicom.ts';
import { hasOrthanc, type Orthanc, startOrthanc } from '../../testing/orthanc.ts';
import { holdPorts } from '../../testing/weaviate.ts';
import { associate, type SentObject, VERIFICATION } from './client.ts';
import { COMMAND, encodeCommand, STATUS } from './command.ts';
import { type Associate, encodeAssociate, encodeData, encodePdu, PDU } from './pdu.ts';
import { type Provider, type ProviderOptions, provide } from './server.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';
const EXPLICIT = '1.2.840.10008.1.2.1';
const IMPLICIT = '1.2.840.10008.1.2';
const FIND = '1.2.840.10008.5.1.4.1.2.2.1';
const MOVE = '1.2.840.10008.5.1.4.1.2.2.2';
const GET = '1.2.840.10008.5.1.4.1.2.2.3';

const dataSet = (uid: string) =>
  elements(
    picture(
      Array.from({ length: 40_000 }, (_, i) => i % 4096),
      200,
      [
        ['SOPInstanceUID', uid],
        ['StudyInstanceUID', '1.2.3'],
        ['SeriesInstanceUID', '1.2.3.4'],
        ['PatientID', 'p'],
      ],
    ),
  );

const folder = mkdtempSync(join(tmpdir(), 'semblance-dimse-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Stored extends Omit<SentObject, 'data'> {
  peer: { calling: string };
  bytes: Buffer;
}

const providers: Provider[] = [];
afterEach(async () => {
  for (const each of providers.splice(0)) await each.close();
});

/** A provider on a free port, what it has stored, and what troubled it. */
async function started(options: Partial<ProviderOptions> = {}) {
  const stored: Stored[] = [];
  const troubles: string[] = [];
  const provider = await provide('127.0.0.1', 0, {
    called: 'SEMBLANCE',
    allowed: [{ calling: undefined, addresses: undefined }],
    choose: (abstractSyntax, proposed) =>
      abstractSyntax.startsWith('1.2.840.10008.5.1.4.1.1.')
        ? (proposed.find((each) => each === EXPLICIT || each === IMPLICIT) ?? null)
        : undefined,
    async store({ data, ...object }) {
      const pieces: Uint8Array[] = [];
      for await (const piece of data) pieces.push(piece);
      stored.push({ ...object, bytes: Buffer.concat(pieces) });
      return STATUS.success;
    },
    onTrouble: (why) => troubles.push(why),
    ...{ maxAssociations: 4, maxPerAddress: 4, silence: 2000, maxDataSet: 1e6 },
    ...options,
  });
  providers.push(provider);
  const peer = { host: '127.0.0.1', port: provider.port, called: 'SEMBLANCE', calling: 'TEST' };
  return { provider, stored, troubles, peer };
}

const BOTH = [EXPLICIT, IMPLICIT];
const PROPOSALS = [
  { abstractSyntax: VERIFICATION, transferSyntaxes: [IMPLICIT] },
  { abstractSyntax: CT, transferSyntaxes: BOTH },
];

describe('an association between the two sides', () => {
  it('echoes, and stores what was sent, byte for byte', async () => {
    const { peer, stored, troubles } = await started();
    const client = await associate(peer, PROPOSALS);
    expect(client.context(CT)?.transferSyntax).toBe(EXPLICIT);
    await client.echo();
    for (const sopInstance of ['1.2.3.1', '1.2.3.2']) {
      const object = { sopClass: CT, sopInstance, transferSyntax: EXPLICIT };
      expect(await client.store({ ...object, data: [dataSet(sopInstance)] })).toBe(0);
    }
    await client.release();
    expect(stored.map(({ sopInstance, peer }) => [sopInstance, peer.calling])).toEqual([
      ['1.2.3.1', 'TEST'],
      ['1.2.3.2', 'TEST'],
    ]);
    expect(stored[1]?.bytes).toEqual(dataSet('1.2.3.2'));
    expect(troubles).toEqual([]);
  });

  it('goes on after an object that was refused unread', async () => {
    const { peer } = await started({ store: async () => STATUS.outOfResources });
    const client = await associate(peer, PROPOSALS);
    const object = { sopClass: CT, sopInstance: '1.2', transferSyntax: EXPLICIT };
    expect(await client.store({ ...object, data: [dataSet('1.2')] })).toBe(STATUS.outOfResources);
    await client.echo();
    await client.release();
  });

  it.each([
    [{ called: 'OTHER' }, 'PACS_REFUSED', 'called AE title'],
    [{ calling: 'STRANGER' }, 'PACS_REFUSED', 'calling AE title'],
  ])('is rejected with its reason: %o', async (other, code, reason) => {
    const { peer, troubles } = await started({
      allowed: [{ calling: 'TEST', addresses: undefined }],
    });
    await expect(associate({ ...peer, ...other }, PROPOSALS)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(reason),
    });
    expect(troubles).toHaveLength(1);
  });

  it('answers a service that is not accepted by name', async () => {
    const { peer } = await started();
    const client = await associate(peer, [
      ...PROPOSALS,
      { abstractSyntax: FIND, transferSyntaxes: BOTH },
    ]);
    expect(client.contexts.map(({ id }) => id)).toEqual([1, 3]);
    await expect(client.find(FIND, new Uint8Array()).next()).rejects.toMatchObject({
      code: 'PACS_REFUSED',
    });
  });

  it('ends with the signal', async () => {
    const { peer } = await started({ store: () => sleep(500).then(() => 0) });
    const stop = new AbortController();
    const client = await associate(peer, PROPOSALS, { signal: stop.signal });
    const object = { sopClass: CT, sopInstance: '1.2', transferSyntax: EXPLICIT };
    const stored = client.store({ ...object, data: [dataSet('1.2')] });
    await sleep(100);
    stop.abort(new Error('enough'));
    await expect(stored).rejects.toThrow('enough');
  });
});

/** A peer that speaks for itself. */
class Raw {
  private received = Buffer.alloc(0);
  private readonly socket: Socket;
  readonly closed: Promise<void>;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1').on('error', () => undefined);
    this.socket.on('data', (data) => {
      this.received = Buffer.concat([this.received, data]);
    });
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
  }

  send(...bytes: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(bytes));
  }

  /** The type of each PDU that came, with the last four bytes of short ones, when `count` of them are there. */
  async answers(count: number): Promise<number[][]> {
    const found: number[][] = [];
    await expect
      .poll(() => {
        found.length = 0;
        for (let at = 0; at + 6 <= this.received.length; ) {
          const length = this.received.readUInt32BE(at + 2);
          const type = this.received[at] as number;
          found.push([type, ...(length === 4 ? this.received.subarray(at + 7, at + 10) : [])]);
          at += 6 + length;
        }
        return found.length;
      })
      .toBe(count);
    return found;
  }

  destroy(): void {
    this.socket.destroy();
  }
}

const REQUEST: Associate = {
  ...{ versions: 1, called: 'SEMBLANCE', calling: 'TEST', maxLength: 16384, roles: [] },
  applicationContext: '1.2.840.10008.3.1.1.1',
  contexts: [{ id: 1, result: 0, abstractSyntax: CT, transferSyntaxes: [EXPLICIT] }],
};
const asked = (other: Partial<Associate> = {}) =>
  encodeAssociate(PDU.associateRequest, { ...REQUEST, ...other }, { uid: '1.2', version: 'X' });
const command = (field: number, hasData: boolean) =>
  encodeData({
    ...{ contextId: 1, isCommand: true, isLast: true },
    value: encodeCommand(
      { CommandField: field, MessageID: 1, AffectedSOPClassUID: CT, AffectedSOPInstanceUID: '1.2' },
      hasData,
    ),
  });
const piece = (value: Uint8Array, isLast: boolean, contextId = 1) =>
  encodeData({ contextId, isCommand: false, isLast, value: Buffer.from(value) });

describe('a peer that', () => {
  /** Reason of the provider to abort: unrecognised, unexpected, invalid parameter. */
  const aborted = (reason: number) => [PDU.abort, 0, 2, reason];
  it.each<[string, readonly Uint8Array[], number[][]]>([
    ['sends garbage', [Buffer.from('GET / HTTP/1.1\r\n\r\n')], [aborted(1)]],
    ['sends a PDU of an unknown type', [encodePdu(9, Buffer.alloc(4))], [aborted(1)]],
    ['sends data first', [piece(Buffer.alloc(9), true)], [aborted(2)]],
    ['names 4 GB', [Buffer.from([1, 0, 255, 255, 255, 255])], [aborted(6)]],
    ['asks with lengths that lead out', [encodePdu(1, asked().subarray(6, -9))], [aborted(6)]],
    ['asks twice', [asked(), asked()], [[2], aborted(2)]],
    ['speaks another protocol version', [asked({ versions: 2 })], [[3, 1, 2, 2]]],
    ['has no application context', [asked({ applicationContext: '1.2' })], [[3, 1, 1, 2]]],
    ['takes PDUs of three bytes', [asked({ maxLength: 3 })], [aborted(6)]],
    [
      'sends a piece that is longer than its PDU',
      [asked(), encodePdu(4, Buffer.from([0, 0, 9, 9, 1, 3]))],
      [[2], aborted(6)],
    ],
    ['sends an empty PDU', [asked(), encodePdu(4, Buffer.alloc(0))], [[2], aborted(6)]],
    ['uses a context that is none', [asked(), piece(Buffer.alloc(9), true, 7)], [[2], aborted(2)]],
    [
      'sends a command of another group',
      [
        asked(),
        encodeData({
          ...{ contextId: 1, isCommand: true, isLast: true },
          value: Buffer.from([8, 0, 0, 0, 2, 0, 0, 0, 1, 1]),
        }),
      ],
      [[2], aborted(6)],
    ],
    [
      'sends a command that never ends',
      [
        asked(),
        ...Array.from({ length: 8 }, () =>
          encodeData({
            ...{ contextId: 1, isCommand: true, isLast: false },
            value: Buffer.alloc(9000),
          }),
        ),
      ],
      [[2], aborted(6)],
    ],
    [
      'sends a command within an object',
      [asked(), command(COMMAND.store, true), command(COMMAND.echo, false)],
      [[2], aborted(2)],
    ],
    [
      'sends an object that never ends',
      [
        asked(),
        command(COMMAND.store, true),
        ...Array.from({ length: 20 }, () => piece(Buffer.alloc(60_000), false)),
      ],
      [[2], aborted(6)],
    ],
    ['answers what was not asked', [asked(), command(0x8001, false)], [[2], aborted(2)]],
  ])('%s is told so, and others are served', async (_, bytes, answers) => {
    const { provider, stored, peer } = await started();
    const raw = new Raw(provider.port);
    raw.send(...bytes);
    expect(await raw.answers(answers.length)).toEqual(answers);
    await raw.closed;
    expect(stored).toEqual([]);
    const client = await associate(peer, PROPOSALS);
    await client.echo();
    await client.release();
  });

  it('says nothing is left, before and within an association', async () => {
    const { provider, troubles } = await started({ silence: 300 });
    const silent = new Raw(provider.port);
    await silent.closed;
    const within = new Raw(provider.port);
    within.send(asked(), command(COMMAND.store, true), piece(Buffer.alloc(9), false));
    expect(await within.answers(2)).toEqual([[2], [PDU.abort, 0, 2, 0]]);
    await within.closed;
    expect(troubles).toEqual(['Nothing for 0.3 s.', 'Nothing for 0.3 s.']);
  });

  it('leaves in the middle of an object has stored nothing', async () => {
    const { provider, stored, troubles } = await started();
    const raw = new Raw(provider.port);
    raw.send(asked(), command(COMMAND.store, true), piece(Buffer.alloc(9), false));
    await raw.answers(1);
    raw.destroy();
    await expect.poll(() => troubles).toHaveLength(1);
    expect(stored).toEqual([]);
  });

  it('asks for what is not done gets a response', async () => {
    const { provider } = await started();
    const raw = new Raw(provider.port);
    raw.send(asked(), command(COMMAND.find, false), command(0x0130, false));
    expect((await raw.answers(3)).map(([type]) => type)).toEqual([2, 4, 4]);
    raw.destroy();
  });

  it('opens a thousand associations leaves room for others when it has gone', async () => {
    const { provider, peer } = await started({ maxAssociations: 8, maxPerAddress: 8 });
    const many = Array.from({ length: 1000 }, () => new Raw(provider.port));
    for (const each of many) each.send(asked());
    await expect(associate(peer, PROPOSALS)).rejects.toMatchObject({ code: 'PACS_UNAVAILABLE' });
    for (const each of many) each.destroy();
    await expect
      .poll(() =>
        associate(peer, PROPOSALS)
          .then((client) => client.echo().then(() => client.release()))
          .then(() => 'served'),
      )
      .toBe('served');
  });
});

describe.skipIf(!hasDcmtk())('with DCMTK', () => {
  const files = ['1.2.3.7', '1.2.3.8'].map((uid) => {
    const path = join(folder, uid);
    writeFileSync(path, dicomFile(EXPLICIT, dataSet(uid)));
    return path;
  });

  it('echoscu and storescu are served', async () => {
    const { peer, stored, troubles } = await started();
    const to = ['-aec', peer.called, '-aet', 'DCMTK', peer.host, `${peer.port}`];
    expect(await dcmtk('echoscu', ...to)).toMatchObject({ status: 0 });
    expect(await dcmtk('storescu', ...to, ...files)).toMatchObject({ status: 0 });
    // Of a meta header they make, the data set is as it was.
    expect(stored.map(({ bytes }) => bytes)).toEqual([dataSet('1.2.3.7'), dataSet('1.2.3.8')]);
    expect(troubles).toEqual([]);
  });

  it('findscu learns that nothing is found here', async () => {
    const { peer } = await started();
    const to = ['-aec', peer.called, peer.host, `${peer.port}`];
    const { status, said } = await dcmtk('findscu', '-S', ...to, '-k', 'PatientID');
    expect(status).not.toBe(0);
    expect(said).toMatch(/No Acceptable Presentation Contexts/i);
  });

  it('storescp is sent objects', async () => {
    const held = await holdPorts(1);
    await held.free();
    const out = mkdtempSync(join(folder, 'out-'));
    const scp = startDcmtk('storescp', ['-od', out, '-aet', 'STORE', '-B', `${held.first}`]);
    const peer = { host: '127.0.0.1', port: held.first, called: 'STORE', calling: 'TEST' };
    // It takes one association at a time, so none is left open while it is waited for.
    await expect
      .poll(() => associate(peer, PROPOSALS).then((each) => each.release().then(() => true)))
      .toBe(true);
    const client = await associate(peer, PROPOSALS);
    const object = { sopClass: CT, sopInstance: '1.2.3.9', transferSyntax: EXPLICIT };
    expect(await client.store({ ...object, data: [dataSet('1.2.3.9')] })).toBe(0);
    await client.release();
    scp.child.kill();
    await scp.ended;
    const [name = ''] = readdirSync(out);
    expect(readFileSync(join(out, name)).includes(dataSet('1.2.3.9'))).toBe(true);
  });
});

describe.skipIf(!hasOrthanc())('with Orthanc', () => {
  let orthanc: Orthanc;
  let receiver: Awaited<ReturnType<typeof started>>;
  const uids = ['1.2.3.21', '1.2.3.22', '1.2.3.23'];

  beforeAll(async () => {
    receiver = await started();
    providers.pop();
    orthanc = await startOrthanc({
      test: ['TEST', '127.0.0.1', 1],
      semblance: ['SEMBLANCE', '127.0.0.1', receiver.peer.port],
    });
    for (const uid of uids) await orthanc.upload(dicomFile(EXPLICIT, dataSet(uid)));
  });
  afterAll(async () => {
    await orthanc?.remove();
    await receiver?.provider.close();
  });

  const asked = () =>
    associate({ host: '127.0.0.1', port: orthanc.port, called: orthanc.aet, calling: 'TEST' }, [
      ...[FIND, MOVE, GET].map((abstractSyntax) => ({ abstractSyntax, transferSyntaxes: BOTH })),
      { abstractSyntax: CT, transferSyntaxes: [EXPLICIT], toUs: true },
    ]);
  const identifier = (level: string, ...keys: Parameters<typeof elements>[0]) =>
    elements([[0x00080052, level, 'CS'], ...keys]);

  it('finds, gets and moves', async () => {
    const client = await asked();
    const found: (string | undefined)[] = [];
    const keys = identifier(
      'IMAGE',
      ['StudyInstanceUID', '1.2.3'],
      ['SeriesInstanceUID', '1.2.3.4'],
      ['SOPInstanceUID', ''],
    );
    for await (const match of client.find(FIND, keys)) {
      found.push(readParts(new MemorySource(match)).attributes.text('SOPInstanceUID'));
    }
    expect(found.sort()).toEqual(uids);

    const got = new Map<string, Buffer>();
    let last: unknown;
    const whole = identifier('STUDY', ['StudyInstanceUID', '1.2.3']);
    const take = async ({ sopInstance, data }: SentObject) => {
      const pieces: Uint8Array[] = [];
      for await (const each of data) pieces.push(each);
      got.set(sopInstance, Buffer.concat(pieces));
      return STATUS.success;
    };
    for await (const each of client.get(GET, whole, take)) last = each;
    expect(last).toMatchObject({ status: 0, completed: 3, failed: 0 });
    expect([...got.keys()].sort()).toEqual(uids);
    expect(got.get('1.2.3.21')).toEqual(dataSet('1.2.3.21'));

    for await (const each of client.move(MOVE, 'SEMBLANCE', whole)) last = each;
    expect(last).toMatchObject({ status: 0, completed: 3, failed: 0 });
    expect(receiver.stored.map(({ sopInstance }) => sopInstance).sort()).toEqual(uids);
    await client.release();
  });

  it('sends to us', async () => {
    receiver.stored.length = 0;
    expect(await orthanc.sendAll('semblance')).toBe(true);
    expect(receiver.stored.map(({ bytes }) => bytes.length)).toEqual(
      uids.map((uid) => dataSet(uid).length),
    );
  });

  it('refuses who it does not know, and what it does not have', async () => {
    const peer = { host: '127.0.0.1', port: orthanc.port, called: orthanc.aet, calling: 'NOBODY' };
    await expect(associate(peer, PROPOSALS)).rejects.toMatchObject({ code: 'PACS_REFUSED' });
    const client = await asked();
    const nothing: Uint8Array[] = [];
    const keys = identifier('STUDY', ['StudyInstanceUID', '9.9']);
    for await (const match of client.find(FIND, keys)) nothing.push(match);
    expect(nothing).toEqual([]);
    await client.release();
  });
});
