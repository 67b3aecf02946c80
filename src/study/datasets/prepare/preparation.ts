import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SemblanceError, toSemblanceError } from '../../../domain/errors/error.ts';
import type { Split } from '../../../domain/splits.ts';
import { readCsv } from '../../../tables/csv.ts';

/** An image of an official data set that has exactly one label. */
export interface PreparedImage {
  /** Where it should lie on disk. */
  file: string;
  split: Split;
  modality: string;
  anatomicRegion: string;
  label: string;
  patient: string | null;
}

/** What the official files of a data set come to. */
export interface Preparation {
  /** Name of the data set in the study's CSVs, and of its HDF5 files. */
  dataset: string;
  labels: string[];
  images: PreparedImage[];
  /** Number of images that the official files list. */
  listed: number;
  /** Numbers of listed images that are no part of the experiment, by reason. */
  skipped: Record<string, number>;
}

export interface PrepareOptions {
  /** Keeps the quirks of the study's scripts. */
  asPublished: boolean;
  /** Chooses the patients of `val`; 42 is the study's. */
  seed: number;
  /** Text file of the paths that RadImageNet leaves out. */
  ignoreList?: string;
}

/** Counts by reason. */
export class Skipped {
  readonly counts: Record<string, number> = {};

  add(reason: string): void {
    this.counts[reason] = (this.counts[reason] ?? 0) + 1;
  }
}

/** Numbers of values that are 1, or null for the reason why they name no single label. */
export function singleLabel(values: readonly string[], skipped: Skipped): number | null {
  let single = -1;
  for (let i = 0; i < values.length; i++) {
    if (Number(values[i]) !== 1) continue;
    if (single !== -1) {
      skipped.add('several labels');
      return null;
    }
    single = i;
  }
  if (single !== -1) return single;
  skipped.add('no label');
  return null;
}

/**
 * The first of the names that the folder holds, or else the nearest folder in it, four levels deep.
 * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE
 */
export async function locate(folder: string, ...names: string[]): Promise<string> {
  let level = [folder];
  for (let depth = 0; depth <= 4; depth++) {
    const below: string[] = [];
    for (const at of level) {
      const entries = await readdir(at, { withFileTypes: true }).catch((error) => {
        throw toSemblanceError(error, at);
      });
      const found = names.find((name) => entries.some((entry) => entry.name === name));
      if (found !== undefined) return join(at, found);
      for (const entry of entries) if (entry.isDirectory()) below.push(join(at, entry.name));
    }
    level = below.sort();
  }
  throw new SemblanceError('PATH_NOT_FOUND', `It does not hold ${names.join(' or ')}.`, {
    subject: folder,
  });
}

/**
 * Reads the named columns of an official CSV.
 * @throws SemblanceError CSV_INVALID for a missing column or a row that ends early
 */
export async function readTable<const Names extends readonly string[]>(
  file: string,
  names: Names,
  visit: (values: { [I in keyof Names]: string }) => void,
): Promise<void> {
  await readCsv(file, (header) => {
    const columns = names.map((name) => {
      const i = header.indexOf(name);
      if (i !== -1) return i;
      throw new SemblanceError('CSV_INVALID', `It has no column "${name}".`, { subject: file });
    });
    const needed = Math.max(...columns) + 1;
    return (record) => {
      if (record.length < needed) {
        throw new SemblanceError('CSV_INVALID', `Line ${record.line} ends early.`, {
          subject: file,
        });
      }
      visit(columns.map((i) => record.text(i)) as { [I in keyof Names]: string });
    };
  });
}

/** Whether there is a folder of this name. */
export function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
