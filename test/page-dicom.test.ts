import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BlobWriter, Uint8ArrayReader, ZipWriter } from '@zip.js/zip.js';
import type { Locator } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { SearchResult } from '../src/contract/shapes.ts';
import { dicomFile, elements, type MadeElement, picture } from '../src/testing/dicom.ts';
import { hasShared, sharedPath } from '../src/testing/shared.ts';
import { violations } from './axe.ts';
import { hasBrowser } from './browser.ts';
import { run } from './program.ts';
import { OUTPUT, servedSite } from './site.ts';

const EXPLICIT = '1.2.840.10008.1.2.1';
const SIDE = 96;
const SLICES = 8;

/** Names that nobody may see who does not ask for them. */
const PLANTED = /PLANTED|1\.2\.777/;

/** A slice through a body of soft tissue with a lung on either side and a spine; in Hounsfield units. */
function values(seed: number, z: number): number[] {
  const radius = (x: number, y: number, [cx, cy, rx, ry]: number[]) =>
    Math.hypot((x - (cx as number)) / (rx as number), (y - (cy as number)) / (ry as number));
  const lung = 10 + 2 * Math.sin((Math.PI * (z + 1)) / (SLICES + 1)) * (6 - seed);
  return Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    if (radius(x, y, [48, 50, 44, 34 + 2 * seed]) > 1) return -1000;
    if (radius(x, y, [48, 72, 7, 6]) < 1) return 700;
    if (radius(x, y, [28, 48, lung * 0.8, lung]) < 1) return -850 + 9 * ((x * y) % 7);
    if (radius(x, y, [68, 48, lung * 0.8, lung]) < 1) return -850 + 9 * ((x + y) % 7);
    return 40 + 8 * ((x * 7 + y * 3 + seed * z) % 5);
  });
}

/** A file of one slice or of several frames, with a name and numbers in it. */
function slice(seed: number, places: readonly number[], others: readonly MadeElement[] = []) {
  const pixels = places.flatMap((z) => values(seed, z).map((value) => value + 1024));
  const [z] = places;
  const made: MadeElement[] = [
    ['Rows', SIDE],
    ['NumberOfFrames', String(places.length)],
    ['Modality', 'CT'],
    ['BodyPartExamined', 'CHEST'],
    ['PatientName', `PLANTEDNAME^${seed}`],
    ['PatientID', `PLANTEDID${seed}`],
    ['StudyDescription', 'of PLANTEDNAME'],
    ['StudyInstanceUID', `1.2.777.${seed}`],
    ['SeriesInstanceUID', `1.2.777.${seed}.1`],
    ['SOPInstanceUID', `1.2.777.${seed}.1.${z}.${places.length}`],
    ...((places.length > 1
      ? []
      : [
          ['ImagePositionPatient', `0\\0\\${5 * (z as number)}`],
          ['ImageOrientationPatient', '1\\0\\0\\0\\1\\0'],
        ]) as MadeElement[]),
    ['RescaleIntercept', '-1024'],
    ['RescaleSlope', '1'],
    ['WindowCenter', '50\\-500'],
    ['WindowWidth', '350\\1400'],
  ];
  const given = new Set(others.map(([keyword]) => keyword));
  const all = [...made.filter(([keyword]) => !given.has(keyword)), ...others];
  return dicomFile(EXPLICIT, elements(picture(pixels, SIDE, all)));
}

/** A series as a folder, whose names are not in the order of the positions. */
function writeSeries(folder: string, seed: number): void {
  mkdirSync(folder, { recursive: true });
  for (let z = 0; z < SLICES; z++) {
    writeFileSync(join(folder, `IM${String(SLICES - z).padStart(4, '0')}`), slice(seed, [z]));
  }
}

const REPORT = dicomFile(
  EXPLICIT,
  elements([
    ['SOPClassUID', '1.2.840.10008.5.1.4.1.1.88.11'],
    ['Modality', 'SR'],
  ]),
);

describe.skipIf(!hasBrowser)('DICOM on the page, in Chromium', { retry: 1 }, () => {
  const site = servedSite(async ({ folder, home }) => {
    for (const seed of [1, 2, 3]) writeSeries(join(folder, 'collected', `${seed}`), seed);
    writeFileSync(join(folder, 'collected', 'frames'), slice(4, [0, 2, 4, 6, 7]));
    for (const identity of ['pseudonymous', 'keep']) {
      const into = ['-c', identity, '--identity', identity];
      const indexed = await run([...home, 'index', join(folder, 'collected'), ...into]);
      if (indexed.code !== 0) throw new Error(indexed.stderr);
    }
    return 'serve';
  });
  const byId = (testId: string) => site.page.getByTestId(testId);
  const results = () => byId('result-card');
  const go = (address: string) => site.page.goto(`${site.url}?collection=pseudonymous${address}`);
  const parameter = (name: string) => new URL(site.page.url()).searchParams.get(name);
  const settled = () => site.page.locator('[aria-busy="true"]').waitFor({ state: 'detached' });

  /** Numbers of images by the position of their slice, of one series. */
  async function slices(seed: number): Promise<number[]> {
    const answer = await site.page.request.get(
      `${site.url}api/collections/pseudonymous/images?limit=200`,
    );
    const { images } = JSON.parse(await answer.text()) as {
      images: { id: number; path: string }[];
    };
    return Array.from({ length: SLICES }, (_, z) => {
      const path = `${seed}/IM${String(SLICES - z).padStart(4, '0')}`;
      return images.find((image) => image.path === path)?.id as number;
    });
  }

  /** Opens the comparison of two images. */
  async function compare(query: number, result: number) {
    await go(`&image=${query}&k=100&compare=${result}`);
    const panes = [byId('compare-left'), byId('compare-right')] as const;
    for (const pane of panes) await shown(pane);
    return panes;
  }
  const shown = (pane: Locator) => pane.locator('canvas[data-ready="true"]').waitFor();
  const outputs = (pane: Locator) => pane.locator('.window-controls output').allTextContents();
  const place = (pane: Locator) => pane.locator('.stack output').textContent();

  /** The value under a point of a pane's image, in its own pixels. */
  async function valueAt(pane: Locator, x: number, y: number): Promise<string> {
    const box = await pane.locator('canvas').boundingBox();
    if (!box) throw new Error('The canvas is not there.');
    const fit = Math.min(box.width, box.height) / SIDE;
    const left = box.x + (box.width - SIDE * fit) / 2;
    const top = box.y + (box.height - SIDE * fit) / 2;
    await site.page.mouse.move(left + (x + 0.5) * fit, top + (y + 0.5) * fit);
    return (await pane.locator('.readout').textContent()) ?? '';
  }

  /** The grey in the middle of a pane's image, as it is drawn. */
  const greyAt = (pane: Locator, x: number, y: number) =>
    pane.locator('canvas').evaluate(
      (canvas, [across, down, side]) => {
        const { width, height } = canvas as HTMLCanvasElement;
        const fit = Math.min(width, height) / side;
        const [left, top] = [(width - side * fit) / 2, (height - side * fit) / 2];
        return (canvas as HTMLCanvasElement)
          .getContext('2d')
          ?.getImageData(left + (across + 0.5) * fit, top + (down + 0.5) * fit, 1, 1).data[0];
      },
      [x, y, SIDE] as const,
    );

  it('shows Hounsfield units in the window of the file, by presets, drag and keys', async () => {
    const [one] = await slices(1);
    const [two] = await slices(2);
    const [left, right] = await compare(one as number, two as number);
    expect(await outputs(left)).toEqual(['50', '350']);
    expect(await valueAt(left, 48, 72)).toMatch(/^48, 72: 700 HU$/);
    expect(await valueAt(left, 2, 2)).toMatch(/: −1000 HU$/);
    // Bone is white in the window of soft tissue, and grey in that of bone.
    expect(await greyAt(left, 48, 72)).toBe(255);
    await left.getByTestId('window-preset').selectOption({ label: 'Bone (400 / 1800)' });
    expect(await outputs(left)).toEqual(['400', '1800']);
    expect(await outputs(right)).toEqual(['400', '1800']);
    const grey = 255 * ((700 - 399.5) / 1799 + 0.5);
    expect(Math.abs(((await greyAt(left, 48, 72)) as number) - grey)).toBeLessThanOrEqual(1);
    // The second window of the file.
    await left.getByTestId('window-preset').selectOption({ label: 'File 2 (−500 / 1400)' });
    expect(await outputs(left)).toEqual(['−500', '1400']);
    await site.page.screenshot({ path: join(OUTPUT, 'dicom-compare.png') });

    const box = await left.locator('canvas').boundingBox();
    if (!box) throw new Error('The canvas is not there.');
    await site.page.mouse.move(box.x + 200, box.y + 100);
    await site.page.mouse.down();
    await site.page.mouse.move(box.x + 300, box.y + 50, { steps: 4 });
    await site.page.mouse.up();
    const [centre, width] = (await outputs(left)).map((text) => Number(text.replace('−', '-')));
    expect([centre, width]).toEqual([-500 - (50 / 400) * 1400, 1400 + (100 / 400) * 1400]);
    expect(await outputs(right)).toEqual(await outputs(left));
    await site.page.keyboard.press('r');
    await expect.poll(() => outputs(right)).toEqual(['50', '350']);

    // What a drag does can be changed, and then it moves the image.
    await site.page.keyboard.press('d');
    expect(await byId('tool-move').isChecked()).toBe(true);
    await left.getByTestId('window-centre').focus();
    await site.page.keyboard.press('ArrowRight');
    expect((await outputs(left))[0]).toBe('51');
    expect(await violations(site.page)).toEqual([]);
    expect(site.complaints).toEqual([]);
  });

  it('goes through a series by wheel, slider and keys, both together', async () => {
    const [first, second] = [await slices(1), await slices(2)];
    const [left, right] = await compare(first[2] as number, second[2] as number);
    await expect.poll(() => place(left)).toBe(`3 / ${SLICES}`);
    await expect.poll(() => place(right)).toBe(`3 / ${SLICES}`);
    const before = await greyAt(left, 28, 29);
    await left.locator('canvas').hover();
    await site.page.mouse.wheel(0, 80);
    await expect.poll(() => place(left)).toBe(`5 / ${SLICES}`);
    expect(await place(right)).toBe(`5 / ${SLICES}`);
    await shown(left);
    // The lung is wider there.
    await expect.poll(() => greyAt(left, 28, 29)).not.toBe(before);
    await right.getByTestId('stack-slider').fill(String(SLICES));
    await expect.poll(() => place(left)).toBe(`${SLICES} / ${SLICES}`);
    await left.locator('canvas').focus();
    await site.page.keyboard.press('ArrowUp');
    await expect.poll(() => place(right)).toBe(`${SLICES - 1} / ${SLICES}`);
    await right.getByTestId('stack-own').click();
    await expect.poll(() => place(left)).toBe(`3 / ${SLICES}`);
    // Apart, one stays where it is.
    await byId('link-series').uncheck({ force: true });
    await left.locator('canvas').focus();
    await site.page.keyboard.press('Home');
    await expect.poll(() => place(left)).toBe(`1 / ${SLICES}`);
    expect(await place(right)).toBe(`3 / ${SLICES}`);
    await shown(left);
    await shown(right);
    // A search goes on from what is seen.
    await right.locator('canvas').focus();
    await site.page.keyboard.press('End');
    await expect.poll(() => place(right)).toBe(`${SLICES} / ${SLICES}`);
    await shown(right);
    await site.page.getByRole('button', { name: 'Search from result' }).click();
    await expect.poll(() => parameter('image')).toBe(String(second[SLICES - 1]));
    expect(site.complaints).toEqual([]);
  });

  it('takes a folder that is dropped: by series and position, and says what is left out', async () => {
    const folder = join(site.folder, 'given');
    writeSeries(join(folder, 'a'), 1.5);
    writeFileSync(join(folder, 'one.dcm'), slice(2.5, [3]));
    writeFileSync(join(folder, 'notes.txt'), 'of PLANTEDNAME');
    writeFileSync(join(folder, 'report'), REPORT);
    writeFileSync(join(folder, '.DS_Store'), 'x');
    await go('');
    await byId('browse-card').first().waitFor();
    const client = await site.page.context().newCDPSession(site.page);
    const data = { items: [], files: [folder], dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
      await client.send('Input.dispatchDragEvent', { type, x: 600, y: 300, data });
    }
    await results().first().waitFor();
    expect(await byId('left-out').textContent()).toBe(
      'Left out: 1 × system file (.DS_Store); 1 × no picture (notes.txt); 1 × DICOM without a picture (report)',
    );
    expect(await byId('own-series').locator('option').allTextContents()).toEqual([
      '1: CT, 8 files',
      '2: CT, 1 file',
    ]);
    // The one in the middle by its position, not by its name.
    expect(await site.page.locator('h1').textContent()).toBe('IM0005');
    expect(parameter('file')).toBe('4');
    await settled();
    await site.page.screenshot({ path: join(OUTPUT, 'dicom-folder.png') });
    await byId('own-file').fill('8');
    await expect.poll(() => site.page.locator('h1').textContent()).toBe('IM0001');
    await settled();
    await byId('own-series').selectOption({ index: 1 });
    await expect.poll(() => site.page.locator('h1').textContent()).toBe('one.dcm');
    await settled();
    await expect.poll(() => byId('query-image').count()).toBe(1);
    expect(await violations(site.page)).toEqual([]);
    // In comparison, the own series is gone through as those of the collection.
    await byId('own-series').selectOption({ index: 0 });
    await expect.poll(() => site.page.locator('h1').textContent()).toBe('IM0005');
    await settled();
    await results().first().getByRole('link').focus();
    await site.page.keyboard.press('c');
    const left = byId('compare-left');
    await shown(left);
    expect(await outputs(left)).toEqual(['50', '350']);
    await expect.poll(() => place(left)).toBe('4 / 8');
    await left.locator('canvas').focus();
    await site.page.keyboard.press('ArrowDown');
    await expect.poll(() => place(left)).toBe('5 / 8');
    await shown(left);
    expect(await valueAt(left, 48, 72)).toMatch(/700 HU$/);
    expect(site.complaints).toEqual([]);
  });

  it('finds series and studies, with a folder as the query and the matching images', async () => {
    await go('');
    await byId('browse-card').first().waitFor();
    writeSeries(join(site.folder, 'near'), 1.1);
    await byId('folder-input').first().setInputFiles(join(site.folder, 'near'));
    await results().first().waitFor();
    await settled();
    await byId('level-select').selectOption('series');
    await expect.poll(() => results().count()).toBe(4);
    await settled();
    expect(await byId('searched-files').textContent()).toBe('All 8 files are searched with');
    expect(await byId('matches').first().locator('img').count()).toBeGreaterThan(1);
    // Compared is the picture of the query that the result matches best, whichever was shown.
    const answer = site.page.waitForResponse((response) => response.url().endsWith('/search'));
    await byId('count-48').check({ force: true });
    const { neighbours } = JSON.parse(await (await answer).text()) as SearchResult;
    await settled();
    const matches = neighbours[0]?.matches ?? [];
    const best = matches.reduce((a, b) => (b.similarity > a.similarity ? b : a));
    await results().first().getByRole('link').focus();
    await site.page.keyboard.press('c');
    await expect.poll(() => place(byId('compare-left'))).toBe(`${best.query + 1} / 8`);
    await site.page.keyboard.press('Escape');
    await byId('compare').waitFor({ state: 'detached' });
    expect(await site.page.locator('.query .fine[role=status]').textContent()).toContain(
      '8 pictures searched with',
    );
    await site.page.screenshot({ path: join(OUTPUT, 'dicom-series.png') });
    expect(await violations(site.page)).toEqual([]);
    await results().first().click();
    await expect.poll(() => parameter('image')).not.toBeNull();
    expect(parameter('level')).toBe('series');
    await settled();
    // The series of the image itself is not found again.
    await expect.poll(() => results().count()).toBe(3);
    await byId('level-select').selectOption('study');
    await expect.poll(() => parameter('level')).toBe('study');
    await settled();
    expect(await results().count()).toBe(3);
    expect(site.complaints).toEqual([]);
  });

  it('looks into a ZIP, and chooses a frame of a file', async () => {
    const writer = new ZipWriter(new BlobWriter('application/zip'));
    await writer.add('x/frames.dcm', new Uint8ArrayReader(slice(4.2, [1, 3, 5])));
    await writer.add('x/readme.txt', new Uint8ArrayReader(Buffer.from('words')));
    const buffer = Buffer.from(await (await writer.close()).arrayBuffer());
    await go('');
    await byId('browse-card').first().waitFor();
    const upload = (name: string, bytes: Buffer) =>
      byId('file-input').first().setInputFiles({ name, mimeType: '', buffer: bytes });
    await upload('series.zip', buffer);
    await results().first().waitFor();
    expect(await site.page.locator('h1').textContent()).toBe('frames.dcm');
    expect(await byId('left-out').textContent()).toBe('Left out: 1 × no picture (readme.txt)');
    await byId('own-frame').waitFor();
    const before = await byId('query-image').getAttribute('src');
    await byId('own-frame').fill('3');
    await expect.poll(() => parameter('frame')).toBe('3');
    await settled();
    await expect.poll(() => byId('query-image').getAttribute('src')).not.toBe(before);
    await results().first().getByRole('link').focus();
    await site.page.keyboard.press('c');
    await expect.poll(() => place(byId('compare-left'))).toBe('3 / 3');
    await shown(byId('compare-left'));
    expect(await valueAt(byId('compare-left'), 48, 72)).toMatch(/700 HU$/);
    await site.page.keyboard.press('Escape');
    await byId('compare').waitFor({ state: 'detached' });
    await upload('broken.zip', Buffer.from('PK\x03\x04 and no more', 'latin1'));
    await expect
      .poll(() => site.page.locator('.notice').first().textContent())
      .toContain('There is no picture to search with. Left out: 1 × unreadable file (broken.zip)');
    expect(site.complaints).toEqual([]);
  });

  it('shows nobody by name, unless that is kept and asked for', async () => {
    const text = () => site.page.evaluate(() => document.documentElement.outerHTML);
    const [one] = await slices(1);
    for (const collection of ['pseudonymous', 'keep']) {
      await site.page.goto(`${site.url}?collection=${collection}`);
      await byId('browse-card').first().waitFor();
      await byId('facet-modality-CT').waitFor();
      expect(await text()).not.toMatch(PLANTED);
      await site.page.goto(`${site.url}?collection=${collection}&image=${one}&k=12`);
      await results().first().waitFor();
      await results().first().getByRole('link').focus();
      await site.page.keyboard.press('c');
      await byId('compare').waitFor();
      await byId('compare').locator('table').waitFor();
      expect(await text()).not.toMatch(PLANTED);
    }
    expect(
      await byId('compare').locator('tr', { hasText: 'Patient' }).first().textContent(),
    ).toContain('hidden');
    await byId('show-identity').click();
    expect(await byId('compare').textContent()).toContain('PLANTEDNAME^');
    expect(site.page.url()).not.toMatch(PLANTED);
    await site.page.screenshot({ path: join(OUTPUT, 'dicom-identity.png') });
    expect(await violations(site.page)).toEqual([]);
    await go(`&image=${one}&compare=${(await slices(2))[0]}`);
    const row = byId('compare').locator('tr', { hasText: 'Patient' }).first();
    await expect.poll(() => row.textContent()).toMatch(/#[0-9a-f]{6}#[0-9a-f]{6}/);
    expect(await byId('show-identity').count()).toBe(0);
  });

  it('fits a phone', async () => {
    await site.page.setViewportSize({ width: 390, height: 844 });
    const [first, second] = [await slices(1), await slices(2)];
    await compare(first[2] as number, second[2] as number);
    await byId('stack-slider').first().waitFor();
    await site.page.screenshot({ path: join(OUTPUT, 'dicom-phone.png') });
    expect(
      await site.page.evaluate(
        () => document.documentElement.scrollWidth <= document.documentElement.clientWidth,
      ),
    ).toBe(true);
    expect(await violations(site.page)).toEqual([]);
    await site.page.setViewportSize({ width: 1440, height: 900 });
  });

  const shared = 'dicom/files/001-CTImage.dcm';
  it.skipIf(!hasShared(shared))('shows a file of a maker as it is', async () => {
    await go('');
    await byId('browse-card').first().waitFor();
    await byId('file-input')
      .first()
      .setInputFiles({
        name: 'own.dcm',
        mimeType: '',
        buffer: readFileSync(sharedPath(shared)),
      });
    await results().first().waitFor();
    await results().first().getByRole('link').focus();
    await site.page.keyboard.press('c');
    const left = byId('compare-left');
    await shown(left);
    expect(await outputs(left)).toEqual(['40', '400']);
    expect(await left.locator('figcaption').textContent()).toContain('512 × 512, HU');
  });
});
