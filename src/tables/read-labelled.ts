import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, posix, resolve } from 'node:path';
import type { TableReport } from '../contract/tables.ts';
import { SemblanceError, toSemblanceError } from '../domain/errors/error.ts';
import type { ErrorCode } from '../domain/errors/registry.ts';
import { isSplit, SPLITS, type Split } from '../domain/splits.ts';
import { CSV_NAME, missingColumn, quoted, STUDY_COLUMNS, splitOfFile } from './columns.ts';
import { pathFrom } from './file-key.ts';
import type { LabelledImage, LabelledSet } from './labelled.ts';
import { readTable, rowError, type Table, unlabelledNote } from './read-table.ts';

/**
 * Reads an experiment's CSVs in the study's layout: filepath, dataset, split, modality,
 * anatomic_region, then a column of 0 and 1 for each label. Several CSVs become one set with the
 * union of their labels, in the order in which they first appear; a label that a CSV lacks is 0.
 * The split is that of the column, or else of the name (`train.csv`, `val.csv`, `test.csv`). Patients
 * come from a column, or from `NAME.patients.csv` or `patients.csv` (filepath, patient_id) beside the
 * CSV, or from the path where a data set of the study names them there. Labels may also be named in a
 * column `label`. Rows of one file and split are joined, so that one row for each finding is one image.
 *
 * Rows that cannot be used are listed in `excluded`; `subject` is the file and line. `tables` says how
 * each CSV was read.
 *
 * @param paths CSVs (also `.csv.gz`), or folders: of train.csv, val.csv and test.csv; of dataset.csv; or
 *   else of CSVs that are all read
 * @param options `pathsFrom`: folder that the paths shall be relative to; by default they stay as they are,
 *   relative to their CSV, and equal ones are the same file, however they are spelled. `root`: folder that
 *   the CSVs' paths are relative to, instead of that of each CSV. `onBytes`: is told how much of a file is read
 * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE, CSV_INVALID (also for a missing column)
 */
export async function readLabelledSet(
  paths: string | readonly string[],
  options: { pathsFrom?: string; root?: string; onBytes?: OnBytes } = {},
): Promise<LabelledSet> {
  const reader = new LabelledReader();
  for (const path of typeof paths === 'string' ? [paths] : paths) {
    for (const file of await labelledFiles(path)) {
      const { pathsFrom, root, onBytes } = options;
      const folder = pathsFrom === undefined ? '' : pathFrom(pathsFrom, dirname(resolve(file)));
      await reader.read(file, folder, root, onBytes && ((...read) => onBytes(file, ...read)));
    }
  }
  const { labels, images, excluded, tables } = reader;
  if (tables.every(({ rows }) => rows === 0)) {
    throw new SemblanceError('CSV_INVALID', 'It has a header and no rows.', {
      subject: tables.map(({ file }) => file).join(', '),
    });
  }
  return { labels, images, excluded, tables };
}

/** Is told how much of a CSV is read. */
type OnBytes = (file: string, done: number, total: number) => void;

/** The CSVs that a path stands for. */
async function labelledFiles(path: string): Promise<string[]> {
  const found = await stat(path).catch((error) => {
    throw toSemblanceError(error, path);
  });
  if (!found.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => CSV_NAME.test(name)).sort();
  const parts = SPLITS.flatMap((split) => names.filter((name) => splitOfFile(name) === split));
  const whole = names.filter((name) => /^dataset\.csv/i.test(name));
  const others = names.filter((name) => !/(^|\.)patients\.csv/i.test(name));
  const chosen = [parts, whole, others].find((list) => list.length > 0);
  if (chosen === undefined) {
    throw new SemblanceError('PATH_NOT_FOUND', 'The folder has no CSV.', { subject: path });
  }
  return chosen.map((name) => join(path, name));
}

/** The rows of one table that are images of the set. */
interface Rows {
  file: string;
  /** Images of the set before this table. */
  before: number;
  /** Line of each image's first row. */
  lines: number[];
  /** Number of each image's first row among those whose labels are known. */
  first: number[];
  /** Further rows of an image, by the number of the image in this table. */
  further: Map<number, { row: number; line: number }[]>;
  /** Labels that a row names in words. */
  named: Map<number, string[]>;
}

/** Collects the rows of one CSV after another. */
class LabelledReader {
  readonly labels: string[] = [];
  readonly images: LabelledImage[] = [];
  readonly excluded: SemblanceError[] = [];
  readonly tables: TableReport[] = [];
  private readonly labelIds = new Map<string, number>();
  /** All images, with those that are excluded for their labels, and their numbers by path. */
  private readonly all: LabelledImage[] = [];
  private readonly byPath = new Map<string, number>();
  private readonly strings = new Map<string, string>();

  /** One copy of strings that many rows repeat. */
  private intern(text: string): string {
    const known = this.strings.get(text);
    if (known === undefined) this.strings.set(text, text);
    return known ?? text;
  }

  private labelId(name: string): number {
    const id = this.labelIds.get(name) ?? this.labels.push(name) - 1;
    this.labelIds.set(name, id);
    return id;
  }

  /** Reads one CSV; `folder` is put before its paths, which start from `root` if it is given. */
  async read(
    file: string,
    folder: string,
    root: string | undefined,
    onBytes?: (done: number, total: number) => void,
  ): Promise<void> {
    const splitOfName = splitOfFile(basename(file));
    const before = this.all.length;
    const rows: Rows = {
      ...{ file, before, lines: [], first: [] },
      ...{ further: new Map(), named: new Map() },
    };
    const { excluded } = this;
    let count = 0;
    const table = await readTable(
      file,
      root,
      ({ names, study }) => {
        for (const name of STUDY_COLUMNS) {
          if (!study.has(name) && !(name === 'split' && splitOfName !== null)) {
            throw new SemblanceError('CSV_INVALID', missingColumn(name, names), { subject: file });
          }
        }
        return (row) => {
          const { line, key, filepath } = row;
          const part = study.has('split') ? splitNamed(row.study('split')) : splitOfName;
          if (part === null) {
            const why = `The split is ${quoted(row.study('split'))}.`;
            excluded.push(rowError('ROW_SPLIT_UNKNOWN', why, file, line));
            return false;
          }
          const place = folder === '' ? key : posix.join(folder, key);
          const dataset = this.intern(row.study('dataset'));
          const patient = row.patient;
          const known = this.byPath.get(place);
          if (known === undefined) {
            this.byPath.set(place, this.all.length);
            this.all.push({
              filepath: folder === '' || isAbsolute(filepath) ? filepath : place,
              dataset,
              split: this.intern(part) as Split,
              modality: this.intern(row.study('modality')),
              anatomicRegion: this.intern(row.study('anatomic_region')),
              label: -1,
              patient: patient === null ? null : this.intern(patient),
            });
            rows.lines.push(line);
            rows.first.push(count);
          } else {
            const image = this.all[known] as LabelledImage;
            const again = repetition(image, { filepath, dataset, split: part, patient });
            // The labels of further rows in one table are joined; another table's row comes too late.
            if (again !== undefined || known < before) {
              const { code, why } = again ?? { code: 'ROW_REPEATED', why: 'has a row already' };
              const is = image.filepath.endsWith(filepath) ? '' : `is "${image.filepath}", which `;
              excluded.push(rowError(code, `"${filepath}" ${is}${why}.`, file, line));
              return false;
            }
            const further = rows.further.get(known - before) ?? [];
            further.push({ row: count, line });
            rows.further.set(known - before, further);
          }
          const { named } = row;
          if (named.length > 0) {
            rows.named.set(
              count,
              named.map((label) => this.intern(label)),
            );
          }
          count += 1;
          return true;
        };
      },
      onBytes,
    );
    this.tables.push(table.report);
    // One by one: a table may have more excluded rows than a call may have arguments.
    for (const error of table.excluded) excluded.push(error);
    if (table.labels.length === 0 && !table.columns.optional.has('label')) {
      throw new SemblanceError('CSV_INVALID', unlabelledNote(table), { subject: file });
    }
    this.finish(table, rows);
  }

  /** Gives the images of a table their labels, which are known after its last row. */
  private finish(table: Table, rows: Rows): void {
    const { file, before, lines, first, further, named } = rows;
    const { names } = table.columns;
    const ids = new Map(table.labels.map((i) => [i, this.labelId(names[i] as string)]));
    const labelsOf = (row: number) => [
      ...table.open.yesOf(row).map((column) => ids.get(column) as number),
      ...(named.get(row) ?? []).map((label) => this.labelId(label)),
    ];
    const strays = table.open.strayRows();
    let joined = 0;
    first.forEach((row, i) => {
      const image = this.all[before + i] as LabelledImage;
      const only = table.open.onlyYes(row);
      if (only !== undefined && !further.has(i) && !named.has(row) && !strays.has(row)) {
        image.label = ids.get(only) as number;
        this.images.push(image);
        table.report.labelled += 1;
        return;
      }
      const line = lines[i] as number;
      const exclude = (code: ErrorCode, why: string, at = line) => {
        this.excluded.push(rowError(code, `"${image.filepath}" ${why}`, file, at));
      };
      const labels = new Set(labelsOf(row));
      let stray = strays.get(row);
      for (const other of further.get(i) ?? []) {
        const more = labelsOf(other.row).filter((label) => !labels.has(label));
        stray ??= strays.get(other.row);
        if (more.length === 0) exclude('ROW_REPEATED', 'has a row already.', other.line);
        else joined += 1;
        for (const label of more) labels.add(label);
      }
      const [label] = labels;
      if (label !== undefined) table.report.labelled += 1;
      if (stray !== undefined) {
        const text = stray.text === undefined ? 'another value' : quoted(stray.text);
        const why = `has ${text} in the column ${quoted(names[stray.column] as string)}.`;
        exclude('ROW_VALUE_UNKNOWN', why);
      } else if (label === undefined) exclude('ROW_NO_LABEL', `has none.${whyNone(table, row)}`);
      else if (labels.size > 1) {
        const list = [...labels].map((id) => this.labels[id]).join(', ');
        exclude('ROW_SEVERAL_LABELS', `has: ${list}.`);
      } else {
        image.label = label;
        this.images.push(image);
      }
    });
    if (joined > 0) {
      table.report.notes.push(
        `${joined} rows name a further label of an image with a row already: their labels were joined.`,
      );
    }
    table.report.images = first.length;
  }
}

/** The split that a field names, in any case. */
function splitNamed(text: string): Split | null {
  if (isSplit(text)) return text;
  const folded = text.toLowerCase();
  return isSplit(folded) ? folded : null;
}

/** What is wrong with a further row of an image, if anything is. */
function repetition(
  image: LabelledImage,
  row: Pick<LabelledImage, 'filepath' | 'dataset' | 'split' | 'patient'>,
): { code: ErrorCode; why: string } | undefined {
  if (image.split !== row.split) {
    return { code: 'ROW_REPEATED_IN_SPLITS', why: `is in ${image.split} and in ${row.split}` };
  }
  for (const field of ['dataset', 'patient'] as const) {
    if (row[field] !== image[field] && row[field] !== null) {
      const [a, b] = [image[field], row[field]].map((text) => quoted(text ?? ''));
      return { code: 'ROW_CONTRADICTS', why: `has the ${field} ${a} and ${b}` };
    }
  }
  return undefined;
}

/** The column that would have given a row its label, and why it is none. */
function whyNone({ open, verdicts, columns }: Table, row: number): string {
  const [column] = open.yesOf(row, true);
  const verdict = verdicts.find((one) => one.column === column);
  if (verdict === undefined) return '';
  return ` Its column ${quoted(columns.names[verdict.column] as string)} is no label: ${verdict.reason}.`;
}
