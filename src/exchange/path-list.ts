import { existsSync, readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { SemblanceError, toSemblanceError } from '../errors/error.ts';

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
 * or a text file with one path a line.
 * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE, EMBEDDINGS_INVALID
 */
export function readPathList(file: string): string[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
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
        return text.split(/\r?\n/).filter((line) => line !== '');
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

function csvPaths(text: string): string[] {
  const rows: string[][] = parse(text, { bom: true, skip_empty_lines: true });
  const head = rows[0] ?? [];
  const column = head.length === 1 ? 0 : head.indexOf('filepath');
  if (column < 0) throw new Error('It has no column "filepath".');
  return rows.slice(head.includes('filepath') ? 1 : 0).map((row) => row[column] as string);
}

/** The list as the study's metadata.json: a JSON array in one line. */
export function pathListText(paths: readonly string[]): string {
  return `[${paths.map((path) => JSON.stringify(path)).join(', ')}]`;
}
