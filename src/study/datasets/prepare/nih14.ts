import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { divide } from './divide.ts';
import {
  locate,
  type Preparation,
  type PreparedImage,
  type PrepareOptions,
  readTable,
  Skipped,
} from './preparation.ts';

/** Official findings, with the names under which the other data sets have them. */
const FINDINGS = new Map(
  [
    'No Finding',
    'Atelectasis',
    'Cardiomegaly',
    'Consolidation',
    'Edema',
    'Effusion',
    'Infiltration',
    'Mass',
    'Nodule',
    'Pneumonia',
    'Pneumothorax',
    'Emphysema',
    'Fibrosis',
    'Pleural_Thickening',
    'Hernia',
  ].map((finding) => [
    finding,
    `XR/chest/${finding === 'Effusion' ? 'Pleural Effusion' : finding.replace('_', ' ')}`,
  ]),
);

/**
 * NIH ChestX-ray14 (Wang et al. 2017): `Data_Entry_2017_v2020.csv` or `Data_Entry_2017.csv`, `test_list.txt`
 * and the images wherever they lie below the folder (`images_001/images/` to `images_012/images/`). `test` is the
 * official list; the other patients are divided.
 * @throws SemblanceError PATH_NOT_FOUND, CSV_INVALID
 */
export async function prepareNih14(folder: string, options: PrepareOptions): Promise<Preparation> {
  const entries = await locate(folder, 'Data_Entry_2017_v2020.csv', 'Data_Entry_2017.csv');
  const root = dirname(entries);
  const list = await readFile(await locate(folder, 'test_list.txt'), 'utf8');
  const test = new Set(list.split('\n').map((name) => name.trim()));
  const places = new Map<string, string>();
  for (const path of await readdir(root, { recursive: true })) {
    if (path.endsWith('.png')) places.set(basename(path), path);
  }

  const skipped = new Skipped();
  const images: (PreparedImage & { patient: string })[] = [];
  const patients = new Set<string>();
  let listed = 0;
  const columns = ['Image Index', 'Finding Labels', 'Patient ID'] as const;
  await readTable(entries, columns, ([name, findings, patient]) => {
    listed += 1;
    // As in the study, patients are divided before images of several findings are left out.
    if (!test.has(name)) patients.add(patient);
    const labels = findings.split('|').flatMap((finding) => FINDINGS.get(finding) ?? []);
    const label = labels[0];
    if (label === undefined || labels.length > 1) {
      skipped.add(label === undefined ? 'no label' : 'several labels');
      return;
    }
    images.push({
      file: join(root, places.get(name) ?? join('images', name)),
      split: test.has(name) ? 'test' : 'train',
      modality: 'XR',
      anatomicRegion: 'chest',
      label,
      patient,
    });
  });
  return {
    dataset: 'nih14',
    labels: [...FINDINGS.values()],
    images: divide(images, patients, options.seed),
    listed,
    skipped: skipped.counts,
  };
}
