import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { SIZE, writePatchEncoder } from '../src/testing/patch-encoder.ts';
import { hasBrowser } from './browser.ts';
import { run } from './program.ts';
import { OUTPUT, servedSite } from './site.ts';

describe.skipIf(!hasBrowser)('several encoders on the page, in Chromium', () => {
  const site = servedSite(() => 'demo');
  beforeAll(async () => {
    writePatchEncoder(site.folder, 'patches', {
      resize: { mode: 'exact', width: SIZE, height: SIZE },
    });
    const patches = join(site.folder, 'patches.json');
    const again = ['index', '--again', '-c', 'phantoms', '-e', patches];
    expect((await run([...site.home, ...again])).code).toBe(0);
  }, 60_000);

  const within = (side: string) => site.page.getByTestId(side).getByTestId('result-card');

  it('shows the results of two beside each other, with the rank on the other side', async () => {
    await site.page.goto(`${site.url}?image=40&k=12`);
    await site.page.getByTestId('result-card').first().waitFor();
    await site.page.getByTestId('beside-select').selectOption('versus patches');
    await within('second-encoder').first().waitFor();
    const ids = async (side: string) =>
      within(side).evaluateAll((cards) => cards.map((card) => card.getAttribute('data-image-id')));
    const [first, second] = [await ids('first-encoder'), await ids('second-encoder')];
    expect([first.length, second.length]).toEqual([12, 12]);
    const moves = await site.page
      .getByTestId('first-encoder')
      .getByTestId('rank-there')
      .allInnerTexts();
    const expected = first.map((id, i) => {
      const there = second.indexOf(id) + 1;
      if (there === 0) return 'only here';
      return `${there === i + 1 ? '=' : there < i + 1 ? '▲' : '▼'} ${there}`;
    });
    expect(moves).toEqual(expected);
    const shared = moves.filter((text) => text !== 'only here').length;
    expect(await site.page.getByTestId('shared-count').textContent()).toContain(
      `${shared} of 12 images`,
    );
    await site.page.waitForLoadState('networkidle');
    await site.page.screenshot({ path: join(OUTPUT, 'two-encoders.png') });

    await site.page.getByTestId('beside-select').selectOption('fuse patches');
    await site.page.getByTestId('second-encoder').waitFor({ state: 'detached' });
    await site.page.waitForURL((url) => url.searchParams.get('fuse') === 'patches');
    await site.page.getByTestId('result-card').nth(11).waitFor();
    expect(site.complaints).toEqual([]);
  });

  it.each([
    ['baseline', 'occlusion'],
    ['patches', 'tokens'],
  ])('draws what %s finds alike, by %s', async (encoder, method) => {
    await site.page.goto(`${site.url}?image=40&k=12&encoder=${encoder}`);
    await site.page.getByTestId('result-card').first().waitFor();
    const id = await site.page.getByTestId('result-card').first().getAttribute('data-image-id');
    await site.page.goto(`${site.url}?image=40&k=12&encoder=${encoder}&compare=${id}`);
    const panes = ['compare-left', 'compare-right'].map((pane) => site.page.getByTestId(pane));
    for (const pane of panes) await pane.locator('canvas[data-ready="true"]').waitFor();
    const pictures = () =>
      Promise.all(
        panes.map((pane) =>
          pane.locator('canvas').evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL()),
        ),
      );
    await site.page.getByTestId('why-toggle').check({ force: true });
    const legend = site.page.getByTestId('why-similar');
    await legend.waitFor();
    expect(await legend.getAttribute('data-method')).toBe(method);
    expect(await legend.textContent()).toContain('not a diagnosis');
    await site.page.screenshot({ path: join(OUTPUT, `why-${method}.png`) });
    const drawn = await pictures();
    await site.page.getByTestId('why-opacity').fill('0');
    const clear = await pictures();
    drawn.forEach((picture, i) => {
      expect(picture).not.toBe(clear[i]);
    });
    expect(site.complaints).toEqual([]);
  });
});
