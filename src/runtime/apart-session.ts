import type { Graph, SessionOptions, Tensor } from './session.ts';
import type { SessionMethods, SessionTask } from './session-thread.ts';
import { Thread } from './thread.ts';

/**
 * A loaded graph in a thread of its own. onnxruntime-node loads and runs graphs in the thread that calls it, which
 * does nothing else meanwhile: a server that encodes a picture would answer nobody.
 */
export class ApartSession implements Graph {
  private readonly running = new Set<Promise<unknown>>();

  private constructor(
    private readonly thread: Thread<SessionMethods>,
    readonly inputNames: readonly string[],
    readonly outputNames: readonly string[],
  ) {}

  /** Loads a graph, as `Session.load`. */
  static async load(
    model: string | Uint8Array,
    options: SessionOptions = {},
  ): Promise<ApartSession> {
    const task: SessionTask = { model, options };
    const thread = new Thread<SessionMethods>(import.meta.url, './session-thread', task);
    try {
      await thread.started;
      const { inputs, outputs } = await thread.call('names', []);
      return new ApartSession(thread, inputs, outputs);
    } catch (error) {
      await thread.close();
      throw error;
    }
  }

  async run(
    feeds: Record<string, Tensor>,
    outputs: readonly string[] = this.outputNames,
  ): Promise<Record<string, Tensor>> {
    // Copies, which go there: the caller keeps its data, and of a part of an array nothing else is sent.
    const copies = Object.fromEntries(
      Object.entries(feeds).map(([name, { dims, data }]) => [name, { dims, data: data.slice() }]),
    );
    const transfer = Object.values(copies).map(({ data }) => data.buffer as ArrayBuffer);
    const run = this.thread.call('run', [copies, outputs], transfer);
    this.running.add(run);
    try {
      return await run;
    } finally {
      this.running.delete(run);
    }
  }

  async release(): Promise<void> {
    while (this.running.size > 0) await Promise.allSettled(this.running);
    await this.thread.close();
  }
}
