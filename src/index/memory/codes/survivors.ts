import { kthLargest } from '../select.ts';
import type { Floors } from './floors.ts';

/** A 32-bit number that is not above the given one. */
function floor32(value: number): number {
  return Number.isFinite(value)
    ? Math.fround(value - Math.abs(value) * 2 ** -22 - 2 ** -40)
    : value;
}

/** Scores computed from codes are hardly off by more than this of their largest errors. */
export const DOUBT = 0.25;

/**
 * Rows of one query that may still be among its k best. Every row comes with an upper bound of its
 * score; twice its error below is a lower bound. Rows whose upper bound is below the k-th largest lower
 * bound are dropped: they cannot be among the k best.
 */
export class Survivors {
  rows: Int32Array;
  uppers: Float32Array;
  count = 0;
  /** More rows survive than are worth keeping; none is kept any more. */
  overflowed = false;
  /** No fewer than k rows score at least this: of this shard, or as far as the others have told. */
  private kth = Number.NEGATIVE_INFINITY;
  /** What is taken for `kth` before it is known: whoever puts the answers of all shards together has to prove it. */
  hoped = Number.NEGATIVE_INFINITY;
  private limit: number;
  /** The lower bound of the last of the share's best rows, once there are so many. */
  first = Number.NEGATIVE_INFINITY;

  /**
   * @param margin error of the query's own rounding, which widens both bounds
   * @param errors of every row
   * @param most rows that may survive
   * @param told what shards tell each other, the query's number there, and of how many rows
   */
  constructor(
    private readonly k: number,
    private readonly margin: number,
    private readonly errors: Float32Array,
    private readonly most: number,
    private readonly told: { floors: Floors; query: number; share: number },
  ) {
    this.limit = 2 * k + 64;
    this.rows = new Int32Array(2 * this.limit);
    this.uppers = new Float32Array(2 * this.limit);
  }

  /** Rows whose upper bound, made with an error of the query of this much, is below need not be added. */
  floor(margin = this.margin): number {
    const { floors, query } = this.told;
    this.kth = Math.max(this.kth, floors.reached(query));
    this.hoped = Math.max(this.hoped, floors.hoped(query));
    return this.overflowed
      ? Number.POSITIVE_INFINITY
      : floor32(Math.max(this.kth, this.hoped) - margin);
  }

  /**
   * Takes k rows to score at least this, as a sample makes likely.
   * @param ofShare what the share of this shard probably scores, which the others are told
   */
  hope(score: number, ofShare: number): void {
    this.hoped = Math.max(this.hoped, floor32(score));
    this.told.floors.suggest(this.told.query, floor32(ofShare));
    // Few more will come than are dropped at the end.
    this.limit = Math.max(this.limit, 8 * (2 * this.k + 64));
  }

  /** As `hope`, of the rows that were added: the best so many of them tell. */
  hopeFor(rank: number, shareRank: number): void {
    if (this.count < rank) return;
    const likely = scratch(this.count);
    for (let i = 0; i < this.count; i++) {
      const error = this.errors[this.rows[i] as number] as number;
      likely[i] = (this.uppers[i] as number) - (1 + DOUBT) * error;
    }
    const ofShare = kthLargest(likely, this.count, shareRank);
    this.hope(kthLargest(likely, this.count, rank), ofShare);
  }

  add(row: number, upper: number): void {
    if (this.count === this.rows.length) {
      const rows = new Int32Array(2 * this.count);
      const uppers = new Float32Array(2 * this.count);
      rows.set(this.rows);
      uppers.set(this.uppers);
      this.rows = rows;
      this.uppers = uppers;
    }
    this.rows[this.count] = row;
    this.uppers[this.count++] = upper;
  }

  /** Rows of this shard that, with as many of each other, are k. */
  get share(): number {
    return this.told.share;
  }

  /** Takes up that so many rows of this shard reach a score. */
  raise(score: number): void {
    this.told.floors.publish(this.told.query, floor32(score));
  }

  /** Upper bound of the i-th survivor's score. */
  upper(i: number): number {
    return (this.uppers[i] as number) + this.margin;
  }

  /** Lower bound of the i-th survivor's score. */
  lower(i: number): number {
    const error = this.errors[this.rows[i] as number] as number;
    return (this.uppers[i] as number) - 2 * error - this.margin;
  }

  /**
   * All of them, with bounds of their scores and what is added to these.
   * @returns how many were written
   */
  bounds(shift: number, rows: Int32Array, lowers: Float64Array, uppers: Float64Array): number {
    const { count } = this;
    for (let i = 0; i < count; i++) {
      rows[i] = this.rows[i] as number;
      lowers[i] = shift + this.lower(i);
      uppers[i] = shift + this.upper(i);
    }
    return count;
  }

  /** Drops what can be dropped once enough rows have been added. */
  tidy(): void {
    if (this.count >= this.limit) this.settle();
  }

  /** Drops every row that cannot be among the k best. */
  settle(): void {
    const least = this.share;
    if (this.count >= least) {
      const lowers = scratch(this.count);
      for (let i = 0; i < this.count; i++) lowers[i] = this.lower(i);
      let among = this.count;
      if (among >= this.k) {
        this.kth = Math.max(this.kth, kthLargest(lowers, among, this.k));
        among = this.k;
      }
      this.first = kthLargest(lowers, among, least);
      this.told.floors.publish(this.told.query, floor32(this.first));
      const floor = this.floor();
      let kept = 0;
      for (let i = 0; i < this.count; i++) {
        if ((this.uppers[i] as number) < floor) continue;
        this.rows[kept] = this.rows[i] as number;
        this.uppers[kept++] = this.uppers[i] as number;
      }
      this.count = kept;
    }
    this.limit = Math.max(this.limit, this.count + (this.count >> 1));
    if (this.count > this.most) {
      this.overflowed = true;
      this.count = 0;
    }
  }
}

let buffer = new Float64Array(1024);

/** Room for numbers that are not needed any more when the next ones are. */
function scratch(length: number): Float64Array {
  if (buffer.length < length) buffer = new Float64Array(2 * length);
  return buffer;
}
