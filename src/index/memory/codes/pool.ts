import { Worker } from 'node:worker_threads';
import { silenceTelemetry } from '../../../runtime/ort.ts';
import type { Axes } from './axes.ts';
import { compileKernel } from './kernel.ts';
import {
  type CodeBounds,
  CodedShard,
  codeWidth,
  type ShardAnswer,
  type ShardOptions,
  type ShardRequest,
  type SketchedRows,
} from './shard.ts';
import type { ShardCall, ShardMethod, ShardReply } from './worker.ts';

/** Bytes of codes in one shard; a WebAssembly memory ends at 4 GiB. */
const MOST_BYTES = 3.5 * 2 ** 30;

// Run from the sources (tests), a worker needs the TypeScript loader too.
const fromSource = import.meta.url.endsWith('.ts');

/** A worker that runs worker.ts or what it was compiled to. */
function startWorker(workerData: ShardOptions): Worker {
  silenceTelemetry();
  if (!fromSource) return new Worker(new URL('./worker.js', import.meta.url), { workerData });
  const loader = import.meta.resolve('tsx/esm/api');
  const code = `import('${loader}').then((tsx) => tsx.tsImport('./worker.ts', '${import.meta.url}'))`;
  return new Worker(code, { eval: true, workerData });
}

/** A shard, here or in a worker thread. */
type ShardHost = {
  [M in ShardMethod]: (
    ...args: Parameters<CodedShard[M]>
  ) => ReturnType<CodedShard[M]> | Promise<Awaited<ReturnType<CodedShard[M]>>>;
} & { release(): Promise<void> };

/** Shards of consecutive rows, and the first row of each. */
export interface ShardPool {
  hosts: ShardHost[];
  starts: number[];
}

/**
 * Makes empty shards for a number of rows.
 * @param threads worker threads; 0 scans in the calling thread
 * @throws Error when memory or threads cannot be had
 */
export async function createShards(
  dimension: number,
  rows: number,
  mean: Float64Array,
  axes: Axes | undefined,
  threads: number,
): Promise<ShardPool> {
  const module = await compileKernel();
  const fewest = Math.ceil((rows * (codeWidth(dimension) + 24 + (axes?.count ?? 0))) / MOST_BYTES);
  const share = Math.ceil(rows / Math.max(1, threads, fewest));
  const starts: number[] = [];
  for (let start = 0; start < rows; start += share) starts.push(start);
  const made = await Promise.allSettled(
    starts.map((start) => {
      const options = { dimension, rows: Math.min(share, rows - start), mean, axes, module };
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

/** A shard in a worker thread. */
class WorkerShard implements ShardHost {
  private readonly worker: Worker;
  private readonly waiting = new Map<
    number,
    { resolve: (answer: unknown) => void; reject: (error: Error) => void }
  >();
  private next = 0;
  private stageBuffer = new SharedArrayBuffer(0);
  private ended: Error | undefined;

  private constructor(options: ShardOptions) {
    this.worker = startWorker(options);
    this.worker.on('message', ({ id, answer, error }: ShardReply) => {
      const waiting = this.waiting.get(id);
      this.waiting.delete(id);
      // An idle worker does not keep the process alive.
      if (this.waiting.size === 0) this.worker.unref();
      if (error === undefined) waiting?.resolve(answer);
      else waiting?.reject(new Error(error));
    });
    this.worker.on('error', (error) => this.end(error as Error));
    this.worker.on('exit', () => this.end(new Error('The search thread has ended.')));
  }

  static async create(options: ShardOptions): Promise<WorkerShard> {
    const shard = new WorkerShard(options);
    try {
      await shard.answerOf(-1);
    } catch (error) {
      await shard.release();
      throw error;
    }
    return shard;
  }

  append(values: Float32Array): Promise<void> {
    const copy = new Float32Array(this.stage(values.byteLength), 0, values.length);
    copy.set(values);
    return this.call('append', [copy]);
  }

  scan(request: ShardRequest): Promise<ShardAnswer> {
    return this.call('scan', [request]);
  }

  codesOf(start: number, rows: number): Promise<Uint8Array<ArrayBuffer>> {
    return this.call('codesOf', [start, rows]);
  }

  bounds(): Promise<CodeBounds> {
    return this.call('bounds', []);
  }

  putCodes(codes: Uint8Array): Promise<void> {
    const copy = new Uint8Array(this.stage(codes.length), 0, codes.length);
    copy.set(codes);
    return this.call('putCodes', [copy]);
  }

  putBounds(bounds: CodeBounds): Promise<void> {
    return this.call('putBounds', [bounds]);
  }

  sketched(start: number, stop: number): Promise<SketchedRows> {
    return this.call('sketched', [start, stop]);
  }

  putSketched(start: number, rows: SketchedRows): Promise<void> {
    return this.call('putSketched', [start, rows]);
  }

  async release(): Promise<void> {
    await this.worker.terminate();
  }

  /** Memory that both threads see, for rows on their way; one piece at a time. */
  private stage(bytes: number): SharedArrayBuffer {
    if (this.stageBuffer.byteLength < bytes) this.stageBuffer = new SharedArrayBuffer(bytes);
    return this.stageBuffer;
  }

  private call<T>(method: ShardMethod, args: unknown[]): Promise<T> {
    const call: ShardCall = { id: this.next++, method, args };
    const answer = this.answerOf(call.id);
    if (this.ended === undefined) this.worker.postMessage(call);
    return answer as Promise<T>;
  }

  private answerOf(id: number): Promise<unknown> {
    if (this.ended !== undefined) return Promise.reject(this.ended);
    this.worker.ref();
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  private end(error: Error): void {
    this.ended ??= error;
    for (const { reject } of this.waiting.values()) reject(this.ended);
    this.waiting.clear();
  }
}
