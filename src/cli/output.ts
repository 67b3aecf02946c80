import { basename } from 'node:path';
import Table from 'cli-table3';
import stringWidth from 'string-width';
import type { TableReport } from '../contract/tables.ts';
import {
  type ErrorData,
  errorData,
  SemblanceError,
  toSemblanceError,
} from '../domain/errors/error.ts';

/**
 * Text that is safe to show: names of files and values of tables may hold control characters, which a
 * terminal would obey, or marks that turn the direction of writing. Line ends and tabs stay.
 */
export function printable(text: string): string {
  return text.replaceAll(/[^\P{C}\n\t\u00ad\u200c\u200d]/gu, (mark) => {
    const code = mark.codePointAt(0) as number;
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u{${code.toString(16).padStart(4, '0')}}`;
  });
}

/** Lines that people read of a list that may be very long; `--json` has them all. */
const SHOWN = 10;

/** Spaces of a level of JSON that people may read. */
export const INDENT = 2;

/** JSON with every control character as an escape, which JSON alone asks of the first 32 only. */
export function printableJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replaceAll(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Prints one JSON document, or the text made by `text` for people. */
export function print(asJson: boolean, value: unknown, text: () => string): void {
  process.stdout.write(`${asJson ? printableJson(value, INDENT) : printable(text())}\n`);
}

/** Prints one JSON document on a line, where many follow each other. */
export function printLine(value: unknown): void {
  process.stdout.write(`${printableJson(value)}\n`);
}

/** A heading with the count, and the first lines of a list; nothing for an empty one. */
export function section(heading: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return [`${heading}: ${lines.length}`, ...firstOf(lines).map((line) => `  ${line}`)];
}

/** The first lines of a list, and how many more there are. */
export function firstOf(lines: readonly string[]): string[] {
  const rest = lines.length - SHOWN;
  return [
    ...lines.slice(0, SHOWN),
    ...(rest > 0 ? [`... and ${rest} more (--json lists all)`] : []),
  ];
}

/** How a table was read: its labels and what is doubtful. */
export function tableText({ file, rows, images, labelled, labels, notes }: TableReport): string[] {
  const shown = labels.slice(0, 5).join(', ');
  const more = labels.length > 5 ? ', ...' : '';
  const named = labels.length === 0 ? '' : ` (${shown}${more})`;
  return [
    `${basename(file)}: ${rows} rows, ${images} images, ${labelled} with a label; label columns: ${labels.length}${named}.`,
    ...notes.map((note) => `  ${note}`),
  ];
}

/** No column is made narrower than this to fit the terminal. */
const NARROWEST = 12;

/**
 * A plain table with a heading for each column. Where it is wider than the terminal, the widest columns
 * lose the front of their texts: a path and a label end with what tells them apart.
 * @param columns of the terminal; by default of standard output, any number in a file
 */
export function table(
  head: string[],
  rows: (string | number)[][],
  columns: number | undefined = process.stdout.columns,
): string {
  const cells = rows.map((row) =>
    row.map((cell) => printable(String(cell)).replaceAll(/\s/g, ' ')),
  );
  const widths = head.map((title, i) =>
    Math.max(stringWidth(title), ...cells.map((row) => stringWidth(row[i] ?? ''))),
  );
  if (columns !== undefined) narrow(widths, columns - 3 * head.length - 1);
  const shortened = (row: string[]) => row.map((cell, i) => endOf(cell, widths[i] as number));
  const drawn = new Table({ head: shortened(head), style: { head: [], border: [] } });
  drawn.push(...cells.map(shortened));
  return drawn.toString();
}

/** A text, or as much of its end as is no wider than this. */
function endOf(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  const marks = [...text].slice(-width);
  while (stringWidth(marks.join('')) >= width) marks.shift();
  return `…${marks.join('')}`;
}

/** Takes from the widest columns until all of them fit, or none can give more. */
function narrow(widths: number[], room: number): void {
  let excess = widths.reduce((sum, width) => sum + width, 0) - room;
  while (excess > 0) {
    const widest = Math.max(...widths);
    if (widest <= NARROWEST) return;
    widths[widths.indexOf(widest)] = widest - 1;
    excess -= 1;
  }
}

/** An error as lines for people: what, which, what to do. */
export function errorText(error: SemblanceError | ErrorData): string {
  const { code, title, detail, advice, subject } =
    error instanceof SemblanceError ? errorData(error) : error;
  // A name stays on one line.
  const name = subject?.replaceAll('\n', '\\n');
  return printable(
    `${code}: ${name === undefined ? '' : `${name}: `}${title}. ${detail}\n  ${advice}`,
  );
}

/** Reports an error on standard error and sets the exit code. */
export function fail(thrown: unknown, asJson: boolean): void {
  const error = toSemblanceError(thrown);
  process.stderr.write(
    `${asJson ? printableJson({ error: errorData(error) }) : errorText(error)}\n`,
  );
  process.exitCode = error.code === 'USAGE' ? 2 : 1;
}

/** A whole number from the command line. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new SemblanceError('USAGE', `"${text}" is not a whole number above 0.`);
  }
  return value;
}

/** Collects a repeated option. */
export function collect(value: string, previous: string[]): string[] {
  return [...previous, value];
}
