import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SemblanceError, toSemblanceError } from '../domain/errors/error.ts';
import type { ImageDescription } from '../store/records.ts';
import type { TableReport } from '../tables/read-table.ts';
import { readCsvSource } from './csv-source.ts';
import { readFolderSource } from './folder-source.ts';
import { type LeftOut, LeftOutCount, leftOutText } from './left-out.ts';

/** A folder that was entered through a link. */
export interface LinkedFolder {
  /** The link, relative to the source's folder. */
  path: string;
  /** Absolute path of the real folder. */
  target: string;
}

/** What is to be indexed: the images' descriptions, and what could not even be listed. */
export interface Source {
  /** Absolute path of the folder that the images' paths are relative to. */
  root: string;
  images: ImageDescription[];
  /** Folders and files that may not be read, links that lead nowhere, names that are not UTF-8; rows that cannot be used. */
  failures: SemblanceError[];
  /** What is no picture that is read, by kind. */
  leftOut: LeftOut[];
  linked: LinkedFolder[];
  /** How the CSV was read, where there is one; `problems`: rows that are used, but not with all they say. */
  table?: TableReport & { problems: SemblanceError[] };
}

export interface SourceOptions {
  /** Takes hidden files and what systems leave behind, too. */
  all?: boolean;
  /** How many files were found, and then of how many the first bytes were looked at. */
  onProgress?: (progress: { done: number; total: number | undefined }) => void;
}

/**
 * Lists the images of a folder or a CSV. A folder with a `dataset.csv` is read by that file;
 * any other folder is searched for image files, whose labels are the folders they lie in.
 * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE, PATH_NOT_UTF8, PATH_NOT_A_FILE, CSV_INVALID
 */
export async function readSource(path: string, options: SourceOptions = {}): Promise<Source> {
  const absolute = resolve(path);
  const found = await stat(absolute).catch((error) => {
    throw toSemblanceError(error, path);
  });
  if (found.isFile()) return readCsvSource(absolute);
  if (!found.isDirectory()) {
    throw new SemblanceError('PATH_NOT_A_FILE', 'It is neither a folder nor a file.', {
      subject: path,
    });
  }
  const csv = join(absolute, 'dataset.csv');
  const hasCsv = await stat(csv).then(
    (entry) => entry.isFile(),
    () => false,
  );
  if (!hasCsv) return readFolderSource(absolute, options);
  const table = await readCsvSource(csv);
  return { ...table, leftOut: [...table.leftOut, ...(await unnamedPictures(table, options))] };
}

/** The pictures in a table's folder that the table does not name. */
async function unnamedPictures(table: Source, options: SourceOptions): Promise<LeftOut[]> {
  const named = new Set(table.images.map(({ path }) => resolve(table.root, path)));
  const unnamed = new LeftOutCount();
  for (const { path } of (await readFolderSource(table.root, options)).images) {
    if (!named.has(join(table.root, path))) unnamed.add('unnamed picture', path);
  }
  return unnamed.list();
}

/**
 * Refuses a source without any image.
 * @param path as the user named it
 * @throws SemblanceError SOURCE_EMPTY that lists what is there instead
 */
export function requireImages({ images, failures, leftOut }: Source, path: string): void {
  if (images.length > 0) return;
  const [failure] = failures;
  const there = [
    ...leftOut.map(leftOutText),
    ...(failure
      ? [`${failures.length} that cannot be read (${failure.subject}: ${failure.message})`]
      : []),
  ];
  throw new SemblanceError(
    'SOURCE_EMPTY',
    there.length === 0 ? 'It is empty.' : `Instead there is: ${there.join('; ')}.`,
    { subject: path },
  );
}
