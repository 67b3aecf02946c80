import { z } from 'zod';
import { SPLITS, type Split } from '../domain/splits.ts';
import { ErrorSchema } from './errors.ts';
import { TableReportSchema } from './tables.ts';

/** The data sets of the study. */
export const OFFICIAL_DATASETS = ['nih14', 'chexpert', 'mimic-cxr', 'radimagenet'] as const;
export type OfficialDataset = (typeof OFFICIAL_DATASETS)[number];

const count = z.number().int();
const splitName = z.enum(SPLITS);
const bySplit = z.object(
  Object.fromEntries(SPLITS.map((split) => [split, count])) as Record<Split, typeof count>,
);

/** A data set of the study that was made from its official files. */
export const PreparedDatasetSchema = z.object({
  dataset: z.string(),
  csv: z.string(),
  patients: z.string().nullable().meta({ description: 'The list of patients beside the CSV' }),
  listed: count.meta({ description: 'Images that the official files list' }),
  written: count.meta({ description: 'Rows written' }),
  splits: bySplit,
  labels: z.record(z.string(), count).meta({ description: 'Rows of each label' }),
  skipped: z.record(z.string(), count).meta({ description: 'Images left out, by reason' }),
  missing: z.array(z.string()).meta({ description: 'Files that are listed but not there' }),
});

/** Data sets that were joined into one. */
export const MergedDatasetSchema = z.object({
  csv: z.string(),
  patients: z.string().nullable(),
  images: count,
  labels: z.array(z.string()),
  tables: z.array(TableReportSchema),
  excluded: z.array(ErrorSchema),
});

/** What makes an experiment with a data set misleading. */
export const DatasetCheckSchema = z.object({
  images: count,
  splits: bySplit,
  withoutPatient: count.meta({ description: 'Images whose patient is not known' }),
  excluded: z.array(ErrorSchema).meta({ description: 'Rows that cannot be used' }),
  leaks: z.object({
    patients: z.array(
      z.object({ dataset: z.string(), patient: z.string(), splits: z.array(splitName) }),
    ),
    files: z.array(ErrorSchema),
    contents: z.array(
      z.object({
        sha256: z.string(),
        files: z.array(z.object({ filepath: z.string(), split: splitName })),
      }),
    ),
  }),
  rareLabels: z.array(bySplit.extend({ label: z.string() })),
  missing: z.array(z.string()).meta({ description: 'Files that are not there' }),
  tables: z.array(TableReportSchema),
});

export type PreparedDataset = z.infer<typeof PreparedDatasetSchema>;
export type MergedDataset = z.infer<typeof MergedDatasetSchema>;
export type DatasetCheck = z.infer<typeof DatasetCheckSchema>;
