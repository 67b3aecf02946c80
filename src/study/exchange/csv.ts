import { stringify } from 'csv-stringify/sync';
import { SemblanceError } from '../../domain/errors/error.ts';
import { writeWholeAwaiting } from '../../files/write-file.ts';
import { readCsv } from '../../tables/csv.ts';
import type { CsvRecord } from '../../tables/csv-records.ts';
import { findColumns } from './columns.ts';
import type { EmbeddingSink, ReadOptions } from './matrix-builder.ts';
import { piecesOf, type Rows } from './row-pieces.ts';

/** Rows written at once. */
const BLOCK = 500;

/** A number of a cell; an empty one is none, nor is 0x10, though JavaScript takes them for 0 and 16. */
function toNumber(text: string): number {
  return /^\s*$|^\s*0[xob]/i.test(text) ? Number.NaN : Number(text);
}

/** A whole embedding in one cell: numbers apart by blanks, commas or semicolons, perhaps in brackets. */
function toVector(text: string): number[] {
  const inner = text.replace(/^\[|\]$/g, '').trim();
  return inner === '' ? [] : inner.split(/\s*[,;]\s*|\s+/).map(toNumber);
}

/**
 * Reads a CSV with the column `filepath` and the embedding in one column for each value, or all in the
 * column `embedding`.
 * @throws SemblanceError CSV_INVALID, PATH_NOT_FOUND, PATH_NOT_READABLE
 */
export async function readCsvEmbeddings(
  path: string,
  builder: EmbeddingSink,
  { signal }: ReadOptions = {},
): Promise<void> {
  const begin = (names: string[]) => {
    const columns = findColumns(names);
    if (typeof columns === 'string') {
      throw new SemblanceError('CSV_INVALID', columns, { subject: path });
    }
    return (record: CsvRecord) => {
      const name = record.length > columns.path ? record.text(columns.path) : '';
      if (record.length !== names.length) {
        builder.exclude(name, `Line ${record.line} has ${record.length} fields.`, path);
        return;
      }
      const vector = columns.whole
        ? toVector(record.text(columns.vector[0] as number))
        : columns.vector.map((column) => toNumber(record.text(column)));
      builder.add(name, vector, path);
    };
  };
  await readCsv(path, begin, () => signal?.throwIfAborted());
}

/**
 * Writes a CSV: `filepath,e0,e1,...`. Nine digits, which give every 32-bit float back as it was.
 * @throws SemblanceError DISK_FULL, PATH_NOT_FOUND, PATH_NOT_READABLE
 */
export async function writeCsvEmbeddings(path: string, rows: Rows): Promise<void> {
  const { paths, dimension } = rows;
  await writeWholeAwaiting(path, async (sink) => {
    sink(stringify([['filepath', ...Array.from({ length: dimension }, (_, i) => `e${i}`)]]));
    let row = 0;
    for await (const values of piecesOf(rows)) {
      for (let start = 0; start < values.length; start += BLOCK * dimension) {
        const lines: string[] = [];
        const end = Math.min(values.length, start + BLOCK * dimension);
        for (let at = start; at < end; at += dimension) {
          const vector = values.subarray(at, at + dimension);
          const numbers = Array.from(vector, (value) => Number(value.toPrecision(9)));
          lines.push(`${stringify([[paths[row++]]]).slice(0, -1)},${numbers.join(',')}\n`);
        }
        sink(lines.join(''));
      }
    }
  });
}
