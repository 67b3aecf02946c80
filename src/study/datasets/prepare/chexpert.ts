import { dirname, join } from 'node:path';
import { SemblanceError } from '../../../domain/errors/error.ts';
import { divide } from './divide.ts';
import {
  locate,
  type Preparation,
  type PreparedImage,
  type PrepareOptions,
  readTable,
  Skipped,
  singleLabel,
} from './preparation.ts';

/** Official observations in their order, without `Support Devices`, which is no finding. */
const OBSERVATIONS = [
  'No Finding',
  'Enlarged Cardiomediastinum',
  'Cardiomegaly',
  'Lung Opacity',
  'Lung Lesion',
  'Edema',
  'Consolidation',
  'Pneumonia',
  'Atelectasis',
  'Pneumothorax',
  'Pleural Effusion',
  'Pleural Other',
  'Fracture',
] as const;
const LABELS = OBSERVATIONS.map((observation) => `XR/chest/${observation}`);

/**
 * CheXpert (Irvin et al. 2019): `train.csv` and `valid.csv` of CheXpert-v1.0 or CheXpert-v1.0-small. `test` is
 * `valid.csv`; the patients of `train.csv` are divided. An uncertain observation (-1) is not set, as for MIMIC-CXR;
 * as published, an image is left out where the sum with its -1 is not 1.
 * @throws SemblanceError PATH_NOT_FOUND, CSV_INVALID
 */
export async function prepareChexpert(
  folder: string,
  options: PrepareOptions,
): Promise<Preparation> {
  const root = dirname(await locate(folder, 'train.csv'));
  const skipped = new Skipped();
  const images: (PreparedImage & { patient: string })[] = [];
  const patients = new Set<string>();
  let listed = 0;
  for (const [name, split] of [
    ['train.csv', 'train'],
    ['valid.csv', 'test'],
  ] as const) {
    const file = await locate(root, name);
    await readTable(file, ['Path', ...OBSERVATIONS], ([path, ...values]) => {
      listed += 1;
      // CheXpert-v1.0/train/patient00001/study1/view1_frontal.jpg; the first folder may be named otherwise.
      const [, part, patient, ...rest] = path.split('/');
      if (part === undefined || patient === undefined) {
        throw new SemblanceError('CSV_INVALID', `"${path}" is not an official path.`, {
          subject: file,
        });
      }
      if (options.asPublished && split === 'train') {
        if (values.reduce((sum, value) => sum + Number(value), 0) !== 1) {
          skipped.add('sum of labels is not 1');
          return;
        }
        // The study divides the patients here, some of whom lose all their images below.
        patients.add(patient);
      }
      const label = singleLabel(values, skipped);
      if (label === null) return;
      if (split === 'train') patients.add(patient);
      images.push({
        file: join(root, part, patient, ...rest),
        split,
        modality: 'XR',
        anatomicRegion: 'chest',
        label: LABELS[label] as string,
        patient,
      });
    });
  }
  return {
    dataset: 'CheXpert',
    labels: LABELS,
    images: divide(images, patients, options.seed),
    listed,
    skipped: skipped.counts,
  };
}
