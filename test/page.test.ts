import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomFrom } from '../src/random.ts';
import { hasBrowser, openPage } from './browser.ts';
import { run, startServing, temporaryFolder, writePicture } from './program.ts';

const OUTPUT = fileURLToPath(new URL('../test-output/', import.meta.url));

describe.skipIf(!hasBrowser)('the page, in Chromium', () => {
  const temporary = temporaryFolder();
  let server: Awaited<ReturnType<typeof startServing>>;
  let browser: Browser;
  let page: Page;
  /** Errors in the console and requests to anywhere but the server. */
  let complaints: string[];

  beforeAll(async () => {
    mkdirSync(OUTPUT, { recursive: true });
    server = await startServing(['--home', join(temporary.path, 'home'), 'demo']);
    ({ browser, page, complaints } = await openPage(server.url));
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    temporary.remove();
  });

  const cards = (kind: 'browse' | 'result') => page.getByTestId(`${kind}-card`);
  const labelsOf = async (count: number) => {
    await cards('result')
      .nth(count - 1)
      .waitFor();
    return (await cards('result').allInnerTexts()).slice(0, count).join('\n');
  };

  it('shows the collection, and searches from an image that is clicked', async () => {
    await page.goto(server.url);
    await cards('browse').first().waitFor();
    await cards('browse').nth(4).click();
    expect(await labelsOf(5)).toContain('chest');
    const similarities = (await page.getByTestId('similarity').allInnerTexts()).map(Number);
    expect(similarities.length).toBeGreaterThanOrEqual(12);
    expect(similarities).toEqual([...similarities].sort((a, b) => b - a));
    await page.waitForLoadState('networkidle');
    await page.screenshot({ path: process.env.SCREENSHOT ?? join(OUTPUT, 'search.png') });
  });

  it('goes on from a result; back and forward return', async () => {
    const first = page.url();
    const id = await cards('result').nth(2).getAttribute('data-image-id');
    await cards('result').nth(2).click();
    await page.waitForURL((url) => url.searchParams.get('image') === id);
    await page.goBack();
    await page.waitForURL(first);
    await cards('result').first().waitFor();
    await page.goForward();
    await page.waitForURL((url) => url.searchParams.get('image') === id);
    await cards('result').first().waitFor();
  });

  it('filters by facets', async () => {
    await page.getByTestId('facet-modality-CT').check();
    await page.getByTestId('filter-chip').waitFor();
    await expect.poll(async () => await labelsOf(3)).toMatch(/CT/);
    expect(await labelsOf(12)).not.toMatch(/XR|MR|US/);
    await page.getByTestId('filter-chip').click();
    await page.getByTestId('filter-chip').waitFor({ state: 'detached' });
  });

  it('compares side by side, with window centre and width', async () => {
    await cards('result').first().getByRole('link').focus();
    await page.keyboard.press('c');
    const left = page.getByTestId('compare-left');
    const right = page.getByTestId('compare-right');
    for (const pane of [left, right]) await pane.locator('canvas[data-ready="true"]').waitFor();
    const canvas = right.locator('canvas');
    const before = await canvas.screenshot();
    await right.getByTestId('window-width').fill('40');
    await expect.poll(async () => Buffer.compare(await canvas.screenshot(), before)).not.toBe(0);
    await page.screenshot({ path: join(OUTPUT, 'compare.png') });
    await page.keyboard.press('Escape');
    await page.getByTestId('compare').waitFor({ state: 'detached' });
  });

  it('searches with an uploaded picture and says kindly when a file is none', async () => {
    const file = join(temporary.path, 'query.png');
    await writePicture(file, 3);
    await page.getByTestId('file-input').first().setInputFiles(file);
    await page.getByTestId('query-image').waitFor();
    await cards('result').first().waitFor();
    expect(page.url()).toContain('upload');
    expect(complaints).toEqual([]);
    await page
      .getByTestId('file-input')
      .first()
      .setInputFiles({
        name: 'text.png',
        mimeType: 'image/png',
        buffer: Buffer.from('no picture'),
      });
    const error = page.getByTestId('error').first();
    await error.waitFor();
    expect(await error.getAttribute('data-code')).toBe('IMAGE_NOT_RECOGNISED');
    // The refused upload is the one complaint that the browser itself prints.
    expect(complaints.splice(0)).toEqual([expect.stringContaining('415')]);
  });

  it('can be used from the keyboard alone', async () => {
    await page.goto(server.url);
    await cards('browse').first().waitFor();
    await page.getByTestId('facet-modality-CT').waitFor();
    await page.keyboard.press('/');
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('INPUT');
    await page.keyboard.press('Escape');
    await cards('browse').first().getByRole('link').focus();
    await page.keyboard.press('ArrowRight');
    const id = await page.evaluate(() =>
      document.activeElement?.closest('[data-image-id]')?.getAttribute('data-image-id'),
    );
    expect(id).toBe(await cards('browse').nth(1).getAttribute('data-image-id'));
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.searchParams.get('image') === id);
    await cards('result').first().waitFor();
    expect(complaints).toEqual([]);
  });

  it('shows probabilities only when calibrated, and says calmly when nothing matches', async () => {
    const home = ['--home', join(temporary.path, 'home')];
    await page.goto(server.url);
    await cards('browse').nth(4).click();
    await cards('result').first().waitFor();
    expect(await page.getByTestId('probability').count()).toBe(0);
    expect(await page.getByTestId('verdict').count()).toBe(0);

    const calibrated = await run([...home, 'calibrate', '-c', 'phantoms', '--error', '0.2']);
    expect(calibrated).toMatchObject({ code: 0 });
    await page.reload();
    await page.getByTestId('probability').first().waitFor();
    expect(await page.getByTestId('probability').first().textContent()).toMatch(
      /^(> )?\d+ % same label$/,
    );
    expect(await page.getByTestId('probability').first().getAttribute('title')).toContain(
      'Measured on',
    );
    const file = join(temporary.path, 'noise.png');
    const random = randomFrom(9);
    await sharp(
      Uint8Array.from({ length: 3 * 64 * 64 }, () => 256 * random()),
      {
        raw: { width: 64, height: 64, channels: 3 },
      },
    )
      .png()
      .toFile(file);
    await page.getByTestId('file-input').first().setInputFiles(file);
    const verdict = page.locator('[data-testid=verdict][data-good=false]');
    await verdict.waitFor();
    expect(await verdict.textContent()).toContain('No good match');
    // The images are still there to look at, without a number that would mean nothing.
    expect(await cards('result').count()).toBeGreaterThan(5);
    expect(await page.getByTestId('probability').count()).toBe(0);
    await page.screenshot({ path: join(OUTPUT, 'no-good-match.png') });
    expect(complaints).toEqual([]);
  });

  it('has a page to try the API that works without other servers', async () => {
    await page.goto(`${server.url}docs/`);
    await page.getByText('/api/collections', { exact: false }).first().waitFor();
    expect(complaints.filter((text) => text.startsWith('http'))).toEqual([]);
  });
});
