import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SIZE, writePatchEncoder } from '../src/testing/patch-encoder.ts';
import { hasBrowser, openPage } from './browser.ts';
import { run, startServing, temporaryFolder } from './program.ts';

const OUTPUT = fileURLToPath(new URL('../test-output/', import.meta.url));

describe.skipIf(!hasBrowser)('several encoders on the page, in Chromium', () => {
  const temporary = temporaryFolder();
  const home = ['--home', join(temporary.path, 'home')];
  let server: Awaited<ReturnType<typeof startServing>>;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    mkdirSync(OUTPUT, { recursive: true });
    server = await startServing([...home, 'demo']);
    writePatchEncoder(temporary.path, 'patches', {
      resize: { mode: 'exact', width: SIZE, height: SIZE },
    });
    const patches = join(temporary.path, 'patches.json');
    const again = ['index', '--again', '-c', 'phantoms', '-e', patches];
    expect((await run([...home, ...again])).code).toBe(0);
    ({ browser, page, complaints } = await openPage(server.url));
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    temporary.remove();
  });

  const within = (side: string) => page.getByTestId(side).getByTestId('result-card');

  it('shows the results of two beside each other, with the rank on the other side', async () => {
    await page.goto(`${server.url}?image=40&k=12`);
    await page.getByTestId('result-card').first().waitFor();
    await page.getByTestId('beside-select').selectOption('versus patches');
    await within('second-encoder').first().waitFor();
    const ids = async (side: string) =>
      within(side).evaluateAll((cards) => cards.map((card) => card.getAttribute('data-image-id')));
    const [first, second] = [await ids('first-encoder'), await ids('second-encoder')];
    expect([first.length, second.length]).toEqual([12, 12]);
    const moves = await page.getByTestId('first-encoder').getByTestId('rank-there').allInnerTexts();
    const expected = first.map((id, i) => {
      const there = second.indexOf(id) + 1;
      if (there === 0) return 'only here';
      return `${there === i + 1 ? '=' : there < i + 1 ? '▲' : '▼'} ${there}`;
    });
    expect(moves).toEqual(expected);
    const shared = moves.filter((text) => text !== 'only here').length;
    expect(await page.getByTestId('shared-count').textContent()).toContain(
      `${shared} of 12 images`,
    );
    await page.waitForLoadState('networkidle');
    await page.screenshot({ path: join(OUTPUT, 'two-encoders.png') });

    await page.getByTestId('beside-select').selectOption('fuse patches');
    await page.getByTestId('second-encoder').waitFor({ state: 'detached' });
    await page.waitForURL((url) => url.searchParams.get('fuse') === 'patches');
    await page.getByTestId('result-card').nth(11).waitFor();
    expect(complaints).toEqual([]);
  });

  it.each([
    ['baseline', 'occlusion'],
    ['patches', 'tokens'],
  ])('draws what %s finds alike, by %s', async (encoder, method) => {
    await page.goto(`${server.url}?image=40&k=12&encoder=${encoder}`);
    await page.getByTestId('result-card').first().waitFor();
    const id = await page.getByTestId('result-card').first().getAttribute('data-image-id');
    await page.goto(`${server.url}?image=40&k=12&encoder=${encoder}&compare=${id}`);
    const panes = ['compare-left', 'compare-right'].map((pane) => page.getByTestId(pane));
    for (const pane of panes) await pane.locator('canvas[data-ready="true"]').waitFor();
    const pictures = () =>
      Promise.all(
        panes.map((pane) =>
          pane.locator('canvas').evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL()),
        ),
      );
    await page.getByTestId('why-toggle').check({ force: true });
    const legend = page.getByTestId('why-similar');
    await legend.waitFor();
    expect(await legend.getAttribute('data-method')).toBe(method);
    expect(await legend.textContent()).toContain('not a diagnosis');
    await page.screenshot({ path: join(OUTPUT, `why-${method}.png`) });
    const drawn = await pictures();
    await page.getByTestId('why-opacity').fill('0');
    const clear = await pictures();
    drawn.forEach((picture, i) => {
      expect(picture).not.toBe(clear[i]);
    });
    expect(complaints).toEqual([]);
  });
});
