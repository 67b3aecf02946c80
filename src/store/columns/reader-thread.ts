import { Worker } from 'node:worker_threads';
import { type ErrorData, SemblanceError } from '../../domain/errors/error.ts';
import type { DescriptionReader } from './description-reader.ts';

/** Methods that the thread answers. */
type ReaderMethod = 'select' | 'facets' | 'page' | 'withoutEmbedding' | 'names' | 'prepare';

/** A call of a method, answered in turn. */
export interface ReaderCall {
  id: number;
  method: ReaderMethod;
  args: unknown[];
}

/** What comes back: the answer, or why there is none. */
export interface ReaderReply {
  id: number;
  answer?: unknown;
  error?: ErrorData;
}

// Run from the sources (tests), a worker needs the TypeScript loader too.
const fromSource = import.meta.url.endsWith('.ts');

function startWorker(file: string): Worker {
  const options = { workerData: file };
  if (!fromSource) return new Worker(new URL('./worker.js', import.meta.url), options);
  const loader = import.meta.resolve('tsx/esm/api');
  const code = `import('${loader}').then((tsx) => tsx.tsImport('./worker.ts', '${import.meta.url}'))`;
  return new Worker(code, { eval: true, ...options });
}

/** A `DescriptionReader` in a thread of its own; one that is idle does not keep the process alive. */
export class ReaderThread {
  private readonly worker: Worker;
  private readonly waiting = new Map<
    number,
    { resolve: (answer: unknown) => void; reject: (error: Error) => void }
  >();
  private next = 0;
  private ended: Error | undefined;

  /** @param file of the collection */
  constructor(private readonly file: string) {
    this.worker = startWorker(file);
    this.worker.on('message', ({ id, answer, error }: ReaderReply) => {
      const waiting = this.waiting.get(id);
      this.waiting.delete(id);
      if (this.waiting.size === 0) this.worker.unref();
      if (error === undefined) waiting?.resolve(answer);
      else waiting?.reject(this.errorOf(error));
    });
    this.worker.on('error', (error) => this.end(error as Error));
    this.worker.on('exit', () => this.end(new Error('The thread that reads has ended.')));
  }

  /** Whether it cannot answer any more, for instance without memory for its thread. */
  get hasEnded(): boolean {
    return this.ended !== undefined;
  }

  /** @throws SemblanceError what the method throws; Error when the thread ended */
  call<M extends ReaderMethod>(
    method: M,
    ...args: Parameters<DescriptionReader[M]>
  ): Promise<ReturnType<DescriptionReader[M]>> {
    if (this.ended !== undefined) return Promise.reject(this.ended);
    const call: ReaderCall = { id: this.next++, method, args };
    this.worker.ref();
    return new Promise((resolve, reject) => {
      this.waiting.set(call.id, { resolve: resolve as (answer: unknown) => void, reject });
      this.worker.postMessage(call);
    });
  }

  close(): void {
    this.end(new Error('The collection was closed.'));
    // What the thread still does concerns nobody.
    this.worker.terminate().catch(() => undefined);
  }

  private errorOf({ code, detail, subject }: ErrorData): SemblanceError {
    return new SemblanceError(code, detail, { subject: subject ?? this.file });
  }

  private end(error: Error): void {
    this.ended ??= error;
    for (const { reject } of this.waiting.values()) reject(this.ended);
    this.waiting.clear();
  }
}
