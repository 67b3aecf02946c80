import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Semblance } from '../app/semblance.ts';
import { Encoder } from '../encoding/encoders/encoder.ts';
import { findEncoder } from '../encoding/encoders/registry.ts';
import { indexImages } from '../indexing/index-images.ts';
import { readSource } from '../indexing/read-source.ts';
import { DataDirectory } from '../store/data-directory.ts';
import { described } from '../testing/described.ts';
import { searchForm } from '../testing/search-form.ts';
import { createApp } from './app.ts';

const MAX_UPLOAD = 200_000;
let folder: string;
let app: ReturnType<typeof createApp>;
let semblance: Semblance;

const picture = (shade: number, size = 32) =>
  sharp(
    Uint8Array.from({ length: size * size }, (_, i) => (i % size) * (shade % 8) + shade),
    { raw: { width: size, height: size, channels: 1 } },
  )
    .png()
    .toBuffer();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'semblance-app-'));
  const images = join(folder, 'images');
  mkdirSync(images);
  const rows = ['filepath,patient,split,modality,anatomic_region,XR/chest/normal,CT/head/any'];
  for (let i = 0; i < 12; i++) {
    writeFileSync(join(images, `${i}.png`), await picture(i * 9));
    rows.push(`${i}.png,p${Math.floor(i / 2)},train,${i < 8 ? 'XR,chest,1,0' : 'CT,head,0,1'}`);
  }
  writeFileSync(join(images, 'dataset.csv'), rows.join('\n'));
  const home = new DataDirectory(join(folder, 'home'));
  const encoder = await Encoder.load(await findEncoder('baseline', home.encodersFolder));
  const store = home.open('test', { create: true });
  await indexImages(store, encoder, await readSource(images), { threads: 1 });
  store.close();
  semblance = await Semblance.open({ home: home.folder, limits: { maxPixels: 1_000_000 } });
  app = createApp(semblance, { maxUpload: MAX_UPLOAD });
});
afterAll(async () => {
  await semblance.close();
  await rm(folder, { recursive: true });
});

const get = (path: string, headers: Record<string, string> = {}) =>
  app.request(`http://localhost${path}`, { headers });
const send = (body: FormData) =>
  app.request('http://localhost/api/collections/test/search', { method: 'POST', body });
const search = (query: unknown, ...files: Uint8Array[]) => send(searchForm(query, ...files));
const upload = (file: Uint8Array, options: object = {}) =>
  search({ parts: [{ file: 0 }], ...options }, file);

/** The JSON body of an answer. */
const json = async (response: Response | Promise<Response>) =>
  JSON.parse(await (await response).text());

/** Expects a problem document and gives its code. */
async function problem(response: Response): Promise<string> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const body = await json(response);
  expect(body.status).toBe(response.status);
  expect(body.advice).not.toBe('');
  return body.code;
}

/** An operation of the API's description. */
interface Operation {
  operationId?: string;
  tags?: string[];
  responses: Record<string, { content?: object }>;
}

describe('HTTP API', () => {
  it('lists collections, images and facets under filters', async () => {
    const { collections } = await json(get('/api/collections'));
    expect(collections).toMatchObject([
      {
        name: 'test',
        images: 12,
        encoders: [{ name: 'baseline', embeddings: 12, available: true }],
      },
    ]);
    const page = await json(
      get('/api/collections/test/images?limit=3&offset=1&filter=modality%3DCT'),
    );
    expect(page).toMatchObject({ total: 4, offset: 1 });
    expect(page.images).toHaveLength(3);
    const { facets } = await json(get('/api/collections/test/facets?filter=modality%3DCT'));
    const values = (field: string) =>
      facets.find((f: { field: string }) => f.field === field).values;
    // The filtered field keeps its other values in view; the others are counted under the filter.
    expect(values('modality')).toEqual([
      { value: 'XR', count: 8 },
      { value: 'CT', count: 4 },
    ]);
    expect(values('label')).toEqual([{ value: 'CT/head/any', count: 4 }]);
  });

  it('goes on after an image that is gone without leaving one out', async () => {
    const home = new DataDirectory(join(folder, 'home'));
    const store = home.open('listed', { create: true });
    const images = Array.from({ length: 7 }, (_, i) => ({
      description: described(`${i}.png`, { labels: i === 3 ? [] : ['XR/chest/normal'] }),
      embeddings: new Map(),
    }));
    store.writer.write(store.sources.register('/listed'), images);
    const list = async (query: string) => {
      const page = await json(get(`/api/collections/listed/images?limit=2&${query}`));
      return { ...page, images: page.images.map((image: { path: string }) => image.path) };
    };
    const ids = store.images.page().map(({ id }) => id);
    expect(await list('')).toEqual({ total: 7, offset: 0, images: ['0.png', '1.png'] });
    // By their places the next page would begin with 4.png.
    store.writer.remove(store.images.page({ limit: 2 }));
    expect(await list(`after=${ids[1]}`)).toEqual({
      total: 5,
      offset: 0,
      images: ['2.png', '3.png'],
    });
    const labelled = `where=${encodeURIComponent('label:*')}`;
    expect(await list(`${labelled}&after=${ids[2]}&offset=1`)).toEqual({
      total: 4,
      offset: 2,
      images: ['5.png', '6.png'],
    });
    expect(await list(`after=${ids[6]}`)).toEqual({ total: 5, offset: 5, images: [] });
    store.close();
    rmSync(store.file);
  });

  it('takes the search language wherever it filters', async () => {
    const where = 'region:chest -patient:p0,p1';
    const parameter = `where=${encodeURIComponent(where)}`;
    const page = await json(get(`/api/collections/test/images?${parameter}`));
    expect(page.images.map((image: { patient: string }) => image.patient)).toEqual([
      ...['p2', 'p2', 'p3', 'p3'],
    ]);
    const found = await json(search({ parts: [{ image: 12 }], where, k: 50 }));
    expect(found.candidates).toBe(4);
    const { facets } = await json(get(`/api/collections/test/facets?${parameter}`));
    expect(facets.find((f: { field: string }) => f.field === 'label').values).toEqual([
      { value: 'XR/chest/normal', count: 4 },
    ]);
    const refused = await get('/api/collections/test/images?where=region:chest%20colour:red');
    expect(refused.status).toBe(400);
    expect((await json(refused)).detail).toMatch(/no field “colour”.*character 14/);
  });

  it('searches by id and by upload with the same answer', async () => {
    const options = { k: 5, filter: ['modality=XR'] };
    const byId = await json(search({ parts: [{ image: 3 }], ...options }));
    const byUpload = await json(upload(await picture(2 * 9), options));
    expect(byId.query.id).toBe(3);
    expect(byUpload.query.id).toBe(3);
    expect(byId.candidates).toBe(7);
    const flat = (result: typeof byId) =>
      result.neighbours.map((n: { rank: number; image: { id: number } }) => [n.rank, n.image.id]);
    expect(flat(byUpload)).toEqual(flat(byId));
    expect(flat(byId)).toHaveLength(5);
  });

  it('searches with several pictures, marks and groups in one query', async () => {
    const parts = [{ image: 3 }, { file: 0, weight: 2 }, { image: 5, role: 'more' }];
    const query = { parts: [...parts, { image: 12, role: 'less' }], k: 50, where: 'modality:XR' };
    const answer = await json(search(query, await picture(6 * 9)));
    expect(answer.parts.map(({ weight }: { weight: number }) => weight)).toEqual([
      ...[1 / 3, 2 / 3, 0.75, -0.5],
    ]);
    expect(answer.feedback).toEqual({ method: 'rocchio', relevant: 1, irrelevant: 1 });
    // The upload is image 7 of the collection: a copy, and no result.
    expect(answer.copies.map(({ id }: { id: number }) => id)).toEqual([7]);
    const found = answer.neighbours.map(({ image }: { image: { id: number } }) => image.id);
    expect(found.sort()).toEqual([1, 2, 4, 6, 8]);
    const grouped = await json(search({ parts: [{ image: 3 }], k: 50, groupBy: 'patient' }));
    const groups = grouped.neighbours.map(
      (n: { group: { name: string; more: number } }) => n.group,
    );
    expect(new Set(groups.map(({ name }: { name: string }) => name)).size).toBe(6);
    const more = groups.map((each: { more: number }) => each.more);
    expect(more.reduce((sum: number, each: number) => sum + each)).toBe(11 - 6);
  });

  it('searches with a region as with that part of the picture alone', async () => {
    const file = await sharp(
      Uint8Array.from({ length: 40 * 40 }, (_, i) => (i * i) % 251),
      { raw: { width: 40, height: 40, channels: 1 } },
    )
      .png()
      .toBuffer();
    const region = { x: 3, y: 8, width: 20, height: 11 };
    const part = await sharp(file)
      .extract({ left: 3, top: 8, width: 20, height: 11 })
      .png()
      .toBuffer();
    const similarities = async (answer: ReturnType<typeof search>) =>
      (await json(answer)).neighbours.map(
        ({ image, similarity }: { image: { id: number }; similarity: number }) => [
          image.id,
          similarity,
        ],
      );
    const byRegion = await similarities(search({ parts: [{ file: 0, region }], k: 50 }, file));
    expect(byRegion).toHaveLength(12);
    expect(byRegion).toEqual(await similarities(upload(part, { k: 50 })));
    const whole = await similarities(upload(file, { k: 50 }));
    expect(byRegion).not.toEqual(whole);
    const outside = { x: 30, y: 0, width: 11, height: 5 };
    const refused = search({ parts: [{ file: 0, region: outside }] }, file);
    expect(await problem(await refused)).toBe('REQUEST_INVALID');
  });

  it.each([
    '{',
    { parts: [] },
    { parts: [{ image: 3 }], kk: 3 },
    { parts: [{ file: 0 }] },
    { parts: [{ image: 3, role: 'less' }] },
    { parts: [{ image: 3 }], feedback: 'logistic' },
    { parts: [{ image: 3, weight: -1 }] },
  ])('refuses the query %j', async (query) => {
    expect(await problem(await search(query))).toBe('REQUEST_INVALID');
  });

  it('leaves out the patient when asked', async () => {
    const query = { parts: [{ image: 3 }], k: 50, exclude: ['patient'] };
    const { neighbours } = await json(search(query));
    expect(neighbours).toHaveLength(10);
    expect(neighbours.some((n: { image: { patient: string } }) => n.image.patient === 'p1')).toBe(
      false,
    );
  });

  it('gives thumbnails, pictures and pixels of registered images only while they are unchanged', async () => {
    const base = '/api/collections/test/images/1';
    const { contentHash } = await json(get(base));
    const thumbnail = await get(`${base}/thumbnail?edge=16&v=${contentHash}`);
    expect((await sharp(await thumbnail.arrayBuffer()).metadata()).width).toBe(16);
    expect(thumbnail.headers.get('cache-control')).toContain('immutable');
    expect(
      (await sharp(await (await get(`${base}/rendered`)).arrayBuffer()).metadata()).width,
    ).toBe(32);
    const pixels = await get(`${base}/pixels`);
    const [width, height, channels, bits] = ['width', 'height', 'channels', 'bits'].map((name) =>
      Number(pixels.headers.get(`x-${name}`)),
    ) as [number, number, number, number];
    expect((await pixels.arrayBuffer()).byteLength).toBe(width * height * channels * (bits / 8));

    writeFileSync(join(folder, 'images', '11.png'), await picture(200));
    expect(await problem(await get('/api/collections/test/images/12/rendered'))).toBe(
      'IMAGE_CHANGED',
    );
    expect(await problem(await get('/api/collections/test/images/99/rendered'))).toBe(
      'IMAGE_NOT_FOUND',
    );
  });

  it('maps what an image and a query share, by id and by upload', async () => {
    const explain = async (fields: Record<string, string | File>) => {
      const body = new FormData();
      for (const [name, value] of Object.entries({ grid: '4', ...fields })) body.set(name, value);
      return app.request('http://localhost/api/collections/test/explain', { method: 'POST', body });
    };
    const byId = await json(explain({ query: '3', result: '5' }));
    expect(byId).toMatchObject({
      method: 'occlusion',
      encoder: 'baseline',
      query: { rows: 4, columns: 4, area: { x: 0, y: 0, width: 32, height: 32 } },
    });
    const { neighbours } = await json(search({ parts: [{ image: 3 }] }));
    const found = neighbours.find((n: { image: { id: number } }) => n.image.id === 5);
    expect(byId.similarity).toBeCloseTo(found.similarity, 5);
    const file = new File([Buffer.from(await picture(2 * 9))], 'query.png');
    expect(await json(explain({ file, result: '5' }))).toEqual(byId);
    expect(await problem(await explain({ result: '5' }))).toBe('REQUEST_INVALID');
    expect(await problem(await explain({ query: '3', result: '99' }))).toBe('IMAGE_NOT_FOUND');
    expect(await problem(await explain({ query: '3', result: '5', grid: '99' }))).toBe(
      'REQUEST_INVALID',
    );
  });

  it('answers bad requests with problem documents', async () => {
    expect(await problem(await get('/api/collections/absent/facets'))).toBe('COLLECTION_NOT_FOUND');
    expect(await problem(await get('/api/collections/test/images/one'))).toBe('REQUEST_INVALID');
    expect(await problem(await get('/api/collections/test/images?limit=9999'))).toBe(
      'REQUEST_INVALID',
    );
    expect(await problem(await get('/api/collections/test/images?filter=x'))).toBe(
      'REQUEST_INVALID',
    );
    expect(await problem(await get('/api/nothing'))).toBe('ROUTE_NOT_FOUND');
    expect(await problem(await upload(Buffer.from('text')))).toBe('IMAGE_NOT_RECOGNISED');
    expect(await problem(await upload(new Uint8Array(0)))).toBe('IMAGE_EMPTY');
    const absent = await upload(await picture(1), { encoder: 'absent' });
    expect(await problem(absent)).toBe('ENCODER_NOT_FOUND');
  });

  it.each([
    ['images?limt=3', /no parameter “limt”\. Did you mean "limit"/],
    ['images?colour=red', /no parameter “colour”\. There is: filter, where, after, offset, limit/],
    ['images?limit=3&limit=4', /limit: it may be given only once/],
    ['images?where=modality:CT&where=modality:XR', /where: it may be given only once/],
    ['images?limit=', /limit/],
    ['images?offset=-1', /offset/],
    ['images?after=-1', /after/],
    ['images/1?x=1', /no parameter “x”\. There is no parameter/],
    ['images/1/thumbnail?size=9', /no parameter “size”\. There is: edge, v/],
    ['images?offset=0x10', /offset: /],
    ['facets?k=3', /no parameter “k”\. There is: filter, where/],
    ['missing-embeddings?page=2', /no parameter “page”/],
    [`images?${'x'.repeat(5000)}=1`, /no parameter “x+…”/],
    [`images?where=${'x'.repeat(5000)}:1`, /no field “x+…”/],
  ])('names the parameter that is wrong (%#)', async (path, detail) => {
    const response = await get(`/api/collections/test/${path}`);
    expect(response.status).toBe(400);
    const body = await json(response);
    expect(body.detail).toMatch(detail);
    expect(JSON.stringify(body).length).toBeLessThan(900);
  });

  it('takes no parameters where there are none, in addresses and in forms', async () => {
    for (const path of ['/health?x=1', '/ready?x=1', '/api/collections?x=1']) {
      expect(await problem(await get(path))).toBe('REQUEST_INVALID');
    }
    const unknown = searchForm({ parts: [{ image: 3 }] });
    unknown.set('k', '5');
    expect((await json(send(unknown))).detail).toMatch(/no parameter “k”\. There is: query, file/);
    const twice = searchForm({ parts: [{ image: 3 }] });
    twice.append('query', '{}');
    expect((await json(send(twice))).detail).toMatch(/^query: it may be given only once/);
  });

  it.each([
    [{ kk: 5 }, /^There is no field “kk”\. Did you mean "k"/],
    [
      { colour: 1, size: 2 },
      /^There is no field “colour” \(nor 1 more\)\. There is: parts, level, k, /,
    ],
    [{ parts: [{ image: 3, region: [0] }] }, /^parts\.0/],
    [
      { parts: [{ image: 3, roel: 'less' }] },
      /^parts\.0: There is no field “roel”\. There is: image, region, whole, frames, role, weight/,
    ],
    [{ diversify: '' }, /^diversify: /],
    [{ k: '0x10' }, /^k: /],
    [{ k: 1001 }, /^k: /],
    [{ filter: 'modality=CT' }, /^filter: /],
    [{ ['x'.repeat(5000)]: 1 }, /no field “x+…”/],
    [{ where: `${'x'.repeat(5000)}:1` }, /no field “x+…”/],
  ])('names the field of the query that is wrong (%#)', async (fields, detail) => {
    const response = await search({ parts: [{ image: 3 }], ...fields });
    expect(response.status).toBe(400);
    const body = await json(response);
    expect(body.detail).toMatch(detail);
    expect(JSON.stringify(body).length).toBeLessThan(900);
  });

  it('bounds a filter in the query as anywhere', async () => {
    const parts = [{ image: 3 }];
    for (const length of [10_001, 20_000]) {
      const filter = Array(length).fill('a=b');
      expect(await problem(await search({ parts, filter })), `${length}`).toBe('FILTER_TOO_LARGE');
    }
    const where = `patient:${Array.from({ length: 10_001 }, (_, i) => i).join()}`;
    expect(await problem(await search({ parts, where }))).toBe('FILTER_TOO_LARGE');
  });

  it('names the encoders that there are', async () => {
    const by = (encoder: string) => json(search({ parts: [{ image: 3 }], encoder }));
    const misspelt = await by('basline');
    expect(misspelt).toMatchObject({ code: 'ENCODER_NOT_FOUND', status: 404 });
    expect(misspelt.detail).toMatch(/Did you mean "baseline"\?/);
    expect((await by('baseline,other')).detail).toMatch(/There is: baseline/);
  });

  it('lets nobody keep data of patients, and pictures only as long as they are right', async () => {
    for (const path of ['', '/test/images', '/test/facets', '/absent/images']) {
      const { headers } = await get(`/api/collections${path}`);
      expect(headers.get('cache-control'), path).toBe('no-store');
    }
    const found = await search({ parts: [{ image: 3 }] });
    expect(found.headers.get('cache-control')).toBe('no-store');
    const { contentHash } = await json(get('/api/collections/test/images/2'));
    for (const form of ['thumbnail', 'rendered', 'pixels']) {
      const path = `/api/collections/test/images/2/${form}`;
      const first = await get(path);
      expect(first.headers.get('cache-control')).toBe('private, no-cache');
      const etag = first.headers.get('etag') as string;
      expect(etag).toContain(contentHash);
      for (const known of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
        const again = await get(path, { 'if-none-match': known });
        expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([
          304,
          '',
          etag,
        ]);
      }
      expect((await get(path, { 'if-none-match': '"x"' })).status).toBe(200);
      const other = await get(`${path}?v=other`);
      expect(other.headers.get('cache-control')).toBe('private, no-cache');
      const named = await get(`${path}?v=${contentHash}`);
      expect(named.headers.get('cache-control')).toMatch(/^private, .*immutable$/);
    }
    const small = (await get('/api/collections/test/images/2/thumbnail?edge=16')).headers.get(
      'etag',
    );
    const large = (await get('/api/collections/test/images/2/thumbnail?edge=17')).headers.get(
      'etag',
    );
    expect(small).not.toBe(large);
  });

  it('compresses the page, and nothing that is small or compressed already', async () => {
    const path = '/docs/swagger-ui.css';
    const plain = await get(path);
    const text = await plain.text();
    expect(plain.headers.get('content-encoding')).toBe(null);
    for (const [accepted, encoding] of [
      ['br, gzip', 'br'],
      ['gzip', 'gzip'],
      ['br;q=0.1, gzip;q=0.5', 'gzip'],
      ['*', 'br'],
      ['br;q=0, *', 'gzip'],
    ] as const) {
      const { headers } = await get(path, { 'accept-encoding': accepted });
      expect(headers.get('content-encoding'), accepted).toBe(encoding);
      expect(headers.get('vary')).toBe('Accept-Encoding');
    }
    const packed = await get(path, { 'accept-encoding': 'br' });
    const bytes = Buffer.from(await packed.arrayBuffer());
    expect(brotliDecompressSync(bytes).toString()).toBe(text);
    expect(bytes.length).toBeLessThan(text.length / 4);
    const etag = packed.headers.get('etag') as string;
    const again = await get(path, { 'accept-encoding': 'br', 'if-none-match': etag });
    expect(again.status).toBe(304);
    for (const each of ['/docs/start.js', '/health', '/api/collections/test/images/2/thumbnail']) {
      const { headers } = await get(each, { 'accept-encoding': 'br, gzip' });
      expect(headers.get('content-encoding'), each).toBe(null);
    }
  });

  it('sends with every answer what keeps browsers from making more of it', async () => {
    for (const path of ['/', '/docs/', '/health', '/api/collections', '/api/nothing', '/nothing']) {
      const { headers } = await get(path);
      const policy = headers.get('content-security-policy');
      expect(policy, path).toMatch(/default-src 'self';.*frame-ancestors 'none'.*base-uri 'none'/);
      expect(policy, path).not.toMatch(/script-src|'unsafe-eval'/);
      expect(Object.fromEntries(headers), path).toMatchObject({
        ...{ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' },
        ...{ 'cross-origin-resource-policy': 'same-origin', 'x-frame-options': 'DENY' },
        'content-type': expect.stringMatching(
          /^text\/html; charset=utf-8|^application\/(problem\+)?json/,
        ),
      });
      expect(headers.get('server') ?? headers.get('x-powered-by'), path).toBeNull();
      // An answer of the API that somebody is led to is saved, and shown by nothing.
      const isData = path.startsWith('/api/');
      expect(headers.get('content-disposition'), path).toBe(
        isData ? 'attachment; filename="api.json"' : null,
      );
    }
  });

  it('speaks of no TLS, which it does not have', async () => {
    expect((await get('/health')).headers.get('strict-transport-security')).toBe(null);
  });

  it('refuses oversized uploads and decompression bombs', async () => {
    expect(await problem(await upload(new Uint8Array(MAX_UPLOAD + 1)))).toBe('UPLOAD_TOO_LARGE');
    const black = {
      create: { width: 1100, height: 1000, channels: 3, background: '#000' },
    } as const;
    const bomb = await sharp(black).png().toBuffer();
    expect(bomb.length).toBeLessThan(MAX_UPLOAD);
    expect(await problem(await upload(bomb))).toBe('IMAGE_TOO_LARGE');
  });

  it('refuses other sites: foreign origin, rebound host name, cross-site fetch', async () => {
    const refused = async (headers: Record<string, string>) =>
      problem(await get('/api/collections', headers));
    expect(await refused({ origin: 'https://elsewhere.example' })).toBe('REQUEST_CROSS_SITE');
    expect(await refused({ origin: 'null' })).toBe('REQUEST_CROSS_SITE');
    expect(await refused({ 'sec-fetch-site': 'cross-site' })).toBe('REQUEST_CROSS_SITE');
    const rebound = await app.request('http://elsewhere.example/api/collections');
    expect(await problem(rebound)).toBe('REQUEST_CROSS_SITE');
    expect((await get('/api/collections', { origin: 'http://localhost' })).status).toBe(200);
  });

  it('answers pages of the origins that are allowed, letter by letter, and no other', async () => {
    const viewer = 'https://viewer.example';
    const open = createApp(semblance, { maxUpload: MAX_UPLOAD, origins: [viewer] });
    const ask = (path: string, origin: string, init: RequestInit = {}) =>
      open.request(`http://localhost${path}`, {
        ...init,
        headers: { origin, 'sec-fetch-site': 'cross-site', ...init.headers },
      });
    const allowed = (response: Response) => response.headers.get('access-control-allow-origin');
    const listed = await ask('/api/collections', viewer);
    expect([listed.status, allowed(listed)]).toEqual([200, viewer]);
    expect(listed.headers.get('vary')).toContain('Origin');
    expect(listed.headers.get('access-control-allow-credentials')).toBeNull();
    // A refusal can be read, too, and what is kept by a browser differs by who asked.
    const refusal = await ask('/api/collections/absent/facets', viewer);
    expect([refusal.status, allowed(refusal)]).toEqual([404, viewer]);
    expect(refusal.headers.get('vary')).toContain('Origin');
    const own = await open.request('http://localhost/api/collections');
    expect([own.headers.get('vary'), allowed(own)]).toEqual(['Origin', null]);
    const preflight = await ask('/api/collections/test/search', viewer, {
      method: 'OPTIONS',
      headers: { 'access-control-request-method': 'POST' },
    });
    expect([preflight.status, allowed(preflight)]).toEqual([204, viewer]);
    expect(preflight.headers.get('access-control-allow-methods')).toBe('GET,POST');
    const form = searchForm({ parts: [{ image: 1 }] });
    const found = await ask('/api/collections/test/search', viewer, { method: 'POST', body: form });
    expect([found.status, allowed(found)]).toEqual([200, viewer]);

    const hostile = [
      ...['null', '*', '', 'https://viewer.example.evil.example', 'https://evil-viewer.example'],
      ...['http://viewer.example', 'https://viewer.example:8443', 'https://viewer.example:443'],
      ...['https://viewer.example/', 'https://VIEWER.example', 'https://x.viewer.example'],
      ...['https://viewer.example, https://evil.example', 'https://viewer.exampl'],
    ];
    for (const origin of hostile) {
      for (const method of ['GET', 'OPTIONS', 'POST']) {
        const path = method === 'GET' ? '/api/collections' : '/api/collections/test/search';
        const response = await ask(path, origin, { method });
        expect([response.status, allowed(response)], `${method} of ${origin}`).toEqual([403, null]);
      }
    }
    // The page is not the API, and another name of the server not its own.
    expect((await ask('/openapi.json', viewer)).status).toBe(403);
    const rebound = await open.request('http://elsewhere.example/api/collections', {
      headers: { origin: viewer },
    });
    expect(await problem(rebound)).toBe('REQUEST_CROSS_SITE');
    // Without the option nobody is let in.
    expect((await get('/api/collections', { origin: viewer })).status).toBe(403);
  });

  it('takes origins alone that browsers send', () => {
    const wrong = ['*', 'null', '', 'viewer.example', 'https://viewer.example/', 'file:///x'];
    for (const origin of [...wrong, 'https://Viewer.example', 'https://viewer.example:443']) {
      expect(() => createApp(semblance, { maxUpload: 1, origins: [origin] }), origin).toThrow(
        'It is not an origin',
      );
    }
  });

  it('is described in clients/openapi.json as it is, every operation with a name of its own', async () => {
    const description = await json(get('/openapi.json'));
    const file = new URL('../../clients/openapi.json', import.meta.url);
    // `npm run docs:openapi` renews it.
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(description);
    const operations = Object.values(description.paths).flatMap(
      (methods) => Object.values(methods as object) as Operation[],
    );
    const names = operations.map(({ operationId }) => operationId);
    expect(names).not.toContain(undefined);
    expect(new Set(names).size).toBe(operations.length);
    const groups = description.tags.map(({ name }: { name: string }) => [name]);
    for (const { tags } of operations) expect(groups).toContainEqual(tags);
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(description.info.version).toBe(version);
    for (const { operationId, responses } of operations) {
      expect(responses, operationId).toHaveProperty('400.content');
      const failed = Object.entries(responses).filter(([status]) => Number(status) >= 400);
      for (const [, { content }] of failed) {
        expect(Object.keys(content ?? {}), operationId).toEqual(['application/problem+json']);
      }
    }
  });

  it('describes itself, and its page loads nothing from elsewhere', async () => {
    const document = await json(get('/openapi.json'));
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toContain('/api/v1/collections/{collection}/search');
    const page = await (await get('/docs/')).text();
    expect(page).not.toMatch(/https?:\/\//);
    expect((await get('/docs/swagger-ui-bundle.js')).status).toBe(200);
    expect((await get('/health')).status).toBe(200);
    expect((await get('/ready')).status).toBe(200);
  });

  it('is ready beside a collection that is damaged, and names it', async () => {
    expect(await json(get('/ready'))).toEqual({ status: 'ready', problems: [] });
    const damaged = join(folder, 'home', 'damaged.db');
    writeFileSync(damaged, 'no collection');
    const ready = await get('/ready');
    expect(ready.status).toBe(200);
    expect(await json(ready)).toMatchObject({
      status: 'ready',
      problems: [{ name: 'damaged', problem: { code: 'COLLECTION_DAMAGED' } }],
    });
    rmSync(damaged);
  });
});
