import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, posix, relative, resolve, sep } from 'node:path';
import { SemblanceError, toSemblanceError } from '../errors/error.ts';
import type { ErrorCode } from '../errors/registry.ts';
import {
  CSV_NAME,
  FLAG,
  OPTIONAL_COLUMNS,
  patientOfPath,
  type STUDY_COLUMNS,
  splitOfFile,
  TEXT_COLUMNS,
} from './columns.ts';
import { type CsvRecord, readCsv } from './csv.ts';
import { isSplit, type LabelledImage, type LabelledSet, SPLITS } from './labelled.ts';
import { readPatients } from './patients.ts';

/**
 * Reads an experiment's CSVs in the study's layout: filepath, dataset, split, modality,
 * anatomic_region, then a column of 0 and 1 for each label. Several CSVs become one set with the
 * union of their labels, in the order in which they first appear; a label that a CSV lacks is 0.
 * The split is that of the column, or else of the name (`train.csv`, `val.csv`, `test.csv`). Patients
 * come from a column, or from `NAME.patients.csv` or `patients.csv` (filepath, patient_id) beside the
 * CSV, or from the path where a data set of the study names them there. A column with other values
 * than 0, 1, -1 (uncertain, not set) and blank is no label.
 *
 * Rows that cannot be used are listed in `excluded`; `subject` is the file and line.
 *
 * @param paths CSVs (also `.csv.gz`), or folders: of train.csv, val.csv and test.csv; of dataset.csv; or
 *   else of CSVs that are all read
 * @param options `pathsFrom`: folder that the paths shall be relative to; by default they stay as they are,
 *   relative to their CSV, and equal ones are the same file
 * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE, CSV_INVALID (also for a missing column)
 */
export async function readLabelledSet(
  paths: string | readonly string[],
  options: { pathsFrom?: string } = {},
): Promise<LabelledSet> {
  const reader = new LabelledReader();
  for (const path of typeof paths === 'string' ? [paths] : paths) {
    for (const file of await labelledFiles(path)) {
      const { pathsFrom } = options;
      const folder = pathsFrom === undefined ? '' : pathFrom(pathsFrom, dirname(resolve(file)));
      await reader.read(file, folder);
    }
  }
  return { labels: reader.labels, images: reader.images, excluded: reader.excluded };
}

/** A file's path as a CSV in `folder` names it: relative, with forward slashes. */
export function pathFrom(folder: string, file: string): string {
  return relative(folder, file).split(sep).join('/');
}

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

/** Collects the rows of one CSV after another. */
class LabelledReader {
  readonly labels: string[] = [];
  readonly images: LabelledImage[] = [];
  readonly excluded: SemblanceError[] = [];
  private readonly labelIds = new Map<string, number>();
  /** Images by path, with those that are excluded for their labels. */
  private readonly byPath = new Map<string, LabelledImage>();
  private readonly strings = new Map<string, string>();

  /** One copy of strings that many rows repeat. */
  private intern(text: string): string {
    const known = this.strings.get(text);
    if (known === undefined) this.strings.set(text, text);
    return known ?? text;
  }

  private exclude(code: ErrorCode, why: string, file: string, line: number): void {
    // Millions of rows may be excluded; where in this program is of no interest.
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    this.excluded.push(new SemblanceError(code, why, { subject: `${file}:${line}` }));
    Error.stackTraceLimit = limit;
  }

  private labelId(name: string): number {
    const id = this.labelIds.get(name) ?? this.labels.push(name) - 1;
    this.labelIds.set(name, id);
    return id;
  }

  /** Reads one CSV; `folder` is put before its paths. */
  async read(file: string, folder: string): Promise<void> {
    const splitOfName = splitOfFile(basename(file));
    const rows: LabelledImage[] = [];
    const lines: number[] = [];
    /** The first label column that is 1 in each row, -1 without one; all of them where several are. */
    const firstLabels: number[] = [];
    const severalLabels = new Map<number, number[]>();
    let columns: string[] = [];
    let flags: number[] = [];
    /** Columns that are no label after all, each with its first value that says so. */
    const descriptions = new Map<number, string>();
    const patients = await readPatients(file);

    await readCsv(file, (header) => {
      columns = header;
      const at = new Map(header.map((name, i) => [name, i]));
      const column = (name: (typeof STUDY_COLUMNS)[number]): number => {
        const i = at.get(name);
        if (i !== undefined) return i;
        if (name === 'split' && splitOfName !== null) return -1;
        throw new SemblanceError('CSV_INVALID', `It has no column "${name}".`, { subject: file });
      };
      const path = column('filepath');
      const dataset = column('dataset');
      const split = column('split');
      const modality = column('modality');
      const region = column('anatomic_region');
      const patient = OPTIONAL_COLUMNS.patient
        .map((name) => at.get(name))
        .find((i) => i !== undefined);
      flags = header.flatMap((name, i) => (TEXT_COLUMNS.has(name) || name === '' ? [] : [i]));
      return (record) => {
        const wrong = (code: ErrorCode, why: string) => this.exclude(code, why, file, record.line);
        if (record.length !== header.length) {
          wrong('ROW_INVALID', `It has ${record.length} fields instead of ${header.length}.`);
          return;
        }
        const given = record.text(path);
        if (given === '') return wrong('ROW_INVALID', 'The field "filepath" is empty.');
        const filepath = folder === '' || isAbsolute(given) ? given : posix.join(folder, given);
        const part = split === -1 ? splitOfName : record.text(split);
        if (part === null || !isSplit(part)) {
          return wrong('ROW_SPLIT_UNKNOWN', `The split is "${part}".`);
        }
        const known = this.byPath.get(filepath);
        if (known !== undefined) {
          if (known.split === part) wrong('ROW_REPEATED', `"${filepath}" has a row already.`);
          else
            wrong('ROW_REPEATED_IN_SPLITS', `"${filepath}" is in ${known.split} and in ${part}.`);
          return;
        }
        const image: LabelledImage = {
          filepath,
          dataset: this.intern(record.text(dataset)),
          split: this.intern(part) as typeof part,
          modality: this.intern(record.text(modality)),
          anatomicRegion: this.intern(record.text(region)),
          label: -1,
          patient: null,
        };
        const named = patient === undefined ? patients.get(given) : record.text(patient);
        image.patient =
          this.intern(named || (patientOfPath(image.dataset, filepath) ?? '')) || null;
        this.byPath.set(filepath, image);
        let first = -1;
        for (let f = 0; f < flags.length; f++) {
          const i = flags[f] as number;
          const value = flagOf(record, i);
          if (value === 'other') {
            // Not a label, but a description such as the age.
            descriptions.set(i, `line ${record.line} has "${record.text(i)}"`);
            flags.splice(f, 1);
            f -= 1;
          } else if (value === 'set') {
            if (first === -1) first = i;
            else
              severalLabels.set(rows.length, [...(severalLabels.get(rows.length) ?? [first]), i]);
          }
        }
        // A row without a label is told of a column that would have given it one.
        if (first === -1) {
          first = [...descriptions.keys()].find((i) => flagOf(record, i) === 'set') ?? -1;
        }
        firstLabels.push(first);
        lines.push(record.line);
        rows.push(image);
      };
    });

    if (flags.length === 0) {
      throw new SemblanceError('CSV_INVALID', 'It has no column of a label.', { subject: file });
    }
    const ids = new Map(flags.map((i) => [i, this.labelId(columns[i] as string)]));
    rows.forEach((image, row) => {
      const set = (severalLabels.get(row) ?? [firstLabels[row] as number]).filter((i) =>
        ids.has(i),
      );
      const line = lines[row] as number;
      if (set.length === 0) {
        const column = firstLabels[row] as number;
        const why =
          column === -1
            ? ''
            : ` Its column "${columns[column]}" is no label: ${descriptions.get(column)}.`;
        this.exclude('ROW_NO_LABEL', `"${image.filepath}" has none.${why}`, file, line);
      } else if (set.length > 1) {
        const names = set.map((i) => columns[i]).join(', ');
        this.exclude('ROW_SEVERAL_LABELS', `"${image.filepath}" has: ${names}.`, file, line);
      } else {
        image.label = ids.get(set[0] as number) as number;
        this.images.push(image);
      }
    });
  }
}

/** What a field of a label's column says; 0 and 1 are judged by their bytes. */
function flagOf(record: CsvRecord, i: number): 'set' | 'unset' | 'other' {
  const { bytes } = record;
  const start = record.start(i);
  const length = record.end(i) - start;
  if (length === 0) return 'unset';
  if (length === 1 || (length === 3 && bytes[start + 1] === 0x2e && bytes[start + 2] === 0x30)) {
    if (bytes[start] === 0x30) return 'unset';
    if (bytes[start] === 0x31) return 'set';
  }
  const text = record.text(i);
  if (!FLAG.test(text)) return 'other';
  return Number(text) === 1 ? 'set' : 'unset';
}
