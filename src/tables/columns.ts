import { isSplit, type Split } from '../domain/splits.ts';

/** The columns that every CSV of the study begins with; its labels follow, a column for each. */
export const STUDY_COLUMNS = [
  'filepath',
  'dataset',
  'split',
  'modality',
  'anatomic_region',
] as const;

/**
 * Other columns with a meaning of their own, by the names that they may have: in any case, with blanks,
 * underscores, dashes and dots or without. Of several that are there the first one here is used.
 */
const OPTIONAL_COLUMNS = {
  patient: [
    'patient',
    'patient_id',
    'patient_number',
    'patient_no',
    'patient_nr',
    'patient_num',
    'patient_identifier',
    'patient_uid',
    'patient_key',
    'patient_code',
    'patient_hash',
    'pat_id',
    'anon_patient_id',
    'empi_anon',
    'subject_id',
    'subject',
    'subject_number',
    'subject_no',
    'participant_id',
    'participant',
    'pid',
    'ptid',
    'mrn',
    'person_id',
    'patient_name',
  ],
  study: ['study', 'study_id', 'study_instance_uid', 'study_uid', 'accession_number', 'accession'],
  series: ['series', 'series_id', 'series_instance_uid', 'series_uid'],
  label: ['label', 'labels'],
} as const;

/** Names of numbers of rows and files, which are no labels even where they are 0 and 1. */
const COUNTED = ['index', 'id', 'row', 'row_number', 'number', 'level_0'];

/** Names that say of a column that it may hold what another one is expected to. */
const SUGGESTED: Readonly<Record<string, readonly string[]>> = {
  filepath: [
    'path',
    'file',
    'file_name',
    'image',
    'image_path',
    'image_file',
    'image_name',
    'image_index',
    'image_id',
    'img',
    'fname',
    'filenames',
    'dicom_id',
    'img_path',
    'dicom_path',
    'relative_path',
    'url',
    'uri',
  ],
  label: [
    'class',
    'class_name',
    'category',
    'diagnosis',
    'finding',
    'findings',
    'finding_labels',
  ].concat(['target', 'pathology', 'tag', 'tags']),
};

/** Names that may tell whom an image shows, but not what is known of him. */
const MAY_BE_PATIENT =
  /patient|subject|person|participant|proband|^(pat|sub|subj|case|empi|mrn)(id|no|nr|number|code)?$/;
const ABOUT_PATIENT =
  /age|sex|gender|birth|dob|weight|height|size|race|ethnic|orient|position|history|status|type|group|count|comment|dead|death|smok|bmi/;

/** A column that may be meant to name the patients. */
function likelyPatientColumn(names: readonly string[]): string | undefined {
  return names.find((name) => {
    const key = columnKey(name);
    return MAY_BE_PATIENT.test(key) && !ABOUT_PATIENT.test(key);
  });
}

/** A column's name without what people write differently. */
function columnKey(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s_.#\-\u200b-\u200d\u2060\ufeff]+/g, '');
}

const keys = (names: readonly string[]) => names.map(columnKey);
const UNNAMED = /^(unnamed:?\s*\d+(\.\d+)*(_level_\d+)?|\.\.\.\d+)$/i;
const NO_LABELS: ReadonlySet<string> = new Set(keys(COUNTED));

export type StudyColumn = (typeof STUDY_COLUMNS)[number];
export type OptionalColumn = keyof typeof OPTIONAL_COLUMNS;

/** Which columns of a table are what, by their numbers. */
export interface TableColumns {
  names: readonly string[];
  study: ReadonlyMap<StudyColumn, number>;
  optional: ReadonlyMap<OptionalColumn, number>;
  /** Columns of a label, or of a description, which their values tell. */
  open: readonly number[];
  /** Columns that are a description whatever their values are. */
  text: readonly number[];
  /** What is to be said of the header. */
  notes: readonly string[];
}

/** Filters take names that differ by case, blanks and underscores for one. */
function filterFold(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s_]+/g, '_');
}

/**
 * Finds out what the columns of a table mean.
 * @returns the columns, or what is wrong with them
 */
export function findColumns(names: readonly string[]): TableColumns | string {
  const at = new Map<string, number>();
  const folded = new Map<string, string>();
  const unnamed: number[] = [];
  for (const [i, name] of names.entries()) {
    if (name === '' || UNNAMED.test(name)) {
      unnamed.push(i);
      continue;
    }
    const fold = filterFold(name);
    const twin = folded.get(fold);
    if (twin !== undefined) return `Two columns are named "${twin}" and "${name}".`;
    folded.set(fold, name);
    const key = columnKey(name);
    const known = at.get(key);
    if (known !== undefined && isMeant(key)) {
      return `Two columns are named "${names[known]}" and "${name}".`;
    }
    if (known === undefined) at.set(key, i);
  }
  const study = new Map<StudyColumn, number>();
  for (const name of STUDY_COLUMNS) {
    const i = at.get(columnKey(name));
    if (i !== undefined) study.set(name, i);
  }
  const notes: string[] = [];
  const optional = new Map<OptionalColumn, number>();
  const text: number[] = [];
  for (const [role, spellings] of Object.entries(OPTIONAL_COLUMNS)) {
    const [first, ...others] = keys(spellings).flatMap((key) => at.get(key) ?? []);
    if (first === undefined) continue;
    optional.set(role as OptionalColumn, first);
    text.push(...others);
    if (others.length > 0) {
      const list = others.map((i) => `"${names[i]}"`).join(', ');
      notes.push(`The ${role} is taken from "${names[first]}"; ${list} stays a description.`);
    }
  }
  if (unnamed.length > 0) {
    const list = unnamed.slice(0, 3).map((i) => i + 1);
    notes.push(
      `Columns without a name are left out: ${unnamed.length} (column ${list.join(', ')}` +
        `${unnamed.length > list.length ? ', ...' : ''}).`,
    );
  }
  if (!optional.has('patient')) {
    const likely = likelyPatientColumn(names);
    if (likely !== undefined) {
      notes.push(
        `No column names the patients. If ${quoted(likely)} does, rename it to "patient_id".`,
      );
    }
  }
  const again = names.filter((name) => {
    const first = /^(.+)\.\d{1,2}$/.exec(name)?.[1];
    return first !== undefined && folded.get(filterFold(first)) === first;
  });
  if (again.length > 0) {
    const list = again.slice(0, 3).map((name) => quoted(name));
    notes.push(
      `${again.length} columns have the number of one that was there twice (${list.join(', ')}` +
        `${again.length > list.length ? ', ...' : ''}); they are read as columns of their own.`,
    );
  }
  const taken = new Set([...study.values(), ...optional.values(), ...text, ...unnamed]);
  const open: number[] = [];
  for (const [i, name] of names.entries()) {
    if (taken.has(i)) continue;
    if (NO_LABELS.has(columnKey(name))) text.push(i);
    else open.push(i);
  }
  return { names, study, optional, open, text, notes };
}

const MEANT: ReadonlySet<string> = new Set(
  keys([...STUDY_COLUMNS, ...Object.values(OPTIONAL_COLUMNS).flat()]),
);

function isMeant(key: string): boolean {
  return MEANT.has(key);
}

/** What is said of a column that is not there, with the one that may be meant. */
export function missingColumn(missing: string, names: readonly string[]): string {
  const named = names.filter((name) => name !== '');
  const likely = keys(SUGGESTED[missing] ?? []);
  const meant = named.find((name) => likely.includes(columnKey(name)));
  const shown = named.slice(0, 8).map((name) => quoted(name));
  const list = named.length === 0 ? 'none with a name' : shown.join(', ');
  const more = named.length > shown.length ? `, ... (${named.length} in all)` : '';
  const hint = meant === undefined ? '' : ` If ${quoted(meant)} is meant, rename it.`;
  return `It has no column "${missing}".${hint} Its columns are: ${list}${more}.`;
}

/** A column that may be meant to hold the labels. */
export function likelyLabelColumn(names: readonly string[]): string | undefined {
  const likely = keys(SUGGESTED.label as readonly string[]);
  return names.find((name) => likely.includes(columnKey(name)));
}

/** A text of a table as a message shows it: in quotation marks, cut where it is long. */
export function quoted(text: string): string {
  return `"${text.length > 60 ? `${text.slice(0, 57)}...` : text}"`;
}

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
