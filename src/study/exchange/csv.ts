import { stringify } from 'csv-stringify/sync';
import type { EmbeddingMatrix } from '../../domain/embedding-matrix.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { writeWhole } from '../../files/write-file.ts';
import { readCsv } from '../../tables/csv.ts';
import { findColumns } from './columns.ts';
import type { EmbeddingSink } from './matrix-builder.ts';

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
export async function readCsvEmbeddings(path: string, builder: EmbeddingSink): Promise<void> {
  await readCsv(path, (names) => {
    const columns = findColumns(names);
    if (typeof columns === 'string') {
      throw new SemblanceError('CSV_INVALID', columns, { subject: path });
    }
    return (record) => {
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
  });
}

/**
 * Writes a CSV: `filepath,e0,e1,...`. Nine digits, which give every 32-bit float back as it was.
 * @throws SemblanceError DISK_FULL, PATH_NOT_FOUND, PATH_NOT_READABLE
 */
export async function writeCsvEmbeddings(path: string, matrix: EmbeddingMatrix): Promise<void> {
  const { paths, dimension, values } = matrix;
  writeWhole(path, (sink) => {
    sink(stringify([['filepath', ...Array.from({ length: dimension }, (_, i) => `e${i}`)]]));
    for (let start = 0; start < paths.length; start += BLOCK) {
      const rows = paths.slice(start, start + BLOCK).map((name, i) => {
        const at = (start + i) * dimension;
        const vector = values.subarray(at, at + dimension);
        const numbers = Array.from(vector, (value) => Number(value.toPrecision(9)));
        return `${stringify([[name]]).slice(0, -1)},${numbers.join(',')}\n`;
      });
      sink(rows.join(''));
    }
  });
}
