import Table from 'cli-table3';
import { errorData, SemblanceError, toSemblanceError } from '../errors/error.ts';

export { errorData };

/** Prints one JSON document, or the text made by `text` for people. */
export function print(asJson: boolean, value: unknown, text: () => string): void {
  process.stdout.write(`${asJson ? JSON.stringify(value, null, 2) : text()}\n`);
}

/** A plain table with a heading for each column. */
export function table(head: string[], rows: (string | number)[][]): string {
  const drawn = new Table({ head, style: { head: [], border: [] } });
  drawn.push(...rows);
  return drawn.toString();
}

/** An error as lines for people: what, which, what to do. */
export function errorText(error: SemblanceError): string {
  const subject = error.subject === undefined ? '' : `${error.subject}: `;
  return `${error.code}: ${subject}${error.title}. ${error.message}\n  ${error.advice}`;
}

/** Reports an error on standard error and sets the exit code. */
export function fail(thrown: unknown, asJson: boolean): void {
  const error = toSemblanceError(thrown);
  process.stderr.write(
    `${asJson ? JSON.stringify({ error: errorData(error) }) : errorText(error)}\n`,
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
