import { type Classes, countClasses } from '../../domain/statistics/classes.ts';
import type { NeighbourTable } from '../evaluation/neighbours.ts';
import type { Protocol } from '../evaluation/protocol.ts';
import type { Context } from './context.ts';
import { checkTable } from './neighbours.ts';

/** How precision at k is computed. */
export interface PrecisionOptions {
  k: number;
  /** `as-published` looks at min(k, index images of the query's own class); see `CORRECTIONS`. */
  protocol?: Protocol;
}

/**
 * Precision at k of each query: the share of its k nearest neighbours that are of its class. A list
 * that is too short, or a class without an image in the index, counts as misses. Its mean is the
 * figure of `retrievalPrecision`.
 * @param queries, index classes of the same numbering
 * @returns one number in 0..1 for each query
 * @throws SemblanceError as `checkTable`
 */
export function queryPrecision(
  table: NeighbourTable,
  queries: Classes,
  index: Classes,
  { k, protocol = 'corrected' }: PrecisionOptions,
): Float64Array {
  checkTable(table, queries.of.length, index.of.length, k);
  const counts = countClasses(index);
  return Float64Array.from(queries.of, (own, q) => {
    const depth = protocol === 'as-published' ? Math.max(1, Math.min(k, counts[own] as number)) : k;
    let hits = 0;
    for (let i = q * table.k; i < q * table.k + depth; i++) {
      const row = table.rows[i] as number;
      if (row >= 0 && index.of[row] === own) hits += 1;
    }
    return hits / depth;
  });
}

/** Precision to expect of neighbours drawn at random: the class's share of the index, per query. */
export function chancePrecision(queries: Classes, index: Classes): Float64Array {
  const counts = countClasses(index);
  return Float64Array.from(queries.of, (own) => (counts[own] as number) / index.of.length);
}

/** Precision of each test image at k, by the protocol of the benchmark. */
export function scoresOf(
  {
    labels,
    retrieved,
    protocol,
    ...context
  }: Pick<Context, 'labels' | 'retrieved' | 'protocol' | 'k'>,
  k = context.k,
): Float64Array {
  return queryPrecision(retrieved.test.neighbours, labels.queries, labels.index, { k, protocol });
}
