import { readFileSync } from 'node:fs';
import { sinkFloats, writeWhole } from '../../files/write-file.ts';
import type { NeighbourTable } from '../evaluation/neighbours.ts';

const HEADER = 3;

/** The bits of whole numbers as floats, to be written as they are. */
export const bitsOf = (rows: Int32Array) =>
  new Float32Array(rows.buffer, rows.byteOffset, rows.length) as Float32Array<ArrayBuffer>;

/**
 * Keeps tables of neighbours: the number of queries, k, whether similarities follow (32-bit integers),
 * then the rows and the similarities of all tables.
 * @param tables of one k, one after another
 * @throws SemblanceError DISK_FULL, PATH_NOT_FOUND, PATH_NOT_READABLE
 */
export function writeTables(file: string, tables: readonly NeighbourTable[]): void {
  const queries = tables.reduce((sum, table) => sum + table.queries, 0);
  const similarities = tables.flatMap((table) => table.similarities ?? []);
  writeWhole(file, (sink) => {
    sinkFloats(sink, bitsOf(Int32Array.of(queries, tables[0]?.k ?? 0, similarities.length && 1)));
    for (const { rows } of tables) sinkFloats(sink, bitsOf(rows));
    for (const values of similarities) sinkFloats(sink, values);
  });
}

/** Reads what `writeTables` has written as one table. */
export function readTable(file: string): NeighbourTable {
  const bytes = readFileSync(file);
  const { buffer, byteOffset } = bytes;
  const [queries, k, similar] = new Int32Array(buffer, byteOffset, HEADER) as unknown as [
    number,
    number,
    number,
  ];
  const cells = queries * k;
  const start = byteOffset + 4 * HEADER;
  return {
    queries,
    k,
    rows: new Int32Array(buffer, start, cells),
    similarities: similar === 1 ? new Float32Array(buffer, start + 4 * cells, cells) : null,
  };
}
