// Makes docs/report.png: a benchmark of three encoders on the sample collection, its report in Chromium.
// Give a folder to keep the run and its report there.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { writePhantoms } from '../src/images/phantoms/phantoms.ts';
import { parseConfig } from '../src/study/benchmark/config.ts';
import { writeReports } from '../src/study/benchmark/report/write-reports.ts';
import { runBenchmark } from '../src/study/benchmark/run.ts';
import { writeResults } from '../src/study/benchmark/write.ts';
import { openPage } from '../test/browser.ts';
import { compileRandomVit } from '../test/encoders.ts';

const [given] = process.argv.slice(2);
const folder =
  given === undefined ? mkdtempSync(join(tmpdir(), 'semblance-report-')) : resolve(given);
const output = join(folder, 'benchmark');
mkdirSync(join(folder, 'images'), { recursive: true });
await writePhantoms(join(folder, 'images'));
const config = {
  title: 'Three encoders on the sample collection',
  data: { csv: 'images/dataset.csv' },
  encoders: ['baseline', ...[64, 16].map((width) => compileRandomVit(folder, width))],
  samples: 24,
  examples: true,
};
const configured = parseConfig(config, join(folder, 'config.json'));
const { outcome, details } = await runBenchmark(configured, {
  output,
  encodersFolder: join(folder, 'encoders'),
});
writeResults(output, outcome, details);
await writeReports(output, outcome, details);

const { browser, page } = await openPage('');
await page.setViewportSize({ width: 1360, height: 1240 });
await page.goto(`file://${join(output, 'report.html')}`);
await page.locator('#precision [data-drawn=done]').last().waitFor();
const picture = await page.screenshot();
await browser.close();
await sharp(picture).png({ palette: true, colours: 128 }).toFile('docs/report.png');
if (given === undefined) rmSync(folder, { recursive: true });
