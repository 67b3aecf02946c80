import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Semblance } from '../app/semblance.ts';
import { hasOrthanc, type Orthanc, startOrthanc } from '../testing/orthanc.ts';
import { CT, slice } from '../testing/slices.ts';
import { createApp } from './app.ts';

const VARIABLES = ['URL', 'USER', 'PASSWORD'].map((name) => `SEMBLANCE_DICOMWEB_${name}`);
const PERSONAL = /PLANTED|Käßner|A4711/;
/** An element of DICOM JSON. */
type Found = Record<string, { vr: string; Value: unknown[] }>;

const work = mkdtempSync(join(tmpdir(), 'semblance-dicom-web-'));
const folder = join(work, 'folder');
const others = [
  ['SpecificCharacterSet', 'ISO_IR 100'],
  ['StudyDate', '20240102'],
  ['StudyTime', '101112'],
  ['AccessionNumber', 'A4711'],
] as const;
/** Instances by their names: of two studies, and one of three frames. */
const instances = new Map(
  [1, 2].flatMap((study) =>
    [1, 2, 3, 4, 5, 6].map((number) => {
      const name = ['PatientName', `Käßner^PLANTEDNAME${study}`] as const;
      const frames = study === 2 && number === 6 ? 3 : 1;
      const bytes = slice(study, number, { frames, others: [...others, name] });
      return [`${study}-${number}`, bytes];
    }),
  ),
);
const IMAGES = instances.size + 2;
let semblance: Semblance;
let app: ReturnType<typeof createApp>;

beforeAll(async () => {
  mkdirSync(folder);
  for (const [name, bytes] of instances) writeFileSync(join(folder, `${name}.dcm`), bytes);
  for (const shade of [1, 2, 3]) {
    const data = Uint8Array.from({ length: 32 * 32 }, (_, i) => (i * shade) % 251);
    const png = sharp(data, { raw: { width: 32, height: 32, channels: 1 } }).png();
    await png.toFile(join(folder, `${shade}.png`));
  }
  semblance = await Semblance.open({ home: join(work, 'home') });
  const indexed = await semblance.indexing.index({}, { path: folder, collection: 'folder' });
  expect(indexed).toMatchObject({ added: instances.size + 3, failed: 0 });
  app = createApp(semblance, { maxUpload: 1e6, dicomWeb: { personal: false } });
}, 60_000);

afterAll(async () => {
  await semblance.close();
  rmSync(work, { recursive: true, force: true });
});

const placeOf = (study: string, series: string, instance: string) =>
  `/dicom-web/studies/${study}/series/${series}/instances/${instance}/similar`;
const ONE = placeOf('1.2.777.1', '1.2.777.1.1', '1.2.777.1.1.3');

async function similar(query: string, place = ONE, door = app) {
  const answer = await door.request(`http://localhost${place}?${query}`);
  const { status, headers } = answer;
  return { status, headers, found: JSON.parse(await answer.text()) as Found[] };
}
const first = (found: Found | undefined, tag: string) => found?.[tag]?.Value[0];
const keyOf = (found: Found) => [first(found, '00080018'), first(found, '00081160')].join();

describe('similar instances', () => {
  it('are named by their own UIDs, with how similar they are, and tell nobody', async () => {
    const { status, headers, found } = await similar('collection=folder&limit=5');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch('application/dicom+json');
    expect(headers.get('x-total-count')).toBe(`${IMAGES - 1}`);
    expect(headers.get('warning')).toBe(
      `299 Semblance "There are ${IMAGES - 6} additional results that can be requested"`,
    );
    expect(found).toHaveLength(5);
    for (const [i, each] of found.entries()) {
      expect(first(each, '00080016')).toBe(CT);
      expect(first(each, '00080018')).toMatch(/^1\.2\.777\.[12]\.1\.[1-6]$/);
      expect(first(each, '00080060')).toBe('CT');
      expect(first(each, '00990010')).toBe('SEMBLANCE');
      expect(first(each, '00991002')).toBe(i + 1);
      expect(Object.keys(each)).toEqual(Object.keys(each).toSorted());
      expect(each['00081190']).toBeUndefined();
    }
    expect(JSON.stringify(found)).not.toMatch(PERSONAL);
    const similarities = found.map((each) => first(each, '00991001'));
    expect(similarities).toEqual(similarities.toSorted((a, b) => Number(b) - Number(a)));
  });

  it('tell names where that is allowed', async () => {
    const door = createApp(semblance, { maxUpload: 1e6, dicomWeb: { personal: true } });
    const { found } = await similar('collection=folder&limit=1', ONE, door);
    expect(found[0]?.['00100010']).toEqual({
      vr: 'PN',
      Value: [{ Alphabetic: expect.stringMatching(/^Käßner\^PLANTEDNAME[12]$/) }],
    });
    expect(first(found[0], '00080050')).toBe('A4711');
  });

  it('come page by page as they come at once', async () => {
    const { found: all } = await similar('collection=folder&limit=1000');
    expect(new Set(all.map(keyOf)).size).toBe(IMAGES - 1);
    const frames = all.filter((each) => first(each, '00080018') === '1.2.777.2.1.6');
    expect(frames.map((each) => first(each, '00081160')).toSorted()).toEqual([1, 2, 3]);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 20 }), fc.nat(20), async (limit, offset) => {
        const { found, headers } = await similar(
          `collection=folder&limit=${limit}&offset=${offset}`,
        );
        expect(found).toEqual(all.slice(offset, offset + limit));
        expect(headers.has('warning')).toBe(offset + limit < all.length);
      }),
      { numRuns: 25 },
    );
  });

  it('are found for a file, with a filter, at the level of series', async () => {
    const body = new FormData();
    body.append('file', new Blob([new Uint8Array(instances.get('1-3') as Buffer)]), 'x.dcm');
    const posted = await app.request(
      'http://localhost/dicom-web/similar?collection=folder&level=series&where=modality:CT',
      { method: 'POST', body },
    );
    const [found, ...more] = JSON.parse(await posted.text()) as Found[];
    expect(more).toHaveLength(0);
    expect(first(found, '0020000E')).toBe('1.2.777.2.1');
    expect(found?.['00080018']).toBeUndefined();
    const best = first(found, '00081199') as Found;
    expect(first(best, '00081150')).toBe(CT);
    expect(first(best, '00081155')).toMatch(/^1\.2\.777\.2\.1\.[1-6]$/);
  });

  it.each([
    ['of nothing known', placeOf('1.2.777.1', '1.2.777.1.1', '1.2.9'), 404, 'INSTANCE_NOT_FOUND'],
    [
      'of another study',
      placeOf('1.2.777.2', '1.2.777.1.1', '1.2.777.1.1.3'),
      404,
      'INSTANCE_NOT_FOUND',
    ],
    ['of no UID', placeOf('1.2.777.1', '..%2F..', "1'%20OR%201=1"), 404, 'INSTANCE_NOT_FOUND'],
    ['of a frame that is not there', `${ONE}?frame=2`, 404, 'INSTANCE_NOT_FOUND'],
    ['with no limit', `${ONE}?limit=0`, 400, 'REQUEST_INVALID'],
    ['with a strange offset', `${ONE}?offset=1e99`, 400, 'REQUEST_INVALID'],
    ['with an unknown parameter', `${ONE}?fuzzymatching=true`, 400, 'REQUEST_INVALID'],
  ])('%s is a problem', async (_, place, status, code) => {
    const mark = place.includes('?') ? '&' : '?';
    const answer = await app.request(`http://localhost${place}${mark}collection=folder`);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(JSON.parse(await answer.text())).toMatchObject({ status, code });
  });

  it('are not told unless that was allowed, nor to another site', async () => {
    const closed = createApp(semblance, { maxUpload: 1e6 });
    const refused = await closed.request(`http://localhost${ONE}?collection=folder`);
    expect(JSON.parse(await refused.text())).toMatchObject({ status: 403, code: 'DICOMWEB_OFF' });
    const foreign = await app.request(`http://localhost${ONE}?collection=folder`, {
      headers: { origin: 'https://evil.example' },
    });
    expect(JSON.parse(await foreign.text())).toMatchObject({ code: 'REQUEST_CROSS_SITE' });
  });

  it('open in a viewer, by an address that no answer has', async () => {
    const viewerUrl = 'https://viewer.example/viewer?StudyInstanceUIDs={study}&s={series}';
    const door = createApp(semblance, { maxUpload: 1e6, viewerUrl });
    const json = async (path: string) =>
      JSON.parse(await (await door.request(`http://localhost${path}`)).text());
    const listed = await json('/api/collections');
    expect(listed.collections[0]).toMatchObject({ name: 'folder', viewer: true });
    const { images } = await json('/api/collections/folder/images');
    expect(JSON.stringify(images)).not.toContain('1.2.777');
    const image = images.find(({ path }: { path: string }) => path === '1-3.dcm');
    const place = (id: number) => `http://localhost/api/collections/folder/images/${id}/viewer`;
    const way = await door.request(place(image.id));
    expect(way.status).toBe(302);
    expect(way.headers.get('location')).toBe(
      'https://viewer.example/viewer?StudyInstanceUIDs=1.2.777.1&s=1.2.777.1.1',
    );
    expect(way.headers.get('referrer-policy')).toBe('no-referrer');
    const png = images.find(({ path }: { path: string }) => path === '1.png');
    expect((await door.request(place(png.id))).status).toBe(404);
    expect((await app.request(place(image.id))).status).toBe(404);
  });

  it('whose file was replaced are left out, which is said', async () => {
    const replaced = join(folder, '1-5.dcm');
    writeFileSync(replaced, slice(9, 9));
    try {
      const { found, headers } = await similar('collection=folder&limit=1000');
      expect(found).toHaveLength(IMAGES - 2);
      expect(headers.get('warning')).toContain(
        '1 results are left out that could not be read (IMAGE_CHANGED)',
      );
    } finally {
      writeFileSync(replaced, instances.get('1-5') as Buffer);
    }
  });
});

describe.runIf(hasOrthanc())('similar instances of a PACS', () => {
  let orthanc: Orthanc;

  beforeAll(async () => {
    orthanc = await startOrthanc();
    const values = [orthanc.url, orthanc.user, orthanc.password];
    VARIABLES.forEach((name, i) => {
      process.env[name] = values[i];
    });
    for (const bytes of instances.values()) await orthanc.upload(bytes);
    const path = `dicomweb+${orthanc.url}`;
    const indexed = await semblance.indexing.index({}, { path, collection: 'pacs' });
    expect(indexed).toMatchObject({ added: instances.size, failed: 0 });
  }, 120_000);

  afterAll(async () => {
    await orthanc?.remove();
    for (const name of VARIABLES) delete process.env[name];
  });

  it('are what the PACS itself lists, tag by tag, and lead to it', async () => {
    const door = createApp(semblance, { maxUpload: 1e6, dicomWeb: { personal: true } });
    const { found, headers } = await similar('collection=pacs&limit=1000', ONE, door);
    expect(found).toHaveLength(IMAGES - 1);
    expect(headers.get('warning')).toBeNull();
    const authorization = `Basic ${Buffer.from(`${orthanc.user}:${orthanc.password}`).toString('base64')}`;
    const listed = await fetch(`${orthanc.url}/instances?limit=100&includefield=all`, {
      headers: { authorization },
    });
    const all = JSON.parse(await listed.text()) as Found[];
    let compared = 0;
    for (const each of found) {
      const own = all.find((other) => first(other, '00080018') === first(each, '00080018'));
      expect(each['00081190']).toEqual(own?.['00081190']);
      for (const tag of Object.keys(each)) {
        if (own?.[tag] === undefined) continue;
        compared += 1;
        expect(each[tag], tag).toEqual(own[tag]);
      }
    }
    expect(compared).toBeGreaterThan(found.length * 10);
    // The same as of files, but where they lie.
    const files = await similar('collection=folder&limit=1000', ONE, door);
    const here = ({ '00081190': _, ...rest }: Found) => rest;
    expect(found.map(here)).toEqual(files.found.map(here));
  }, 60_000);

  it('have their UIDs alone while it does not answer', async () => {
    await orthanc.stop();
    try {
      const { found, status, headers } = await similar('collection=pacs&limit=2');
      expect(status).toBe(200);
      expect(headers.get('warning')).toContain('2 results have their UIDs alone');
      expect(found.map((each) => first(each, '0020000D'))).not.toContain(undefined);
    } finally {
      await orthanc.start();
    }
  }, 60_000);
});
