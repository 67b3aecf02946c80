import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { readEmbeddings } from '../../src/study/exchange/formats.ts';
import { readKnnCsv } from '../../src/study/exchange/knn.ts';
import { readLabelledSet } from '../../src/tables/read-labelled.ts';
import { archiveOf, writeArchive } from './archive.ts';
import { MOMENTS } from './kill.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-study-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('an archive is what the readers of the study take', async () => {
  const archive = archiveOf(join(folder, 'small'), 0.002);
  writeArchive(archive, 0.002, () => undefined);
  const { labels, images, excluded } = await readLabelledSet(archive.folder);
  expect(excluded).toEqual([]);
  expect(labels).toHaveLength(161);
  expect(new Set(images.map(({ label }) => label)).size).toBeGreaterThan(140);
  const count = (split: string) => images.filter((image) => image.split === split).length;
  expect({ train: count('train'), val: count('val'), test: count('test') }).toEqual(archive.images);
  // Patients as the paths tell them, each in one split.
  const splits = new Map<string, Set<string>>();
  for (const { dataset, patient, split } of images) {
    expect(patient === null).toBe(dataset === 'radiology_ai');
    if (patient === null) continue;
    const key = `${dataset} ${patient}`;
    splits.set(key, (splits.get(key) ?? new Set()).add(split));
  }
  expect(splits.size).toBeGreaterThan(50);
  expect([...splits.values()].filter(({ size }) => size > 1)).toEqual([]);

  const paths = new Set(images.map(({ filepath }) => filepath));
  for (const { files, dimension } of archive.encoders) {
    const { matrix, excluded: unusable } = await readEmbeddings(files);
    expect(unusable).toEqual([]);
    expect(matrix.dimension).toBe(dimension);
    expect(new Set(matrix.paths)).toEqual(paths);
    const vectors = matrix.paths.map((_, i) =>
      Buffer.from(matrix.values.buffer, 4 * i * dimension, 4 * dimension).toString('base64'),
    );
    const copies = vectors.length - new Set(vectors).size;
    expect(copies).toBeGreaterThan(10);
    expect(copies).toBeLessThan(0.02 * vectors.length);
  }
  const knn = await readKnnCsv(archive.encoders[0]?.knn as string);
  expect(knn.queries).toHaveLength(archive.images.test + archive.images.val);
  expect(knn.k).toBe(100);
  const train = new Set(images.filter(({ split }) => split === 'train').map((one) => one.filepath));
  expect(knn.paths.filter((path) => !train.has(path))).toEqual([]);
});

test('the bench runs every step at scale 0.01', { timeout: 400_000 }, () => {
  const json = join(folder, 'lines.json');
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const args = [main, '--scale', '0.01', '--encoders', '1', '--no-reference', '--json', json];
  execFileSync(process.execPath, ['--import', 'tsx', ...args], { stdio: 'ignore' });
  const lines = JSON.parse(readFileSync(json, 'utf8')) as { step: string; code: number }[];
  expect(lines.filter(({ code }) => code !== 0)).toEqual([]);
  expect(lines.map(({ step }) => step)).toEqual(expect.arrayContaining(['import', 'benchmark']));
});

test('a run of scale 0.01 that is killed at ten moments ends with the same bytes', {
  timeout: 400_000,
}, () => {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const args = [main, '--scale', '0.01', '--encoders', '1', '--steps', 'write,kill'];
  // It ends with an exit code where a result differs, or a run was not killed.
  const printed = execFileSync(process.execPath, ['--import', 'tsx', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kills = printed.split('\n').filter((line) => /^\| \d+ \|/.test(line));
  expect(kills).toHaveLength(MOMENTS);
});
