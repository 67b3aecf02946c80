import { createReadStream } from 'node:fs';
import { dirname, isAbsolute, sep } from 'node:path';
import { parse } from 'csv-parse';
import { FLAG, OPTIONAL_COLUMNS, TEXT_COLUMNS } from '../datasets/columns.ts';
import { readPatients } from '../datasets/patients.ts';
import { SemblanceError, toSemblanceError } from '../errors/error.ts';
import type { ImageDescription } from '../store/records.ts';
import type { Source } from './source.ts';

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
export async function readCsvSource(file: string): Promise<Source> {
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
  return { root, images: [...byPath.values()], failures: [], leftOut: [], linked: [] };
}
