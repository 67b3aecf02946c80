import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { dicomFile, elements, picture } from '../testing/dicom.ts';
import { accessFrom } from './access.ts';
import { DicomwebClient } from './dicomweb.ts';
import type { Patience } from './patience.ts';
import { parsePacs, parsePlace } from './place.ts';

const uids = { study: '1.2.3', series: '1.2.3.4', instance: '1.2.3.4.5' };
const object = (instance: string) =>
  dicomFile(
    '1.2.840.10008.1.2.1',
    elements(picture([1, 2, 3, 4], 2, [['SOPInstanceUID', instance]])),
  );

const part = (bytes: Uint8Array) =>
  Buffer.concat([
    Buffer.from('--b\r\nContent-Type: application/dicom\r\n\r\n'),
    bytes,
    Buffer.from('\r\n'),
  ]);
const END = Buffer.from('--b--\r\n');
const MULTIPART = { 'content-type': 'multipart/related; type="application/dicom"; boundary=b' };

let server: Server | undefined;
const clients: DicomwebClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  server?.closeAllConnections();
  server?.close();
});

/** A PACS that answers as it is told. */
async function pacsThat(
  answers: RequestListener,
  path = '/rs',
  patience: Patience = {},
): Promise<DicomwebClient> {
  server = createServer(answers).listen(0, '127.0.0.1');
  await new Promise((done) => server?.once('listening', done));
  const { port } = server.address() as AddressInfo;
  const client = new DicomwebClient(
    `dicomweb+http://127.0.0.1:${port}${path}`,
    {},
    { firstWait: 20, ...patience },
  );
  clients.push(client);
  return client;
}

describe('an address of a PACS', () => {
  it('has its query apart', () => {
    const { root, query } = parsePacs('dicomweb+https://host/rs/?PatientID=7&StudyDate=2020');
    expect(root).toBe('dicomweb+https://host/rs');
    expect(Object.fromEntries(query)).toEqual({ PatientID: '7', StudyDate: '2020' });
  });

  it.each([
    'dicomweb+ftp://host/',
    'dicomweb+https://',
    'https://host/rs',
    'dicomweb+https://me:secret@host/',
  ])('is refused where it cannot be one: %s', (address) => {
    expect(() => parsePacs(address)).toThrow(
      expect.objectContaining({
        code: 'PACS_ADDRESS_INVALID',
        message: expect.not.stringContaining('secret'),
      }),
    );
  });

  it('leads nowhere but to an instance', () => {
    const root = 'dicomweb+https://host/rs';
    expect(parsePlace(`${root}/studies/1.2/series/1.3/instances/1.4`)).toEqual({
      ...{ root, study: '1.2', series: '1.3', instance: '1.4' },
    });
    expect(() => parsePlace(`${root}/studies/../series/1.3/instances/..%2f`)).toThrow();
  });
});

describe('secrets', () => {
  const env = {
    SEMBLANCE_DICOMWEB_URL: 'https://host/rs/',
    SEMBLANCE_DICOMWEB_USER: 'me',
    SEMBLANCE_DICOMWEB_PASSWORD: 'x',
  };

  it('are told to the one PACS that they are for', () => {
    expect(accessFrom(env, 'dicomweb+https://host/rs')).toEqual({
      authorization: 'Basic bWU6eA==',
    });
    expect(accessFrom(env, 'dicomweb+https://other/rs')).toEqual({});
    expect(accessFrom(env, 'dicomweb+http://host/rs')).toEqual({});
  });

  it('are for a PACS that is named', () => {
    const { SEMBLANCE_DICOMWEB_URL: _, ...rest } = env;
    expect(() => accessFrom(rest, 'dicomweb+https://host/rs')).toThrow(
      expect.objectContaining({ code: 'USAGE' }),
    );
  });
});

describe('a PACS', () => {
  it('gives an instance as it keeps it', async () => {
    const client = await pacsThat((request, response) => {
      expect(request.url).toBe('/rs/studies/1.2.3/series/1.2.3.4/instances/1.2.3.4.5');
      response.writeHead(200, MULTIPART).end(Buffer.concat([part(object(uids.instance)), END]));
    });
    expect(Buffer.from(await client.retrieve(uids))).toEqual(object(uids.instance));
  });

  it.each<[string, string, RequestListener]>([
    [
      'a page',
      'PACS_ANSWER_INVALID',
      (_, to) => to.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
    ],
    ['401', 'PACS_REFUSED', (_, to) => to.writeHead(401).end()],
    ['404', 'PACS_INSTANCE_GONE', (_, to) => to.writeHead(404).end()],
    [
      'a redirect',
      'PACS_ANSWER_INVALID',
      (_, to) => to.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    ],
    [
      'another instance',
      'PACS_ANSWER_INVALID',
      (_, to) => to.writeHead(200, MULTIPART).end(Buffer.concat([part(object('1.9')), END])),
    ],
    [
      'two instances',
      'PACS_ANSWER_INVALID',
      (_, to) =>
        to
          .writeHead(200, MULTIPART)
          .end(Buffer.concat([part(object(uids.instance)), part(object(uids.instance)), END])),
    ],
    ['none', 'PACS_ANSWER_INVALID', (_, to) => to.writeHead(200, MULTIPART).end(END)],
  ])('that answers with %s is refused: %s', async (_, code, answers) => {
    const client = await pacsThat(answers);
    await expect(client.retrieve(uids)).rejects.toMatchObject({ code });
  });

  it('is asked again while it is busy, when it says so, and when an answer is cut off', async () => {
    const whole = Buffer.concat([part(object(uids.instance)), END]);
    const waits: number[] = [];
    let last = 0;
    const answers: RequestListener[] = [
      (_, to) => to.writeHead(503, { 'retry-after': '1' }).end(),
      (_, to) =>
        to.writeHead(429, { 'retry-after': new Date(Date.now() + 2000).toUTCString() }).end(),
      (_, to) => to.writeHead(200, MULTIPART).end(whole.subarray(0, whole.length - 20)),
      (request) => request.socket.destroy(),
      (_, to) =>
        to
          .writeHead(200, { ...MULTIPART, 'content-length': whole.length + 9 })
          .end(whole, () => to.socket?.destroy()),
      (_, to) => to.writeHead(200, MULTIPART).end(whole),
    ];
    const client = await pacsThat((request, response) => {
      waits.push(performance.now() - last);
      last = performance.now();
      (answers.shift() as RequestListener)(request, response);
    });
    expect((await client.retrieve(uids)).length).toBe(object(uids.instance).length);
    expect(answers).toHaveLength(0);
    expect(waits[1]).toBeGreaterThan(950);
  }, 60_000);

  const said = (failed?: [uid: string, reason?: number], stored: string[] = []) =>
    JSON.stringify({
      '00081198': {
        vr: 'SQ',
        Value: failed && [
          { '00081155': { Value: [failed[0]] }, '00081197': { Value: [failed[1]] } },
          null,
        ],
      },
      '00081199': { vr: 'SQ', Value: stored.map((uid) => ({ '00081155': { Value: [uid] } })) },
    });

  it.each<[string, number, string, RegExp | undefined]>([
    ['stores it', 200, said(undefined, ['1.2']), undefined],
    ['has it already', 409, said(['1.2', 0x0111]), undefined],
    ['stores others', 200, said(undefined, ['1.3']), /no reason; not stored: 1 of 1/],
    ['does not take it', 409, said(['1.2', 0x0122]), /Reason 0122H/],
    [
      'gives a strange reason',
      202,
      '[{"00081198":{"Value":[{"00081155":{"Value":["1.2"]}}]}}]',
      /no/,
    ],
    ['says nothing of it', 200, '{}', /no reason/],
  ])('that is sent an object and %s is understood', async (_, status, body, refusal) => {
    const client = await pacsThat((request, response) => {
      expect(request.method).toBe('POST');
      expect(request.headers['content-type']).toMatch(
        /^multipart\/related; type="application\/dicom"/,
      );
      request.resume().on('end', () => {
        response.writeHead(status, { 'content-type': 'application/dicom+json' }).end(body);
      });
    });
    const stored = client.store([{ instance: '1.2', file: object('1.2') }]);
    if (refusal === undefined) await stored;
    else {
      const code = 'PACS_STORE_REFUSED';
      await expect(stored).rejects.toMatchObject({ code, message: expect.stringMatching(refusal) });
    }
  });

  it('that is busy while an object is sent is sent it again, whole', async () => {
    const bodies: Buffer[] = [];
    const client = await pacsThat(async (request, response) => {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece);
      bodies.push(Buffer.concat(pieces));
      if (bodies.length < 3) return response.writeHead(503).end();
      return response
        .writeHead(200, { 'content-type': 'application/dicom+json' })
        .end(said(undefined, ['1.2']));
    });
    await client.store([{ instance: '1.2', file: object('1.2') }]);
    expect(bodies).toHaveLength(3);
    expect(bodies[2]).toEqual(bodies[0]);
    expect(bodies[0]?.includes(object('1.2'))).toBe(true);
  });

  it.each<[string, RequestListener]>([
    ['before its answer', () => undefined],
    ['within an object', (_, to) => to.writeHead(200, MULTIPART).write(part(object('1.2')))],
    [
      'within a listing',
      (_, to) => to.writeHead(200, { 'content-type': 'application/dicom+json' }).write('[{'),
    ],
  ])(
    'that falls silent %s is asked again, and given up',
    async (where, answers) => {
      let asked = 0;
      const count: RequestListener = (request, response) => {
        asked += 1;
        answers(request, response);
      };
      const client = await pacsThat(count, '/rs', { tries: 2, silence: 300 });
      const answer = where.endsWith('listing')
        ? client.hasStudies(new URLSearchParams())
        : client.retrieve(uids);
      await expect(answer).rejects.toMatchObject({ code: 'PACS_UNAVAILABLE' });
      expect(asked).toBe(2);
    },
    30_000,
  );

  it('that does not answer at all is given up', async () => {
    const client = new DicomwebClient('dicomweb+http://127.0.0.1:1/rs', {}, { firstWait: 20 });
    await expect(client.retrieve(uids)).rejects.toMatchObject({ code: 'PACS_NOT_LISTENING' });
    await client.close();
  }, 60_000);

  /** Lists what a PACS has that answers each page of studies as `page` says. */
  async function listed(page: (offset: number) => object[]) {
    const client = await pacsThat((request, response) => {
      const url = new URL(request.url as string, 'http://host');
      const levels = { studies: '0020000D', series: '0020000E', instances: '00080018' };
      const level = url.pathname.split('/').at(-1) as keyof typeof levels;
      const offset = Number(url.searchParams.get('offset'));
      const study = url.pathname.split('/')[3];
      const list =
        level === 'studies'
          ? page(offset)
          : offset > 0
            ? []
            : [{ [levels[level]]: { Value: [`${study}.1`] } }];
      response
        .writeHead(200, { 'content-type': 'application/dicom+json' })
        .end(JSON.stringify(list));
    });
    const found: string[] = [];
    for await (const { study } of client.instances(new URLSearchParams())) found.push(study);
    return found;
  }
  const study = (i: number) => ({ '0020000D': { vr: 'UI', Value: [`1.${i}`] } });
  const studies = (from: number, to: number) =>
    Array.from({ length: Math.max(0, to - from) }, (_, i) => study(from + i));

  it('is listed to its end, though its pages are shorter than was asked for', async () => {
    expect(await listed((offset) => studies(offset, Math.min(offset + 7, 40)))).toHaveLength(40);
  });

  it('that knows no pages is listed once', async () => {
    expect(await listed(() => studies(0, 30))).toHaveLength(30);
  });

  it('that says the same study twice has it once', async () => {
    expect(await listed((offset) => (offset > 0 ? [] : [study(1), study(2), study(1)]))).toEqual([
      '1.1',
      '1.2',
    ]);
  });

  it('that lists what is no study is refused', async () => {
    await expect(listed(() => [{ '0020000D': { Value: ['../x'] } }])).rejects.toMatchObject({
      code: 'PACS_ANSWER_INVALID',
    });
  });
});
