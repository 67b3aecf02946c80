import type { NeighbourTable } from '../../evaluation/neighbours.ts';
import { checkTable } from '../neighbours.ts';

/** How much of the exact answer an approximate engine finds. */
export interface Recall {
  k: number;
  /** Mean over the queries. */
  mean: number;
  /** The worst query's. */
  lowest: number;
  /** Share of the queries that miss nothing. */
  complete: number;
}

/**
 * Recall at k of an approximate search against an exact one of the same queries: the share of the
 * exact k nearest that the first k of the approximate list hold. Rows that the exact table shows
 * to be as similar as the k-th count as well, because either choice is right.
 * @param index images in the index
 * @throws SemblanceError as `checkTable`, for either table
 */
export function recallAtK(
  approximate: NeighbourTable,
  exact: NeighbourTable,
  index: number,
  k: number,
): Recall {
  checkTable(exact, approximate.queries, index, k);
  checkTable(approximate, exact.queries, index, k);
  let total = 0;
  let lowest = 1;
  let complete = 0;
  for (let q = 0; q < exact.queries; q++) {
    const right = new Set<number>();
    const at = q * exact.k;
    let wanted = 0;
    for (let i = 0; i < exact.k; i++) {
      const row = exact.rows[at + i] as number;
      if (row < 0) break;
      if (i < k) wanted += 1;
      else if (!exact.similarities || exact.similarities[at + i] !== exact.similarities[at + k - 1])
        break;
      right.add(row);
    }
    let found = 0;
    for (let i = q * approximate.k; i < q * approximate.k + k; i++) {
      // An engine that repeats a row finds it once.
      if (right.delete(approximate.rows[i] as number)) found += 1;
    }
    const recall = wanted === 0 ? 1 : found / wanted;
    total += recall;
    lowest = Math.min(lowest, recall);
    if (recall === 1) complete += 1;
  }
  return { k, mean: total / exact.queries, lowest, complete: complete / exact.queries };
}
