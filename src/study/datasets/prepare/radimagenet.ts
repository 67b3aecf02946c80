import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SemblanceError, toSemblanceError } from '../../../domain/errors/error.ts';
import { SPLITS } from '../../../domain/splits.ts';
import {
  isFolder,
  locate,
  type Preparation,
  type PreparedImage,
  type PrepareOptions,
  readTable,
  Skipped,
} from './preparation.ts';

/** Ultrasound folders of an organ without a finding. */
const NORMAL_US = new Set([
  'aorta',
  'bladder',
  'cbd',
  'fibroid',
  'gb',
  'ivc',
  'kidney',
  'liver',
  'ovary',
  'pancreas',
  'portal_vein',
  'spleen',
  'thyroid',
  'uterus',
]);

/** The label of an image: modality/anatomy/pathology, from the folders it lies in. */
function labelOf(folders: readonly string[]): string {
  const [modality, organ] = folders;
  if (modality === 'US' && organ === 'thyroid_nodule') return 'US/thyroid/nodule';
  const rest =
    modality === 'US' && NORMAL_US.has(organ ?? '')
      ? ['normal', ...folders.slice(2)]
      : folders.slice(2);
  return [modality, organ, ...rest].join('/');
}

/** The paths to leave out: of the named list, or of `ignore_list.txt` beside the CSVs if it is there. */
async function readIgnoreList(named: string | undefined, root: string): Promise<Set<string>> {
  const file = named ?? join(root, 'ignore_list.txt');
  const isThere = await stat(file).then(
    () => true,
    (error) => {
      if (named !== undefined) throw toSemblanceError(error, named);
      return false;
    },
  );
  const lines = isThere ? (await readFile(file, 'utf8')).split('\n') : [];
  return new Set(lines.map((line) => line.trim()));
}

/**
 * RadImageNet (Mei et al. 2022): `RadiologyAI_train.csv`, `RadiologyAI_val.csv` and `RadiologyAI_test.csv`
 * (column `filename`, for instance `radiology_ai/CT/lung/nodule/nodule000001.png`) in the folder `radiology_ai` or
 * beside it. The splits are the official ones; the files do not say who the patients are.
 * @throws SemblanceError PATH_NOT_FOUND, CSV_INVALID
 */
export async function prepareRadimagenet(
  folder: string,
  options: PrepareOptions,
): Promise<Preparation> {
  const root = dirname(await locate(folder, 'RadiologyAI_train.csv'));
  const ignored = await readIgnoreList(options.ignoreList, root);
  const skipped = new Skipped();
  const images: PreparedImage[] = [];
  const labels = new Set<string>();
  let base = root;
  for (const beside of [join(dirname(root), 'radiology_ai'), join(root, 'radiology_ai')]) {
    if (await isFolder(beside)) base = beside;
  }
  let listed = 0;
  for (const split of SPLITS) {
    const file = await locate(root, `RadiologyAI_${split}.csv`);
    const inSplit = new Set<string>();
    const paths = new Set<string>();
    await readTable(file, ['filename'], ([path]) => {
      listed += 1;
      if (ignored.has(path)) {
        skipped.add('on the ignore list');
        return;
      }
      if (paths.has(path)) {
        skipped.add('listed twice');
        return;
      }
      paths.add(path);
      const [, ...rest] = path.split('/');
      const label = labelOf(rest.slice(0, -1));
      const [modality = '', anatomicRegion, finding] = label.split('/');
      if (anatomicRegion === undefined || finding === undefined) {
        throw new SemblanceError('CSV_INVALID', `"${path}" is not an official path.`, {
          subject: file,
        });
      }
      inSplit.add(label);
      images.push({
        file: join(base, ...rest),
        split,
        modality,
        anatomicRegion,
        label,
        patient: null,
      });
    });
    for (const label of [...inSplit].sort()) labels.add(label);
  }
  return { dataset: 'radiology_ai', labels: [...labels], images, listed, skipped: skipped.counts };
}
