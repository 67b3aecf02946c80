import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OfficialDataset } from '../../../contract/datasets.ts';
import { readLabelledSet } from '../../../tables/read-labelled.ts';
import { writeLabelledSet } from '../../../tables/write-labelled.ts';
import {
  writeChexpert,
  writeInto,
  writeMimicCxr,
  writeNih14,
  writeRadimagenet,
} from '../../../testing/official-layouts.ts';
import { checkDataset } from '../check.ts';
import { validationPatients } from './divide.ts';
import { prepareDataset } from './prepare.ts';

const digest = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

const study = mkdtempSync(join(tmpdir(), 'semblance-prepare-'));
afterAll(() => rmSync(study, { recursive: true }));
beforeAll(() => {
  writeNih14(join(study, 'nih14'));
  writeChexpert(join(study, 'CheXpert/CheXpert-v1.0'));
  writeMimicCxr(join(study, 'mimic/files/mimic-cxr-jpg/2.0.0'));
  writeRadimagenet(join(study, 'radiology_ai'));
});

const DEFAULTS = { asPublished: false, seed: 42, checkFiles: true };

describe('validationPatients', () => {
  // SHA-256 of the lines that scikit-learn 1.9.1 prints for
  // train_test_split([f"patient{i}" for i in range(n)], train_size=0.9, random_state=seed)[1]
  it.each([
    [25, 42, 'a827f51333003552e2f7f519c285ce0b59420dcc413bdcd6589d4bf0c3f09f50'],
    [28008, 42, '8e77eb181dfe1e6c5780d5e47e345b40027b3bce4c0e573b403a3ee5b2afbad0'],
    [64540, 7, 'b6e825dfec868ac19b8f1fda3241c8dc7798c5bdb148b770eaed84b430b94f5d'],
    [11, 4294967295, 'a958b92de3dff96b993fe86eb39f50a3c392397c4ee43b6c819a18c32b720bcb'],
  ])('divides %i patients with seed %i as scikit-learn does', (n, seed, expected) => {
    const patients = Array.from({ length: n }, (_, i) => `patient${i}`);
    expect(digest([...validationPatients(patients, seed)].join('\n'))).toBe(expected);
  });
});

describe('prepareDataset', () => {
  // SHA-256 of what the study's own scripts (scripts/prepare_datasets of
  // github.com/MIC-DKFZ/foundation-models-for-cbmir at 4c88d8b, pandas 2.3.3) write for the same made-up
  // folders, with 0.0 and 1.0 written as 0 and 1.
  it.each([
    ['nih14', 'nih14', '7d2905182368dc388067e84e5e2ade53106aead1dc338a1fdebe4ab0af8a8fb2'],
    ['chexpert', 'CheXpert', '472512d30657c32aa47bd8c5de74d0a95ec1cf80e449330030e700df2b321ee8'],
    ['mimic-cxr', 'mimic', '1f6a49f09dd04ac1c814881e98be01afc2324d92f37c40d0f1fd9ff7e380459e'],
    [
      'radimagenet',
      'radiology_ai',
      'f55aff4a8238efaa28409b21811a727cfd9439055a61037519d55b82c40a939c',
    ],
  ] as const)("writes what the study's script for %s writes", async (name, folder, expected) => {
    const csv = join(study, `${name}.csv`);
    const result = await prepareDataset(name, join(study, folder), csv, {
      ...DEFAULTS,
      asPublished: true,
    });
    expect(digest(readFileSync(csv))).toBe(expected);
    const skipped = Object.values(result.skipped).reduce((a, b) => a + b, 0);
    expect(result.written + skipped + result.missing.length).toBe(result.listed);
  });

  it('joins all four into one experiment without a leak, and reads it back the same', async () => {
    const folder = join(study, 'joined');
    writeInto(folder, 'placeholder');
    const csvs: string[] = [];
    for (const name of ['nih14', 'chexpert', 'mimic-cxr', 'radimagenet'] as const) {
      csvs.push(join(folder, `${name}.csv`));
      await prepareDataset(name, study, csvs.at(-1) as string, { ...DEFAULTS, seed: 1 });
    }
    const check = await checkDataset(csvs, { minImages: 1, checkFiles: true, content: false });
    expect(check).toMatchObject({
      excluded: [],
      missing: [],
      leaks: { patients: [], files: [], contents: [] },
    });
    const set = await readLabelledSet(csvs);
    // Findings that the data sets share are one label.
    expect(set.labels.filter((label) => label === 'XR/chest/Pleural Effusion')).toHaveLength(1);
    expect(set.labels).not.toContain('XR/chest/Support Devices');
    const shared = set.labels.indexOf('XR/chest/Pleural Effusion');
    const from = set.images.filter(({ label }) => label === shared).map(({ dataset }) => dataset);
    expect(new Set(from)).toEqual(new Set(['nih14', 'CheXpert', 'mimic']));
    const all = join(folder, 'all.csv');
    await writeLabelledSet(all, set);
    const { tables: _, ...content } = set;
    expect(await readLabelledSet(all)).toMatchObject(content);
    // Patients come with it.
    expect(set.images.every((i) => (i.patient === null) === (i.dataset === 'radiology_ai'))).toBe(
      true,
    );
  });

  const CHEXPERT_HEADER =
    'Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Enlarged Cardiomediastinum,Cardiomegaly,Lung Opacity,' +
    'Lung Lesion,Edema,Consolidation,Pneumonia,Atelectasis,Pneumothorax,Pleural Effusion,Pleural Other,' +
    'Fracture,Support Devices\n';

  it('treats an uncertain observation beside a certain one as not set, except as published', async () => {
    const folder = join(study, 'small/chexpert');
    const at = (patient: number) =>
      `CheXpert-v1.0-small/train/patient0000${patient}/study1/view1_frontal.jpg`;
    writeInto(
      folder,
      'train.csv',
      CHEXPERT_HEADER +
        `${at(1)},Male,60,Frontal,AP,,,1.0,,,,,,,,,,,1.0\n` +
        `${at(2)},Male,60,Frontal,AP,,,1.0,-1.0,,,,,,,,,,\n` +
        `${at(3)},Male,60,Frontal,AP,,,1.0,1.0,-1.0,,,,,,,,,\n`,
    );
    writeInto(folder, 'valid.csv', CHEXPERT_HEADER);
    const prepare = async (asPublished: boolean) => {
      const csv = join(study, 'uncertain.csv');
      await prepareDataset('chexpert', folder, csv, {
        ...DEFAULTS,
        asPublished,
        checkFiles: false,
      });
      return (await readLabelledSet(csv)).images.map(({ patient }) => patient).sort();
    };
    expect(await prepare(false)).toEqual(['patient00001', 'patient00002']);
    expect(await prepare(true)).toEqual(['patient00001']);
  });

  it('leaves out files that are not there, and fails when none is', async () => {
    const folder = join(study, 'partial');
    writeChexpert(folder);
    rmSync(join(folder, 'train/patient00002'), { recursive: true });
    const csv = join(study, 'partial.csv');
    const result = await prepareDataset('chexpert', folder, csv, DEFAULTS);
    expect(result.missing.length).toBeGreaterThan(0);
    expect(result.missing.every((file) => file.includes('patient00002'))).toBe(true);
    const unchecked = await prepareDataset('chexpert', folder, csv, {
      ...DEFAULTS,
      checkFiles: false,
    });
    expect(unchecked.written).toBe(result.written + result.missing.length);
    for (const part of ['train', 'valid']) rmSync(join(folder, part), { recursive: true });
    await expect(prepareDataset('chexpert', folder, csv, DEFAULTS)).rejects.toMatchObject({
      code: 'PATH_NOT_FOUND',
      subject: folder,
    });
  });

  it.each([
    ['nih14', 'Data_Entry_2017_v2020.csv'],
    ['chexpert', 'train.csv'],
    ['mimic-cxr', 'mimic-cxr-2.0.0-split.csv.gz'],
    ['radimagenet', 'RadiologyAI_train.csv'],
  ] as const)('says which official file of %s is missing, or which column', async (name, file) => {
    const folder = join(study, `broken-${name}`);
    writeInto(folder, 'unrelated.txt');
    const prepare = (of: OfficialDataset) =>
      prepareDataset(of, folder, join(study, 'x.csv'), DEFAULTS);
    await expect(prepare(name)).rejects.toMatchObject({
      code: 'PATH_NOT_FOUND',
      message: expect.stringContaining(file),
    });
    for (const csv of ['Data_Entry_2017.csv', 'train.csv', 'RadiologyAI_train.csv']) {
      writeInto(folder, csv, 'a,b\n1,2\n');
    }
    for (const part of ['split', 'chexpert'])
      writeInto(folder, `mimic-cxr-2.0.0-${part}.csv`, 'a,b\n1,2\n');
    writeInto(folder, 'test_list.txt');
    await expect(prepare(name)).rejects.toMatchObject({
      code: 'CSV_INVALID',
      message: expect.stringMatching(/no column "(Image Index|Path|subject_id|filename)"/),
    });
  });
});
