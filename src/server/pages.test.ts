import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { Semblance } from '../app/semblance.ts';
import { ERRORS } from '../domain/errors/registry.ts';
import { DataDirectory } from '../store/data-directory.ts';
import { createApp } from './app.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-pages-'));
const home = new DataDirectory(folder);
const semblance = await Semblance.open({ home: home.folder, limits: { maxPixels: 1_000_000 } });
const app = createApp(semblance, { maxUpload: 200_000 });
afterAll(async () => {
  await semblance.close();
  rmSync(folder, { recursive: true });
});
const get = (path: string, accept: string) =>
  app.request(`http://localhost${path}`, { headers: { accept } });

describe('an address that does not exist', () => {
  it.each([
    ['/somewhere', './'],
    ['/some/where/else', '../../'],
    ['/somewhere/', '../'],
    ['/docs/nothing', '../'],
    ['/%E0%A4%A', './'],
  ])('is a page with the way back for a person: %s', async (path, back) => {
    const response = await get(path, 'text/html,application/xhtml+xml,*/*;q=0.8');
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
    const text = await response.text();
    expect(text).toContain('<h1>There is no page at this address</h1>');
    expect(text).toContain(`<a href="${back}">`);
  });

  it('is a problem document for a program', async () => {
    for (const [path, accept] of [
      ['/somewhere', '*/*'],
      ['/api/nothing', 'application/json'],
    ] as const) {
      const response = await get(path, accept);
      expect([response.status, response.headers.get('content-type')]).toEqual([
        404,
        'application/problem+json',
      ]);
    }
  });
});

describe('the type of a problem', () => {
  it('leads to a page that says what it means and what to do', async () => {
    const problem = (await (await get('/api/nothing', '*/*')).json()) as { type: string };
    expect(problem.type).toBe('/problems/ROUTE_NOT_FOUND');
    const response = await get(problem.type, 'text/html');
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/html; charset=utf-8',
    ]);
    const page = await response.text();
    expect(page).toContain(`<h1>${ERRORS.ROUTE_NOT_FOUND.title}</h1>`);
    expect(page).toContain(ERRORS.ROUTE_NOT_FOUND.advice);
  });

  it.each(Object.keys(ERRORS))('has a page: %s', async (code) => {
    const response = await get(`/problems/${code}`, 'text/html');
    expect(response.status).toBe(200);
    // A placeholder of an advice, as in `-e <name>`, is text and no element.
    expect(await response.text()).not.toMatch(/<name>/);
  });

  it('has none for a code that does not exist', async () => {
    expect((await get('/problems/NONE', 'text/html')).status).toBe(404);
  });
});

describe('/api/preview', () => {
  const preview = (bytes: Uint8Array, fields: [string, string][] = []) => {
    const body = new FormData();
    body.set('file', new File([Buffer.from(bytes)], 'own.tif'));
    for (const [name, value] of fields) body.set(name, value);
    return app.request('http://localhost/api/preview', { method: 'POST', body });
  };
  /** 12 bits in 16, which a browser would show as nearly black. */
  const deep = sharp(
    Uint16Array.from({ length: 60 * 40 }, (_, i) => (i % 60) * 60),
    { raw: { width: 60, height: 40, channels: 1 } },
  ).toColourspace('grey16');

  it.each(['tiff', 'png'] as const)('draws a deep %s over its range', async (format) => {
    const response = await preview(
      await deep.clone().toFormat(format, { compression: 'deflate' }).toBuffer(),
    );
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect([response.headers.get('x-width'), response.headers.get('x-height')]).toEqual([
      '60',
      '40',
    ]);
    expect(JSON.parse(response.headers.get('x-decoding') ?? '')).toMatchObject({
      format,
      bits: 16,
    });
    const drawn = sharp(Buffer.from(await response.arrayBuffer()));
    const { channels } = await drawn.stats();
    expect(channels[0]).toMatchObject({ min: 0, max: 255 });
  });

  it('makes it no larger than asked for, and says its own size', async () => {
    const response = await preview(await deep.clone().png().toBuffer(), [['edge', '30']]);
    expect(response.headers.get('x-width')).toBe('60');
    const drawn = await sharp(Buffer.from(await response.arrayBuffer())).metadata();
    expect([drawn.width, drawn.height]).toEqual([30, 20]);
  });

  it.each([
    ['a file that is no picture', Buffer.from('none'), [], 'IMAGE_NOT_RECOGNISED'],
    ['an empty file', Buffer.alloc(0), [], 'IMAGE_EMPTY'],
    ['a file over the limit', Buffer.alloc(300_000), [], 'UPLOAD_TOO_LARGE'],
    ['an edge that nobody needs', Buffer.from('none'), [['edge', '99999']], 'REQUEST_INVALID'],
  ] as [string, Buffer, [string, string][], string][])(
    'refuses %s',
    async (_, bytes, fields, code) => {
      const response = await preview(bytes, fields);
      expect(await response.json()).toMatchObject({ code, status: response.status });
    },
  );
});

describe('/api/collections', () => {
  it('lists the others beside one that cannot be opened', async () => {
    home.open('whole', { create: true }).close();
    writeFileSync(
      join(folder, 'broken.db'),
      'this is no database at all, but long enough '.repeat(50),
    );
    const response = await get('/api/collections', '*/*');
    const { collections } = (await response.json()) as { collections: object[] };
    expect(collections).toMatchObject([
      { name: 'broken', images: 0, encoders: [], problem: { code: 'COLLECTION_DAMAGED' } },
      { name: 'whole', images: 0, encoders: [] },
    ]);
    expect(collections[1]).not.toHaveProperty('problem');
  });
});
