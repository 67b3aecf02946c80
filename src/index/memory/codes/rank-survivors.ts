import type { Rows } from '../row-matrix.ts';
import { similarities } from '../similarities.ts';
import type { Survivors } from './survivors.ts';

/** Rows of a query, and their similarities; room for all its survivors. */
export interface Ranked {
  rows: Int32Array;
  found: Float64Array;
}

/**
 * The similarities of the survivors whose lower bounds are best: what they reach, other shards are told.
 * @param survivors after `settle`
 * @param own the shard's rows
 * @param shift what is added to a score to be a similarity
 * @returns how many were written
 */
export function rankBest(
  survivors: Survivors,
  own: Rows,
  query: Float64Array,
  shift: number,
  { rows, found }: Ranked,
): number {
  const { count, share, first } = survivors;
  let ranked = 0;
  for (let i = 0; i < count; i++) {
    if (survivors.lower(i) >= first) rows[ranked++] = survivors.rows[i] as number;
  }
  similarities(own, query, rows, ranked, found);
  if (count >= share) {
    let reached = Number.POSITIVE_INFINITY;
    for (let i = 0; i < ranked; i++) reached = Math.min(reached, found[i] as number);
    survivors.raise(reached - shift);
  }
  return ranked;
}

/**
 * Those of the other survivors, but of any whose upper bound is below what the best of all shards reach.
 * @param ranked how many `rankBest` has written
 * @returns how many there are together
 */
export function rankOthers(
  survivors: Survivors,
  own: Rows,
  query: Float64Array,
  { rows, found }: Ranked,
  ranked: number,
): number {
  const { count, first } = survivors;
  const floor = survivors.floor();
  let others = ranked;
  for (let i = 0; i < count; i++) {
    const isLeft = (survivors.uppers[i] as number) >= floor && survivors.lower(i) < first;
    if (isLeft) rows[others++] = survivors.rows[i] as number;
  }
  similarities(own, query, rows.subarray(ranked), others - ranked, found.subarray(ranked));
  return others;
}
