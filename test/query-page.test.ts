import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasBrowser } from './browser.ts';
import { OUTPUT, servedSite } from './site.ts';

describe.skipIf(!hasBrowser)('filters and composed queries on the page', () => {
  const site = servedSite(() => 'demo');

  const cards = (kind: 'browse' | 'result') => site.page.getByTestId(`${kind}-card`);
  const idAt = async (place: number) => {
    await cards('result').nth(place).waitFor();
    return cards('result').nth(place).getAttribute('data-image-id');
  };
  const ids = () =>
    cards('result').evaluateAll((all) => all.map((card) => card.getAttribute('data-image-id')));
  const parameter = (name: string) => new URL(site.page.url()).searchParams.get(name);
  const settled = () => site.page.locator('[aria-busy="true"]').waitFor({ state: 'detached' });

  it('takes the filter language, suggests, and stays in step with the facets', async () => {
    await site.page.goto(site.url);
    await cards('browse').first().waitFor();
    await site.page.getByTestId('facet-modality-CT').waitFor();
    await site.page.keyboard.press('/');
    await site.page.keyboard.type('mod');
    await site.page.getByTestId('suggestion').first().waitFor();
    await site.page.keyboard.press('ArrowDown');
    await site.page.keyboard.press('Enter');
    expect(await site.page.getByTestId('filter-input').inputValue()).toBe('modality:');
    await site.page.keyboard.type('c');
    await site.page.screenshot({ path: join(OUTPUT, 'filter-suggestions.png') });
    await site.page.keyboard.press('ArrowDown');
    await site.page.keyboard.press('Enter');
    await expect.poll(() => parameter('where')).toBe('modality:CT');
    expect(await site.page.getByTestId('facet-modality-CT').isChecked()).toBe(true);
    await site.page.getByTestId('facet-modality-MR').check();
    await expect.poll(() => parameter('where')).toBe('modality:CT,MR');
    await site.page.getByTestId('filter-input').fill('-modality:ct');
    await site.page.keyboard.press('Enter');
    await expect.poll(() => site.page.getByTestId('filter-chip').count()).toBe(3);
    await expect
      .poll(async () => (await cards('browse').allInnerTexts()).join())
      .toMatch(/^((?!CT).)*$/s);
    await site.page.reload();
    await expect.poll(() => site.page.getByTestId('filter-chip').count()).toBe(3);
    await site.page.getByTestId('filter-input').fill('knee');
    await site.page.keyboard.press('Enter');
    expect(await site.page.getByTestId('filter-problem').textContent()).toContain('in which field');
    await site.page.getByTestId('filter-input').fill('');
    await site.page.getByRole('button', { name: 'Clear all' }).click();
    await expect.poll(() => parameter('where')).toBeNull();
    expect(site.complaints).toEqual([]);
  });

  it('searches again with marked results, by weights and by a model', async () => {
    await site.page.goto(`${site.url}?image=5`);
    const plain = [await idAt(0), ...(await ids()).slice(1)];
    await cards('result').nth(1).hover();
    await cards('result').nth(1).getByTestId('more-like-this').click();
    await site.page.getByTestId('mark-more').waitFor();
    await settled();
    expect(parameter('more')).toBe(plain[1]);
    await expect.poll(ids).not.toContain(plain[1]);
    await cards('result').nth(2).getByRole('link').focus();
    const unwanted = await idAt(2);
    await site.page.keyboard.press('-');
    await site.page.getByTestId('mark-less').waitFor();
    expect(parameter('less')).toBe(unwanted);
    await settled();
    expect(await site.page.getByTestId('mark-more').textContent()).toContain('+0.75');
    await site.page.getByTestId('feedback-logistic').check();
    await site.page.getByTestId('model-note').waitFor();
    expect(await site.page.getByTestId('model-note').textContent()).toContain(
      '2 relevant and 1 irrelevant',
    );
    await site.page.waitForLoadState('networkidle');
    await site.page.screenshot({ path: join(OUTPUT, 'marks.png') });
    await site.page.setViewportSize({ width: 900, height: 900 });
    await site.page.screenshot({ path: join(OUTPUT, 'marks-narrow.png') });
    await site.page.setViewportSize({ width: 1440, height: 900 });
    await site.page.getByTestId('mark-less').click();
    await site.page.getByTestId('mark-more').click();
    await expect.poll(() => parameter('more')).toBeNull();
    await settled();
    await expect.poll(ids).toEqual(plain);
    expect(site.complaints).toEqual([]);
  });

  it('searches with a region that is drawn', async () => {
    const plain = await ids();
    await site.page.getByTestId('region-button').click();
    const canvas = site.page.getByTestId('region-canvas');
    await canvas.waitFor();
    const box = (await canvas.boundingBox()) as {
      x: number;
      y: number;
      width: number;
      height: number;
    };
    await site.page.mouse.move(box.x + box.width * 0.25, box.y + box.height * 0.25);
    await site.page.mouse.down();
    await site.page.mouse.move(box.x + box.width * 0.75, box.y + box.height * 0.5, { steps: 4 });
    await site.page.mouse.up();
    const width = Number(await site.page.getByTestId('region-width').inputValue());
    const height = Number(await site.page.getByTestId('region-height').inputValue());
    expect(width / height).toBeCloseTo((2 * box.width) / box.height, 0);
    await site.page.screenshot({ path: join(OUTPUT, 'region.png') });
    await site.page.getByTestId('region-apply').click();
    await site.page.getByTestId('query-region').waitFor();
    await settled();
    await expect.poll(ids).not.toEqual(plain);
    expect(parameter('region')?.split(',').map(Number).slice(2)).toEqual([width, height]);
    await site.page.goBack();
    await expect.poll(ids).toEqual(plain);
    expect(site.complaints).toEqual([]);
  });

  it('groups by patient, varies, and leaves out the same patient', async () => {
    await site.page.getByTestId('group-select').selectOption('patient');
    await expect.poll(() => parameter('groupBy')).toBe('patient');
    await settled();
    await expect
      .poll(() => site.page.locator('.tag', { hasText: 'of this patient' }).count())
      .toBeGreaterThan(0);
    await site.page.getByTestId('exclude-select').selectOption('patient');
    await settled();
    await expect.poll(() => site.page.locator('.tag', { hasText: 'same patient' }).count()).toBe(0);
    const before = await ids();
    await site.page.getByText('Varied results').click();
    await settled();
    await expect.poll(ids).not.toEqual(before);
    await site.page.waitForLoadState('networkidle');
    await site.page.screenshot({ path: join(OUTPUT, 'grouped.png') });
    expect(site.complaints).toEqual([]);
  });
});
