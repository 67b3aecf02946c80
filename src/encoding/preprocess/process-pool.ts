import { type ChildProcess, fork } from 'node:child_process';
import { type Message, MessageReader, type Part, sendInParts } from './messages.ts';

/** Idle processes beyond the first end after so long, in milliseconds. */
const IDLE = 60_000;
/** How long a task that nobody waits for any more may go on before its process is ended. */
const GRACE = 1000;
/** What a process wrote last on standard error, at most so many characters. */
const TAIL = 2000;

/** What a process is started with. */
export interface ProcessPoolOptions {
  /** The program; its first argument is `memory`. */
  file: string;
  execArgv: string[];
  /** Processes at the most. */
  size: number;
  /** Seconds that a task may take. */
  seconds: number;
  /** Bytes that a process may hold; it sees to it by itself (see `process-limits.ts`). */
  memory: number;
}

/** Why a task has no answer: its process took too long, too much memory, or ended by itself. */
export class ProcessFailure extends Error {
  constructor(
    readonly reason: 'time' | 'memory' | 'ended',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What a process says when it may be given a task, and with each answer. */
export interface Report {
  /** Bytes that it holds. */
  rss: number;
}

interface Job {
  task: Message;
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

interface Worker {
  child: ChildProcess;
  state: 'starting' | 'idle' | 'busy';
  job?: Job | undefined;
  failure?: ProcessFailure;
  timer?: NodeJS.Timeout | undefined;
  stderr: string;
}

/**
 * Processes that do one task each at a time. What a task does to its process, a native abort
 * included, ends that task alone: threads, which cost less, would take the whole program with them,
 * cannot be stopped inside a decoder, and share its few input and output threads.
 *
 * Processes start when they are first needed, and none keeps the program alive while it is idle.
 */
export class ProcessPool<Task extends Message, Answer extends Message> {
  private readonly queue: Job[] = [];
  private readonly workers = new Set<Worker>();
  private closed = false;

  constructor(private readonly options: ProcessPoolOptions) {}

  /**
   * Has a process do a task, in the order of the calls.
   * @param signal takes the task back; a process that does it for long is ended
   * @throws ProcessFailure, or the signal's reason
   */
  run(task: Task, signal?: AbortSignal): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const abort = () => this.abandon(job, signal?.reason);
      const job: Job = {
        task,
        resolve: (answer) => {
          signal?.removeEventListener('abort', abort);
          resolve(answer as Answer);
        },
        reject: (error) => {
          signal?.removeEventListener('abort', abort);
          reject(error);
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.queue.push(job);
      this.next();
    });
  }

  /** Starts a process ahead of the first task. */
  start(): void {
    if (this.workers.size === 0) this.spawn();
  }

  /** Ends all processes; a task under way fails. */
  async close(): Promise<void> {
    this.closed = true;
    const ended = [...this.workers].map(
      ({ child }) =>
        new Promise((resolve) => {
          // Idle ones do not keep the program alive, but their end is waited for.
          child.ref();
          child.once('exit', resolve);
        }),
    );
    for (const job of this.queue.splice(0)) job.reject(new ProcessFailure('ended', 'Closed.'));
    for (const worker of this.workers) {
      worker.failure ??= new ProcessFailure('ended', 'Closed.');
      worker.child.kill('SIGKILL');
    }
    await Promise.all(ended);
  }

  private next(): void {
    const workers = [...this.workers];
    const idle = workers.filter(({ state }) => state === 'idle');
    for (const worker of idle) {
      const job = this.queue.shift();
      if (job === undefined) return;
      this.begin(worker, job);
    }
    let starting = workers.filter(({ state }) => state === 'starting').length;
    for (; starting < this.queue.length && this.workers.size < this.options.size; starting++) {
      this.spawn();
    }
  }

  private spawn(): void {
    const { file, execArgv, memory } = this.options;
    const child = fork(file, [String(memory)], {
      execArgv,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const worker: Worker = { child, state: 'starting', stderr: '' };
    this.workers.add(worker);
    const reader = new MessageReader<{ report: Report; answer?: Answer; bytes?: Uint8Array }>();
    child.on('message', (part) => {
      const message = reader.take(part as Part);
      if (message === undefined) return;
      const { report, answer, bytes } = message;
      worker.job?.resolve(bytes === undefined ? answer : { ...answer, bytes });
      this.rest(worker, report);
    });
    child.stderr?.on('data', (data) => {
      worker.stderr = (worker.stderr + data).slice(-TAIL);
    });
    // Without one the program would end when a process cannot be started.
    child.on('error', (cause) => {
      worker.failure ??= new ProcessFailure('ended', cause.message, { cause });
      if (child.pid === undefined) this.ended(worker, null, null);
    });
    child.once('close', (code, signal) => this.ended(worker, code, signal));
  }

  private begin(worker: Worker, job: Job): void {
    const { child } = worker;
    const { seconds } = this.options;
    child.ref();
    child.channel?.ref();
    clearTimeout(worker.timer);
    worker.state = 'busy';
    worker.job = job;
    worker.timer = setTimeout(() => {
      worker.failure = new ProcessFailure('time', `It took more than ${seconds} seconds.`);
      child.kill('SIGKILL');
    }, seconds * 1000);
    // A process that cannot be reached has ended, or does so.
    sendInParts(job.task, (part, done) => child.send(part, done)).catch(() => undefined);
  }

  /** A process has nothing to do: it gets a task, waits for one, or is not needed any more. */
  private rest(worker: Worker, { rss }: Report): void {
    const { child } = worker;
    clearTimeout(worker.timer);
    worker.job = undefined;
    worker.state = 'idle';
    // An answer that was on its way when the end began: the process is waited for as it is.
    if (this.closed) return;
    // The memory of a large picture may not be given back: the next one should have all.
    if (rss > this.options.memory / 2) {
      this.retire(worker);
      this.next();
      return;
    }
    this.next();
    if ((worker.state as Worker['state']) !== 'idle') return;
    child.unref();
    child.channel?.unref();
    (child.stderr as { unref?(): void } | null)?.unref?.();
    worker.timer = setTimeout(() => {
      if (this.workers.size > 1) this.retire(worker);
    }, IDLE).unref();
  }

  private retire(worker: Worker): void {
    this.workers.delete(worker);
    if (worker.child.connected) worker.child.disconnect();
  }

  private ended(worker: Worker, code: number | null, signal: string | null): void {
    clearTimeout(worker.timer);
    if (!this.workers.delete(worker) && worker.job === undefined) return;
    const cause = new Error(worker.stderr || `Exit code ${code}, signal ${signal}.`);
    // Nobody else sends this signal: neither the pool, which notes why, nor a decoder.
    const memory = signal === 'SIGKILL';
    const failure =
      worker.failure ??
      new ProcessFailure(
        memory ? 'memory' : 'ended',
        memory ? 'It took too much memory.' : `Its process ended with ${signal ?? `code ${code}`}.`,
        { cause },
      );
    // One that never began would be replaced without end: a waiting task gets to know.
    const job = worker.state === 'starting' ? this.queue.shift() : worker.job;
    worker.job = undefined;
    job?.reject(failure);
    this.next();
  }

  /** Nobody waits for a task any more. */
  private abandon(job: Job, reason: unknown): void {
    job.reject(reason);
    const at = this.queue.indexOf(job);
    if (at >= 0) {
      this.queue.splice(at, 1);
      return;
    }
    const worker = [...this.workers].find((each) => each.job === job);
    if (worker === undefined) return;
    setTimeout(() => {
      if (worker.job === job) worker.child.kill('SIGKILL');
    }, GRACE);
  }
}
