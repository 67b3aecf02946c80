import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, openPage } from './browser.ts';
import { startServing, temporaryFolder } from './program.ts';

const OUTPUT = fileURLToPath(new URL('../test-output/', import.meta.url));

describe.skipIf(!hasBrowser)('filters and composed queries on the page', () => {
  const temporary = temporaryFolder();
  let server: Awaited<ReturnType<typeof startServing>>;
  let browser: Browser;
  let page: Page;
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
  const idAt = async (place: number) => {
    await cards('result').nth(place).waitFor();
    return cards('result').nth(place).getAttribute('data-image-id');
  };
  const ids = () =>
    cards('result').evaluateAll((all) => all.map((card) => card.getAttribute('data-image-id')));
  const parameter = (name: string) => new URL(page.url()).searchParams.get(name);
  const settled = () => page.locator('[aria-busy="true"]').waitFor({ state: 'detached' });

  it('takes the filter language, suggests, and stays in step with the facets', async () => {
    await page.goto(server.url);
    await cards('browse').first().waitFor();
    await page.getByTestId('facet-modality-CT').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('mod');
    await page.getByTestId('suggestion').first().waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await page.getByTestId('filter-input').inputValue()).toBe('modality:');
    await page.keyboard.type('c');
    await page.screenshot({ path: join(OUTPUT, 'filter-suggestions.png') });
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect.poll(() => parameter('where')).toBe('modality:CT');
    expect(await page.getByTestId('facet-modality-CT').isChecked()).toBe(true);
    await page.getByTestId('facet-modality-MR').check();
    await expect.poll(() => parameter('where')).toBe('modality:CT,MR');
    await page.getByTestId('filter-input').fill('-modality:ct');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByTestId('filter-chip').count()).toBe(3);
    await expect
      .poll(async () => (await cards('browse').allInnerTexts()).join())
      .toMatch(/^((?!CT).)*$/s);
    await page.reload();
    await expect.poll(() => page.getByTestId('filter-chip').count()).toBe(3);
    await page.getByTestId('filter-input').fill('knee');
    await page.keyboard.press('Enter');
    expect(await page.getByTestId('filter-problem').textContent()).toContain('in which field');
    await page.getByTestId('filter-input').fill('');
    await page.getByRole('button', { name: 'Clear all' }).click();
    await expect.poll(() => parameter('where')).toBeNull();
    expect(complaints).toEqual([]);
  });

  it('searches again with marked results, by weights and by a model', async () => {
    await page.goto(`${server.url}?image=5`);
    const plain = [await idAt(0), ...(await ids()).slice(1)];
    await cards('result').nth(1).hover();
    await cards('result').nth(1).getByTestId('more-like-this').click();
    await page.getByTestId('mark-more').waitFor();
    await settled();
    expect(parameter('more')).toBe(plain[1]);
    await expect.poll(ids).not.toContain(plain[1]);
    await cards('result').nth(2).getByRole('link').focus();
    const unwanted = await idAt(2);
    await page.keyboard.press('-');
    await page.getByTestId('mark-less').waitFor();
    expect(parameter('less')).toBe(unwanted);
    await settled();
    expect(await page.getByTestId('mark-more').textContent()).toContain('+0.75');
    await page.getByTestId('feedback-logistic').check();
    await page.getByTestId('model-note').waitFor();
    expect(await page.getByTestId('model-note').textContent()).toContain(
      '2 relevant and 1 irrelevant',
    );
    await page.waitForLoadState('networkidle');
    await page.screenshot({ path: join(OUTPUT, 'marks.png') });
    await page.setViewportSize({ width: 900, height: 900 });
    await page.screenshot({ path: join(OUTPUT, 'marks-narrow.png') });
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByTestId('mark-less').click();
    await page.getByTestId('mark-more').click();
    await expect.poll(() => parameter('more')).toBeNull();
    await settled();
    await expect.poll(ids).toEqual(plain);
    expect(complaints).toEqual([]);
  });

  it('searches with a region that is drawn', async () => {
    const plain = await ids();
    await page.getByTestId('region-button').click();
    const canvas = page.getByTestId('region-canvas');
    await canvas.waitFor();
    const box = (await canvas.boundingBox()) as {
      x: number;
      y: number;
      width: number;
      height: number;
    };
    await page.mouse.move(box.x + box.width * 0.25, box.y + box.height * 0.25);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.75, box.y + box.height * 0.5, { steps: 4 });
    await page.mouse.up();
    const width = Number(await page.getByTestId('region-width').inputValue());
    const height = Number(await page.getByTestId('region-height').inputValue());
    expect(width / height).toBeCloseTo((2 * box.width) / box.height, 0);
    await page.screenshot({ path: join(OUTPUT, 'region.png') });
    await page.getByTestId('region-apply').click();
    await page.getByTestId('query-region').waitFor();
    await settled();
    await expect.poll(ids).not.toEqual(plain);
    expect(parameter('region')?.split(',').map(Number).slice(2)).toEqual([width, height]);
    await page.goBack();
    await expect.poll(ids).toEqual(plain);
    expect(complaints).toEqual([]);
  });

  it('groups by patient, varies, and leaves out the same patient', async () => {
    await page.getByTestId('group-select').selectOption('patient');
    await expect.poll(() => parameter('groupBy')).toBe('patient');
    await settled();
    await expect
      .poll(() => page.locator('.tag', { hasText: 'of this patient' }).count())
      .toBeGreaterThan(0);
    await page.getByTestId('exclude-select').selectOption('patient');
    await settled();
    await expect.poll(() => page.locator('.tag', { hasText: 'same patient' }).count()).toBe(0);
    const before = await ids();
    await page.getByText('Varied results').click();
    await settled();
    await expect.poll(ids).not.toEqual(before);
    await page.waitForLoadState('networkidle');
    await page.screenshot({ path: join(OUTPUT, 'grouped.png') });
    expect(complaints).toEqual([]);
  });
});
