import type { CandidateScan, Candidates } from '../candidates.ts';
import type { RowMatrix } from '../row-matrix.ts';
import type { RowSelection } from '../row-selection.ts';
import { createShards, type ShardPool } from './pool.ts';
import type { ShardAnswer, ShardSelection } from './shard.ts';

/** Rows sent to a shard at a time. */
const APPEND_ROWS = 4096;
/** Rows whose mean is taken. */
const SAMPLE_ROWS = 16_384;

/** Candidates by 8-bit codes: a quarter of the bytes of a 32-bit scan, which memory bounds. */
export class CodeScan implements CandidateScan {
  private constructor(
    private readonly matrix: RowMatrix,
    private readonly pool: ShardPool,
  ) {}

  /**
   * Codes the rows of a matrix.
   * @param threads worker threads; 0 scans in the calling thread
   * @throws Error when memory or threads cannot be had
   */
  static async create(matrix: RowMatrix, threads: number): Promise<CodeScan> {
    const { dimension, rows, values } = matrix;
    const pool = await createShards(dimension, rows, meanOf(matrix), threads);
    const scan = new CodeScan(matrix, pool);
    await Promise.all(
      pool.hosts.map(async (host, i) => {
        const end = scan.end(i);
        for (let start = scan.start(i); start < end; start += APPEND_ROWS) {
          const stop = Math.min(end, start + APPEND_ROWS);
          await host.append(values.subarray(start * dimension, stop * dimension));
        }
      }),
    );
    return scan;
  }

  async scan(
    queries: Float64Array,
    k: number,
    selection: RowSelection,
  ): Promise<(Candidates | undefined)[]> {
    const most = Math.max(4096, 4 * k, selection.available >> 4);
    const answers = await Promise.all(
      this.pool.hosts.map(async (host, i): Promise<[start: number, ShardAnswer] | undefined> => {
        const { available, ...own } = this.share(i, selection);
        if (available === 0) return undefined;
        const request = { queries, k: Math.min(k, available), selection: own, most };
        return [this.start(i), await host.scan(request)];
      }),
    );
    return merge(
      answers.filter((answer) => answer !== undefined),
      queries.length / this.matrix.dimension,
    );
  }

  async release(): Promise<void> {
    await Promise.all(this.pool.hosts.map((host) => host.release()));
  }

  private start(shard: number): number {
    return this.pool.starts[shard] as number;
  }

  private end(shard: number): number {
    return this.pool.starts[shard + 1] ?? this.matrix.rows;
  }

  /** The part of a selection that lies in a shard, by the shard's own row numbers. */
  private share(
    shard: number,
    { rows, mask }: RowSelection,
  ): ShardSelection & { available: number } {
    const start = this.start(shard);
    const end = this.end(shard);
    if (rows !== undefined) {
      const own = rows.slice(lowerBound(rows, start), lowerBound(rows, end));
      return { available: own.length, rows: own.map((row) => row - start) };
    }
    if (mask === undefined) return { available: end - start };
    const own = mask.slice(start, end);
    return { available: own.reduce((sum, bit) => sum + bit, 0), mask: own };
  }
}

/** Puts the answers of shards together, query by query. */
function merge(
  answers: readonly (readonly [start: number, ShardAnswer])[],
  queries: number,
): (Candidates | undefined)[] {
  const at = answers.map(() => 0);
  return Array.from({ length: queries }, (_, q) => {
    const counts = answers.map(([, answer]) => answer.counts[q] as number);
    const total = counts.reduce((sum, count) => sum + Math.max(0, count), 0);
    const merged = {
      rows: new Int32Array(total),
      lowers: new Float64Array(total),
      uppers: new Float64Array(total),
    };
    let to = 0;
    answers.forEach(([start, answer], a) => {
      const from = at[a] as number;
      const end = from + Math.max(0, counts[a] as number);
      at[a] = end;
      merged.rows.set(
        answer.rows.subarray(from, end).map((row) => row + start),
        to,
      );
      merged.lowers.set(answer.lowers.subarray(from, end), to);
      merged.uppers.set(answer.uppers.subarray(from, end), to);
      to += end - from;
    });
    return counts.includes(-1) ? undefined : merged;
  });
}

/** Mean of the unit vectors of evenly spaced rows. */
function meanOf({ dimension, rows, values, inverses }: RowMatrix): Float64Array {
  const mean = new Float64Array(dimension);
  const step = Math.max(1, Math.floor(rows / SAMPLE_ROWS));
  const sampled = Math.ceil(rows / step);
  for (let row = 0; row < rows; row += step) {
    const scale = (inverses[row] as number) / sampled;
    for (let i = 0; i < dimension; i++) {
      mean[i] = (mean[i] as number) + (values[row * dimension + i] as number) * scale;
    }
  }
  return mean;
}

/** Place of the first value that is not below a limit. */
function lowerBound(values: Uint32Array, limit: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] as number) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
