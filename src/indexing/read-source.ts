import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SemblanceError, toSemblanceError } from '../domain/errors/error.ts';
import type { LeftOut } from '../domain/left-out.ts';
import { type OnBytes, openCsvSource, readCsvSource } from './csv-source.ts';
import { readFolderSource } from './folder-source.ts';
import { LeftOutCount } from './left-out.ts';
import type { LazySource, Source, SourceOptions } from './source.ts';

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

/**
 * As `readSource`; the images of a CSV are made when they are asked for, which millions of them need.
 * @param onBytes how far a CSV is read
 */
export async function openSource(path: string, onBytes?: OnBytes): Promise<LazySource> {
  const absolute = resolve(path);
  const found = await stat(absolute).catch(() => undefined);
  return found?.isFile() ? openCsvSource(absolute, onBytes) : readSource(path);
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
