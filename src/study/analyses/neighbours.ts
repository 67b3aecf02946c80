import { SemblanceError } from '../../domain/errors/error.ts';
import type { NeighbourTable } from '../evaluation/neighbours.ts';

/**
 * Checks that a table fits its queries and its index before anything is counted from it.
 * A row of -1 stands for a neighbour that an engine did not find, at the end of a list.
 * @param k the longest list that the analysis looks at
 * @throws SemblanceError NEIGHBOURS_INVALID: no query, lists shorter than k, a length or a row
 *   that does not fit, a similarity that is no number
 */
export function checkTable(table: NeighbourTable, queries: number, index: number, k: number): void {
  const { rows, similarities } = table;
  const cells = table.queries * table.k;
  const fail = (why: string) => {
    throw new SemblanceError('NEIGHBOURS_INVALID', `The table of neighbours ${why}.`);
  };
  if (table.queries === 0) fail('has no query');
  if (table.queries !== queries) fail(`has ${table.queries} queries instead of ${queries}`);
  if (rows.length !== cells) fail(`has ${rows.length} rows instead of ${cells}`);
  if (similarities !== null && similarities.length !== cells) {
    fail(`has ${similarities.length} similarities instead of ${cells}`);
  }
  if (!(k >= 1 && k <= table.k)) fail(`has lists of ${table.k}; k = ${k} is asked of it`);
  const bad = rows.findIndex((row) => row < -1 || row >= index);
  if (bad >= 0) fail(`names row ${rows[bad]} of an index of ${index}`);
  const noNumber = similarities?.findIndex((s, cell) => rows[cell] !== -1 && Number.isNaN(s)) ?? -1;
  if (noNumber >= 0) {
    fail(`has a similarity that is no number (query ${Math.floor(noNumber / table.k)})`);
  }
}

/**
 * A table without the neighbours that `drop` names; the next ones move up, and -1 fills the end.
 * @param queries rows of the table to keep, in this order
 * @param k length of the new lists
 */
export function filterTable(
  table: NeighbourTable,
  queries: Iterable<number>,
  k: number,
  drop: (query: number, row: number) => boolean,
): NeighbourTable {
  const kept = Int32Array.from(queries);
  const rows = new Int32Array(kept.length * k).fill(-1);
  kept.forEach((q, i) => {
    let to = i * k;
    for (let from = q * table.k; from < (q + 1) * table.k && to < (i + 1) * k; from++) {
      const row = table.rows[from] as number;
      if (row >= 0 && !drop(q, row)) rows[to++] = row;
    }
  });
  return { queries: kept.length, k, rows, similarities: null };
}
