import { dirname, resolve } from 'node:path';
import type { OfficialDataset } from '../../../contract/datasets.ts';
import { SemblanceError } from '../../../domain/errors/error.ts';
import { SPLITS, type Split } from '../../../domain/splits.ts';
import { pathFrom } from '../../../tables/file-key.ts';
import { fileSizes, type OnProgress } from '../../../tables/files.ts';
import type { LabelledImage } from '../../../tables/labelled.ts';
import { writeLabelledSet } from '../../../tables/write-labelled.ts';
import { prepareChexpert } from './chexpert.ts';
import { prepareMimicCxr } from './mimic-cxr.ts';
import { prepareNih14 } from './nih14.ts';
import type { Preparation, PrepareOptions } from './preparation.ts';
import { prepareRadimagenet } from './radimagenet.ts';

/** What prepares each data set of the study. */
const PREPARATIONS: Record<
  OfficialDataset,
  (folder: string, options: PrepareOptions) => Promise<Preparation>
> = {
  nih14: prepareNih14,
  chexpert: prepareChexpert,
  'mimic-cxr': prepareMimicCxr,
  radimagenet: prepareRadimagenet,
};

export interface PrepareResult {
  dataset: string;
  csv: string;
  patients: string | null;
  /** Number of images that the official files list. */
  listed: number;
  /** Number of rows written. */
  written: number;
  splits: Record<Split, number>;
  /** Rows of each label. */
  labels: Record<string, number>;
  /** Numbers of listed images that are no part of the experiment, by reason. */
  skipped: Record<string, number>;
  /** Files that are listed but not there; their rows are not written. */
  missing: string[];
}

/**
 * Makes the study's CSV from the official files of a data set. Paths in it are relative to the CSV, with
 * forward slashes. An image whose file is absent gets no row, unless files are not checked.
 *
 * @throws SemblanceError PATH_NOT_FOUND (also when not one image is there), CSV_INVALID, DISK_FULL
 */
export async function prepareDataset(
  name: OfficialDataset,
  folder: string,
  csv: string,
  options: PrepareOptions & { checkFiles: boolean; onProgress?: OnProgress },
): Promise<PrepareResult> {
  const prepared = await PREPARATIONS[name](resolve(folder), options);
  const { dataset, labels, listed, skipped } = prepared;
  const files = prepared.images.map(({ file }) => file);
  const sizes = options.checkFiles ? await fileSizes(files, options.onProgress) : null;
  const missing = files.filter((_, i) => sizes?.[i] === -1);
  const present = prepared.images.filter((_, i) => sizes?.[i] !== -1);
  if (present.length === 0) {
    throw new SemblanceError('PATH_NOT_FOUND', `It holds none of the ${listed} listed images.`, {
      subject: folder,
    });
  }

  const ids = new Map(labels.map((label, i) => [label, i]));
  const images = present.map(
    ({ file, label, split, modality, anatomicRegion, patient }): LabelledImage => ({
      filepath: pathFrom(dirname(resolve(csv)), file),
      dataset,
      split,
      modality,
      anatomicRegion,
      label: ids.get(label) as number,
      patient,
    }),
  );
  const counts: Record<string, number> = Object.fromEntries(labels.map((label) => [label, 0]));
  for (const { label } of present) counts[label] = (counts[label] as number) + 1;
  const written = await writeLabelledSet(csv, { labels, images, excluded: [] });
  return {
    dataset,
    ...written,
    listed,
    written: images.length,
    splits: Object.fromEntries(
      SPLITS.map((split) => [split, present.filter((image) => image.split === split).length]),
    ) as Record<Split, number>,
    labels: counts,
    skipped,
    missing,
  };
}
