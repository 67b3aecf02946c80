import { open, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { SemblanceError, toSemblanceError } from '../domain/errors/error.ts';
import type { LeftOut } from '../domain/left-out.ts';
import { HEAD_BYTES, kindOf } from '../images/kind.ts';
import type { Listing } from '../objects/object-store.ts';
import { Objects } from '../objects/objects.ts';
import type { SourceDescription } from '../store/records.ts';
import { type OnBytes, openCsvSource, readCsvSource } from './csv-source.ts';
import { filesOfDirectory, isDirectoryFile } from './dicom-directory.ts';
import { readFolderSource, sourceOf } from './folder-source.ts';
import { LeftOutCount } from './left-out.ts';
import type { LazySource, Source, SourceOptions } from './source.ts';

/**
 * Lists the images of a folder, a ZIP archive, a DICOMDIR, a CSV or a PACS. A folder with a `dataset.csv` is read by that file;
 * any other folder is searched for image files, whose labels are the folders they lie in.
 * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE, PATH_NOT_UTF8, PATH_NOT_A_FILE, CSV_INVALID,
 *   and those of `Listing.paths`
 */
export async function readSource(path: string, options: SourceOptions = {}): Promise<Source> {
  const { objects = new Objects() } = options;
  const listing = objects.at(path).listing(path);
  if (listing !== undefined) return readListing(listing, options);
  const absolute = resolve(path);
  const found = await stat(absolute).catch((error) => {
    throw toSemblanceError(error, path);
  });
  if (found.isFile()) return readFileSource(absolute, options);
  if (!found.isDirectory()) {
    throw new SemblanceError('PATH_NOT_A_FILE', 'It is neither a folder nor a file.', {
      subject: path,
    });
  }
  if (options.files !== undefined) {
    const beside = { leftOut: new LeftOutCount(), linked: [], failures: [] as SemblanceError[] };
    const paths = options.files.map((name) => join(absolute, name));
    return sourceOf(absolute, beside, paths, options);
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

/** What a place says that it has. */
async function readListing(
  { root, whole, paths }: Listing,
  { onProgress, signal }: SourceOptions,
): Promise<Source> {
  const images: SourceDescription[] = [];
  for await (const path of paths(signal)) {
    images.push({ path, patient: null, study: null, series: null, labels: [], metadata: {} });
    onProgress?.({ done: images.length, total: undefined });
  }
  return { root, images, failures: [], leftOut: [], linked: [], whole };
}

/** An archive, a DICOMDIR, or else a CSV. */
async function readFileSource(path: string, options: SourceOptions): Promise<Source> {
  const beside = { leftOut: new LeftOutCount(), linked: [], failures: [] as SemblanceError[] };
  if (isDirectoryFile(path)) {
    const { files, absent } = await filesOfDirectory(path);
    return sourceOf(dirname(path), { ...beside, failures: absent }, files, options);
  }
  if (await isArchive(path)) return sourceOf(dirname(path), beside, [path], options);
  return readCsvSource(path);
}

async function isArchive(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return (await kindOf(buffer)) === 'ZIP';
  } finally {
    await file.close();
  }
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
