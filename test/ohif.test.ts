import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dicomFile, elements, picture } from '../src/testing/dicom.ts';
import { hasOrthanc, type Orthanc, startOrthanc } from '../src/testing/orthanc.ts';
import { hasBrowser, openPage } from './browser.ts';
import { hasViewer, serveViewer } from './ohif-viewer.ts';
import { run, startServing, temporaryFolder } from './program.ts';
import { OUTPUT } from './site.ts';

const [COLUMNS, ROWS] = [128, 96];
const STUDIES = 5;
/** It comes when the collection was made already. */
const LATE = STUDIES + 1;
const SLICES = 3;
const uid = (study: number, slice?: number) =>
  `1.2.777.${study}${slice === undefined ? '' : `.1.${slice}`}`;

/** Rings around a place of its own. */
const pixelsOf = (study: number, number: number) =>
  Array.from({ length: COLUMNS * ROWS }, (_, i) => {
    const [x, y] = [(i % COLUMNS) - 40 - 8 * study, Math.floor(i / COLUMNS) - 48];
    return Math.round(500 + 450 * Math.sin(Math.hypot(x, y) / (3 + study) + number / 3));
  });

/** A slice of a patient's only study. */
function slice(study: number, number: number): Buffer {
  const made = picture(pixelsOf(study, number), COLUMNS, [
    ['SOPInstanceUID', uid(study, number)],
    ['StudyDate', '20240101'],
    ['Modality', 'CT'],
    ['PatientName', `PLANTEDNAME^${study}`],
    ['PatientID', `PLANTEDID${study}`],
    ['SliceThickness', '1'],
    ['StudyInstanceUID', uid(study)],
    ['SeriesInstanceUID', `${uid(study)}.1`],
    ['SeriesNumber', '1'],
    ['InstanceNumber', String(number)],
    ['ImagePositionPatient', `0\\0\\${number}`],
    ['ImageOrientationPatient', '1\\0\\0\\0\\1\\0'],
    ['FrameOfReferenceUID', `${uid(study)}.9`],
    ['PixelSpacing', '1\\1'],
    ['WindowCenter', '500'],
    ['WindowWidth', '1000'],
    ['RescaleIntercept', '0'],
    ['RescaleSlope', '1'],
  ]);
  return dicomFile('1.2.840.10008.1.2.1', elements(made));
}

const configuration = (semblance: object) => `window.config = {
  routerBasename: '/',
  extensions: ['/semblance-ohif.js'],
  modes: [],
  showStudyList: true,
  investigationalUseDialog: { option: 'never' },
  defaultDataSourceName: 'orthanc',
  dataSources: [{
    namespace: '@ohif/extension-default.dataSourcesModule.dicomweb',
    sourceName: 'orthanc',
    configuration: {
      friendlyName: 'Orthanc',
      qidoRoot: '/dicom-web', wadoRoot: '/dicom-web', wadoUriRoot: '/dicom-web',
      qidoSupportsIncludeField: true, supportsReject: false,
      imageRendering: 'wadors', thumbnailRendering: 'wadors', enableStudyLazyLoad: true,
    },
  }],
  semblance: ${JSON.stringify(semblance)},
};`;

/** What the page sent to the server, with what goes along. */
interface Sent {
  path: string;
  query?: { parts: { image?: number; file?: number; region?: Record<string, number> }[] };
  instance?: string;
  file?: number[];
  said: string;
}

/** Keeps in the page what it sends: a browser tells nobody else what is in a form with a file. */
function recordRequests(): void {
  const send = window.fetch;
  const sent: Sent[] = [];
  Object.assign(window, { sent });
  window.fetch = async (input, init) => {
    if (input instanceof Request && new URL(input.url).origin !== location.origin) {
      const { pathname, search } = new URL(input.url);
      const { credentials, referrerPolicy } = input;
      const form = input.method === 'POST' ? await input.clone().formData() : new FormData();
      const [query, file] = [form.get('query'), form.get('file')];
      sent.push({
        path: pathname + search,
        said: `${credentials} ${referrerPolicy} ${[...form.keys()]}`,
        ...(typeof query === 'string' && { query: JSON.parse(query) }),
        ...(form.has('instance') && { instance: String(form.get('instance')) }),
        ...(file instanceof File && { file: [...new Uint8Array(await file.arrayBuffer())] }),
      });
    }
    return send(input, init);
  };
}

describe.runIf(hasViewer() && hasBrowser && hasOrthanc())('the panel in OHIF', () => {
  const temporary = temporaryFolder();
  const home = ['--home', join(temporary.path, 'home')];
  let orthanc: Orthanc;
  let semblance: Awaited<ReturnType<typeof startServing>> | undefined;
  let viewer: Awaited<ReturnType<typeof serveViewer>>;
  let browser: Browser;
  let page: Page;
  /** What the page asked of other servers than the viewer's own, and what its console complained of. */
  let elsewhere: string[];
  let url = '';

  beforeAll(async () => {
    mkdirSync(OUTPUT, { recursive: true });
    orthanc = await startOrthanc();
    for (let study = 1; study <= STUDIES; study++) {
      for (let number = 1; number <= SLICES; number++) await orthanc.upload(slice(study, number));
    }
    const { user, password } = orthanc;
    for (const [name, value] of Object.entries({
      URL: orthanc.url,
      USER: user,
      PASSWORD: password,
    })) {
      process.env[`SEMBLANCE_DICOMWEB_${name}`] = value;
    }
    const indexed = await run([...home, 'index', `dicomweb+${orthanc.url}`, '-c', 'archive']);
    expect(indexed.code, indexed.stderr).toBe(0);
    await orthanc.upload(slice(LATE, 1));
    viewer = await serveViewer(orthanc, () => configuration({ url }));
    const options = ['--dicom-web', '--allow-origin', viewer.origin];
    semblance = await startServing([...home, 'serve', ...options]);
    url = semblance.url;
    const opened = await openPage(`${viewer.origin}/`);
    ({ browser, page, complaints: elsewhere } = opened);
    await page.addInitScript(recordRequests);
    await open(viewer.origin);
  }, 180_000);

  afterAll(async () => {
    await browser?.close();
    viewer?.close();
    await semblance?.stop();
    await orthanc?.remove();
    temporary.remove();
  });

  /** Opens the panel beside two studies, of which the later one is shown. */
  async function open(origin: string): Promise<void> {
    await page.goto(`${origin}/viewer?StudyInstanceUIDs=${uid(1)},${uid(LATE)}`);
    // A tour of the viewer, at the first visit.
    await page.getByText('Skip all').click({ timeout: 60_000 });
    await page.locator('[data-cy="similar-cases-btn"]').click();
  }
  const panel = () => page.locator('semblance-similar-cases');
  const found = () => panel().locator('li');
  async function search(): Promise<Sent[]> {
    await page.evaluate(() => {
      (window as unknown as { sent: Sent[] }).sent.length = 0;
    });
    await panel().getByRole('button', { name: 'Find similar cases' }).click({ timeout: 30_000 });
    await expect.poll(() => panel().getByRole('status').textContent()).toMatch(/cases of archive/);
    return page.evaluate(() => (window as unknown as { sent: Sent[] }).sent);
  }

  it('sends the pixels of an image that Semblance does not know, and nothing besides', async () => {
    const sent = await search();
    expect(sent.map(({ path }) => path)).toEqual([
      ...['/api/v1/instances', '/api/v1/collections', '/api/v1/collections/archive/search'],
    ]);
    expect(sent.map(({ said }) => said)).toEqual([
      ...['omit no-referrer instance,frame', 'omit no-referrer ', 'omit no-referrer query,file'],
    ]);
    const { data, info } = await sharp(Buffer.from(sent[2]?.file ?? []))
      .extractChannel(0)
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([COLUMNS, ROWS]);
    // The window of the viewport is that of the file: 500 +- 500.
    const wanted = pixelsOf(LATE, 1).map((value) => (value / 1000) * 255);
    expect(Math.max(...wanted.map((value, i) => Math.abs(value - (data[i] ?? 0))))).toBeLessThan(1);
    expect(await panel().getByRole('status').textContent()).toContain('its pixels were sent');
    expect(await found().count()).toBe(STUDIES);
  }, 60_000);

  it('sends the rectangle that was drawn, in pixels of the image', async () => {
    await panel().getByRole('radio', { name: 'a rectangle' }).click();
    await panel().getByText('Draw a rectangle onto the image first.').waitFor();
    await panel().getByRole('button', { name: 'Draw' }).click();
    const canvas = await page.locator('canvas.cornerstone-canvas').boundingBox();
    if (canvas === null) throw new Error('There is no viewport.');
    const scale = canvas.width / COLUMNS;
    const at = (x: number, y: number) =>
      [canvas.x + x * scale, canvas.y + canvas.height / 2 + (y - ROWS / 2) * scale] as const;
    await page.mouse.move(...at(30.4, 20.4));
    await page.mouse.down();
    await page.mouse.move(...at(60, 40), { steps: 4 });
    await page.mouse.move(...at(69.6, 59.6), { steps: 4 });
    await page.mouse.up();
    await panel().getByText('pixels)').waitFor();
    const [, , { query } = { query: undefined }] = await search();
    const { x = 0, y = 0, width = 0, height = 0 } = query?.parts[0]?.region ?? {};
    // A pixel more or less, by where cornerstone sees their centres.
    const wanted = { x: 30, y: 20, width: 40, height: 40 };
    for (const [name, value] of Object.entries({ x, y, width, height })) {
      expect(Math.abs(value - wanted[name as 'x']), `${name} ${value}`).toBeLessThanOrEqual(1);
    }
    expect(await panel().getByRole('status').textContent()).toMatch(/like 4[01] × 4[01] pixels of/);
    await page.screenshot({ path: join(OUTPUT, 'ohif-rectangle.png') });
    await panel().getByRole('radio', { name: 'the whole image' }).click();
  }, 60_000);

  it('names an image that Semblance knows, and shows cases of other patients', async () => {
    const series = page.locator('[data-cy="study-browser-thumbnail"]');
    await series.filter({ hasText: /S:1\D*3/ }).dblclick();
    await panel().getByText('an image seen before').waitFor();
    const sent = await search();
    expect(sent.map(({ said }) => said)).toEqual([
      ...['omit no-referrer instance,frame', 'omit no-referrer query'],
    ]);
    expect(sent[0]?.instance).toMatch(/^1\.2\.777\.1\.1\.[123]$/);
    expect(sent[1]?.query?.parts).toEqual([{ image: expect.any(Number) }]);
    expect(await panel().getByRole('status').textContent()).toContain('no pixels were sent');
    expect(await found().count()).toBe(STUDIES - 1);
    expect(await found().first().textContent()).toMatch(/^1\. 0\.\d{3}CT$/);
    const widths = () =>
      found()
        .locator('img')
        .evaluateAll((all) => all.map((each) => (each as HTMLImageElement).naturalWidth));
    await expect.poll(widths).toEqual(Array(STUDIES - 1).fill(COLUMNS));
  }, 60_000);

  it('opens a case beside the image, at the slice that was found', async () => {
    await found().nth(1).locator('button').click();
    await expect.poll(() => page.locator('canvas.cornerstone-canvas').count()).toBe(2);
    const asked = elsewhere.filter((each) => each.endsWith('/instance'));
    expect(asked).toHaveLength(1);
    const uids = await (await fetch(asked[0] as string)).json();
    expect(uids.study).not.toBe(uid(1));
    const overlay = page.locator('[data-cy="viewport-overlay-bottom-right"]').last();
    const number = uids.instance.split('.').at(-1);
    await expect.poll(() => overlay.textContent()).toContain(`${number} (`);
    const loaded = await page.evaluate(() =>
      performance.getEntriesByType('resource').map(({ name }) => name),
    );
    expect(loaded.filter((each) => each.includes(`${uids.instance}/frames/1`))).not.toEqual([]);
    await page.screenshot({ path: join(OUTPUT, 'ohif.png') });
  }, 60_000);

  it('asks Semblance alone, and names nobody in an address', () => {
    const requests = elsewhere.filter((each) => URL.canParse(each));
    expect(requests.filter((each) => !each.startsWith(url))).toEqual([]);
    expect(requests.length).toBeGreaterThan(5);
    for (const each of requests) expect(each).not.toMatch(/PLANTED|1\.2\.777/);
  });

  it('says so when the server is away', async () => {
    await semblance?.stop();
    semblance = undefined;
    await panel().getByRole('button', { name: 'Find similar cases' }).click();
    const alert = panel().getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toContain('Semblance does not answer');
  }, 60_000);

  it('is let in from an allowed origin alone', async () => {
    semblance = await startServing([...home, 'serve', '--allow-origin', viewer.origin]);
    url = semblance.url;
    await open(viewer.otherOrigin);
    const alert = panel().getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toContain(`--allow-origin ${viewer.otherOrigin}`);
    expect(await panel().getByRole('option').count()).toBe(1);
  }, 90_000);
});
