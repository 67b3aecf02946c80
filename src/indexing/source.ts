import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type SemblanceError, toSemblanceError } from '../errors/error.ts';
import type { ImageDescription } from '../store/records.ts';
import { readCsvSource } from './csv-source.ts';
import { readFolderSource } from './folder-source.ts';

/** What is to be indexed: the images' descriptions, and what could not even be listed. */
export interface Source {
  /** Absolute path of the folder that the images' paths are relative to. */
  root: string;
  images: ImageDescription[];
  /** Folders that may not be read. */
  failures: SemblanceError[];
}

/**
 * Lists the images of a folder or a CSV. A folder with a `dataset.csv` is read by that file;
 * any other folder is searched for image files, whose labels are the folders they lie in.
 * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE, CSV_INVALID
 */
export async function readSource(path: string): Promise<Source> {
  const absolute = resolve(path);
  const isFolder = await stat(absolute).then(
    (found) => found.isDirectory(),
    (error) => {
      throw toSemblanceError(error, path);
    },
  );
  if (!isFolder) return readCsvSource(absolute);
  const csv = join(absolute, 'dataset.csv');
  const hasCsv = await stat(csv).then(
    () => true,
    () => false,
  );
  return hasCsv ? readCsvSource(csv) : readFolderSource(absolute);
}
