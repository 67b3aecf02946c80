import { IdBitmap, type IdSet } from '../../domain/id-bitmap.ts';
import type { SearchOptions } from '../vector-index.ts';
import type { RowMatrix } from './row-matrix.ts';

/** Above this share of the rows, all are scanned with a mask; below it, only the selected ones. */
const SPARSE_SHARE = 0.35;

/** The rows that may be found: all; or those in `rows`, ascending; or those whose mask is not 0. */
export interface RowSelection {
  available: number;
  rows?: Uint32Array;
  mask?: Uint8Array;
}

/** Which rows of one layer may be found. */
export interface LayerOptions extends SearchOptions {
  /** Ids of rows that do not count any more, by most searches alike: remembered. */
  hidden?: ReadonlySet<number> | undefined;
}

/** Stands for no filter. */
const EVERYTHING: IdSet = new Set();

/** Turns sets of ids into rows. Allowed sets are remembered, since the same filter often comes again. */
export class RowSelector {
  private readonly known = new WeakMap<IdSet, RowSelection>();
  /** Of the rows that count, by what is hidden. */
  private readonly counting = new WeakMap<ReadonlySet<number>, WeakMap<IdSet, RowSelection>>();

  constructor(private readonly matrix: RowMatrix) {}

  select({ allowed, excluded, hidden }: LayerOptions): RowSelection {
    const selection = this.countingOf(allowed, hidden);
    return excluded === undefined ? selection : this.leaving(selection, excluded);
  }

  private countingOf(allowed: IdSet | undefined, hidden: LayerOptions['hidden']): RowSelection {
    if (hidden === undefined || hidden.size === 0) return this.allowed(allowed);
    const known = this.counting.get(hidden) ?? new WeakMap<IdSet, RowSelection>();
    this.counting.set(hidden, known);
    const selection =
      known.get(allowed ?? EVERYTHING) ?? this.leaving(this.allowed(allowed), hidden);
    known.set(allowed ?? EVERYTHING, selection);
    return selection;
  }

  /** A selection without some ids. */
  private leaving(selection: RowSelection, ids: IdSet): RowSelection {
    const { available, rows, mask } = selection;
    const without = this.rowsOf(ids);
    if (without.length === 0) return selection;
    if (rows !== undefined) {
      const kept = leaving(rows, without);
      return { available: kept.length, rows: kept };
    }
    const kept = mask?.slice() ?? new Uint8Array(this.matrix.rows).fill(1);
    let count = available;
    for (const row of without) {
      count -= kept[row] as number;
      kept[row] = 0;
    }
    return { available: count, mask: kept };
  }

  private allowed(ids: IdSet | undefined): RowSelection {
    const total = this.matrix.rows;
    if (ids === undefined) return { available: total };
    let selection = this.known.get(ids);
    if (selection === undefined) {
      const rows = this.rowsOf(ids);
      selection = { available: rows.length };
      if (rows.length < SPARSE_SHARE * total) selection.rows = rows;
      else if (rows.length < total) {
        selection.mask = new Uint8Array(total);
        for (const row of rows) selection.mask[row] = 1;
      }
      this.known.set(ids, selection);
    }
    return selection;
  }

  /** Rows of those ids that are there, ascending. */
  private rowsOf(ids: IdSet): Uint32Array {
    const { ids: all } = this.matrix;
    if (ids instanceof IdBitmap && ids.size > all.length >> 4) return rowsOfBitmap(all, ids);
    const rows = new Uint32Array(Math.min(ids.size, all.length));
    let count = 0;
    let ascending = true;
    let next = 0;
    for (const id of ids) {
      // Sets from the store ascend, so the next row is often the one looked for.
      const row = all[next] === id ? next : find(all, id);
      if (row < 0) continue;
      if (row < next) ascending = false;
      next = row + 1;
      rows[count++] = row;
    }
    const found = rows.subarray(0, count);
    return ascending ? found : found.sort();
  }
}

/** Rows without some, both ascending; what lies between those is copied at once. */
function leaving(rows: Uint32Array, without: Iterable<number>): Uint32Array {
  const kept = new Uint32Array(rows.length);
  let count = 0;
  let from = 0;
  for (const row of without) {
    const at = find(rows, row);
    if (at < 0) continue;
    kept.set(rows.subarray(from, at), count);
    count += at - from;
    from = at + 1;
  }
  kept.set(rows.subarray(from), count);
  return kept.subarray(0, count + rows.length - from);
}

/** The same by a look at every row, which is quicker for many ids. */
function rowsOfBitmap(all: Int32Array, { words, size }: IdBitmap): Uint32Array {
  const rows = new Uint32Array(Math.min(size, all.length));
  let count = 0;
  for (let row = 0; row < all.length && count < rows.length; row++) {
    const id = all[row] as number;
    if ((((words[id >>> 5] ?? 0) >>> (id & 31)) & 1) === 1) rows[count++] = row;
  }
  return rows.subarray(0, count);
}

/** Place of a value in ascending values, or -1. */
export function find(values: Int32Array | Uint32Array, value: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const at = values[middle] as number;
    if (at === value) return middle;
    if (at < value) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
