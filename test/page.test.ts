import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { randomFrom } from '../src/domain/random.ts';
import { hasBrowser } from './browser.ts';
import { run, writePicture } from './program.ts';
import { OUTPUT, servedSite } from './site.ts';

describe.skipIf(!hasBrowser)('the page, in Chromium', () => {
  const site = servedSite(() => 'demo');

  const cards = (kind: 'browse' | 'result') => site.page.getByTestId(`${kind}-card`);
  const labelsOf = async (count: number) => {
    await cards('result')
      .nth(count - 1)
      .waitFor();
    return (await cards('result').allInnerTexts()).slice(0, count).join('\n');
  };

  it('shows the collection, and searches from an image that is clicked', async () => {
    await site.page.goto(site.url);
    await cards('browse').first().waitFor();
    await cards('browse').nth(4).click();
    expect(await labelsOf(5)).toContain('chest');
    const similarities = (await site.page.getByTestId('similarity').allInnerTexts()).map(Number);
    expect(similarities.length).toBeGreaterThanOrEqual(12);
    expect(similarities).toEqual([...similarities].sort((a, b) => b - a));
    await site.page.waitForLoadState('networkidle');
    // A palette is enough for grey images, and keeps the picture of the documents small.
    await sharp(await site.page.screenshot())
      .png({ palette: true, effort: 10 })
      .toFile(process.env.SCREENSHOT ?? join(OUTPUT, 'search.png'));
  });

  it('goes on from a result; back and forward return', async () => {
    const first = site.page.url();
    const id = await cards('result').nth(2).getAttribute('data-image-id');
    await cards('result').nth(2).click();
    await site.page.waitForURL((url) => url.searchParams.get('image') === id);
    await site.page.goBack();
    await site.page.waitForURL(first);
    await cards('result').first().waitFor();
    await site.page.goForward();
    await site.page.waitForURL((url) => url.searchParams.get('image') === id);
    await cards('result').first().waitFor();
  });

  it('filters by facets', async () => {
    await site.page.getByTestId('facet-modality-CT').check();
    await site.page.getByTestId('filter-chip').waitFor();
    await expect.poll(async () => await labelsOf(3)).toMatch(/CT/);
    expect(await labelsOf(12)).not.toMatch(/XR|MR|US/);
    await site.page.getByTestId('filter-chip').click();
    await site.page.getByTestId('filter-chip').waitFor({ state: 'detached' });
  });

  it('compares side by side, with window centre and width', async () => {
    await cards('result').first().getByRole('link').focus();
    await site.page.keyboard.press('c');
    const left = site.page.getByTestId('compare-left');
    const right = site.page.getByTestId('compare-right');
    for (const pane of [left, right]) await pane.locator('canvas[data-ready="true"]').waitFor();
    const canvas = right.locator('canvas');
    const before = await canvas.screenshot();
    await right.getByTestId('window-width').fill('40');
    await expect.poll(async () => Buffer.compare(await canvas.screenshot(), before)).not.toBe(0);
    await site.page.screenshot({ path: join(OUTPUT, 'compare.png') });
    await site.page.keyboard.press('Escape');
    await site.page.getByTestId('compare').waitFor({ state: 'detached' });
  });

  it('searches with an uploaded picture and says kindly when a file is none', async () => {
    const file = join(site.folder, 'query.png');
    await writePicture(file, 3);
    await site.page.getByTestId('file-input').first().setInputFiles(file);
    await site.page.getByTestId('query-image').waitFor();
    await cards('result').first().waitFor();
    expect(site.page.url()).toContain('upload');
    expect(site.complaints).toEqual([]);
    await site.page
      .getByTestId('file-input')
      .first()
      .setInputFiles({
        name: 'text.png',
        mimeType: 'image/png',
        buffer: Buffer.from('no picture'),
      });
    const error = site.page.getByTestId('error').first();
    await error.waitFor();
    expect(await error.getAttribute('data-code')).toBe('IMAGE_NOT_RECOGNISED');
    // The browser itself complains of what was refused: the search, and the picture to show.
    await expect.poll(() => site.complaints.length).toBe(2);
    for (const complaint of site.complaints.splice(0)) expect(complaint).toContain('415');
  });

  it('can be used from the keyboard alone', async () => {
    await site.page.goto(site.url);
    await cards('browse').first().waitFor();
    await site.page.getByTestId('facet-modality-CT').waitFor();
    await site.page.keyboard.press('/');
    await expect
      .poll(() => site.page.evaluate(() => document.activeElement?.tagName))
      .toBe('INPUT');
    await site.page.keyboard.press('Escape');
    await cards('browse').first().getByRole('link').focus();
    await site.page.keyboard.press('ArrowRight');
    const id = await site.page.evaluate(() =>
      document.activeElement?.closest('[data-image-id]')?.getAttribute('data-image-id'),
    );
    expect(id).toBe(await cards('browse').nth(1).getAttribute('data-image-id'));
    await site.page.keyboard.press('Enter');
    await site.page.waitForURL((url) => url.searchParams.get('image') === id);
    await cards('result').first().waitFor();
    expect(site.complaints).toEqual([]);
  });

  it('shows probabilities only when calibrated, and says calmly when nothing matches', async () => {
    await site.page.goto(site.url);
    await cards('browse').nth(4).click();
    await cards('result').first().waitFor();
    expect(await site.page.getByTestId('probability').count()).toBe(0);
    expect(await site.page.getByTestId('verdict').count()).toBe(0);

    const calibrated = await run([...site.home, 'calibrate', '-c', 'phantoms', '--error', '0.2']);
    expect(calibrated).toMatchObject({ code: 0 });
    await site.page.reload();
    await site.page.getByTestId('probability').first().waitFor();
    expect(await site.page.getByTestId('probability').first().textContent()).toMatch(
      /^(> )?\d+ % same label$/,
    );
    expect(await site.page.getByTestId('probability').first().getAttribute('title')).toContain(
      'Measured on',
    );
    // The number belongs to the card: a click on it searches like one beside it.
    const third = site.page.getByTestId('result-card').nth(2);
    const id = await third.getAttribute('data-image-id');
    await third.getByTestId('probability').click();
    await site.page.waitForURL((url) => url.searchParams.get('image') === id);
    const file = join(site.folder, 'noise.png');
    const random = randomFrom(9);
    await sharp(
      Uint8Array.from({ length: 3 * 64 * 64 }, () => 256 * random()),
      {
        raw: { width: 64, height: 64, channels: 3 },
      },
    )
      .png()
      .toFile(file);
    await site.page.getByTestId('file-input').first().setInputFiles(file);
    const verdict = site.page.locator('[data-testid=verdict][data-good=false]');
    await verdict.waitFor();
    expect(await verdict.textContent()).toContain('No good match');
    // The images are still there to look at, without a number that would mean nothing.
    expect(await cards('result').count()).toBeGreaterThan(5);
    expect(await site.page.getByTestId('probability').count()).toBe(0);
    await site.page.screenshot({ path: join(OUTPUT, 'no-good-match.png') });
    expect(site.complaints).toEqual([]);
  });

  it('is calm about images of which only the embedding was imported', async () => {
    const [embeddings, csv] = ['embeddings.csv', 'described.csv'].map((name) =>
      join(site.folder, name),
    ) as [string, string];
    const names = ['a.png', 'b.png', 'c.png'];
    writeFileSync(
      embeddings,
      ['filepath,e0,e1', ...names.map((name, i) => `${name},1,${i}`)].join('\n'),
    );
    writeFileSync(
      csv,
      [
        'filepath,dataset,split,modality,anatomic_region,XR/chest/normal',
        ...names.map((name) => `${name},elsewhere,train,XR,chest,1`),
      ].join('\n'),
    );
    const into = ['--encoder-name', 'other', '-c', 'imported'];
    const command = [...site.home, 'embeddings', 'import', embeddings, ...into];
    // Without a data set it says what is missing, and makes no collection.
    expect(await run(command)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--csv'),
    });
    expect(await run([...command, '--csv', csv])).toMatchObject({ code: 0 });
    await site.page.goto(`${site.url}?collection=imported`);
    await cards('browse').nth(2).waitFor();
    expect(await cards('browse').first().textContent()).toContain('Embedding only');
    await cards('browse').first().click();
    await cards('result').nth(1).waitFor();
    expect(await site.page.locator('#main').textContent()).not.toMatch(/0 × 0|unread/);
    await site.page.keyboard.press('c');
    await site.page.getByTestId('compare').waitFor();
    expect(await site.page.getByTestId('compare').textContent()).not.toMatch(/0 × 0|unread/i);
    expect(await site.page.getByTestId('why-toggle').isDisabled()).toBe(true);
    await site.page.screenshot({ path: join(OUTPUT, 'imported.png') });
    await site.page.keyboard.press('Escape');
    expect(site.complaints).toEqual([]);
  });

  it('has a page to try the API that works without other servers', async () => {
    await site.page.goto(`${site.url}docs/`);
    await site.page.getByText('/api/v1/collections', { exact: false }).first().waitFor();
    expect(site.complaints.filter((text) => text.startsWith('http'))).toEqual([]);
  });
});
