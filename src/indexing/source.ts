import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, extname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { parse } from 'csv-parse';
import { FLAG, OPTIONAL_COLUMNS, TEXT_COLUMNS } from '../datasets/columns.ts';
import { readPatients } from '../datasets/patients.ts';
import { SemblanceError, toSemblanceError } from '../errors/error.ts';
import { IMAGE_EXTENSIONS } from '../images/format.ts';
import type { ImageDescription } from '../store/records.ts';

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

async function readFolderSource(root: string): Promise<Source> {
  const source: Source = { root, images: [], failures: [] };
  const folders = [root];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    try {
      const entries = await readdir(folder, { withFileTypes: true });
      for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) folders.push(path);
        else if (IMAGE_EXTENSIONS.has(extname(entry.name).toLowerCase())) {
          source.images.push(describeByPlace(root, path));
        }
      }
    } catch (error) {
      const failure = toSemblanceError(error, folder);
      if (folder === root) throw failure;
      source.failures.push(failure);
    }
  }
  source.images.sort((a, b) => (a.path < b.path ? -1 : 1));
  return source;
}

function describeByPlace(root: string, file: string): ImageDescription {
  const path = relative(root, file).split(sep).join('/');
  const folder = dirname(path);
  return {
    path,
    patient: null,
    study: null,
    series: null,
    labels: folder === '.' ? [] : [folder],
    metadata: {},
  };
}

type Row = Record<string, string>;

async function readRows(file: string): Promise<Row[]> {
  const parser = createReadStream(file)
    .on('error', (error) => parser.destroy(toSemblanceError(error, file)))
    .pipe(parse({ columns: true, bom: true, skip_empty_lines: true, trim: true }));
  const rows: Row[] = [];
  try {
    for await (const row of parser) rows.push(row);
  } catch (cause) {
    if (cause instanceof SemblanceError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SemblanceError('CSV_INVALID', why, { subject: file, cause });
  }
  const first = rows[0];
  if (first === undefined || !('filepath' in first)) {
    throw new SemblanceError(
      'CSV_INVALID',
      first === undefined ? 'It has no rows.' : 'It has no column "filepath".',
      { subject: file },
    );
  }
  return rows;
}

function pick(row: Row, names: readonly string[]): string | null {
  for (const name of names) if (row[name]) return row[name];
  return null;
}

/**
 * Reads the study's layout: filepath, dataset, split, modality, anatomic_region, then one column of
 * 0 and 1 for each label. Other columns become metadata; `label` may name labels, separated by `|`.
 */
async function readCsvSource(file: string): Promise<Source> {
  const root = dirname(file);
  const rows = await readRows(file);
  const patients = await readPatients(file);
  const flags = Object.keys(rows[0] as Row).filter(
    (column) => !TEXT_COLUMNS.has(column) && rows.every((row) => FLAG.test(row[column] ?? '')),
  );
  const flagged = new Set(flags);
  const images = rows
    .filter((row) => row.filepath !== '')
    .map((row): ImageDescription => {
      const path = row.filepath as string;
      const named = (pick(row, OPTIONAL_COLUMNS.label) ?? '')
        .split('|')
        .filter((label) => label !== '');
      const metadata = Object.entries(row).filter(
        ([column, value]) =>
          value !== '' &&
          column !== 'filepath' &&
          !flagged.has(column) &&
          !Object.values(OPTIONAL_COLUMNS).some((names) =>
            (names as readonly string[]).includes(column),
          ),
      );
      return {
        path: isAbsolute(path) ? path : path.split(sep).join('/'),
        patient: pick(row, OPTIONAL_COLUMNS.patient) ?? (patients.get(path) || null),
        study: pick(row, OPTIONAL_COLUMNS.study),
        series: pick(row, OPTIONAL_COLUMNS.series),
        labels: [...named, ...flags.filter((flag) => Number(row[flag]) === 1)],
        metadata: Object.fromEntries(metadata),
      };
    });
  // A path named twice would be written twice; the last row counts.
  const byPath = new Map(images.map((image) => [image.path, image]));
  return { root, images: [...byPath.values()], failures: [] };
}
