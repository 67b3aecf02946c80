import type { ChildProcess } from 'node:child_process';
import type { Indexing } from '../contract/indexing.ts';
import type { Task, TaskProgress, TaskResult } from '../contract/tasks.ts';
import type { DecodeLimits } from '../domain/decode-limits.ts';
import { type ErrorData, errorData, SemblanceError } from '../domain/errors/error.ts';
import { ERRORS, type ErrorCode } from '../domain/errors/registry.ts';
import type { PacsKeys, PacsSecrets } from '../pacs/access.ts';
import { parsePacs } from '../pacs/place.ts';
import { forkApart } from '../runtime/forked.ts';
import type { Provider, ProviderChoice } from '../runtime/provider.ts';
import type { DataDirectory } from '../store/data-directory.ts';
import { type HeldTask, type StoredTask, TaskStore } from '../store/task-store.ts';
import type { PacsRequest, PacsService } from './pacs.ts';

/** How often it is looked for tasks, and said that one is being done, in milliseconds. */
const LOOK = 2000;
/** A task whose collection another process indexes tries again after so many milliseconds. */
const BUSY = 10_000;
/** How long a task that is to end may take before its process is ended: what it has not written it does again. */
const GRACE = 10_000;
/** Failures that are kept of a task. */
const FAILURES = 100;

/** What is to be indexed in the background. */
export interface BeginRequest extends PacsRequest {
  /** It is made when it is absent. */
  collection: string;
}

/** What a task of the kind `index-pacs` is kept with. */
interface IndexPayload {
  collection: string;
  address: string;
}

/** What a process of `task-process.ts` is told. */
export interface TaskOrder {
  kind: Task['kind'];
  payload: IndexPayload;
  /** In memory alone. */
  secrets: PacsSecrets | undefined;
  home: string;
  limits: DecodeLimits | undefined;
  provider: Provider;
}

/** How far a task is, as its process tells it. */
interface ToldProgress {
  unit: string;
  done: number;
  total: number | undefined;
  studies: { done: number; total: number } | undefined;
  skipped: number;
  reasons: Readonly<Record<string, number>>;
}

/** What it tells; `ended`: whether it was told to end. */
export type TaskReport =
  | { progress: ToldProgress }
  | { result: unknown; ended: boolean }
  | { error: ErrorData; ended: boolean };

interface Running {
  task: HeldTask;
  child: ChildProcess;
  progress: TaskProgress | null;
  /** When images began to come, and how many there were. */
  rate: { since: number; from: number } | undefined;
  report: Exclude<TaskReport, { progress: unknown }> | undefined;
  /** Whether somebody cancelled it; else it is interrupted when it is told to end. */
  cancelled: boolean;
  stop(): void;
  ended: Promise<void>;
}

/**
 * What is done in the background, each in a process of its own so that answers do not wait for it, one after the other.
 * A task is kept in the data directory: when the process ends it is interrupted, and goes on when it is resumed.
 */
export class TaskService {
  private store: TaskStore | undefined;
  private running: Running | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  /** @internal */
  constructor(
    private readonly directory: DataDirectory,
    private readonly limits: DecodeLimits | undefined,
    private readonly provider: ProviderChoice,
    private readonly pacs: PacsService,
    private readonly keys: PacsKeys,
  ) {}

  /**
   * Begins to index a PACS. The same once more, while it waits or is done, is one task.
   * @throws SemblanceError PACS_ADDRESS_INVALID, COLLECTION_NAME_INVALID, PACS_SECRET_INVALID and those of the store
   */
  begin({ address, collection, secrets }: BeginRequest): Task {
    this.directory.checkName(collection);
    this.pacs.letIn({ address, secrets });
    this.directory.create();
    const store = this.tasks(true) as TaskStore;
    const id = store.add('index-pacs', collection, { collection, address });
    this.look();
    return this.get({ id });
  }

  /** The tasks, the last one first. @throws SemblanceError those of the store */
  list(): Task[] {
    const store = this.tasks();
    store?.reclaim();
    return (store?.list() ?? []).map((task) => this.told(task));
  }

  /** @throws SemblanceError TASK_NOT_FOUND and those of the store */
  get({ id }: { id: number }): Task {
    const store = this.having(id);
    store.reclaim();
    return this.told(store.get(id));
  }

  /**
   * Ends a task, after the batch under way; what is written stays.
   * @throws SemblanceError TASK_NOT_FOUND, TASK_STATE and those of the store
   */
  cancel({ id }: { id: number }): Task {
    this.having(id).cancel(id);
    if (this.running?.task.id === id) {
      this.running.cancelled = true;
      this.running.stop();
    }
    return this.get({ id });
  }

  /**
   * Goes on with a task where it was ended.
   * @throws SemblanceError TASK_NOT_FOUND, TASK_STATE, PACS_SECRET_INVALID and those of the store
   */
  resume({ id, secrets }: { id: number; secrets?: PacsSecrets | undefined }): Task {
    const store = this.having(id);
    this.pacs.letIn({ address: addressOf(store.get(id)), secrets });
    store.resume(id);
    this.look();
    return this.get({ id });
  }

  /** Looks for tasks from now on. @internal */
  start(): void {
    this.timer ??= setInterval(() => this.look(), LOOK).unref();
  }

  /** Ends the task under way, which is interrupted. @internal */
  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.timer);
    this.running?.stop();
    await this.running?.ended;
    this.store?.close();
  }

  private tasks(create = false): TaskStore | undefined {
    this.store ??= TaskStore.open(this.directory.tasksFile, create);
    return this.store;
  }

  private having(id: number): TaskStore {
    const store = this.tasks();
    if (store === undefined) {
      throw new SemblanceError('TASK_NOT_FOUND', `There is no task ${id}.`);
    }
    return store;
  }

  /** Says that the task under way is done, or begins the next one. */
  private look(): void {
    if (this.closed) return;
    this.start();
    try {
      const store = this.tasks();
      if (store === undefined) return;
      store.reclaim();
      const { running } = this;
      if (running === undefined) {
        const task = store.take();
        if (task !== undefined) this.run(store, task);
      } else if (!store.renew(running.task, running.progress)) {
        // Another process was told to cancel it.
        running.cancelled = true;
        running.stop();
      }
    } catch {
      // A file that is held for long, or may not be written, is told to whoever asks; it is looked at again.
    }
  }

  private run(store: TaskStore, task: HeldTask): void {
    const child = forkApart(import.meta.url, './task-process');
    let timer: NodeJS.Timeout | undefined;
    const running: Running = {
      ...{ task, child, progress: null, rate: undefined, report: undefined, cancelled: false },
      stop: () => {
        if (timer !== undefined) return;
        if (child.connected) child.send('end');
        timer = setTimeout(() => child.kill('SIGKILL'), GRACE);
      },
      ended: new Promise((resolve) => {
        // One that cannot be started has no exit.
        child.once('error', () => resolve());
        child.once('close', () => resolve());
      }),
    };
    this.running = running;
    child.on('message', (report: TaskReport) => {
      if ('progress' in report) this.advance(running, report.progress);
      else running.report = report;
    });
    running.ended = running.ended.then(() => {
      clearTimeout(timer);
      this.running = undefined;
      try {
        store.renew(task, running.progress);
        this.finish(store, running, timer !== undefined);
      } catch {
        // It counts as interrupted: nobody holds it any more.
      }
      this.look();
    });
    void this.provider().then((provider) => {
      const payload = task.payload as IndexPayload;
      const order: TaskOrder = {
        ...{ kind: task.kind as Task['kind'], payload, provider },
        ...{ home: this.directory.folder, limits: this.limits },
        secrets: this.keys.told(parsePacs(payload.address).root),
      };
      if (child.connected) child.send(order);
    });
  }

  private advance(running: Running, told: ToldProgress): void {
    const { unit, done, total = null, studies = null, skipped, reasons } = told;
    if (unit !== 'files' && unit !== 'images') return;
    const now = performance.now();
    if (unit === 'images') running.rate ??= { since: now, from: done };
    const { since, from } = running.rate ?? { since: now, from: done };
    const perSecond = now > since && done > from ? (done - from) / ((now - since) / 1000) : null;
    running.progress = {
      ...{ unit, done, total, studies, skipped, perSecond },
      reasons: Object.entries(reasons).map(([code, count]) => {
        const { title } = ERRORS[code as ErrorCode];
        return { code: code as ErrorCode, title, count };
      }),
      secondsLeft: perSecond === null || total === null ? null : (total - done) / perSecond,
    };
  }

  private finish(store: TaskStore, running: Running, stopped: boolean): void {
    const { task, report, cancelled } = running;
    const ended = cancelled ? 'cancelled' : 'interrupted';
    if (report === undefined) {
      const why = 'The process that did it ended before its end.';
      const error = errorData(new SemblanceError('WORKER_ENDED', why));
      store.finish(task, stopped ? ended : 'failed', stopped ? {} : { error });
    } else if ('error' in report) {
      const { error } = report;
      if (report.ended) store.finish(task, ended);
      else if (error.code === 'COLLECTION_BUSY') {
        store.finish(task, 'waiting', { error, readyAt: Date.now() + BUSY });
      } else store.finish(task, 'failed', { error });
    } else {
      const indexed = report.result as Indexing;
      store.finish(task, indexed.complete ? 'done' : ended, { result: resultOf(indexed) });
    }
  }

  private told(task: StoredTask): Task {
    const { id, kind, state, subject: collection, created, changed } = task;
    const address = addressOf(task);
    const { root: pacs, query } = parsePacs(address);
    const now = this.running?.task.id === id ? this.running.progress : null;
    return {
      ...{ id, state, collection, pacs, limited: query.size > 0 },
      kind: kind as Task['kind'],
      created: new Date(created).toISOString(),
      changed: new Date(changed).toISOString(),
      progress: now ?? (task.progress as TaskProgress | null),
      result: task.result as TaskResult | null,
      error: task.error as ErrorData | null,
    };
  }
}

function addressOf({ payload }: StoredTask): string {
  return (payload as IndexPayload).address;
}

function resultOf(indexed: Indexing): TaskResult {
  const { total, added, unchanged, renamed, reread, failed, failures, leftOut } = indexed;
  return {
    ...{ total, added, unchanged, changed: renamed + reread, failed },
    failures: failures.slice(0, FAILURES),
    leftOut: leftOut.map(({ kind, count }) => ({ kind, count })),
  };
}
