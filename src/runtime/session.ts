import { availableParallelism } from 'node:os';
import type * as Ort from 'onnxruntime-node';
import { freeMemory } from './free-memory.ts';
import { ort } from './ort.ts';
import type { Provider } from './provider.ts';

/** A dense tensor: row-major data and its dimensions. */
export interface Tensor {
  readonly dims: readonly number[];
  readonly data: Float32Array | Float64Array | BigInt64Array | Int32Array | Uint8Array | Int8Array;
}

/** Options for a session. */
export interface SessionOptions {
  /** Threads inside one operator; by default every core the process may use. */
  threads?: number;
  /** Where the graph runs; what this provider cannot do runs on the processor, as everything by default. */
  provider?: Provider;
}

/** A tensor that the runtime keeps, so that large constant data is wrapped only once. */
export type RuntimeTensor = Ort.Tensor;

const ELEMENT_TYPES = new Map<string, 'float32' | 'float64' | 'int64' | 'int32' | 'uint8' | 'int8'>(
  [
    ['Float32Array', 'float32'],
    ['Float64Array', 'float64'],
    ['BigInt64Array', 'int64'],
    ['Int32Array', 'int32'],
    ['Uint8Array', 'uint8'],
    ['Int8Array', 'int8'],
  ],
);

/** Wraps data for the runtime without copying it. */
export function toRuntimeTensor({ data, dims }: Tensor): RuntimeTensor {
  const type = ELEMENT_TYPES.get(data.constructor.name);
  if (type === undefined) throw new TypeError(`No tensor type for ${data.constructor.name}.`);
  return new (ort().Tensor)(type, data as never, dims);
}

function wrap(tensors: Record<string, Tensor | RuntimeTensor>): Record<string, RuntimeTensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, value]) => [
      name,
      value instanceof ort().Tensor ? value : toRuntimeTensor(value as Tensor),
    ]),
  );
}

/** A loaded ONNX graph, here or in another thread. */
export interface Graph {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /**
   * Runs the graph.
   * @param feeds a tensor for every input
   * @param outputs names of the wanted outputs; all by default
   */
  run(feeds: Record<string, Tensor>, outputs?: readonly string[]): Promise<Record<string, Tensor>>;
  /** Frees the graph's memory, when the runs under way have ended. */
  release(): Promise<void>;
}

/** A loaded ONNX graph in this thread. The only place of the program that runs numerical graphs. */
export class Session implements Graph {
  /** Runs that have not ended; somebody may have stopped waiting for them. */
  private readonly running = new Set<Promise<unknown>>();
  private released = false;

  private constructor(private readonly session: Ort.InferenceSession) {}

  /**
   * Loads a graph.
   * @param model the model file's path or its bytes
   * @throws Error of onnxruntime when the model cannot be loaded
   */
  static async load(model: string | Uint8Array, options: SessionOptions = {}): Promise<Session> {
    const { provider = 'cpu' } = options;
    const settings: Ort.InferenceSession.SessionOptions = {
      executionProviders: provider === 'cpu' ? ['cpu'] : [provider, 'cpu'],
      // DirectML works without it only.
      enableMemPattern: provider !== 'dml',
      graphOptimizationLevel: 'all',
      intraOpNumThreads: options.threads ?? availableParallelism(),
      interOpNumThreads: 1,
      logSeverityLevel: 3,
      // Idle threads sleep: the workers that decode pictures need the cores meanwhile.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    };
    const session =
      typeof model === 'string'
        ? await ort().InferenceSession.create(model, settings)
        : await ort().InferenceSession.create(model, settings);
    return new Session(session);
  }

  get inputNames(): readonly string[] {
    return this.session.inputNames;
  }

  get outputNames(): readonly string[] {
    return this.session.outputNames;
  }

  async run(
    feeds: Record<string, Tensor | RuntimeTensor>,
    outputs: readonly string[] = this.outputNames,
  ): Promise<Record<string, Tensor>> {
    const results = await this.track(() => this.session.run(wrap(feeds), [...outputs]));
    return Object.fromEntries(
      Object.entries(results).map(([name, tensor]) => [
        name,
        { dims: tensor.dims, data: tensor.data as Tensor['data'] },
      ]),
    );
  }

  /**
   * Runs the graph and writes the outputs where the caller wants them.
   * @param feeds a tensor for every input
   * @param outputs a tensor of the right shape for every wanted output, which is overwritten
   */
  async runInto(
    feeds: Record<string, Tensor | RuntimeTensor>,
    outputs: Record<string, Tensor | RuntimeTensor>,
  ): Promise<void> {
    const wrapped = wrap(outputs);
    const results = await this.track(() => this.session.run(wrap(feeds), wrapped));
    // The runtime gives copies of the outputs too, which would be garbage of megabytes for each run.
    freeMemory(
      Object.entries(results).flatMap(([name, { data }]) =>
        ArrayBuffer.isView(data) && data !== wrapped[name]?.data ? [data] : [],
      ),
    );
  }

  async release(): Promise<void> {
    this.released = true;
    while (this.running.size > 0) await Promise.allSettled(this.running);
    await this.session.release();
  }

  private async track<T>(start: () => Promise<T>): Promise<T> {
    if (this.released) throw new Error('The graph was released.');
    const run = start();
    this.running.add(run);
    try {
      return await run;
    } finally {
      this.running.delete(run);
    }
  }
}
