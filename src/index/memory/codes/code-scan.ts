import { isDeepStrictEqual } from 'node:util';
import { lowerBound } from '../../../domain/ascending.ts';
import { Slices } from '../../../runtime/slices.ts';
import { tellingOf, tellWaiting } from '../../../runtime/waiting.ts';
import type { CandidateScan, Candidates, RankedRows } from '../candidates.ts';
import type { RowMatrix } from '../row-matrix.ts';
import { pieces, type RowSelection } from '../row-selection.ts';
import { type Axes, principalAxes } from './axes.ts';
import type { CodeBounds, KeptRows, SketchedRows } from './coded-rows.ts';
import { createShards, type ShardHost, type ShardPool } from './pool.ts';
import { ScanRoom } from './room.ts';
import type { ShardSelection } from './shard.ts';

/** Rows that go to or come from a shard at a time. */
const PIECE_ROWS = 4096;
/** Rows whose mean is taken. */
const SAMPLE_ROWS = 16_384;

/** Rooms of scans that have ended, which others use. */
const ROOMS = 2;
/** Rows of a query that a shard has room to answer, times those that are wanted; and of all queries. */
const ANSWERS = 4;
const MOST_ANSWERS = 2 ** 20;

/** Where more than this share of queries had to be answered again, chunks are unlike, and so many scans do without them. */
const MANY = 0.02;
const UNEVEN = 64;

/** The part of a selection that lies in a shard, by the shard's own row numbers. */
type Share = ShardSelection & { available: number };

/** Candidates by 8-bit codes: a quarter of the bytes of a 32-bit scan, which memory bounds. */
export class CodeScan implements CandidateScan {
  private readonly shares = new WeakMap<RowSelection, Promise<Share[]>>();
  private readonly rooms: ScanRoom[] = [];
  /** Scans to come for which chunks are not taken to be alike. */
  private uneven = 0;

  private constructor(
    private readonly matrix: RowMatrix,
    private readonly pool: ShardPool,
    /** What was subtracted before coding. */
    readonly mean: Float64Array,
    /** Directions whose components are looked at first, when they tell much. */
    readonly axes: Axes | undefined,
  ) {}

  /**
   * Codes the rows of a matrix.
   * @param threads worker threads; 0 scans in the calling thread
   * @param signal ends it
   * @throws Error when memory or threads cannot be had; the signal's reason
   */
  static async create(matrix: RowMatrix, threads: number, signal?: AbortSignal): Promise<CodeScan> {
    const { dimension, values } = matrix;
    const mean = await meanOf(matrix);
    const axes = await principalAxes(matrix, mean);
    const pool = await createShards(matrix, mean, axes, threads);
    const scan = new CodeScan(matrix, pool, mean, axes);
    let coded = 0;
    try {
      await Promise.all(
        pool.hosts.map(async (host, i) => {
          for (const [start, stop] of scan.pieces(i)) {
            signal?.throwIfAborted();
            await host.append(values.subarray(start * dimension, stop * dimension));
            coded += stop - start;
            tellWaiting('embeddings coded', coded, matrix.rows);
          }
        }),
      );
      return scan;
    } catch (error) {
      await scan.release();
      throw error;
    }
  }

  /**
   * Takes codes that were kept in a file; each shard reads its own.
   * @param mean, axes what they were made with
   * @throws DamagedFileError; Error of the file system, or when memory or threads cannot be had
   */
  static async restore(
    matrix: RowMatrix,
    threads: number,
    mean: Float64Array,
    axes: Axes | undefined,
    kept: KeptRows,
  ): Promise<CodeScan> {
    const pool = await createShards(matrix, mean, axes, threads);
    const scan = new CodeScan(matrix, pool, mean, axes);
    try {
      const loading = pool.hosts.map(async (host, i) => host.load(kept, scan.start(i)));
      // The file is in use until all have ended.
      await tellingOf(Promise.allSettled(loading), 'embeddings of the kept index', matrix.rows);
      await Promise.all(loading);
      return scan;
    } catch (error) {
      await scan.release();
      throw error;
    }
  }

  /** The codes of all rows, piece by piece. */
  async *codes(): AsyncGenerator<Uint8Array> {
    for (const [i, host] of this.pool.hosts.entries()) {
      const first = this.start(i);
      for (const [start, stop] of this.pieces(i)) {
        yield await host.codesOf(start - first, stop - start);
      }
    }
  }

  /** What is kept along the axes, piece by piece. */
  async *sketched(): AsyncGenerator<SketchedRows> {
    for (const [i, host] of this.pool.hosts.entries()) {
      const first = this.start(i);
      for (const [start, stop] of this.pieces(i)) {
        yield await host.sketched(start - first, stop - first);
      }
    }
  }

  /** Scales and errors of all rows. */
  async bounds(): Promise<CodeBounds> {
    const { rows } = this.matrix;
    const all = { scales: new Float32Array(rows), errors: new Float32Array(rows), longest: 0 };
    for (const [i, host] of this.pool.hosts.entries()) {
      const { scales, errors, longest } = await host.bounds();
      all.scales.set(scales, this.start(i));
      all.errors.set(errors, this.start(i));
      all.longest = Math.max(all.longest, longest);
    }
    return all;
  }

  async scan(
    queries: Float64Array,
    k: number,
    selection: RowSelection,
  ): Promise<(Candidates | RankedRows | undefined)[]> {
    const { merged, unproved } = await this.ask(queries, k, selection, true);
    if (unproved.length === 0) return merged;
    const { dimension } = this.matrix;
    if (unproved.length > MANY * merged.length) this.uneven = UNEVEN;
    const again = new Float64Array(unproved.length * dimension);
    for (const [i, q] of unproved.entries()) {
      again.set(queries.subarray(q * dimension, (q + 1) * dimension), i * dimension);
    }
    const answered = await this.ask(again, k, selection, false);
    for (const [i, q] of unproved.entries()) merged[q] = answered.merged[i];
    return merged;
  }

  /**
   * Asks all shards.
   * @param sampled whether a sample may tell what is left out, so that it is to be proved in the end
   */
  private async ask(
    queries: Float64Array,
    k: number,
    selection: RowSelection,
    sampled: boolean,
  ): Promise<Merged> {
    const most = Math.max(4096, 4 * k, selection.available >> 4);
    const shares = await this.sharesOf(selection);
    const asked = shares.flatMap(({ available }, i) => (available > 0 ? [i] : []));
    const room = this.room(queries.length / this.matrix.dimension, asked.length, k);
    room.queries.set(queries);
    const { buffer, size } = room;
    const isThere = this.matrix.arriving?.isWhole ?? true;
    const even = --this.uneven < 0;
    const answers = await Promise.all(
      asked.map(async (i, shard): Promise<Answer> => {
        const { available, ...own } = shares[i] as Share;
        const scan = { buffer, size, shard, k };
        const request = {
          scan,
          k: Math.min(k, available),
          selection: own,
          most,
          isThere,
          sampled,
          even,
        };
        const found = await (this.pool.hosts[i] as ShardHost).scan(request);
        const { counts, hoped, ...told } = room.answers(shard);
        return { start: this.start(i), counts, hoped, found: found ?? told };
      }),
    );
    const merged = merge(answers, size.queries, k);
    this.rooms.push(room);
    if (this.rooms.length > ROOMS) this.rooms.shift();
    return merged;
  }

  /** Room for a scan, of one that has ended where it fits. */
  private room(queries: number, shards: number, k: number): ScanRoom {
    const answers = queries * 2 ** Math.ceil(Math.log2(Math.max(64, ANSWERS * k)));
    const size = {
      ...{ dimension: this.matrix.dimension, queries, shards },
      answers: Math.min(answers, MOST_ANSWERS),
    };
    const at = this.rooms.findIndex((room) => isDeepStrictEqual(room.size, size));
    const room = this.rooms.splice(at, at < 0 ? 0 : 1)[0] ?? new ScanRoom(size);
    room.clear();
    return room;
  }

  async release(): Promise<void> {
    await Promise.all(this.pool.hosts.map((host) => host.release()));
  }

  /** The rows of a shard in pieces. */
  private *pieces(shard: number): Generator<[start: number, stop: number]> {
    const end = this.end(shard);
    for (let start = this.start(shard); start < end; start += PIECE_ROWS) {
      yield [start, Math.min(end, start + PIECE_ROWS)];
    }
  }

  private start(shard: number): number {
    return this.pool.starts[shard] as number;
  }

  private end(shard: number): number {
    return this.pool.starts[shard + 1] ?? this.matrix.rows;
  }

  /** The parts of a selection by shard, made once. */
  private sharesOf(selection: RowSelection): Promise<Share[]> {
    let shares = this.shares.get(selection);
    if (shares === undefined) {
      shares = this.share(selection);
      this.shares.set(selection, shares);
    }
    return shares;
  }

  private async share({ rows, mask }: RowSelection): Promise<Share[]> {
    const slices = new Slices(undefined, 4096);
    const shares: Share[] = [];
    for (const [shard, start] of this.pool.starts.entries()) {
      const end = this.end(shard);
      if (rows !== undefined) {
        const all = rows.subarray(lowerBound(rows, start), lowerBound(rows, end));
        // In memory that threads share, so that it is not copied for each search.
        const own = new Uint32Array(new SharedArrayBuffer(4 * all.length));
        for (let i = 0; i < all.length; i++) {
          own[i] = (all[i] as number) - start;
          if (slices.over()) await slices.pause();
        }
        shares.push({ available: own.length, rows: own });
      } else if (mask !== undefined) {
        const own = mask.subarray(start, end);
        let available = 0;
        for await (const [from, to] of pieces(own.length)) {
          for (let i = from; i < to; i++) available += own[i] as number;
        }
        shares.push({ available, mask: own });
      } else shares.push({ available: end - start });
    }
    return shares;
  }
}

/** What a shard whose first row is `start` has found. */
interface Answer {
  start: number;
  counts: Int32Array;
  hoped: Float64Array;
  found: Candidates | RankedRows;
}

/** What was found for each query, and the queries where it is not proved that nothing is missing. */
interface Merged {
  merged: (Candidates | RankedRows | undefined)[];
  unproved: number[];
}

/** Puts the answers of shards together, query by query. */
function merge(answers: readonly Answer[], queries: number, k: number): Merged {
  /** Where the rows of the next query begin in each answer. */
  const places = answers.map(() => 0);
  const unproved: number[] = [];
  // All shards see the rows, or none.
  const isRanked = answers.every(({ found }) => 'similarities' in found);
  // Memory for all of them at once: an array of its own for each query keeps the garbage collector busy.
  const room = {
    rows: new Int32Array(isRanked ? queries * k : 0),
    similarities: new Float64Array(isRanked ? queries * k : 0),
  };
  const merged = Array.from({ length: queries }, (_, q) => {
    const parts = answers.map(({ start, counts, found }, i): Part => {
      const from = places[i] as number;
      const to = from + Math.max(0, counts[q] as number);
      places[i] = to;
      return { start, found: found as Part['found'], from, to };
    });
    if (answers.some(({ counts }) => (counts[q] as number) < 0)) return undefined;
    if (!isRanked) return joined(parts);
    const found = ranked(parts, {
      rows: room.rows.subarray(q * k, (q + 1) * k),
      similarities: room.similarities.subarray(q * k, (q + 1) * k),
    });
    // Where k rows reach what they were taken to reach, what was left out cannot be among them.
    const last = found.similarities[k - 1] ?? Number.NEGATIVE_INFINITY;
    if (answers.some(({ hoped }) => (hoped[q] as number) > last)) unproved.push(q);
    return found;
  });
  return { merged, unproved };
}

/** What a shard has found for a query. */
interface Part {
  start: number;
  found: Candidates & RankedRows;
  from: number;
  to: number;
}

/** All candidates of shards. */
function joined(parts: readonly Part[]): Candidates {
  const total = parts.reduce((sum, { from, to }) => sum + to - from, 0);
  const rows = new Int32Array(total);
  const [lowers, uppers] = [new Float64Array(total), new Float64Array(total)];
  let used = 0;
  for (const { start, found, from, to } of parts) {
    lowers.set(found.lowers.subarray(from, to), used);
    uppers.set(found.uppers.subarray(from, to), used);
    for (let at = from; at < to; at++) rows[used++] = (found.rows[at] as number) + start;
  }
  return { rows, lowers, uppers };
}

/** The best of what shards have ranked, as many as there is room for, equal similarities by row: those of the first shard first. */
function ranked(parts: Part[], { rows, similarities }: RankedRows): RankedRows {
  for (let i = 0; i < rows.length; i++) {
    let best: Part | undefined;
    let most = Number.NEGATIVE_INFINITY;
    for (const part of parts) {
      if (part.from === part.to) continue;
      const similarity = part.found.similarities[part.from] as number;
      if (similarity > most) [best, most] = [part, similarity];
    }
    if (best === undefined) {
      return { rows: rows.subarray(0, i), similarities: similarities.subarray(0, i) };
    }
    rows[i] = (best.found.rows[best.from++] as number) + best.start;
    similarities[i] = most;
  }
  return { rows, similarities };
}

/** Mean of the unit vectors of evenly spaced rows. */
async function meanOf({ dimension, rows, values, inverses }: RowMatrix): Promise<Float64Array> {
  const slices = new Slices(undefined, 64);
  const mean = new Float64Array(dimension);
  const step = Math.max(1, Math.floor(rows / SAMPLE_ROWS));
  const sampled = Math.ceil(rows / step);
  for (let row = 0; row < rows; row += step) {
    const scale = (inverses[row] as number) / sampled;
    for (let i = 0; i < dimension; i++) {
      mean[i] = (mean[i] as number) + (values[row * dimension + i] as number) * scale;
    }
    if (slices.over()) await slices.pause();
  }
  return mean;
}
