import type { RankedRows } from '../candidates.ts';
import type { Rows } from '../row-matrix.ts';
import { kthLargest } from '../select.ts';
import { similarities } from '../similarities.ts';
import type { Survivors } from './survivors.ts';

/**
 * The similarities of a query's survivors. Those with the best lower bounds come first: what they reach, other
 * shards are told, and a survivor whose upper bound is below what all of them reach is left out.
 * @param own the shard's rows
 * @param shift what is added to a score to be a similarity
 */
export function rankSurvivors(
  survivors: Survivors,
  own: Rows,
  query: Float64Array,
  shift: number,
): RankedRows {
  const { count, share } = survivors;
  const rows = new Int32Array(count);
  const found = new Float64Array(count);
  const lowers = Float64Array.from({ length: count }, (_, i) => survivors.lower(i));
  const first = count < share ? Number.NEGATIVE_INFINITY : kthLargest(lowers.slice(), count, share);
  let ranked = 0;
  for (let i = 0; i < count; i++) {
    if ((lowers[i] as number) >= first) rows[ranked++] = survivors.rows[i] as number;
  }
  similarities(own, query, rows, ranked, found);
  if (count >= share)
    survivors.raise(found.subarray(0, ranked).reduce((a, b) => Math.min(a, b)) - shift);
  const floor = survivors.floor();
  const sure = ranked;
  for (let i = 0; i < count; i++) {
    const isLeft = (lowers[i] as number) < first && (survivors.uppers[i] as number) >= floor;
    if (isLeft) rows[ranked++] = survivors.rows[i] as number;
  }
  similarities(own, query, rows.subarray(sure), ranked - sure, found.subarray(sure));
  return { rows: rows.slice(0, ranked), similarities: found.slice(0, ranked) };
}
