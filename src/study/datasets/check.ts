import { resolve } from 'node:path';
import type { TableReport } from '../../contract/tables.ts';
import type { SemblanceError } from '../../domain/errors/error.ts';
import { SPLITS, type Split } from '../../domain/splits.ts';
import { fileHashes, fileSizes, type OnProgress } from '../../tables/files.ts';
import type { LabelledImage } from '../../tables/labelled.ts';
import { readLabelledSet } from '../../tables/read-labelled.ts';

export interface CheckOptions {
  /** Folder that paths are relative to, instead of that of each CSV. */
  root?: string;
  /** Fewest images of a label in each split. */
  minImages: number;
  checkFiles: boolean;
  /** Whether files are compared by content. */
  content: boolean;
  onProgress?: (stage: 'files' | 'contents', done: number, total: number) => void;
}

export interface CheckResult {
  images: number;
  splits: Record<Split, number>;
  /** Images whose patient is not known, and who may therefore leak unseen. */
  withoutPatient: number;
  /** Rows that cannot be used. */
  excluded: readonly SemblanceError[];
  /** What makes results too good: the same patient or file on both sides of the search. */
  leaks: {
    patients: { dataset: string; patient: string; splits: Split[] }[];
    /** Rows that name a file which is in another split already. */
    files: readonly SemblanceError[];
    /** Files of one content in several splits. */
    contents: { sha256: string; files: { filepath: string; split: Split }[] }[];
  };
  /** Labels with fewer images than asked for in some split. */
  rareLabels: ({ label: string } & Record<Split, number>)[];
  /** Files that are not there. */
  missing: string[];
  /** How each table was read. */
  tables: readonly TableReport[];
}

/**
 * Looks for what makes an experiment misleading: see the fields of the result.
 * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE, CSV_INVALID
 */
export async function checkDataset(
  paths: readonly string[],
  options: CheckOptions,
): Promise<CheckResult> {
  const { root } = options;
  const base = root ?? process.cwd();
  const set = await readLabelledSet(paths, root === undefined ? { pathsFrom: base } : { root });
  const { images, labels, excluded, tables = [] } = set;
  const counts = new Map(SPLITS.map((split) => [split, new Uint32Array(labels.length)]));
  for (const { split, label } of images) {
    const count = counts.get(split) as Uint32Array;
    count[label] = (count[label] as number) + 1;
  }
  const numbers = (of: (split: Split) => number) =>
    Object.fromEntries(SPLITS.map((split) => [split, of(split)])) as Record<Split, number>;

  let missing: string[] = [];
  let contents: CheckResult['leaks']['contents'] = [];
  if (options.checkFiles || options.content) {
    const { onProgress } = options;
    const files = images.map(({ filepath }) => resolve(base, filepath));
    const sizes = await fileSizes(files, (done, total) => onProgress?.('files', done, total));
    missing = images.filter((_, i) => sizes[i] === -1).map(({ filepath }) => filepath);
    if (options.content) {
      contents = await sharedContents(images, files, sizes, (done, total) =>
        onProgress?.('contents', done, total),
      );
    }
  }
  return {
    images: images.length,
    splits: numbers((split) => (counts.get(split) as Uint32Array).reduce((a, b) => a + b, 0)),
    withoutPatient: images.filter(({ patient }) => patient === null).length,
    excluded,
    leaks: {
      patients: sharedPatients(images),
      files: excluded.filter(({ code }) => code === 'ROW_REPEATED_IN_SPLITS'),
      contents,
    },
    rareLabels: labels
      .map((label, i) => ({ label, ...numbers((split) => counts.get(split)?.[i] as number) }))
      .filter((row) => SPLITS.some((split) => row[split] < options.minImages)),
    missing,
    tables,
  };
}

/** Patients in several splits; equal names in different data sets are different people. */
export function sharedPatients(images: readonly LabelledImage[]): CheckResult['leaks']['patients'] {
  const datasets = new Map<string, Map<string, number>>();
  for (const { dataset, patient, split } of images) {
    if (patient === null) continue;
    const patients = datasets.get(dataset) ?? new Map<string, number>();
    datasets.set(dataset, patients);
    patients.set(patient, (patients.get(patient) ?? 0) | (1 << SPLITS.indexOf(split)));
  }
  return [...datasets].flatMap(([dataset, patients]) =>
    [...patients].flatMap(([patient, bits]) => {
      const splits = SPLITS.filter((_, i) => bits & (1 << i));
      return splits.length > 1 ? [{ dataset, patient, splits }] : [];
    }),
  );
}

/** Files of one content in several splits; only those whose size is in several splits are read. */
async function sharedContents(
  images: readonly LabelledImage[],
  files: readonly string[],
  sizes: Float64Array,
  onProgress: OnProgress,
): Promise<CheckResult['leaks']['contents']> {
  const sizeOf = (i: number) => (sizes[i] === -1 ? undefined : sizes[i]);
  const candidates = groupsAcrossSplits(images, sizeOf).flat();
  const hashes = await fileHashes(
    candidates.map((i) => files[i] as string),
    onProgress,
  );
  const alike = groupsAcrossSplits(images, (i) => hashes.get(files[i] as string), candidates);
  return alike.map((group) => ({
    sha256: hashes.get(files[group[0] as number] as string) as string,
    files: group.map((i) => {
      const { filepath, split } = images[i] as LabelledImage;
      return { filepath, split };
    }),
  }));
}

/** Groups of images with one key that lie in several splits. */
function groupsAcrossSplits(
  images: readonly LabelledImage[],
  keyOf: (i: number) => number | string | undefined,
  among: Iterable<number> = images.keys(),
): number[][] {
  const groups = new Map<number | string, number[]>();
  for (const i of among) {
    const key = keyOf(i);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [i]);
    else group.push(i);
  }
  return [...groups.values()].filter(
    (group) => new Set(group.map((i) => images[i]?.split)).size > 1,
  );
}
