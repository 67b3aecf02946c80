import { existsSync, readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { SemblanceError, toSemblanceError } from '../../domain/errors/error.ts';
import { foreignKind } from '../../files/foreign-file.ts';
import { decodeText } from '../../files/text-file.ts';

/** The study's name for the list beside its faiss index. */
export const METADATA = 'metadata.json';

/**
 * The list of paths that belongs to a file of bare numbers: the file's own name with the ending
 * .json, .csv or .txt, else metadata.json in its folder, as the study has it.
 * @throws SemblanceError PATH_NOT_FOUND
 */
export function findPathList(file: string): string {
  const stem = file.slice(0, file.length - extname(file).length);
  const candidates = ['.json', '.csv', '.txt'].map((ending) => stem + ending);
  const found = [...candidates, join(dirname(file), METADATA)].find((one) => existsSync(one));
  if (found !== undefined) return found;
  throw new SemblanceError(
    'PATH_NOT_FOUND',
    `The list of its rows' paths is missing: ${candidates.join(', ')} or ${METADATA} beside it.`,
    { subject: file },
  );
}

/**
 * Reads a list of paths: a JSON array of strings, a CSV with the column "filepath" (or its only one),
 * or a text file with one path a line; in UTF-8, or UTF-16 with a byte order mark, with the ends of lines
 * of any system.
 * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE, EMBEDDINGS_INVALID
 */
export function readPathList(file: string): string[] {
  let text: string;
  try {
    const bytes = readFileSync(file);
    const kind = foreignKind(bytes, false);
    if (kind !== undefined) {
      throw new SemblanceError('EMBEDDINGS_INVALID', `It is ${kind}.`, { subject: file });
    }
    text = decodeText(bytes);
    if (/[\0\ufffd]/.test(text)) {
      throw new SemblanceError(
        'EMBEDDINGS_INVALID',
        'It is in an encoding that cannot be told: save it as UTF-8.',
        { subject: file },
      );
    }
  } catch (error) {
    throw toSemblanceError(error, file);
  }
  try {
    switch (extname(file).toLowerCase()) {
      case '.json':
        return asPaths(JSON.parse(text));
      case '.csv':
        return csvPaths(text);
      default:
        return textPaths(text);
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SemblanceError('EMBEDDINGS_INVALID', why, { subject: file, cause });
  }
}

function asPaths(json: unknown): string[] {
  if (Array.isArray(json) && json.every((one) => typeof one === 'string')) return json;
  throw new Error('It is no JSON array of strings.');
}

/** One path a line; where every line is in quotes, they are those of the program that wrote it. */
function textPaths(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== '');
  const isQuoted = (line: string) => line.length > 1 && line.startsWith('"') && line.endsWith('"');
  return lines.every(isQuoted)
    ? lines.map((line) => line.slice(1, -1).replaceAll('""', '"'))
    : lines;
}

/** Separators of a CSV, the usual one first. */
const DELIMITERS = [',', ';', '\t'];

function csvPaths(text: string): string[] {
  const first = text.split(/\r\n|\r|\n/, 1)[0] ?? '';
  const named = (delimiter: string) =>
    first.split(delimiter).some((name) => HEADINGS.includes(unquoted(name)));
  const delimiter = DELIMITERS.find(named) ?? ',';
  const rows: string[][] = parse(text, { delimiter, skip_empty_lines: true });
  const head = (rows[0] ?? []).map(unquoted);
  const column = HEADINGS.map((name) => head.indexOf(name)).find((at) => at >= 0);
  if (column === undefined && head.length !== 1) throw new Error('It has no column "filepath".');
  return rows.slice(column === undefined ? 0 : 1).map((row) => row[column ?? 0] as string);
}

/** Names that the column may have. */
const HEADINGS = ['filepath', 'path'];

function unquoted(name: string): string {
  return name
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .toLowerCase();
}

/** The list as the study's metadata.json: a JSON array in one line. */
export function pathListText(paths: readonly string[]): string {
  return `[${paths.map((path) => JSON.stringify(path)).join(', ')}]`;
}
