import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, expect, it } from 'vitest';
import { levelKey } from '../domain/levels.ts';
import { patientKey } from '../domain/statistics/classes.ts';
import { Encoder } from '../encoding/encoders/encoder.ts';
import { indexImages } from '../indexing/index-images.ts';
import { readSource } from '../indexing/read-source.ts';
import { DataDirectory } from '../store/data-directory.ts';
import { readLabelledSet } from '../tables/read-labelled.ts';
import { tinyEncoder } from '../testing/tiny-encoder.ts';
import { parseConfig } from './benchmark/config.ts';
import { runBenchmark } from './benchmark/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-patients-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Images by equal keys of their patients: which ones are of one person. */
function persons(images: readonly { path: string; key: string | null }[]): string[][] {
  const groups = new Map<string, string[]>();
  for (const { path, key } of images) {
    if (key !== null) groups.set(key, [...(groups.get(key) ?? []), path]);
  }
  return [...groups.values()].map((paths) => paths.sort()).sort();
}

it('index and benchmark see the same patients in one table', async () => {
  // Patient 1 of two data sets, one named in words for none, one by a file beside, one by the path.
  const rows = [
    ['a/0.png', 'ours', 'train', '1', 'x'],
    ['a/1.png', 'ours', 'test', '1', 'x'],
    ['b/2.png', 'theirs', 'train', '1', 'y'],
    ['b/3.png', 'theirs', 'test', '1.0', 'y'],
    ['b/4.png', 'theirs', 'test', 'unknown', 'x'],
    ['b/5.png', 'theirs', 'test', '', 'y'],
    ['b/6.png', 'theirs', 'train', '', 'y'],
    ['nih/00000001_000.png', 'nih14', 'test', '', 'x'],
    ['nih/00000001_001.png', 'nih14', 'train', '', 'x'],
  ];
  const text = [['filepath', 'dataset', 'split', 'patient_id', 'label'], ...rows];
  const table = text.map(([path, dataset, split, patient, label]) =>
    [path, dataset, split, patient, label, 'XR', 'chest'].join(),
  );
  table[0] = 'filepath,dataset,split,patient_id,label,modality,anatomic_region';
  const csv = join(folder, 'table.csv');
  writeFileSync(csv, `${table.join('\n')}\n`);
  writeFileSync(join(folder, 'patients.csv'), 'filepath,patient_id\nb/5.png,9\nb/6.png,9\n');
  for (const [i, [path]] of rows.entries()) {
    const file = join(folder, path as string);
    mkdirSync(dirname(file), { recursive: true });
    const background = { r: 20 * i, g: 255 - 10 * i, b: 9 * i };
    await sharp({ create: { width: 4, height: 4, channels: 3, background } })
      .png()
      .toFile(file);
  }

  const definition = tinyEncoder(7, folder);
  const encoder = await Encoder.load(definition);
  const store = new DataDirectory(join(folder, 'home')).open('test', { create: true });
  await indexImages(store, encoder, await readSource(csv), { threads: 1 });
  const indexed = store.images.page();
  store.close();
  await encoder.release();
  const byIndex = persons(
    indexed.map((image) => ({ path: image.path, key: levelKey('patient', image) })),
  );
  expect(byIndex).toEqual([
    ['a/0.png', 'a/1.png'],
    ['b/2.png', 'b/3.png'],
    ['b/5.png', 'b/6.png'],
    ['nih/00000001_000.png', 'nih/00000001_001.png'],
  ]);

  const { images } = await readLabelledSet(csv);
  expect(images.map((image) => image.filepath).sort()).toEqual(
    indexed.map(({ path }) => path).sort(),
  );
  expect(
    persons(images.map((image) => ({ path: image.filepath, key: patientKey(image) }))),
  ).toEqual(byIndex);

  writeFileSync(join(folder, 'tiny.json'), JSON.stringify(definition));
  const configured = parseConfig(
    {
      data: { csv: 'table.csv' },
      encoders: ['tiny.json'],
      analyses: ['patient-leak'],
      ...{ k: 1, linearProbe: false, replicates: 100 },
    },
    join(folder, 'benchmark.json'),
  );
  const { outcome } = await runBenchmark(configured, {
    output: join(folder, 'out'),
    encodersFolder: join(folder, 'none'),
  });
  const queries = indexed.filter(({ metadata }) => metadata.split === 'test');
  const known = queries.filter((image) => levelKey('patient', image) !== null);
  expect(outcome.data.patients).toEqual({
    test: byIndex.length,
    unknown: queries.length - known.length,
    shared: [
      { dataset: 'ours', patients: 1 },
      { dataset: 'theirs', patients: 2 },
      { dataset: 'nih14', patients: 1 },
    ],
  });
  expect(outcome.encoders[0]?.figures.patientLeak).toMatchObject({
    value: { queries: known.length, unknown: 1, withOwnPatient: known.length },
  });
});
