import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csvDifference } from '../src/testing/same-csv.ts';
import { hasShared, sharedPath } from '../src/testing/shared.ts';
import { hasBrowser, openPage } from './browser.ts';
import { compileRandomVit } from './encoders.ts';
import { run, start, temporaryFolder, writePicture } from './program.ts';

const PROTOCOL = 'goldens/protocol/';
const temporary = temporaryFolder();
const at = (path: string) => join(temporary.path, path);
const home = ['--home', at('home')];
afterAll(() => temporary.remove());

const config = (name: string, content: object): string => {
  writeFileSync(at(name), JSON.stringify(content));
  return at(name);
};

describe.skipIf(!hasShared(PROTOCOL))("the study's archive, as published", () => {
  it('gives its files from its embeddings and neighbours', async () => {
    const golden = (path: string) => sharedPath(PROTOCOL + path);
    const file = config('archive.json', {
      data: { csv: ['train', 'val', 'test'].map((name) => golden(`${name}.csv`)) },
      encoders: [{ archive: golden(''), experiment: 'all' }],
      linearProbe: false,
      knn: true,
    });
    const args = ['benchmark', 'run', file, '-o', at('archive'), '--as-published', '--json'];
    const { code, stdout } = await run([...home, ...args, '--analyses', 'recall']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ complete: true, excluded: 0, failed: [] });
    const encoder = ['retrieval', 'knn_validation_val', 'knn_classification'];
    for (const name of [
      'retrieval.csv',
      'knn_classification.csv',
      ...encoder.map((one) => `Synthetic/${one}.csv`),
    ]) {
      const expected = readFileSync(golden(`experiments/all/${name}`), 'utf8');
      const text = readFileSync(at(`archive/${name}`), 'utf8');
      expect(csvDifference(text, expected), name).toBeLessThan(1e-9);
    }
    // The queries stand in the order of the CSVs, not in that of the embeddings' files.
    const lines = (path: string) => readFileSync(path, 'utf8').trim().split('\n').sort();
    expect(lines(at('archive/Synthetic/knn.csv'))).toEqual(
      lines(golden('experiments/all/Synthetic/knn.csv')),
    );
    // Its neighbours are those of an exact index of faiss.
    const { recall } = JSON.parse(readFileSync(at('archive/results.json'), 'utf8')).encoders[0]
      .figures;
    expect(recall.value).toEqual(
      [1, 3, 5, 10, 100].map((k) => ({ k, mean: 1, lowest: 1, complete: 1 })),
    );
  });
});

/** Labels that would run or break out of a page that does not escape them. */
const LABELS = [
  '<script>hacked=1</script>',
  '</script><img src=x onerror=hacked=1>',
  '"\'&amp;,a/b',
];
const IMAGES = 540;

describe('a run on images', () => {
  let file: string;

  beforeAll(async () => {
    mkdirSync(at('images'));
    const names = Array.from({ length: IMAGES }, (_, i) => `images/${i}.png`);
    for (const [i, name] of names.entries()) {
      if (i !== 7) await writePicture(at(name), i % 9 < 6 ? i % 3 : i);
    }
    writeFileSync(at('images/7.png'), 'no picture');
    const quoted = LABELS.map((label) => `"${label.replaceAll('"', '""')}"`);
    const rows = names.map((name, i) => {
      const split = i % 4 === 0 ? 'test' : i % 4 === 1 ? 'val' : 'train';
      const flags = LABELS.map((_, l) => (i % 3 === l ? 1 : 0));
      return [name, 'made-up', split, '<i>XR</i>', 'chest', `p${i >> 1}`, ...flags].join();
    });
    const head = 'filepath,dataset,split,modality,anatomic_region,patient';
    writeFileSync(at('dataset.csv'), [[head, ...quoted].join(), ...rows, ''].join('\n'));
    compileRandomVit(temporary.path, 16, 1);
    file = config('images.json', {
      title: '<img src=x onerror=hacked=1>',
      data: { csv: 'dataset.csv' },
      encoders: [
        { name: '<b>baseline<img src=x onerror=hacked=1>', encoder: 'baseline' },
        'random-vit-16.json',
      ],
      analyses: ['groups', 'levels', 'projection', 'robustness', 'cost'],
      samples: 4,
      points: 60,
      replicates: 200,
      examples: true,
      knn: true,
    });
  });

  /** Starts a run, and ends it as soon as a file of a step is there. */
  const endAt = async (step: string, signal: NodeJS.Signals) => {
    const child = start([...home, 'benchmark', 'run', file, '-o', at('resumed')]);
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    const kept = () => {
      try {
        return readdirSync(at('resumed/.cache')).some((name) => name.startsWith(step));
      } catch {
        return false;
      }
    };
    while (!kept() && child.exitCode === null) await setTimeout(5);
    child.kill(signal);
    return ended;
  };

  it('ends and is killed at any time, goes on, and gives the same bytes', async () => {
    expect(await endAt('part-', 'SIGINT')).toBe(130);
    expect(await endAt('neighbours-', 'SIGKILL')).toBeNull();
    expect(readdirSync(at('resumed'))).toEqual(['.cache']);
    for (const output of ['resumed', 'whole']) {
      const { code, stdout } = await run([
        ...home,
        ...['--json', 'benchmark', 'run', file, '-o', at(output)],
      ]);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ complete: true, excluded: 1 });
    }
    const files = readdirSync(at('whole'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes('.cache'))
      .map(({ parentPath, name }) => join(parentPath, name).slice(at('whole').length));
    expect(files.length).toBeGreaterThanOrEqual(18);
    for (const name of files) {
      // Times differ with each run.
      if (/timings\.json|cost\.html/.test(name)) continue;
      const [whole, resumed] = ['whole', 'resumed'].map((folder) =>
        readFileSync(at(folder + name)),
      );
      expect(resumed?.equals(whole as Buffer), name).toBe(true);
    }
    const results = JSON.parse(readFileSync(at('whole/results.json'), 'utf8'));
    expect(results.excluded).toEqual([
      expect.objectContaining({ code: 'IMAGE_NOT_RECOGNISED', subject: 'images/7.png' }),
    ]);
    expect(JSON.stringify(results)).not.toContain(temporary.path);
  }, 240_000);

  it.skipIf(!hasBrowser)('makes pages that need nothing and run nothing of the data', async () => {
    const { browser, page, complaints } = await openPage('');
    try {
      for (const name of ['report.html', 'cost.html']) {
        await page.goto(`file://${at(`whole/${name}`)}`);
        await drawn(page);
        const heading = (await page.locator('h1').textContent()) ?? '';
        expect(heading).toContain('<img src=x onerror=hacked=1>');
        expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
        // Small pictures are data; there is no other image, and no script of a label.
        const sources = await page
          .locator('img')
          .evaluateAll((all) => all.map((img) => (img as HTMLImageElement).src.slice(0, 10)));
        expect(sources.every((source) => source === 'data:image')).toBe(true);
        if (name === 'report.html') {
          expect(sources.length).toBeGreaterThan(10);
          expect(await page.locator('main').textContent()).toContain(LABELS[0]);
          await page.locator('#levels .plot path[aria-label]').last().hover();
          await page.locator('#vg-tooltip-element.visible').waitFor();
          const tip = await page.locator('#vg-tooltip-element').textContent();
          expect(tip).toMatch(/Precision at 5\D*[\d.]+/);
        }
      }
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});

/** Waits until every plot that is not folded away is drawn. */
async function drawn(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    [...document.querySelectorAll<HTMLElement>('[data-plot]')].every(
      (place) => place.closest('details:not([open])') !== null || place.dataset.drawn === 'done',
    ),
  );
}
