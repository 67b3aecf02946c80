// Reading a data set of the study's size: rows/s and memory of this reader and of csv-parse alone.
//   npm run bench:csv -- [rows] [labels]
import { fork } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse';
import { SPLITS } from '../src/domain/splits.ts';
import type { LabelledImage } from '../src/tables/labelled.ts';
import { readLabelledSet } from '../src/tables/read-labelled.ts';
import { writeLabelledSet } from '../src/tables/write-labelled.ts';

const READERS: Record<string, (file: string) => Promise<number>> = {
  semblance: async (file) => (await readLabelledSet(file)).images.length,
  // The least that a reader on top of csv-parse would do: nothing is kept or checked.
  'csv-parse': async (file) => {
    let rows = -1;
    for await (const row of createReadStream(file).pipe(parse())) {
      if ((row as string[]).indexOf('1', 5) !== -1) rows += 1;
      else if (rows === -1) rows = 0;
    }
    return rows;
  },
};

async function measure(reader: string, file: string): Promise<void> {
  const start = performance.now();
  const rows = await (READERS[reader] as (file: string) => Promise<number>)(file);
  const seconds = (performance.now() - start) / 1000;
  const megabytes = process.resourceUsage().maxRSS / 1000;
  console.log(
    `${reader.padEnd(10)} ${rows} rows in ${seconds.toFixed(1)} s, ` +
      `${Math.round(rows / seconds)} rows/s, at most ${Math.round(megabytes)} MB`,
  );
}

async function main(rows: number, labels: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'semblance-bench-'));
  try {
    const file = join(folder, 'rows.csv');
    const images = Array.from(
      { length: rows },
      (_, i): LabelledImage => ({
        filepath: `radiology_ai/CT/abd/finding/abd-normal${String(i).padStart(8, '0')}.png`,
        dataset: 'radiology_ai',
        split: SPLITS[i % 3] as LabelledImage['split'],
        modality: 'CT',
        anatomicRegion: 'abd',
        label: (i * 7919) % labels,
        patient: null,
      }),
    );
    const names = Array.from({ length: labels }, (_, i) => `CT/abd/finding ${i}`);
    const start = performance.now();
    await writeLabelledSet(file, { labels: names, images, excluded: [] });
    const seconds = (performance.now() - start) / 1000;
    console.log(
      `${rows} rows of ${labels} labels, ${Math.round(statSync(file).size / 1e6)} MB, ` +
        `written in ${seconds.toFixed(1)} s`,
    );
    // Each in a process of its own, so that the memory is its own.
    for (const reader of Object.keys(READERS)) {
      const child = fork(fileURLToPath(import.meta.url), [reader, file]);
      await new Promise((resolve) => child.on('exit', resolve));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [first = '1600000', second = '161'] = process.argv.slice(2);
if (first in READERS) await measure(first, second);
else await main(Number(first), Number(second));
