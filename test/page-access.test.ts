import type { Route } from 'playwright-core';
import sharp from 'sharp';
import { afterEach, describe, expect, it } from 'vitest';
import { violations } from './axe.ts';
import { hasBrowser } from './browser.ts';
import { servedSite, smallCollection } from './site.ts';

const json = (value: unknown) => (route: Route) => route.fulfill({ json: value });
const encoder = {
  name: 'baseline',
  title: 'Baseline descriptor',
  dimension: 8,
  embeddings: 0,
  isDefault: true,
  available: true,
  text: false,
};

const CALIBRATION = {
  field: 'label',
  measuredOn: 300,
  expectedCalibrationError: 0.04,
  error: 0.2,
  confidence: 0.9,
  coverage: 0.7,
  measuredError: 0.1,
  made: '2026-01-01T00:00:00Z',
  changed: 0.5,
};
const NOISE = {
  create: {
    width: 64,
    height: 64,
    channels: 3,
    background: 'black',
    noise: { type: 'gaussian', mean: 128, sigma: 60 },
  },
} as const;

/** Few images, so that axe has less to look at. */
const SOME = '?where=finding:nodule';

// A second try: a browser on a machine whose cores are all taken may miss the moment of a state.
describe.skipIf(!hasBrowser)('every state of the page, by axe', { retry: 1 }, () => {
  const site = servedSite(smallCollection);
  /** Answers a search as of a collection that was calibrated. */
  const calibrated = (good: boolean) =>
    site.page.route('**/search', async (route) => {
      const response = await route.fetch();
      const answer = await response.json();
      for (const neighbour of answer.neighbours) if (good) neighbour.probability = 0.8;
      const calibration = { ...CALIBRATION, stale: !good };
      const verdict = { good, reason: 'It was measured.' };
      await route.fulfill({ response, json: { ...answer, calibration, verdict } });
    });
  afterEach(async () => {
    await site.page.unrouteAll({ behavior: 'ignoreErrors' });
    await site.page.setViewportSize({ width: 1440, height: 900 });
  });

  const shown = (testId: string) => site.page.getByTestId(testId).first().waitFor();
  const go = (address: string) => site.page.goto(site.url + address);
  const upload = (name: string, buffer: Buffer) =>
    site.page
      .getByTestId('file-input')
      .first()
      .setInputFiles({ name, mimeType: 'application/octet-stream', buffer });

  /** How each state is reached. */
  const states: Record<string, () => Promise<unknown>> = {
    browse: async () => {
      await go(SOME);
      await shown('browse-card');
    },
    results: async () => {
      await calibrated(true);
      await go('?image=5&k=12');
      await shown('probability');
    },
    'results with marks, words and filters': async () => {
      await go('?image=5&more=7&less=9&feedback=logistic&where=modality:XR,CT+-split:test&k=12');
      await shown('result-card');
    },
    'results one for each patient, varied': async () => {
      await go('?image=5&exclude=patient&groupBy=patient&varied=true&k=1');
      await shown('result-card');
    },
    'no good match': async () => {
      await go(SOME);
      await shown('browse-card');
      await calibrated(false);
      await upload('noise.png', await sharp(NOISE).png().toBuffer());
      await site.page.locator('[data-testid=verdict][data-good=false]').waitFor();
    },
    compare: async () => {
      await go('?image=5&k=12&compare=7');
      await site.page.locator('canvas[data-ready="true"]').nth(1).waitFor();
      await site.page.getByTestId('why-toggle').check({ force: true });
      await shown('why-similar');
    },
    'compare with an unknown image': async () => {
      await go('?image=5&k=12&compare=99999');
      await site.page.getByTestId('compare').getByTestId('error').waitFor();
    },
    'part of a picture': async () => {
      await go('?image=5&k=12&region=10,10,20,20');
      await site.page.getByTestId('region-button').click();
      await shown('region-canvas');
    },
    help: async () => {
      await go(SOME);
      await shown('browse-card');
      await site.page.keyboard.press('?');
      await site.page.locator('dialog.help').waitFor();
    },
    'filters open on a phone, with suggestions': async () => {
      await site.page.setViewportSize({ width: 390, height: 844 });
      await go(SOME);
      await shown('browse-card');
      await site.page.keyboard.press('/');
      await site.page.getByTestId('facet-modality-XR').waitFor();
      await site.page.keyboard.type('mod');
      await site.page.keyboard.press('ArrowDown');
      await shown('suggestion');
    },
    'no image matches': async () => {
      await go('?where=modality:none');
      await shown('empty');
    },
    'no result': async () => {
      await go('?image=5&where=modality:none');
      await shown('empty');
    },
    'a filter that cannot be read': async () => {
      await go('?where=modality:');
      await shown('error');
    },
    'unknown image': async () => {
      await go('?image=99999');
      await shown('error');
    },
    'unknown collection': async () => {
      await go('?collection=elsewhere');
      await shown('empty');
    },
    'an address that says what there is not': async () => {
      await go(`${SOME}&encoder=other&image=abc&colour=red`);
      await shown('encoder-unknown');
    },
    'search with an unknown encoder': async () => {
      await go('?encoder=other&image=5');
      await shown('empty');
    },
    'an encoder that takes no words': async () => {
      await go('?text=effusion');
      await shown('error');
    },
    'a picture that a reload forgot': async () => {
      await go('?upload=1');
      await shown('upload-lost');
    },
    'a damaged picture': async () => {
      await go(SOME);
      await shown('browse-card');
      await upload('scan.png', Buffer.from('no picture'));
      await shown('error');
    },
    'empty collection': async () => {
      await site.page.route('**/api/v1/collections', (route) =>
        json({ collections: [{ name: 'new', images: 0, encoders: [encoder] }] })(route),
      );
      await site.page.route('**/images?*', json({ total: 0, offset: 0, images: [] }));
      await site.page.route('**/facets', json({ facets: [] }));
      await go('');
      await shown('empty');
    },
    'no collections': async () => {
      await site.page.route('**/api/v1/collections', json({ collections: [] }));
      await go('');
      await shown('empty');
    },
    'a collection that cannot be opened': async () => {
      const problem = {
        type: 'about:blank',
        title: 'Collection file is damaged',
        status: 500,
        detail: 'It is.',
        code: 'COLLECTION_DAMAGED',
        advice: 'Restore it.',
      };
      const broken = { name: 'broken', images: 0, encoders: [], problem };
      await site.page.route('**/api/v1/collections', json({ collections: [broken] }));
      await go('');
      await shown('error');
    },
    'no server': async () => {
      await site.page.route('**/api/**', (route) => route.abort());
      await go('');
      await shown('error');
    },
    'no server for a search': async () => {
      await site.page.route('**/images/**', (route) => route.abort());
      await site.page.route('**/search', (route) => route.abort());
      await go('?image=5');
      await shown('error');
    },
    'loading the collections': async () => {
      await site.page.route('**/api/**', () => undefined);
      await go('');
      await shown('loading');
    },
    searching: async () => {
      await site.page.route('**/images/**', () => undefined);
      await site.page.route('**/search', () => undefined);
      await go('?image=5');
      await shown('loading');
    },
    'a busy server': async () => {
      const busy = { status: 503, headers: { 'Retry-After': '60' }, body: '' };
      await site.page.route('**/search', (route) => route.fulfill(busy));
      await go('?image=5');
      await expect.poll(() => site.page.getByTestId('busy').textContent()).toContain('busy');
    },
    'an address without a page': async () => {
      await go('somewhere/else');
      await site.page.getByRole('heading', { name: 'There is no page' }).waitFor();
    },
  };

  it.each(Object.keys(states))('finds nothing wrong: %s', async (name) => {
    await states[name]?.();
    expect(await violations(site.page)).toEqual([]);
    await site.page.emulateMedia({ forcedColors: 'active', colorScheme: 'light' });
    expect(await violations(site.page, ['color-contrast'])).toEqual([]);
    await site.page.emulateMedia({ forcedColors: 'none', colorScheme: 'dark' });
    // What the browser itself says of requests that were made to fail; nothing else is said.
    const own = site.complaints.splice(0).filter((text) => !text.startsWith('Failed to load'));
    expect(own).toEqual([]);
  });
});
