import { dirname, resolve } from 'node:path';
import type { TableReport } from '../contract/tables.ts';
import { listedError, SemblanceError } from '../domain/errors/error.ts';
import type { ErrorCode } from '../domain/errors/registry.ts';
import {
  findColumns,
  likelyLabelColumn,
  missingColumn,
  type OptionalColumn,
  patientOfPath,
  quoted,
  type StudyColumn,
  type TableColumns,
} from './columns.ts';
import { type CsvForm, type CsvRecord, readCsv } from './csv.ts';
import { fileKey, withSlashes } from './file-key.ts';
import { isBlank, namesNothing } from './flag.ts';
import { OpenColumns, type Verdict } from './open-columns.ts';
import { type PatientList, readPatients } from './patients.ts';

/** Names of separators, for messages. */
const SEPARATORS: Readonly<Record<string, string>> = {
  ';': 'semicolons',
  '\t': 'tabs',
  '|': 'vertical bars',
};

/** A row of a data set's table. It is reused for the next row, so nothing may keep it. */
export class TableRow {
  line = 0;
  /** The path as the table spells it, with forward slashes. */
  filepath = '';
  /** The same for every spelling of the path. */
  key = '';
  record: CsvRecord | undefined;
  /** Labels with a mark in them that other programs put between two labels. */
  readonly marked = { count: 0, line: 0, text: '' };

  constructor(
    private readonly columns: TableColumns,
    private readonly patients: PatientList,
    private readonly missing: Map<OptionalColumn, { count: number; line: number; text: string }>,
  ) {}

  /** Text of a column; empty for one that is not there. */
  text(column: number | undefined): string {
    return column === undefined ? '' : (this.record as CsvRecord).text(column);
  }

  study(name: StudyColumn): string {
    return this.text(this.columns.study.get(name));
  }

  /** The patient, study or series; null where it is not known. */
  level(name: OptionalColumn): string | null {
    const text = this.text(this.columns.optional.get(name));
    if (text === '') return null;
    if (!namesNothing(text)) return withoutFraction(text);
    this.miss(name, text);
    return null;
  }

  private miss(name: OptionalColumn, text: string): void {
    const known = this.missing.get(name);
    if (known === undefined) this.missing.set(name, { count: 1, line: this.line, text });
    else known.count += 1;
  }

  /** By the column, by the list beside the table, or by the path, where a data set of the study has it there. */
  get patient(): string | null {
    return (
      this.level('patient') ??
      this.patients.byKey.get(this.key) ??
      patientOfPath(this.study('dataset'), this.filepath)
    );
  }

  /** Labels that the column `label` names: one, several apart by a bar, or a list as Python writes it. */
  get named(): string[] {
    const text = this.text(this.columns.optional.get('label'));
    if (text === '') return [];
    const items = listed(text) ?? text.split('|').map((label) => label.trim());
    const found: string[] = [];
    for (const label of items) {
      if (label === '' || found.includes(label)) continue;
      // "none" in small letters may be a finding's absence in words; programs write None.
      if (isBlank(label) && label !== 'none' && label !== 'NONE') {
        this.miss('label', label);
        continue;
      }
      found.push(label);
      if (/[;,]/.test(label)) {
        if (this.marked.count === 0) Object.assign(this.marked, { line: this.line, text: label });
        this.marked.count += 1;
      }
    }
    return found;
  }
}

/** A number as pandas writes it where others of its column are missing is that number: 12.0 is 12. */
function withoutFraction(name: string): string {
  return /^\d+\.0+$/.test(name) ? name.slice(0, name.indexOf('.')) : name;
}

/** The texts of a list as Python or JSON writes it, such as `['mass', 'nodule']`; undefined for anything else. */
function listed(text: string): string[] | undefined {
  if (!/^\[.*\]$/s.test(text)) return undefined;
  const inner = text.slice(1, -1).trim();
  const item = /\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(nan|None|null))\s*(?:,|$)/suy;
  const found: string[] = [];
  while (item.lastIndex < inner.length) {
    const at = item.exec(inner);
    if (at === null) return undefined;
    found.push((at[1] ?? at[2] ?? at[3] ?? '').replaceAll(/\\(.)/gsu, '$1').trim());
  }
  return found;
}

/** A table that was read. */
export interface Table {
  columns: TableColumns;
  /** Columns that are labels, in the order of the header. */
  labels: readonly number[];
  verdicts: readonly Verdict[];
  open: OpenColumns;
  /** Rows that cannot be used. */
  excluded: SemblanceError[];
  report: TableReport;
}

/** An error about a row; `subject` is its file and line. */
export function rowError(code: ErrorCode, why: string, file: string, line: number): SemblanceError {
  return listedError(code, why, `${file}:${line}`);
}

/**
 * Reads the table of a data set, in one pass: the one reader of every command that takes one.
 * @param root folder that paths are relative to, of the table by default
 * @param begin gets the columns and returns what takes each usable row; it returns whether the row's labels
 *   are wanted, which are then known by the number of such rows before it
 * @param onBytes how much of the file is read
 * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE, CSV_INVALID
 */
export async function readTable(
  file: string,
  root: string | undefined,
  begin: (columns: TableColumns) => (row: TableRow) => boolean,
  onBytes?: (done: number, total: number) => void,
): Promise<Table> {
  const from = resolve(root ?? dirname(file));
  const patients = await readPatients(file, from);
  const excluded: SemblanceError[] = [];
  const missing: ConstructorParameters<typeof TableRow>[2] = new Map();
  let columns: TableColumns | undefined;
  let open = new OpenColumns([]);
  let rows = 0;
  const backslashes = { count: 0, line: 0 };
  let marked = { count: 0, line: 0, text: '' };
  const form = await readCsv(
    file,
    (header) => {
      const invalid = (why: string) => new SemblanceError('CSV_INVALID', why, { subject: file });
      const found = findColumns(header);
      if (typeof found === 'string') throw invalid(found);
      const path = found.study.get('filepath');
      if (path === undefined) throw invalid(missingColumn('filepath', header));
      columns = found;
      open = new OpenColumns(found.open);
      const visit = begin(found);
      const row = new TableRow(found, patients, missing);
      marked = row.marked;
      return (record) => {
        rows += 1;
        const wrong = (why: string) => {
          excluded.push(rowError('ROW_INVALID', why, file, record.line));
        };
        if (record.damaged) return wrong('It holds NUL bytes: the file may be damaged.');
        if (record.length !== header.length) {
          if (isEmpty(record, 0)) return wrong('It is empty.');
          // Programs that end each row with a separator lose nothing.
          if (record.length < header.length || !isEmpty(record, header.length)) {
            return wrong(`It has ${record.length} fields instead of ${header.length}.`);
          }
        }
        const given = record.text(path);
        if (given === '') {
          return wrong(isEmpty(record, 0) ? 'It is empty.' : 'The field "filepath" is empty.');
        }
        if (given === header[path]) return wrong('It repeats the header.');
        row.record = record;
        row.line = record.line;
        row.filepath = withSlashes(given);
        if (row.filepath !== given) {
          if (backslashes.count === 0) backslashes.line = record.line;
          backslashes.count += 1;
        }
        row.key = fileKey(given, from);
        if (visit(row)) open.take(record);
      };
    },
    onBytes,
  );
  const verdicts = open.judge();
  const known = columns as unknown as TableColumns;
  const labels = verdicts.filter(({ isLabel }) => isLabel).map(({ column }) => column);
  const name = (column: number) => known.names[column] as string;
  const described = verdicts.filter(({ isLabel }) => !isLabel).map(({ column }) => column);
  const notes = [
    ...formNotes(form),
    ...known.notes,
    ...patients.notes,
    ...(rows === 0 ? ['It has a header and no rows.'] : []),
    ...(backslashes.count === 0
      ? []
      : [
          `${backslashes.count} paths are written with backslashes (first: line ${backslashes.line}); they are read as slashes.`,
        ]),
    ...[...missing].map(
      ([role, { count, line, text }]) =>
        `The ${role} of ${count} rows is not known: they have a word for a missing value (first: line ${line}, ${quoted(text)}).`,
    ),
    ...(marked.count === 0
      ? []
      : [
          `${marked.count} labels hold a comma or a semicolon (first: line ${marked.line}, ${quoted(marked.text)}) and are one label each: several are written apart by a bar.`,
        ]),
    ...verdicts.flatMap((verdict) => strayNotes(verdict, name(verdict.column))),
    ...unsureNotes(verdicts, name),
  ];
  return {
    columns: known,
    labels,
    verdicts,
    open,
    excluded,
    report: {
      file,
      rows,
      images: 0,
      labelled: 0,
      separator: form.separator,
      encoding: form.recoded > 0 ? 'windows-1252' : form.encoding,
      labels: labels.map(name),
      descriptions: [...known.text, ...described].sort((a, b) => a - b).map(name),
      notes,
    },
  };
}

/** Whether all fields from `i` on are blank. */
function isEmpty(record: CsvRecord, i: number): boolean {
  for (let at = i; at < record.length; at++) if (record.text(at) !== '') return false;
  return true;
}

function formNotes({ separator, encoding, recoded, firstRecoded }: CsvForm): string[] {
  const name = SEPARATORS[separator] ?? quoted(separator);
  return [
    ...(separator === ',' ? [] : [`Its fields are read as separated by ${name}.`]),
    ...(encoding === 'utf-8' ? [] : [`It is read as ${encoding.toUpperCase()}.`]),
    ...(recoded === 0
      ? []
      : [
          `${recoded} lines are not UTF-8 and are read as Windows-1252 (first: line ${firstRecoded}).`,
        ]),
  ];
}

function strayNotes(verdict: Verdict, name: string): string[] {
  const { isLabel, strays, filled, kept, reason } = verdict;
  if (!isLabel) {
    return reason === ''
      ? []
      : [`The column ${quoted(name)} is taken for a description: ${reason}.`];
  }
  if (strays === 0) return [];
  const shown = kept.slice(0, 3).map(({ line, text }) => `line ${line} has ${quoted(text)}`);
  const more = strays > shown.length ? ', ...' : '';
  return [
    `The column ${quoted(name)} is a label, but ${strays} of its ${filled} values are neither 0 nor 1: ` +
      `${shown.join(', ')}${more}.`,
  ];
}

function unsureNotes(verdicts: readonly Verdict[], name: (column: number) => string): string[] {
  const unsure = verdicts.filter((verdict) => verdict.isLabel && verdict.unsure > 0);
  if (unsure.length === 0) return [];
  const count = unsure.reduce((sum, verdict) => sum + verdict.unsure, 0);
  const names = unsure.slice(0, 3).map(({ column }) => quoted(name(column)));
  const more = unsure.length > names.length ? ', ...' : '';
  return [`${count} uncertain values (-1) count as not set: ${names.join(', ')}${more}.`];
}

/** What is said where no image has a label. */
export function unlabelledNote({ columns, verdicts, report }: Table): string {
  const meant = likelyLabelColumn(report.descriptions);
  const nearest = verdicts
    .filter(({ isLabel, reason }) => !isLabel && reason !== '')
    .sort((a, b) => a.strays / a.filled - b.strays / b.filled)[0];
  const why =
    report.labels.length > 0 || columns.optional.has('label')
      ? `its label columns (${[...report.labels, columns.names[columns.optional.get('label') ?? -1]]
          .filter((name) => name !== undefined)
          .slice(0, 3)
          .map((name) => quoted(name))
          .join(', ')}) are nowhere set`
      : 'it has no column of 0 and 1 and none named "label"';
  const hint =
    meant !== undefined
      ? ` If ${quoted(meant)} holds them, rename it to "label".`
      : nearest !== undefined
        ? ` The column ${quoted(columns.names[nearest.column] as string)} is none: ${nearest.reason}.`
        : '';
  return `No image has a label: ${why}.${hint}`;
}
