import { isSplit, type Split } from './labelled.ts';

/** The columns that every CSV of the study begins with; its labels follow, a column for each. */
export const STUDY_COLUMNS = [
  'filepath',
  'dataset',
  'split',
  'modality',
  'anatomic_region',
] as const;

/** Other columns with a meaning of their own, by the names that they may have. */
export const OPTIONAL_COLUMNS = {
  patient: ['patient', 'patient_id', 'patientid', 'subject_id'],
  study: ['study', 'study_id', 'study_instance_uid'],
  series: ['series', 'series_id', 'series_instance_uid'],
  label: ['label', 'labels'],
} as const;

/** Columns that are text even where every value looks like a flag. */
export const TEXT_COLUMNS: ReadonlySet<string> = new Set([
  ...STUDY_COLUMNS,
  ...Object.values(OPTIONAL_COLUMNS).flat(),
]);

/** Values of a label's column: 1 is set; 0, blank and -1 (uncertain) are not. */
export const FLAG = /^(-?[01](\.0+)?)?$/;

/** Names of files that are a CSV, packed or not. */
export const CSV_NAME = /\.csv(\.gz)?$/i;

/** The split whose part of a data set a file is named after: `train.csv` holds `train`. */
export function splitOfFile(name: string): Split | null {
  const stem = name.replace(CSV_NAME, '');
  return isSplit(stem) ? stem : null;
}

/** How the data sets of the study name the patient in the path of an image. */
const PATIENT_IN_PATH: Readonly<Record<string, RegExp>> = {
  nih14: /(?:^|\/)(\d{8})_\d{3}\.png$/,
  CheXpert: /(?:^|\/)(patient\d+)\//,
  mimic: /(?:^|\/)(p\d{8})\//,
};

/** The patient that the path tells, for data sets of the study whose paths do. */
export function patientOfPath(dataset: string, filepath: string): string | null {
  return PATIENT_IN_PATH[dataset]?.exec(filepath)?.[1] ?? null;
}
