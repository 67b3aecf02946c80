import { dirname, join } from 'node:path';
import { SemblanceError } from '../../../domain/errors/error.ts';
import { isSplit } from '../../../domain/splits.ts';
import {
  locate,
  type Preparation,
  type PreparedImage,
  readTable,
  Skipped,
  singleLabel,
} from './preparation.ts';

/** Columns of the official file in their order, without `Support Devices`, which is no finding. */
const FINDINGS = [
  'Atelectasis',
  'Cardiomegaly',
  'Consolidation',
  'Edema',
  'Enlarged Cardiomediastinum',
  'Fracture',
  'Lung Lesion',
  'Lung Opacity',
  'No Finding',
  'Pleural Effusion',
  'Pleural Other',
  'Pneumonia',
  'Pneumothorax',
] as const;
const LABELS = FINDINGS.map((finding) => `XR/chest/${finding}`);

/** A file of the release, packed as it is distributed or not. */
function official(folder: string, name: string): Promise<string> {
  return locate(folder, `mimic-cxr-2.0.0-${name}.csv.gz`, `mimic-cxr-2.0.0-${name}.csv`);
}

/**
 * MIMIC-CXR-JPG (Johnson et al. 2019): `mimic-cxr-2.0.0-split.csv.gz`, `mimic-cxr-2.0.0-chexpert.csv.gz` and
 * `files/p10/p10000032/s50414267/*.jpg`. The splits are the official ones (`validate` is `val`); a finding that is
 * uncertain (-1) or negative (0) is not set, as published.
 * @throws SemblanceError PATH_NOT_FOUND, CSV_INVALID
 */
export async function prepareMimicCxr(folder: string): Promise<Preparation> {
  const splits = await official(folder, 'split');
  const root = join(dirname(splits), 'files');
  const labels = new Map<string, readonly string[]>();
  const studyColumns = ['subject_id', 'study_id', ...FINDINGS] as const;
  await readTable(
    await official(folder, 'chexpert'),
    studyColumns,
    ([subject, study, ...values]) => {
      labels.set(`p${subject}/s${study}`, values);
    },
  );

  const skipped = new Skipped();
  const images: PreparedImage[] = [];
  let listed = 0;
  const columns = ['dicom_id', 'study_id', 'subject_id', 'split'] as const;
  await readTable(splits, columns, ([image, study, subject, part]) => {
    listed += 1;
    const split = part === 'validate' ? 'val' : part;
    if (!isSplit(split)) {
      throw new SemblanceError('CSV_INVALID', `The split "${part}" is unknown.`, {
        subject: splits,
      });
    }
    const patient = `p${subject}`;
    const values = labels.get(`${patient}/s${study}`);
    if (values === undefined) {
      skipped.add('study without labels');
      return;
    }
    const label = singleLabel(values, skipped);
    if (label === null) return;
    images.push({
      file: join(root, patient.slice(0, 3), patient, `s${study}`, `${image}.jpg`),
      split,
      modality: 'XR',
      anatomicRegion: 'chest',
      label: LABELS[label] as string,
      patient,
    });
  });
  return { dataset: 'mimic', labels: LABELS, images, listed, skipped: skipped.counts };
}
