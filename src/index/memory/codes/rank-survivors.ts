import type { Rows } from '../row-matrix.ts';
import { similarities } from '../similarities.ts';
import type { Survivors } from './survivors.ts';

/**
 * The similarities of a query's survivors. Those with the best lower bounds come first: what they reach, other
 * shards are told, and a survivor whose upper bound is below what all of them reach is left out.
 * @param survivors after `settle`
 * @param own the shard's rows
 * @param shift what is added to a score to be a similarity
 * @param rows takes those that are left, `found` their similarities; room for all survivors
 * @returns how many are left
 */
export function rankSurvivors(
  survivors: Survivors,
  own: Rows,
  query: Float64Array,
  shift: number,
  rows: Int32Array,
  found: Float64Array,
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
  const floor = survivors.floor();
  const sure = ranked;
  for (let i = 0; i < count; i++) {
    const isLeft = survivors.lower(i) < first && (survivors.uppers[i] as number) >= floor;
    if (isLeft) rows[ranked++] = survivors.rows[i] as number;
  }
  similarities(own, query, rows.subarray(sure), ranked - sure, found.subarray(sure));
  return ranked;
}
