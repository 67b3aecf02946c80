import type { NeighbourTable } from '../evaluation/neighbours.ts';
import { type Classes, countClasses } from './classes.ts';
import { checkTable } from './neighbours.ts';

/** What a list of neighbours is divided by. */
export interface PrecisionOptions {
  k: number;
  /**
   * Divide by min(k, images of the query's class in the index), as the study does (Denner et al.
   * 2025), instead of by k. It uses the true label, which no user has.
   */
  capped?: boolean;
}

/**
 * Precision at k of each query: how many of its k nearest neighbours are of its class, by k. A
 * list that is too short, or a class without an image in the index, counts as misses.
 * @param queries, index classes of the same numbering
 * @returns one number in 0..1 for each query
 * @throws SemblanceError as `checkTable`
 */
export function queryPrecision(
  table: NeighbourTable,
  queries: Classes,
  index: Classes,
  { k, capped = false }: PrecisionOptions,
): Float64Array {
  checkTable(table, queries.of.length, index.of.length, k);
  const counts = countClasses(index);
  return Float64Array.from(queries.of, (own, q) => {
    let hits = 0;
    for (let i = q * table.k; i < q * table.k + k; i++) {
      const row = table.rows[i] as number;
      if (row >= 0 && index.of[row] === own) hits += 1;
    }
    return hits / (capped ? Math.max(1, Math.min(k, counts[own] as number)) : k);
  });
}

/** Precision to expect of neighbours drawn at random: the class's share of the index, per query. */
export function chancePrecision(queries: Classes, index: Classes): Float64Array {
  const counts = countClasses(index);
  return Float64Array.from(queries.of, (own) => (counts[own] as number) / index.of.length);
}
