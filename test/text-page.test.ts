import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DataDirectory } from '../src/store/data-directory.ts';
import { hasTextEncoder, installTextEncoder } from '../src/testing/text-encoder.ts';
import { hasBrowser } from './browser.ts';
import { run, writePicture } from './program.ts';
import { OUTPUT, servedSite } from './site.ts';

describe.skipIf(!hasBrowser || !hasTextEncoder)('the page with an encoder that takes words', () => {
  const site = servedSite(async ({ folder, home }) => {
    const images = join(folder, 'images');
    mkdirSync(images);
    for (let i = 0; i < 14; i++) await writePicture(join(images, `${i}.png`), i);
    await installTextEncoder(new DataDirectory(home[1] as string));
    for (const encoder of ['baseline', 'tiny-clip']) {
      expect(await run([...home, 'index', images, '-e', encoder])).toMatchObject({ code: 0 });
    }
    return 'serve';
  });

  const results = () => site.page.getByTestId('result-card');
  const ids = async () => {
    await results().first().waitFor();
    return results().evaluateAll((cards) =>
      cards.map((card) => card.getAttribute('data-image-id')),
    );
  };
  const box = () => site.page.getByTestId('text-input');

  it('has a box for words only with such an encoder', async () => {
    await site.page.goto(`${site.url}?encoder=baseline`);
    await site.page.getByTestId('browse-card').first().waitFor();
    expect(await box().count()).toBe(0);
    await site.page.getByTestId('encoder-select').selectOption('tiny-clip');
    await box().waitFor();
    await site.page.screenshot({ path: join(OUTPUT, 'text-browse.png') });
  });

  it('searches with words, then from a result with words beside it; back and forward return', async () => {
    await box().fill('chest x-ray');
    await box().press('Enter');
    const byText = await ids();
    expect(byText).toHaveLength(14);
    expect(new URL(site.page.url()).searchParams.get('text')).toBe('chest x-ray');
    // There is no picture to compare with.
    expect(await site.page.locator('.card-compare').count()).toBe(0);
    await site.page.screenshot({ path: join(OUTPUT, 'text-search.png') });

    await results().nth(2).click();
    await site.page.waitForURL((url) => url.searchParams.get('image') === byText[2]);
    const byImage = await ids();
    expect(byImage).toHaveLength(13);
    expect(await box().inputValue()).toBe('');
    await box().fill('liver');
    await box().press('Enter');
    await site.page.getByTestId('text-weight').waitFor();
    await site.page.getByTestId('text-weight').fill('1');
    await expect
      .poll(() => new URL(site.page.url()).searchParams.get('textWeight'), { timeout: 5000 })
      .toBe('1');
    await expect.poll(ids).not.toEqual(byImage);
    await site.page.screenshot({ path: join(OUTPUT, 'text-and-picture.png') });

    await site.page.goBack();
    await expect.poll(() => box().inputValue()).toBe('');
    expect(await ids()).toEqual(byImage);
    await site.page.goBack();
    await expect.poll(() => box().inputValue()).toBe('chest x-ray');
    await expect.poll(ids).toEqual(byText);
    await site.page.goForward();
    await site.page.goForward();
    await expect.poll(() => box().inputValue()).toBe('liver');
    // The words are part of the address, so a reload keeps them.
    await site.page.reload();
    await expect.poll(() => box().inputValue()).toBe('liver');
    expect(site.complaints).toEqual([]);
  });

  it('says that a long text is cut, and why an encoder refuses words', async () => {
    await site.page.goto(`${site.url}?encoder=tiny-clip&text=${'chest+'.repeat(60)}`);
    expect(await site.page.getByTestId('text-cut').textContent()).toContain('32 of its 62 tokens');
    await site.page.getByTestId('encoder-select').selectOption('baseline');
    const error = site.page.getByTestId('error').first();
    await error.waitFor();
    expect(await error.getAttribute('data-code')).toBe('TEXT_NOT_SUPPORTED');
  });
});
