import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { violations } from './axe.ts';
import { hasBrowser } from './browser.ts';
import { OUTPUT, servedSite, smallCollection } from './site.ts';

describe.skipIf(!hasBrowser)('the map of a collection', () => {
  const site = servedSite(smallCollection);
  const at = (testId: string) => site.page.getByTestId(testId);
  const look = (name: string) =>
    site.page.screenshot({ path: join(OUTPUT, `map-${name}.png`), fullPage: true });

  it('is made where there is none', async () => {
    await site.page.goto(site.url);
    await site.page.getByRole('link', { name: 'Map of these images' }).click();
    await site.page.getByRole('link', { name: 'Make a map' }).click();
    await at('begin').click();
    await site.page.getByRole('link', { name: 'See the map' }).click({ timeout: 60_000 });
    await at('map-canvas').waitFor();
    await expect.poll(() => at('map-facts').textContent()).toContain('36 images');
    expect(await at('map-stale').count()).toBe(0);
    await look('whole');
    expect(await violations(site.page)).toEqual([]);
  }, 90_000);

  it('shows an image of a group, and what lies beside it', async () => {
    const groups = at('map-groups').getByRole('button');
    expect(await groups.count()).toBeGreaterThan(1);
    await groups.first().click();
    await at('map-chosen').locator('img').waitFor();
    expect(await at('map-beside').getByRole('button').count()).toBe(8);
    await at('map-field').selectOption('modality');
    await expect.poll(() => at('map-groups').textContent()).toContain('CT');
    await at('map-layout').selectOption('pca');
    await expect.poll(() => at('map-facts').textContent()).toContain('of the variance');
    await look('chosen');
    expect(await violations(site.page)).toEqual([]);
    // A point is chosen where it lies.
    const { width = 0, height = 0 } = (await at('map-canvas').boundingBox()) ?? {};
    await site.page.reload();
    await at('map-canvas').waitFor();
    expect(await at('map-chosen').count()).toBe(0);
    const drawn = await at('map-canvas').evaluate((canvas) => {
      const context = (canvas as HTMLCanvasElement).getContext('2d') as CanvasRenderingContext2D;
      const { data, width } = context.getImageData(
        ...([
          0,
          0,
          (canvas as HTMLCanvasElement).width,
          (canvas as HTMLCanvasElement).height,
        ] as const),
      );
      const pixel = Math.floor(data.findIndex((value, i) => i % 4 === 3 && value === 255) / 4);
      return { x: pixel % width, y: Math.floor(pixel / width), width };
    });
    expect(width).toBe(height);
    const scale = width / drawn.width;
    await at('map-canvas').click({ position: { x: drawn.x * scale, y: drawn.y * scale } });
    await at('map-chosen').locator('img').waitFor();
  }, 60_000);

  it('is gone through and left by keys alone', async () => {
    await at('map-canvas').focus();
    const named = () => at('map-chosen').getByRole('link').textContent();
    const before = await named();
    for (const key of ['ArrowDown', 'ArrowLeft', 'ArrowRight']) await site.page.keyboard.press(key);
    expect(await named()).not.toBe(before);
    await site.page.setViewportSize({ width: 390, height: 844 });
    await look('phone');
    const wider = await site.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(wider).toBe(0);
    await site.page.setViewportSize({ width: 1440, height: 900 });
    await at('map-canvas').focus();
    await site.page.keyboard.press('Enter');
    await at('result-card').first().waitFor();
    expect(site.page.url()).toMatch(/image=\d+/);
  }, 60_000);

  it('says that the collection has changed since', async () => {
    const { request } = site.page;
    const headers = { origin: new URL(site.url).origin };
    const images = `${site.url}api/v1/collections/small/images`;
    const [first] = (await (await request.get(images)).json()).images;
    expect((await request.delete(`${images}/${first.id}`, { headers })).ok()).toBe(true);
    await site.page.goto(`${site.url}?map=true`);
    await expect.poll(() => at('map-stale').textContent()).toContain('1 image is gone');
    expect(await at('map-facts').textContent()).toContain('35 images');
    await look('stale');
    expect(await violations(site.page)).toEqual([]);
  }, 60_000);
});
