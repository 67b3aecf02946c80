import type { Classes } from '../../../domain/statistics/classes.ts';
import type { NeighbourTable } from '../../evaluation/neighbours.ts';
import { checkTable } from '../neighbours.ts';

/** How often each class was taken for each other one. */
export interface Confusion {
  k: number;
  names: readonly string[];
  /** names x names counts: row the true class, column the class that the neighbours voted for. */
  counts: Int32Array;
  /** Queries without any neighbour, which are in no column. */
  unanswered: number;
}

/**
 * Confusion between classes when the k nearest neighbours vote; k = 1 is the nearest alone. Of
 * classes with equally many votes, the one whose best neighbour is nearer wins.
 * @param queries, index classes of the same numbering
 * @throws SemblanceError as `checkTable`
 */
export function confusion(
  table: NeighbourTable,
  queries: Classes,
  index: Classes,
  k: number,
): Confusion {
  checkTable(table, queries.of.length, index.of.length, k);
  const size = queries.names.length;
  const counts = new Int32Array(size * size);
  const votes = new Int32Array(size);
  let unanswered = 0;
  queries.of.forEach((own, q) => {
    const list = table.rows.subarray(q * table.k, q * table.k + k);
    votes.fill(0);
    let most = 0;
    for (const row of list) {
      if (row < 0) continue;
      const c = index.of[row] as number;
      votes[c] = (votes[c] as number) + 1;
      most = Math.max(most, votes[c] as number);
    }
    const winner = list.find((row) => row >= 0 && votes[index.of[row] as number] === most);
    if (winner === undefined) {
      unanswered += 1;
      return;
    }
    const cell = own * size + (index.of[winner] as number);
    counts[cell] = (counts[cell] as number) + 1;
  });
  return { k, names: queries.names, counts, unanswered };
}
