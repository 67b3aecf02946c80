import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Route } from 'playwright-core';
import sharp from 'sharp';
import { afterEach, describe, expect, it } from 'vitest';
import { hasBrowser } from './browser.ts';
import { writePicture } from './program.ts';
import { OUTPUT, servedSite, smallCollection } from './site.ts';

const WIDTHS = [1440, 1024, 768, 390];

/** A ramp of 12 bits, in 16, which browsers show as nearly black. */
const deep = sharp(
  Uint16Array.from({ length: 60 * 40 }, (_, i) => (i % 60) * 69),
  { raw: { width: 60, height: 40, channels: 1 } },
).toColourspace('grey16');

/** A BMP of 2 x 2 grey pixels, by a palette as Windows writes it. */
function bmp(): Buffer {
  const bytes = Buffer.alloc(14 + 40 + 1024 + 8);
  bytes.write('BM', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(14 + 40 + 1024, 10);
  for (const [at, value] of [
    [14, 40],
    [18, 2],
    [22, 2],
    [46, 256],
  ] as const) {
    bytes.writeUInt32LE(value, at);
  }
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(8, 28);
  for (let i = 0; i < 256; i++) bytes.fill(Buffer.from([i, i, i, 0]), 54 + i * 4, 58 + i * 4);
  bytes.set([0, 255, 0, 0, 128, 64, 0, 0], 14 + 40 + 1024);
  return bytes;
}

describe.skipIf(!hasBrowser)('the page when something is wrong, in Chromium', () => {
  const site = servedSite(smallCollection);
  afterEach(async () => {
    await site.page.unrouteAll({ behavior: 'ignoreErrors' });
    await site.page.setViewportSize({ width: 1440, height: 900 });
    // What the browser itself says of requests that failed; nothing else is expected.
    const own = site.complaints.splice(0).filter((text) => !text.startsWith('Failed to load'));
    expect(own).toEqual([]);
  });

  const go = (address: string) => site.page.goto(site.url + address);
  const byId = (testId: string) => site.page.getByTestId(testId);
  const results = () => byId('result-card');
  const ids = () =>
    results().evaluateAll((all) => all.map((card) => card.getAttribute('data-image-id')));
  const searched = () => results().first().waitFor();
  const upload = (name: string, buffer: Buffer) =>
    byId('file-input').first().setInputFiles({ name, mimeType: '', buffer });
  const tryAgain = () => site.page.getByRole('button', { name: 'Try again' });
  const address = () => new URL(site.page.url()).searchParams;

  it('brings the query back when the server has been away', async () => {
    await go('?image=5&k=12&more=7&where=modality:XR');
    await searched();
    const before = await ids();
    await site.stop();
    await byId('count-24').check({ force: true });
    // The list goes away with the click.
    await byId('facet-modality-CT').click();
    await expect.poll(() => byId('error').first().getAttribute('data-code')).toBe('UNREACHABLE');
    await site.startAgain();
    await tryAgain().first().click();
    await expect.poll(() => results().count()).toBeGreaterThan(12);
    // Everything that failed came back by the one button, and the query is as it was.
    await expect.poll(() => byId('error').count()).toBe(0);
    expect(await byId('facet-modality-CT').isChecked()).toBe(true);
    expect(await byId('mark-more').count()).toBe(1);
    expect(address().get('where')).toBe('modality:XR,CT');
    await byId('count-12').check({ force: true });
    await byId('facet-modality-CT').uncheck();
    await expect.poll(ids).toEqual(before);
  });

  it('brings an own picture back, too', async () => {
    await go('?where=modality:XR&k=12');
    await byId('browse-card').first().waitFor();
    await site.stop();
    const file = join(site.folder, 'own.png');
    await writePicture(file, 3);
    await byId('file-input').first().setInputFiles(file);
    await byId('error').first().waitFor();
    await site.startAgain();
    // Also by a request that something else makes.
    await tryAgain().first().click();
    await searched();
    await expect.poll(() => byId('error').count()).toBe(0);
    await byId('region-button').click();
    await byId('region-canvas').waitFor();
    await site.page.keyboard.press('Escape');
    expect(address().get('where')).toBe('modality:XR');
    expect(await byId('query-image').evaluate((e) => (e as HTMLImageElement).naturalWidth)).toBe(
      48,
    );
  });

  it('offers to try again only what may go better', async () => {
    await go('');
    await byId('browse-card').first().waitFor();
    await upload('scan.png', Buffer.from('\x89PNG\r\n\x1a\n and no more', 'latin1'));
    await byId('error').first().waitFor();
    expect(await tryAgain().count()).toBe(0);
    const answer = (status: number) => (route: Route) =>
      route.fulfill({ status, json: { title: 'No', status, detail: '', code: 'X', advice: '' } });
    for (const [status, offered] of [
      [500, 1],
      [404, 0],
      [503, 1],
      [422, 0],
    ] as const) {
      await site.page.route('**/search', answer(status));
      await go('?image=5');
      await byId('error').first().waitFor();
      expect(await tryAgain().count()).toBe(offered);
    }
  });

  it('asks no more for a search that never gets through while all the rest does', async () => {
    let asked = 0;
    await site.page.route('**/api/v1/collections', async (route) => {
      const response = await route.fetch();
      // Later than the search of the same round fails.
      await new Promise((resolve) => setTimeout(resolve, 200));
      await route.fulfill({ response });
    });
    await site.page.route('**/search', (route) => {
      asked++;
      return route.abort();
    });
    await go('?image=5');
    await byId('error').first().waitFor();
    await tryAgain().first().click();
    await expect.poll(() => asked).toBeGreaterThan(1);
    await site.page.waitForTimeout(2000);
    expect(await byId('error').count()).toBe(1);
    // One more for what answers again.
    expect(asked).toBeLessThanOrEqual(3);
  });

  it('waits for a busy server, says so, and searches by itself', async () => {
    let asked = 0;
    await site.page.route('**/search', async (route) => {
      asked++;
      if (asked > 2) return route.fallback();
      await route.fulfill({ status: 503, headers: { 'Retry-After': '1' }, body: '' });
    });
    await go('?image=5&k=12');
    await expect.poll(() => byId('busy').textContent()).toContain('busy');
    await searched();
    expect(asked).toBe(3);
    await expect.poll(() => byId('busy').textContent()).toBe('');
    expect(await byId('error').count()).toBe(0);
  });

  it('lets go of requests that another one supersedes', async () => {
    const gone: string[] = [];
    site.page.on('requestfailed', (request) => gone.push(request.url()));
    await site.page.route('**/images?*', (route) =>
      route.request().url().includes('MR') ? undefined : route.fallback(),
    );
    await site.page.route('**/search', (route) =>
      route.request().postData()?.includes('"k":48') ? undefined : route.fallback(),
    );
    await go('?where=modality:MR');
    await byId('facet-modality-CT').check();
    await byId('facet-modality-MR').uncheck();
    await byId('browse-card').first().waitFor();
    expect(gone.filter((url) => url.includes('images?'))).toHaveLength(2);
    await go('?image=5&k=48');
    await byId('loading').waitFor();
    await byId('count-12').check({ force: true });
    await searched();
    expect(gone.filter((url) => url.endsWith('/search'))).toHaveLength(1);
    site.page.removeAllListeners('requestfailed');
  });

  it('says what of the address it does not understand, and what there is instead', async () => {
    await go('?encoder=resnet&image=abc&k=5000&size=9');
    expect(await byId('encoder-unknown').textContent()).toContain('no encoder “resnet”');
    expect(await byId('misread').textContent()).toContain('image=abc, k=5000, size=9');
    await byId('encoder-unknown').getByRole('button', { name: 'Baseline' }).click();
    await byId('encoder-unknown').waitFor({ state: 'detached' });
    expect(address().get('encoder')).toBe('baseline');
    await go('?image=5&k=1&fuse=resnet');
    await searched();
    expect(await results().count()).toBe(1);
    expect(await byId('second-encoder-unknown').textContent()).toContain('resnet');
    await go('?image=5&encoder=resnet');
    await byId('encoder-unknown').waitFor();
    expect(await results().count()).toBe(0);
    await go('?collection=other');
    await byId('empty').getByRole('button', { name: 'small' }).click();
    await byId('browse-card').first().waitFor();
    await go('?image=4711');
    await expect.poll(() => byId('error').first().textContent()).toContain('4711');
    expect(await tryAgain().count()).toBe(0);
  });

  it.each([
    ['a deep TIFF', 'own.tif', () => deep.clone().tiff({ compression: 'lzw' }).toBuffer(), 60],
    ['a deep PNG', 'own.png', () => deep.clone().png().toBuffer(), 60],
    ['a BMP', 'own.bmp', bmp, 2],
  ])('shows %s as the encoder sees it', async (_, name, picture, width) => {
    await go('?k=12');
    await byId('browse-card').first().waitFor();
    await upload(name, await picture());
    await searched();
    const image = byId('query-image');
    await image.waitFor();
    // The right end of the ramp is white, or the BMP's second pixel.
    const shown = await image.evaluate(async (element) => {
      const img = element as HTMLImageElement;
      await img.decode();
      const canvas = document.createElement('canvas');
      canvas.width = img.naturalWidth;
      canvas.height = img.naturalHeight;
      const context = canvas.getContext('2d') as CanvasRenderingContext2D;
      context.drawImage(img, 0, 0);
      const row = context.getImageData(0, canvas.height - 1, canvas.width, 1).data;
      return [canvas.width, row[1], row[row.length - 3]];
    });
    expect(shown).toEqual([width, 0, 255]);
    await results().first().hover();
    await results().first().getByRole('button', { name: 'Compare' }).click();
    const left = byId('compare-left');
    await left.locator('canvas[data-ready="true"]').waitFor();
    expect(await left.textContent()).toContain(`${width} ×`);
    await site.page.keyboard.press('Escape');
  });

  it('zooms with two fingers, around the point between them', async () => {
    await go('?image=5&k=12&compare=7');
    const canvas = byId('compare-right').locator('canvas[data-ready="true"]');
    await canvas.waitFor();
    // What comes beside it moves it once more.
    let box = { x: 0, y: 0 };
    await expect
      .poll(async () => {
        const last = box;
        box = (await canvas.boundingBox()) as { x: number; y: number };
        return last.x === box.x && last.y === box.y;
      })
      .toBe(true);
    const touch = await site.page.context().newCDPSession(site.page);
    const fingers = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...points: number[][]) =>
      touch.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: points.map(([x = 0, y = 0], id) => ({ x: box.x + x, y: box.y + y, id })),
      });
    /** The pixel of the image under a point of the canvas. */
    const under = async (x: number, y: number) => {
      await site.page.mouse.move(box.x + x, box.y + y);
      const text = await byId('compare-right').locator('.readout').textContent();
      return (text ?? '').split(':')[0]?.split(', ').map(Number) as [number, number];
    };
    /** How far the pixel under a point is from the one that was meant, across or down. */
    const off = async (x: number, y: number, [across, down]: [number, number]) => {
      const [i, j] = await under(x, y);
      return Math.max(Math.abs(i - across), Math.abs(j - down));
    };
    const zoom = async () =>
      Number.parseFloat((await site.page.locator('.zoom').textContent()) ?? '');
    const [x, y] = [300, 240];
    const before = await under(x, y);
    await fingers('touchStart', [x - 40, y]);
    await fingers('touchStart', [x - 40, y], [x + 40, y]);
    for (const apart of [60, 80, 120]) await fingers('touchMove', [x - apart, y], [x + apart, y]);
    await fingers('touchEnd');
    await expect.poll(zoom).toBe(300);
    await expect.poll(() => off(x, y, before)).toBeLessThanOrEqual(1);
    // Both fingers aside: the image goes with them.
    await fingers('touchStart', [x - 40, y], [x + 40, y]);
    await fingers('touchMove', [x - 10, y + 50], [x + 70, y + 50]);
    // One is lifted: the other goes on moving it, without a jump.
    await fingers('touchEnd', [x - 10, y + 50]);
    await fingers('touchMove', [x, y + 60]);
    await fingers('touchEnd');
    expect(await zoom()).toBe(300);
    await expect.poll(() => off(x + 40, y + 60, before)).toBeLessThanOrEqual(1);
    await site.page.keyboard.press('Escape');
  });

  it('never cuts a finding, has room for long and foreign names at every width', async () => {
    const image = (id: number, labels: string[], name: string) => ({
      id,
      path: `folder/${name}`,
      contentHash: '0'.repeat(64),
      frame: 1,
      width: null,
      height: null,
      patient: null,
      study: null,
      series: null,
      labels,
      metadata: {},
      decoding: {},
    });
    const images = [
      image(1, ['XR/chest/bacterial_pneumonia'], 'a.png'),
      image(2, ['US/thyroid/thyroid_nodule', 'US/thyroid/normal', 'a/b', 'c/d', 'e/f'], 'b.png'),
      image(3, ['أشعة/الصدر/ذات_الرئة'], 'صورة.png'),
      image(4, [`XR/chest/${'very_long_finding_'.repeat(6)}`], `${'long'.repeat(60)}.png`),
    ];
    await site.page.route('**/images?*', (route) =>
      route.fulfill({ json: { total: 4, offset: 0, images } }),
    );
    const values = images.flatMap(({ labels }) => labels.map((value) => ({ value, count: 1 })));
    await site.page.route('**/facets', (route) =>
      route.fulfill({ json: { facets: [{ field: '', values, more: 0 }] } }),
    );
    await go('');
    const cards = byId('browse-card');
    await cards.nth(3).waitFor();
    for (const width of WIDTHS) {
      await site.page.setViewportSize({ width, height: 900 });
      const wide = await site.page.evaluate(() => document.documentElement.scrollWidth);
      expect(wide).toBeLessThanOrEqual(width);
      for (const card of [0, 1, 2]) {
        const cut = await cards
          .nth(card)
          .locator('.path-name')
          .evaluateAll((all) => all.some((name) => name.scrollWidth > name.clientWidth));
        expect([width, card, cut]).toEqual([width, card, false]);
      }
    }
    const link = cards.first().getByRole('link');
    await expect.poll(() => link.textContent()).toContain('XR/chest/bacterial_pneumonia');
    expect(await cards.first().locator('.label').getAttribute('title')).toContain('XR/chest/bac');
    expect(await cards.nth(1).textContent()).toContain('+2 more');
    await site.page.setViewportSize({ width: 1440, height: 900 });
    await site.page.screenshot({ path: join(OUTPUT, 'names.png') });
  });

  it('says why a picture cannot be shown, and shows the others', async () => {
    await site.page.route('**/images/5/thumbnail*', (route) =>
      route.fulfill({
        status: 409,
        json: { title: 'Image file has changed', status: 409, detail: '', code: 'X', advice: '' },
      }),
    );
    await go('');
    const fifth = site.page.locator('[data-image-id="5"]');
    await expect.poll(() => fifth.textContent()).toContain('Image file has changed');
    expect(await byId('browse-card').locator('.thumb img').count()).toBeGreaterThan(10);
  });

  it('shows the other collections beside one that cannot be opened', async () => {
    writeFileSync(join(site.folder, 'home', 'broken.db'), 'no database '.repeat(200));
    await go('');
    await byId('browse-card').first().waitFor();
    await byId('collection-select').selectOption('broken');
    await byId('error').waitFor();
    expect(await byId('error').getAttribute('data-code')).toBe('COLLECTION_DAMAGED');
    await byId('collection-select').selectOption('small');
    await byId('browse-card').first().waitFor();
  });

  it('has a page with the way back for an address that does not exist', async () => {
    const response = await go('some/where');
    expect(response?.status()).toBe(404);
    const colour = () => site.page.evaluate(() => getComputedStyle(document.documentElement).color);
    await expect.poll(colour).toBe('rgb(214, 221, 229)');
    await site.page.getByRole('link', { name: 'Go to the images' }).click();
    await byId('browse-card').first().waitFor();
  });

  it('keeps the focus in the page when what had it goes away', async () => {
    const focused = () => site.page.evaluate(() => document.activeElement?.id);
    await go('?where=modality:XR,CT');
    await byId('filter-chip').first().focus();
    await site.page.keyboard.press('Enter');
    await expect.poll(() => byId('filter-chip').count()).toBe(1);
    expect(await focused()).toBe('main');
    await site.page.setViewportSize({ width: 390, height: 844 });
    await site.page.locator('.side-toggle').click();
    await byId('facet-modality-CT').focus();
    await site.page.keyboard.press('Escape');
    const toggle = () =>
      site.page.evaluate(() => document.activeElement?.classList.contains('side-toggle'));
    await expect.poll(toggle).toBe(true);
  });
});
