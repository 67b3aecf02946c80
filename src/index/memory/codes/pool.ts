import { Thread } from '../../../runtime/thread.ts';
import { BLOCK_ROWS } from '../block-file.ts';
import type { RowMatrix, Rows } from '../row-matrix.ts';
import { memoryOf } from '../row-memory.ts';
import type { Axes } from './axes.ts';
import {
  type CodeBounds,
  codeWidth,
  type KeptRows,
  type ShardOptions,
  type SketchedRows,
} from './coded-rows.ts';
import { compileKernels } from './kernel.ts';
import { CodedShard, type ShardAnswer, type ShardRequest } from './shard.ts';
import type { ShardMethods } from './worker.ts';

/** Bytes of codes in one shard; a WebAssembly memory ends at 4 GiB. */
const MOST_BYTES = 3.5 * 2 ** 30;

/** A shard, here or in a worker thread. */
export type ShardHost = {
  [M in keyof ShardMethods]: (
    ...args: Parameters<ShardMethods[M]>
  ) => ReturnType<ShardMethods[M]> | Promise<Awaited<ReturnType<ShardMethods[M]>>>;
} & { release(): Promise<void> };

/** Shards of consecutive rows, and the first row of each. */
export interface ShardPool {
  hosts: ShardHost[];
  starts: number[];
}

/**
 * Makes empty shards for the rows of a matrix.
 * @param threads worker threads; 0 scans in the calling thread
 * @throws Error when memory or threads cannot be had
 */
export async function createShards(
  matrix: RowMatrix,
  mean: Float64Array,
  axes: Axes | undefined,
  threads: number,
): Promise<ShardPool> {
  const { dimension, rows, values, inverses } = matrix;
  const modules = await compileKernels();
  const isSeen = threads === 0 || [values, inverses].every(isShared);
  const fewest = Math.ceil((rows * (codeWidth(dimension) + 24 + (axes?.count ?? 0))) / MOST_BYTES);
  const blocks = Math.ceil(rows / BLOCK_ROWS / Math.max(1, threads, fewest));
  // Whole blocks, so that each is read by one.
  const share = blocks * BLOCK_ROWS;
  const starts: number[] = [];
  for (let start = 0; start < rows; start += share) starts.push(start);
  const made = await Promise.allSettled(
    starts.map((start) => {
      const count = Math.min(share, rows - start);
      const own: Rows = {
        dimension,
        values: values.subarray(start * dimension, (start + count) * dimension),
        inverses: inverses.subarray(start, start + count),
        memory: memoryOf(values),
      };
      const options = {
        dimension,
        rows: count,
        mean,
        axes,
        own: isSeen ? own : undefined,
        modules,
      };
      return threads === 0 ? CodedShard.create(options) : WorkerShard.create(options);
    }),
  );
  const hosts = made.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failed = made.find((one) => one.status === 'rejected');
  if (failed !== undefined) {
    await Promise.all(hosts.map((host) => host.release()));
    throw failed.reason;
  }
  return { hosts, starts };
}

/** Whether other threads see it. */
const isShared = ({ buffer }: Float32Array | Float64Array) => buffer instanceof SharedArrayBuffer;

/** A shard in a worker thread. */
class WorkerShard implements ShardHost {
  private stageBuffer = new SharedArrayBuffer(0);

  private constructor(private readonly thread: Thread<ShardMethods>) {}

  static async create(options: ShardOptions): Promise<WorkerShard> {
    const thread = new Thread<ShardMethods>(import.meta.url, './worker', options);
    try {
      await thread.started;
    } catch (error) {
      await thread.close();
      throw error;
    }
    return new WorkerShard(thread);
  }

  append(values: Float32Array): Promise<void> {
    if (isShared(values)) return this.thread.call('append', [values]);
    const copy = new Float32Array(this.stage(values.byteLength), 0, values.length);
    copy.set(values);
    return this.thread.call('append', [copy]);
  }

  scan(request: ShardRequest): Promise<ShardAnswer> {
    return this.thread.call('scan', [request]);
  }

  codesOf(start: number, rows: number): Promise<Uint8Array<ArrayBuffer>> {
    return this.thread.call('codesOf', [start, rows]);
  }

  bounds(): Promise<CodeBounds> {
    return this.thread.call('bounds', []);
  }

  sketched(start: number, stop: number): Promise<SketchedRows> {
    return this.thread.call('sketched', [start, stop]);
  }

  load(kept: KeptRows, first: number): Promise<void> {
    return this.thread.call('load', [kept, first]);
  }

  async release(): Promise<void> {
    await this.thread.close();
  }

  /** Memory that both threads see, for rows on their way; one piece at a time. */
  private stage(bytes: number): SharedArrayBuffer {
    if (this.stageBuffer.byteLength < bytes) this.stageBuffer = new SharedArrayBuffer(bytes);
    return this.stageBuffer;
  }
}
