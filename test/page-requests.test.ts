import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasBrowser } from './browser.ts';
import { servedSite, smallCollection } from './site.ts';

/** 16 bits, which browsers do not show as the encoder sees them: the server draws it. */
const deep = sharp(
  Uint16Array.from({ length: 60 * 40 }, (_, i) => (i % 60) * 69),
  { raw: { width: 60, height: 40, channels: 1 } },
).toColourspace('grey16');

describe.skipIf(!hasBrowser)('what the page asks the server for, in Chromium', () => {
  const site = servedSite(smallCollection);
  /** Requests of the API since the test began, without those for small pictures. */
  let asked: string[] = [];
  beforeEach(() => {
    asked = [];
    site.page.on('request', (request) => {
      const { pathname, search } = new URL(request.url());
      const [, path] = pathname.split('/api/v1/');
      if (path && !path.endsWith('/thumbnail')) asked.push(`${request.method()} ${path}${search}`);
    });
  });
  afterEach(async () => {
    site.page.removeAllListeners('request');
    await site.page.unrouteAll({ behavior: 'ignoreErrors' });
  });

  const go = (address: string) => site.page.goto(site.url + address);
  const byId = (testId: string) => site.page.getByTestId(testId);
  const about = (part: string) => asked.filter((request) => request.includes(part));

  it('keeps listings and facets: the same filter again is not asked for again', async () => {
    await go('');
    await byId('browse-card').first().waitFor();
    await byId('facet-modality-CT').check();
    await expect.poll(() => byId('browse-card').count()).toBe(12);
    await expect.poll(() => about('/facets').length).toBe(2);
    await byId('facet-modality-CT').uncheck();
    await expect.poll(() => byId('browse-card').count()).toBe(36);
    await site.page.goBack();
    await expect.poll(() => byId('browse-card').count()).toBe(12);
    await byId('facet-modality-MR').check();
    await expect.poll(() => byId('browse-card').count()).toBe(24);
    expect(about('/images?')).toHaveLength(3);
    expect(about('/facets')).toHaveLength(3);
    expect(about('GET collections').filter((each) => each.endsWith('collections'))).toHaveLength(1);
  });

  it('shares one answer among the parts that wait for it: an own picture is drawn once', async () => {
    const waiting: (() => void)[] = [];
    await site.page.route('**/api/v1/preview', async (route) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      await route.continue();
    });
    await go('?k=12');
    await byId('browse-card').first().waitFor();
    const buffer = await deep.clone().png().toBuffer();
    const file = { name: 'own.png', mimeType: '', buffer };
    await byId('file-input').first().setInputFiles(file);
    const result = byId('result-card').first();
    await result.hover();
    await result.getByRole('button', { name: 'Compare' }).click();
    await byId('compare-right').locator('canvas[data-ready="true"]').waitFor();
    // Until the comparison shows it, the query does not, either.
    for (const resolve of waiting) resolve();
    await byId('compare-left').locator('canvas[data-ready="true"]').waitFor();
    await byId('query-image').waitFor();
    expect(about('POST preview')).toHaveLength(1);
    await site.page.keyboard.press('Escape');
  });

  it('asks again for the page of a listing that failed, not for those before', async () => {
    let failing = true;
    const template = {
      path: '',
      contentHash: '0'.repeat(64),
      frame: 1,
      width: null,
      height: null,
      patient: null,
      study: null,
      series: null,
      labels: [],
      metadata: {},
      decoding: {},
    };
    await site.page.route('**/images?*', (route) => {
      // The images are numbered from 1, so the last one of a page is the place of the next.
      const offset = Number(new URL(route.request().url()).searchParams.get('after'));
      if (failing && offset === 60) return route.fulfill({ status: 500, body: '' });
      const images = Array.from({ length: Math.min(60, 130 - offset) }, (_, i) => ({
        ...template,
        id: offset + i + 1,
      }));
      return route.fulfill({ json: { total: 130, offset, images } });
    });
    await go('');
    await byId('browse-card').first().waitFor();
    await site.page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await byId('error').waitFor();
    expect(await byId('browse-card').count()).toBe(60);
    failing = false;
    await site.page.getByRole('button', { name: 'Try again' }).click();
    await expect
      .poll(async () => {
        await site.page.evaluate(() => scrollTo(0, document.body.scrollHeight));
        return byId('browse-card').count();
      })
      .toBe(130);
    const after = about('/images?').map((each) => each.match(/after=(\d+)/)?.[1]);
    expect(after).toEqual([undefined, '60', '60', '120']);
  });
});
