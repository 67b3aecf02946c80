import { parentPort, type TransferListItem, Worker } from 'node:worker_threads';
import { type ErrorData, errorData, SemblanceError } from '../domain/errors/error.ts';
import { silenceTelemetry } from './ort.ts';

/** A call of a method of a thread, answered in turn. */
interface Call {
  id: number;
  method: string;
  args: unknown[];
}

/** What comes back: the answer, or why there is none. Id `STARTED` says whether the thread could begin. */
interface Reply {
  id: number;
  answer?: unknown;
  error?: ErrorData | string;
}

const STARTED = -1;

/** What a thread's module hands to `answerCalls`. */
type Methods<T> = { [M in keyof T]: (...args: never[]) => unknown };

/**
 * A module in a thread of its own, whose methods are called from here. One that is idle does not keep the process
 * alive.
 */
export class Thread<T extends Methods<T>> {
  private readonly worker: Worker;
  private readonly waiting = new Map<
    number,
    { resolve: (answer: never) => void; reject: (error: Error) => void }
  >();
  private next = 0;
  private ended: Error | undefined;
  /** Settled when the module's methods are there, or cannot be. */
  readonly started: Promise<void>;

  /**
   * @param base `import.meta.url` of the caller
   * @param module path of the module from there, without its ending; it calls `answerCalls`
   * @param workerData what the module works with
   */
  constructor(base: string, module: string, workerData: unknown) {
    silenceTelemetry();
    this.worker = startWorker(base, module, workerData);
    this.worker.on('message', ({ id, answer, error }: Reply) => {
      const waiting = this.waiting.get(id);
      this.waiting.delete(id);
      if (this.waiting.size === 0) this.worker.unref();
      if (error === undefined) waiting?.resolve(answer as never);
      else waiting?.reject(toError(error));
    });
    this.worker.on('error', (error) => this.end(error as Error));
    this.worker.on('exit', () => this.end(new Error('The thread has ended.')));
    this.started = this.answerOf<void>(STARTED);
    this.started.catch(() => undefined);
  }

  /** Whether it cannot answer any more, for instance without memory for its thread. */
  get hasEnded(): boolean {
    return this.ended !== undefined;
  }

  /**
   * Calls a method.
   * @param transfer buffers that go to the thread instead of being copied
   * @throws what the method throws: a SemblanceError as it is, others with their message; Error when the thread ended
   */
  call<M extends keyof T & string>(
    method: M,
    args: Parameters<T[M]>,
    transfer: TransferListItem[] = [],
  ): Promise<Awaited<ReturnType<T[M]>>> {
    const call: Call = { id: this.next++, method, args };
    const answer = this.answerOf<Awaited<ReturnType<T[M]>>>(call.id);
    if (this.ended === undefined) this.worker.postMessage(call, transfer);
    return answer;
  }

  /** Ends the thread with whatever it does. */
  async close(): Promise<void> {
    this.end(new Error('The thread was ended.'));
    await this.worker.terminate();
  }

  private answerOf<A>(id: number): Promise<A> {
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

function startWorker(base: string, module: string, workerData: unknown): Worker {
  // Run from the sources (tests), a thread needs the TypeScript loader too.
  if (!base.endsWith('.ts')) return new Worker(new URL(`${module}.js`, base), { workerData });
  const loader = import.meta.resolve('tsx/esm/api');
  const code = `import('${loader}').then((tsx) => tsx.tsImport('${module}.ts', '${base}'))`;
  return new Worker(code, { eval: true, workerData });
}

function toError(error: ErrorData | string): Error {
  if (typeof error === 'string') return new Error(error);
  const { code, detail, subject } = error;
  return new SemblanceError(code, detail, subject === null ? {} : { subject });
}

/**
 * Answers the calls of a `Thread`; to be called by its module.
 * @param making the methods, when they are there
 */
export function answerCalls<T extends Methods<T>>(making: Promise<T>): void {
  const port = parentPort;
  if (port === null) throw new Error('This module runs in a worker thread.');
  const reply = async (id: number, work: () => Promise<unknown>) => {
    let reply: Reply;
    try {
      reply = { id, answer: await work() };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      reply = { id, error: error instanceof SemblanceError ? errorData(error) : why };
    }
    port.postMessage(reply);
  };
  reply(STARTED, async () => {
    await making;
  });
  port.on('message', ({ id, method, args }: Call) => {
    reply(id, async () => {
      const made = await making;
      return (made[method as keyof T] as unknown as (...args: unknown[]) => unknown).apply(
        made,
        args,
      );
    });
  });
}
