import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Home } from '../src/store/home.ts';
import { hasTextEncoder, installTextEncoder } from '../src/testing/text-encoder.ts';
import { hasBrowser, openPage } from './browser.ts';
import { run, startServing, temporaryFolder, writePicture } from './program.ts';

const OUTPUT = fileURLToPath(new URL('../test-output/', import.meta.url));

describe.skipIf(!hasBrowser || !hasTextEncoder)('the page with an encoder that takes words', () => {
  const temporary = temporaryFolder();
  let server: Awaited<ReturnType<typeof startServing>>;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    mkdirSync(OUTPUT, { recursive: true });
    const home = join(temporary.path, 'home');
    const images = join(temporary.path, 'images');
    mkdirSync(images);
    for (let i = 0; i < 14; i++) await writePicture(join(images, `${i}.png`), i);
    await installTextEncoder(new Home(home));
    for (const encoder of ['baseline', 'tiny-clip']) {
      expect(await run(['--home', home, 'index', images, '-e', encoder])).toMatchObject({
        code: 0,
      });
    }
    server = await startServing(['--home', home, 'serve']);
    ({ browser, page, complaints } = await openPage(server.url));
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    temporary.remove();
  });

  const results = () => page.getByTestId('result-card');
  const ids = async () => {
    await results().first().waitFor();
    return results().evaluateAll((cards) =>
      cards.map((card) => card.getAttribute('data-image-id')),
    );
  };
  const box = () => page.getByTestId('text-input');

  it('has a box for words only with such an encoder', async () => {
    await page.goto(`${server.url}?encoder=baseline`);
    await page.getByTestId('browse-card').first().waitFor();
    expect(await box().count()).toBe(0);
    await page.getByTestId('encoder-select').selectOption('tiny-clip');
    await box().waitFor();
    await page.screenshot({ path: join(OUTPUT, 'text-browse.png') });
  });

  it('searches with words, then from a result with words beside it; back and forward return', async () => {
    await box().fill('chest x-ray');
    await box().press('Enter');
    const byText = await ids();
    expect(byText).toHaveLength(14);
    expect(new URL(page.url()).searchParams.get('text')).toBe('chest x-ray');
    // There is no picture to compare with.
    expect(await page.locator('.card-compare').count()).toBe(0);
    await page.screenshot({ path: join(OUTPUT, 'text-search.png') });

    await results().nth(2).click();
    await page.waitForURL((url) => url.searchParams.get('image') === byText[2]);
    const byImage = await ids();
    expect(byImage).toHaveLength(13);
    expect(await box().inputValue()).toBe('');
    await box().fill('liver');
    await box().press('Enter');
    await page.getByTestId('text-weight').waitFor();
    await page.getByTestId('text-weight').fill('1');
    await expect
      .poll(() => new URL(page.url()).searchParams.get('textWeight'), { timeout: 5000 })
      .toBe('1');
    await expect.poll(ids).not.toEqual(byImage);
    await page.screenshot({ path: join(OUTPUT, 'text-and-picture.png') });

    await page.goBack();
    await expect.poll(() => box().inputValue()).toBe('');
    expect(await ids()).toEqual(byImage);
    await page.goBack();
    await expect.poll(() => box().inputValue()).toBe('chest x-ray');
    await expect.poll(ids).toEqual(byText);
    await page.goForward();
    await page.goForward();
    await expect.poll(() => box().inputValue()).toBe('liver');
    // The words are part of the address, so a reload keeps them.
    await page.reload();
    await expect.poll(() => box().inputValue()).toBe('liver');
    expect(complaints).toEqual([]);
  });

  it('says that a long text is cut, and why an encoder refuses words', async () => {
    await page.goto(`${server.url}?encoder=tiny-clip&text=${'chest+'.repeat(60)}`);
    expect(await page.getByTestId('text-cut').textContent()).toContain('32 of its 62 tokens');
    await page.getByTestId('encoder-select').selectOption('baseline');
    const error = page.getByTestId('error').first();
    await error.waitFor();
    expect(await error.getAttribute('data-code')).toBe('TEXT_NOT_SUPPORTED');
  });
});
