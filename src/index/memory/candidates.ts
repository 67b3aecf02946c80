import { Slices } from '../../runtime/slices.ts';
import type { RowMatrix } from './row-matrix.ts';
import type { RowSelection } from './row-selection.ts';
import { kthLargest } from './select.ts';
import { similarities } from './similarities.ts';

/** Rows that contain the k best of a query, with bounds of the cosine similarity of each. */
export interface Candidates {
  rows: Int32Array;
  lowers: Float64Array;
  uppers: Float64Array;
}

/** The k best rows of a query, best first, equal similarities by row. */
export interface RankedRows {
  rows: Int32Array;
  similarities: Float64Array;
}

/** Finds candidates: quickly, and never without one of the k best. */
export interface CandidateScan {
  /**
   * @param queries unit vectors, one after the other
   * @param k no more than the rows that may be found
   * @param signal ends the scan as soon as it can
   * @returns for each query its candidates, or the k best of them where similarities were at hand, or undefined when there
   *   are too many to be worth it
   */
  scan(
    queries: Float64Array,
    k: number,
    selection: RowSelection,
    signal?: AbortSignal,
  ): Promise<(Candidates | RankedRows | undefined)[]>;
  /** Frees what it holds outside the heap. */
  release(): Promise<void>;
}

/** The rows whose similarity `rankCandidates` may have to compute. */
export function rowsToRank({ rows, lowers, uppers }: Candidates, k: number): Int32Array {
  const first = kthLargest(lowers.slice(), rows.length, k);
  return rows.filter((_, i) => (uppers[i] as number) >= first);
}

/**
 * The exact ranking of candidates. The k with the best lower bounds give a similarity that k rows reach;
 * a candidate whose upper bound is below it cannot be among the k best, and the others are computed.
 */
export function rankCandidates(
  matrix: RowMatrix,
  query: Float64Array,
  { rows, lowers, uppers }: Candidates,
  k: number,
): RankedRows {
  const first = kthLargest(lowers.slice(), rows.length, k);
  const found = new Int32Array(rows.length);
  const scores = new Float64Array(rows.length);
  let count = 0;
  for (let i = 0; i < rows.length; i++) {
    if ((lowers[i] as number) >= first) found[count++] = rows[i] as number;
  }
  similarities(matrix, query, found, count, scores);
  let reached = Number.POSITIVE_INFINITY;
  for (let i = 0; i < count; i++) reached = Math.min(reached, scores[i] as number);
  const some = count;
  for (let i = 0; i < rows.length; i++) {
    if ((lowers[i] as number) < first && (uppers[i] as number) >= reached) {
      found[count++] = rows[i] as number;
    }
  }
  similarities(matrix, query, found.subarray(some), count - some, scores.subarray(some));
  return best(found, scores, count, k);
}

/** Rows that are computed before the best of them are kept alone. */
const PIECE_ROWS = 16_384;
/** Rows that are computed at once. */
const COMPUTED = 1024;

/**
 * The exact ranking of all rows that may be found, each of them computed; other work has its turn meanwhile.
 * @throws the signal's reason
 */
export async function rankAll(
  matrix: RowMatrix,
  query: Float64Array,
  { available, rows, mask }: RowSelection,
  k: number,
  signal?: AbortSignal,
): Promise<RankedRows> {
  const room = Math.min(available, k + PIECE_ROWS);
  const found = new Int32Array(room);
  const scores = new Float64Array(room);
  const slices = new Slices(signal);
  let count = 0;
  let computed = 0;
  const compute = async () => {
    while (computed < count) {
      const some = Math.min(COMPUTED, count - computed);
      similarities(matrix, query, found.subarray(computed), some, scores.subarray(computed));
      computed += some;
      if (slices.over()) await slices.pause();
    }
  };
  for (let i = 0; i < (rows?.length ?? matrix.rows); i++) {
    const row = rows === undefined ? i : (rows[i] as number);
    if (mask !== undefined && mask[row] === 0) continue;
    if (count === room) {
      await compute();
      const kept = best(found, scores, count, k);
      found.set(kept.rows);
      scores.set(kept.similarities);
      count = k;
      computed = k;
    }
    found[count++] = row;
  }
  await compute();
  return best(found, scores, count, k);
}

/** The k best of the first `count` rows, best first, equal similarities by row. */
function best(rows: Int32Array, scores: Float64Array, count: number, k: number): RankedRows {
  const least = kthLargest(scores.slice(0, count), count, k);
  const found = new Int32Array(count);
  const similarities = new Float64Array(count);
  let kept = 0;
  for (let i = 0; i < count; i++) {
    if ((scores[i] as number) < least) continue;
    found[kept] = rows[i] as number;
    similarities[kept++] = scores[i] as number;
  }
  sortRanking(found, similarities, kept);
  return { rows: found.slice(0, k), similarities: similarities.slice(0, k) };
}

/** Sorts the first `count`: by similarity, the largest first, equal ones by row (Shell's sort). */
export function sortRanking(rows: Int32Array, similarities: Float64Array, count: number): void {
  let gap = 1;
  while (gap < count) gap = Math.ceil(2.25 * gap);
  while (gap > 1) {
    gap = Math.floor(gap / 2.25) || 1;
    for (let i = gap; i < count; i++) {
      const row = rows[i] as number;
      const similarity = similarities[i] as number;
      let at = i;
      for (; at >= gap; at -= gap) {
        const before = similarities[at - gap] as number;
        if (before > similarity || (before === similarity && (rows[at - gap] as number) < row))
          break;
        rows[at] = rows[at - gap] as number;
        similarities[at] = before;
      }
      rows[at] = row;
      similarities[at] = similarity;
    }
  }
}
