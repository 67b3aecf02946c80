import { dirname, isAbsolute } from 'node:path';
import { SemblanceError } from '../domain/errors/error.ts';
import { LEVELS, type Level } from '../domain/levels.ts';
import type { ImageDescription } from '../store/records.ts';
import { quoted, STUDY_COLUMNS } from '../tables/columns.ts';
import { readCsv } from '../tables/csv.ts';
import { KeyIndex } from '../tables/key-index.ts';
import {
  readTable,
  rowError,
  type Table,
  type TableRow,
  unlabelledNote,
} from '../tables/read-table.ts';
import { RecordList } from '../tables/record-list.ts';
import type { LazySource, Source } from './source.ts';

/** An image under way, by one or more rows of the table. */
interface Described {
  path: string;
  levels: Record<Level, string | null>;
  labels: string[];
  metadata: Record<string, string>;
  /** Line of its first row. */
  line: number;
}

/** Columns of the study that describe an image; its path is no description. */
const DESCRIBING = STUDY_COLUMNS.filter((name) => name !== 'filepath');

/** How far a table is read, in bytes of its file. */
export type OnBytes = (done: number, total: number) => void;

/**
 * Reads the study's layout: filepath, dataset, split, modality, anatomic_region, then one column of
 * 0 and 1 for each label. Other columns become metadata; `label` may name labels, separated by `|`. Only
 * the path is required. Rows of one file are one image: their labels are joined, and of other values that
 * differ the first row's are kept. What is left out or doubtful is said in the table's report.
 * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE, CSV_INVALID
 */
export async function readCsvSource(file: string): Promise<Source> {
  const { images, ...source } = await openCsvSource(file);
  return { ...source, images: [...images] };
}

/**
 * As `readCsvSource`, but the images are made when they are asked for, so that a table of millions takes some
 * hundred bytes for each.
 */
export async function openCsvSource(file: string, onBytes?: OnBytes): Promise<LazySource> {
  const root = dirname(file);
  const images = new RecordList<Described>();
  /** Number of the image of each row whose labels are known, and the row's line. */
  const imageOf: number[] = [];
  const lines: number[] = [];
  /** Number of each image's first row, and of those behind it where there are any. */
  const firstRow: number[] = [];
  const further = new Map<number, number[]>();
  const named: boolean[] = [];
  const hasPatient: boolean[] = [];
  const keys = new KeyIndex();
  const contradictions = new Contradictions();
  const table = await readTable(
    file,
    undefined,
    () => (row) => {
      const i = keys.add(row.key);
      const described = describe(row);
      if (i === images.length) {
        firstRow.push(imageOf.length);
        named.push(described.labels.length > 0);
        hasPatient.push(described.levels.patient !== null);
        images.push(described);
      } else {
        const image = restored(images.at(i));
        contradictions.join(image, described);
        images.set(i, image);
        named[i] ||= described.labels.length > 0;
        hasPatient[i] ||= described.levels.patient !== null;
        const rows = further.get(i) ?? [];
        rows.push(imageOf.length);
        further.set(i, rows);
      }
      imageOf.push(i);
      lines.push(row.line);
      return true;
    },
    onBytes,
  );
  if (table.report.rows === 0) {
    throw new SemblanceError('CSV_INVALID', 'It has a header and no rows.', { subject: file });
  }
  const { names } = table.columns;
  await addDescriptions(file, table, images, imageOf, lines, contradictions);
  const rowsOf = (i: number) => [firstRow[i] as number, ...(further.get(i) ?? [])];
  const { report } = table;
  report.images = images.length;
  report.labelled = firstRow.filter(
    (_, i) => named[i] || rowsOf(i).some((row) => table.open.yesOf(row).length > 0),
  ).length;
  if (images.length > 0 && report.labelled === 0) {
    report.notes.push(unlabelledNote(table));
  }
  if (imageOf.length > images.length) {
    report.notes.push(
      `${imageOf.length} rows are of ${images.length} images: the labels of each were joined.`,
    );
  }
  report.notes.push(...contradictions.notes());
  const unknown = hasPatient.filter((has) => !has).length;
  if (unknown > 0 && unknown < images.length) {
    const first = images.at(hasPatient.indexOf(false)).path;
    report.notes.push(
      `The patients of ${unknown} of ${images.length} images are not known (first: ${quoted(first)}): each of them counts as of a patient of its own.`,
    );
  }
  const problems = [...table.open.strayRows()].map(([row, { column, text }]) =>
    rowError(
      'ROW_VALUE_UNKNOWN',
      `The column ${quoted(names[column] as string)} has ${text === undefined ? 'another value' : quoted(text)}; it counts as not set.`,
      file,
      lines[row] as number,
    ),
  );
  const imageAt = (i: number): ImageDescription => {
    const { path, levels, labels, metadata } = restored(images.at(i));
    for (const row of rowsOf(i)) {
      for (const column of table.open.yesOf(row)) {
        const label = names[column] as string;
        if (!labels.includes(label)) labels.push(label);
      }
    }
    return { path, ...levels, labels, metadata };
  };
  return {
    root,
    images: {
      length: images.length,
      *[Symbol.iterator]() {
        for (let i = 0; i < images.length; i++) yield imageAt(i);
      },
    },
    failures: table.excluded,
    leftOut: [],
    linked: [],
    table: { ...report, problems },
    knownPatients: images.length - unknown,
  };
}

/** An image as it was kept: a column may be named like something that every object has. */
function restored(kept: Described): Described {
  return { ...kept, metadata: Object.assign(Object.create(null), kept.metadata) };
}

function describe(row: TableRow): Described {
  // A column may be named like something that every object has.
  const metadata: Record<string, string> = Object.create(null);
  for (const name of DESCRIBING) {
    const text = row.study(name);
    if (text !== '') metadata[name] = text;
  }
  const levels = { patient: row.patient, study: row.level('study'), series: row.level('series') };
  // Outside of the table's folder an absolute path stays one.
  const path = row.key.startsWith('../') && isAbsolute(row.filepath) ? row.filepath : row.key;
  return { path, levels, labels: [...new Set(row.named)], metadata, line: row.line };
}

/**
 * Adds the texts of the columns that turned out to be descriptions, in a second pass: which ones they are
 * is known after the last row, and the texts of all columns may be more than memory holds.
 */
async function addDescriptions(
  file: string,
  { report, columns }: Table,
  images: RecordList<Described>,
  imageOf: readonly number[],
  lines: readonly number[],
  contradictions: Contradictions,
): Promise<void> {
  const described = report.descriptions.map((name) => [name, columns.names.indexOf(name)] as const);
  if (described.length === 0) return;
  let row = 0;
  await readCsv(file, () => (record) => {
    if (record.line !== lines[row]) return;
    const i = imageOf[row] as number;
    const image = restored(images.at(i));
    row += 1;
    for (const [name, column] of described) {
      const text = record.text(column);
      const before = image.metadata[name];
      if (before === undefined) {
        if (text !== '') image.metadata[name] = text;
      } else contradictions.compare(name, before, text, image.path, record.line);
    }
    images.set(i, image);
  });
}

/** What rows of one image say differently. */
class Contradictions {
  private readonly fields = new Map<string, { images: Set<string>; first: string }>();

  /** Adds the labels of a further row to an image, and what the image has not. */
  join(image: Described, other: Described): void {
    for (const label of other.labels) {
      if (!image.labels.includes(label)) image.labels.push(label);
    }
    for (const level of LEVELS) {
      const [before, now] = [image.levels[level], other.levels[level]];
      if (before === null) image.levels[level] = now;
      else this.compare(level, before, now ?? '', image.path, other.line);
    }
    for (const [name, text] of Object.entries(other.metadata)) {
      const before = image.metadata[name];
      if (before === undefined) image.metadata[name] = text;
      else this.compare(name, before, text, image.path, other.line);
    }
  }

  /** Notes a value that differs from the one before it; none is no other. */
  compare(field: string, before: string, now: string, path: string, line: number): void {
    if (now === before || now === '') return;
    const known = this.fields.get(field);
    if (known) known.images.add(path);
    else {
      const first = `${quoted(path)} has ${quoted(before)}, then ${quoted(now)} in line ${line}`;
      this.fields.set(field, { images: new Set([path]), first });
    }
  }

  notes(): string[] {
    return [...this.fields].map(
      ([field, { images, first }]) =>
        `Rows of one image differ in ${quoted(field)} for ${images.size} images, and the first row counts: ${first}.`,
    );
  }
}
