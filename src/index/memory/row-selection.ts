import { IdBitmap, type IdSet } from '../../domain/id-bitmap.ts';
import { Slices } from '../../runtime/slices.ts';
import type { SearchOptions } from '../vector-index.ts';
import type { RowMatrix } from './row-matrix.ts';

/** Above this share of the rows, all are scanned with a mask; below it, only the selected ones. */
const SPARSE_SHARE = 0.35;
/** Rows looked at between two looks at the clock. */
const PIECE_ROWS = 16_384;

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

/**
 * Turns sets of ids into rows, in slices of time. Allowed sets are remembered, since the same filter often comes again.
 */
export class RowSelector {
  private readonly known = new WeakMap<IdSet, Promise<RowSelection>>();
  /** Of the rows that count, by what is hidden. */
  private readonly counting = new WeakMap<
    ReadonlySet<number>,
    WeakMap<IdSet, Promise<RowSelection>>
  >();

  constructor(private readonly matrix: RowMatrix) {}

  async select({ allowed, excluded, hidden }: LayerOptions): Promise<RowSelection> {
    const selection = await this.countingOf(allowed, hidden);
    return excluded === undefined ? selection : this.leaving(selection, excluded);
  }

  /** How many of some ids a selection has. */
  countOf({ rows, mask }: RowSelection, ids: Iterable<number>): number {
    let count = 0;
    for (const id of ids) {
      const row = find(this.matrix.ids, id);
      if (row < 0) continue;
      if (rows === undefined ? mask?.[row] !== 0 : find(rows, row) >= 0) count += 1;
    }
    return count;
  }

  private countingOf(
    allowed: IdSet | undefined,
    hidden: LayerOptions['hidden'],
  ): Promise<RowSelection> {
    if (hidden === undefined || hidden.size === 0) return this.allowed(allowed);
    const known = this.counting.get(hidden) ?? new WeakMap<IdSet, Promise<RowSelection>>();
    this.counting.set(hidden, known);
    const selection =
      known.get(allowed ?? EVERYTHING) ??
      this.allowed(allowed).then((all) => this.leaving(all, hidden));
    known.set(allowed ?? EVERYTHING, selection);
    return selection;
  }

  /** A selection without some ids. */
  private async leaving(selection: RowSelection, ids: IdSet): Promise<RowSelection> {
    const { available, rows, mask } = selection;
    const without = await this.rowsOf(ids);
    if (without.length === 0) return selection;
    if (rows !== undefined) {
      const kept = leaving(rows, without);
      return { available: kept.length, rows: kept };
    }
    const kept = this.emptyMask();
    if (mask === undefined) kept.fill(1);
    else kept.set(mask);
    let count = available;
    for (const row of without) {
      count -= kept[row] as number;
      kept[row] = 0;
    }
    return { available: count, mask: kept };
  }

  private allowed(ids: IdSet | undefined): Promise<RowSelection> {
    if (ids === undefined) return Promise.resolve({ available: this.matrix.rows });
    let selection = this.known.get(ids);
    if (selection === undefined) {
      selection = this.selectionOf(ids);
      this.known.set(ids, selection);
    }
    return selection;
  }

  private async selectionOf(ids: IdSet): Promise<RowSelection> {
    const total = this.matrix.rows;
    if (ids instanceof IdBitmap && ids.size >= SPARSE_SHARE * total) {
      const mask = this.emptyMask();
      const available = await maskOfBitmap(this.matrix.ids, ids, mask);
      if (available === total) return { available };
      if (available >= SPARSE_SHARE * total) return { available, mask };
    }
    const rows = await this.rowsOf(ids);
    if (rows.length < SPARSE_SHARE * total) return { available: rows.length, rows };
    if (rows.length === total) return { available: total };
    const mask = this.emptyMask();
    for (const row of rows) mask[row] = 1;
    return { available: rows.length, mask };
  }

  /** Nothing may be found; in memory that threads share, so that it need not be copied for them. */
  private emptyMask(): Uint8Array {
    return new Uint8Array(new SharedArrayBuffer(this.matrix.rows));
  }

  /** Rows of those ids that are there, ascending. */
  private async rowsOf(ids: IdSet): Promise<Uint32Array> {
    const { ids: all } = this.matrix;
    if (ids instanceof IdBitmap && ids.size > all.length >> 4) return rowsOfBitmap(all, ids);
    const slices = new Slices(undefined, PIECE_ROWS);
    const rows = new Uint32Array(Math.min(ids.size, all.length));
    let count = 0;
    let ascending = true;
    let next = 0;
    for (const id of ids) {
      if (slices.over()) await slices.pause();
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
async function rowsOfBitmap(all: Int32Array, ids: IdBitmap): Promise<Uint32Array> {
  const rows = new Uint32Array(Math.min(ids.size, all.length));
  let count = 0;
  for await (const [start, stop] of pieces(all.length)) {
    for (let row = start; row < stop; row++) {
      // One beyond the last is not written.
      rows[count] = row;
      count += bitOf(ids, all[row] as number);
    }
  }
  return rows.subarray(0, count);
}

/**
 * Sets the mask of the rows of those ids, without a list of them.
 * @returns how many there are
 */
async function maskOfBitmap(all: Int32Array, ids: IdBitmap, mask: Uint8Array): Promise<number> {
  let count = 0;
  for await (const [start, stop] of pieces(all.length)) {
    for (let row = start; row < stop; row++) {
      const bit = bitOf(ids, all[row] as number);
      mask[row] = bit;
      count += bit;
    }
  }
  return count;
}

const bitOf = ({ words }: IdBitmap, id: number) => ((words[id >>> 5] ?? 0) >>> (id & 31)) & 1;

/** Rows piece by piece, with pauses for others between them. */
export async function* pieces(rows: number): AsyncGenerator<[start: number, stop: number]> {
  const slices = new Slices(undefined);
  for (let start = 0; start < rows; start += PIECE_ROWS) {
    if (slices.over()) await slices.pause();
    yield [start, Math.min(rows, start + PIECE_ROWS)];
  }
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
