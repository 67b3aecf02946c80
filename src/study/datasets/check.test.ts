import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeInto } from '../../testing/official-layouts.ts';
import { hasShared, sharedPath } from '../../testing/shared.ts';
import { checkDataset } from './check.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-check-'));
afterAll(() => rmSync(folder, { recursive: true }));

const OPTIONS = { root: folder, minImages: 2, checkFiles: true, content: true };

describe('checkDataset', () => {
  it('finds patients, rows and contents in several splits, rare labels and absent files', async () => {
    const row = (path: string, split: string, patient: string, label: string, dataset = 'd') =>
      `${path},${dataset},${split},CT,head,${patient},${label}\n`;
    const csv = writeInto(
      folder,
      'leaky.csv',
      'filepath,dataset,split,modality,anatomic_region,patient_id,A,B\n' +
        row('1.png', 'train', 'Anna', '1,0') +
        row('2.png', 'test', 'Anna', '1,0') +
        // Another hospital's patient of the same name, and a patient twice in one split, are no leak.
        row('3.png', 'val', 'Anna', '1,0', 'other') +
        row('4.png', 'val', 'Anna', '1,0', 'other') +
        row('5.png', 'train', 'Ben', '0,1') +
        row('5.png', 'test', 'Ben', '0,1') +
        row('6.png', 'test', '', '1,0') +
        row('7.png', 'train', '', '1,0') +
        row('8.png', 'train', 'Cleo', '1,1') +
        row('absent.png', 'train', '', '1,0'),
    );
    for (const [name, content] of [
      '',
      'one',
      'two',
      'one!',
      'four',
      'five',
      'SIX',
      'SIX',
      '',
    ].entries()) {
      writeInto(folder, `${name}.png`, content);
    }
    const result = await checkDataset([csv], OPTIONS);
    expect(result).toMatchObject({
      images: 8,
      splits: { train: 4, val: 2, test: 2 },
      withoutPatient: 3,
      missing: ['absent.png'],
      rareLabels: [{ label: 'B', train: 1, val: 0, test: 0 }],
    });
    expect(result.leaks.patients).toEqual([
      { dataset: 'd', patient: 'Anna', splits: ['train', 'test'] },
    ]);
    expect(result.leaks.files.map(({ subject }) => subject)).toEqual([`${csv}:7`]);
    expect(result.excluded.map(({ code }) => code)).toContain('ROW_SEVERAL_LABELS');
    expect(result.leaks.contents.map(({ files }) => files)).toEqual([
      [
        { filepath: '6.png', split: 'test' },
        { filepath: '7.png', split: 'train' },
      ],
    ]);
  });

  it.runIf(hasShared('radiology'))('finds no shared patient or file in real data', async () => {
    const { root: _, ...options } = OPTIONS;
    const result = await checkDataset([sharedPath('radiology')], { ...options, content: false });
    expect(result).toMatchObject({ images: 3933, withoutPatient: 0, excluded: [], missing: [] });
    expect(result.leaks).toEqual({ patients: [], files: [], contents: [] });
  });
});
