import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dicomFile, elements, picture } from '../src/testing/dicom.ts';
import { hasOrthanc, type Orthanc, startOrthanc } from '../src/testing/orthanc.ts';
import { holdPorts } from '../src/testing/weaviate.ts';
import { hasBrowser, openPage } from './browser.ts';
import { run, startServing, temporaryFolder } from './program.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const PYTHON = '/usr/share/orthanc/plugins/libOrthancPython.so';
const SIDE = 32;
const SLICES = 5;
const hasPython = existsSync(PYTHON);
if (!hasPython) console.warn('skipped: Orthanc has no Python (apt-get install orthanc-python)');

/** The blocks of a language in the guide. */
function blocks(language: string): string[] {
  const text = readFileSync(join(ROOT, 'docs/orthanc.md'), 'utf8');
  return [...text.matchAll(/```(\w+)\n(.*?)```/gs)].flatMap(([, of, block = '']) =>
    of === language ? [block.trim()] : [],
  );
}

function slice(series: number, number: number): Buffer {
  const pixels = Array.from({ length: SIDE * SIDE }, (_, i) =>
    Math.round(500 + 450 * Math.sin((i % SIDE) / (1 + series) + Math.floor(i / SIDE) / number)),
  );
  const made = picture(pixels, SIDE, [
    ['SOPInstanceUID', `1.2.777.${series}.1.${number}`],
    ['Modality', 'MR'],
    ['PatientName', `PLANTEDNAME^${series}`],
    ['PatientID', `PLANTEDID${series}`],
    ['StudyInstanceUID', `1.2.777.${series}`],
    ['SeriesInstanceUID', `1.2.777.${series}.1`],
    ['InstanceNumber', String(number)],
    ['ImagePositionPatient', `0\\0\\${number}`],
    ['ImageOrientationPatient', '1\\0\\0\\0\\1\\0'],
  ]);
  return dicomFile('1.2.840.10008.1.2.1', elements(made));
}

describe.runIf(hasOrthanc() && hasPython && hasBrowser)('the guide for Orthanc', () => {
  const temporary = temporaryFolder();
  const folder = join(temporary.path, 'orthanc');
  let orthanc: Orthanc;
  let semblance: Awaited<ReturnType<typeof startServing>>;
  let browser: Browser;
  let page: Page;
  /** Orthanc's own address. */
  let base: string;

  beforeAll(async () => {
    mkdirSync(folder);
    const held = await holdPorts(1);
    await held.free();
    const [indexing = '', , copying = '', serving = '', copyingHook = ''] = blocks('sh');
    const [button = '', hook = ''] = blocks('json');
    // The guide as it stands, with a folder and ports of the test's own, and less patience.
    const own = (text: string) =>
      text
        .replaceAll('/etc/orthanc', folder)
        .replaceAll('11112', String(held.first))
        .replace('"StableAge": 60', '"StableAge": 1');
    const home = ['--home', join(temporary.path, 'home')];
    const [, ...serve] = own(serving).split(' ');
    semblance = await startServing([...home, ...serve]);
    for (const each of [copying, copyingHook]) {
      execFileSync('sh', ['-c', own(each)], { cwd: ROOT });
    }
    const { port } = new URL(semblance.url);
    const { DicomModalities, ...sending } = JSON.parse(own(hook));
    orthanc = await startOrthanc(DicomModalities, {
      ...JSON.parse(own(button).replace('7780', port)),
      ...{ ...sending, Plugins: [PYTHON], AuthenticationEnabled: false },
    });
    base = orthanc.url.replace('/dicom-web', '');
    for (const series of [1, 2, 3]) {
      for (let number = 1; number <= SLICES; number++) await orthanc.upload(slice(series, number));
    }
    const [, ...index] = indexing
      .replace('http://127.0.0.1:8042/dicom-web', orthanc.url)
      .split(' ');
    const indexed = await run([...home, ...index]);
    expect(indexed.code, indexed.stderr).toBe(0);
    ({ browser, page } = await openPage(`${base}/`));
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await orthanc?.remove();
    await semblance?.stop();
    temporary.remove();
  });

  /** Identifier of Orthanc's own. */
  const lookUp = async (uid: string): Promise<string> => {
    const answer = await fetch(`${base}/tools/lookup`, { method: 'POST', body: uid });
    return ((await answer.json()) as { ID: string }[])[0]?.ID ?? '';
  };

  it('finds a series that comes later, which Orthanc sends', async () => {
    const indexed = async () => {
      const body = new FormData();
      body.set('instance', '1.2.777.4.1.1');
      const answer = await fetch(`${semblance.url}api/instances`, { method: 'POST', body });
      return ((await answer.json()) as { images: { collection: string }[] }).images;
    };
    expect(await indexed()).toEqual([]);
    for (let number = 1; number <= SLICES; number++) await orthanc.upload(slice(4, number));
    await expect
      .poll(indexed, { timeout: 60_000, interval: 500 })
      .toMatchObject([{ collection: 'archive' }]);
  }, 90_000);

  it.each([
    ['series', '1.2.777.2.1', '1.2.777.2.1.3'],
    ['instance', '1.2.777.2.1.2', '1.2.777.2.1.2'],
  ])(
    'opens Semblance from the page of: %s',
    async (level, uid, instance) => {
      await page.goto(`${base}/app/explorer.html#${level}?uuid=${await lookUp(uid)}`);
      const button = page.locator(`#semblance-${level}`);
      expect(await button.textContent()).toContain('Similar cases');
      expect(await button.getAttribute('href')).toBe(`${semblance.url}#instance=${instance}`);
      const [opened] = await Promise.all([page.waitForEvent('popup'), button.click()]);
      await opened.waitForURL(/\?collection=archive&.*image=\d+$/);
      const body = new FormData();
      body.set('instance', instance);
      const shown = await fetch(`${semblance.url}api/instances`, { method: 'POST', body });
      const [found] = ((await shown.json()) as { images: { image: { id: number } }[] }).images;
      expect(new URL(opened.url()).searchParams.get('image')).toBe(String(found?.image.id));
      expect(await opened.evaluate(() => history.length)).toBe(1);
      await opened.close();
    },
    60_000,
  );

  it('says so of an image that is not indexed', async () => {
    await page.goto(`${semblance.url}#instance=1.2.777.9.1.1`);
    const notice = page.getByTestId('link');
    await expect.poll(() => notice.textContent()).toContain('not indexed yet');
    expect(page.url()).not.toContain('1.2.777');
  }, 60_000);
});
