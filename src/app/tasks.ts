import type { ChildProcess } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type {
  Taking,
  Task,
  TaskFile,
  TaskKind,
  TaskPreview,
  TaskProgress,
  TaskRequest,
  TaskResult,
  TaskState,
} from '../contract/tasks.ts';
import type { DecodeLimits } from '../domain/decode-limits.ts';
import {
  type ErrorData,
  errorData,
  SemblanceError,
  toSemblanceError,
} from '../domain/errors/error.ts';
import { ERRORS, type ErrorCode } from '../domain/errors/registry.ts';
import type { LogEvent } from '../domain/logger.ts';
import type { PacsKeys, PacsSecrets } from '../pacs/access.ts';
import { parsePacs } from '../pacs/place.ts';
import { forkApart } from '../runtime/forked.ts';
import type { Provider, ProviderChoice } from '../runtime/provider.ts';
import type { ChangingTask } from '../store/change-receipt.ts';
import { existing } from '../store/collection-change.ts';
import type { DataDirectory } from '../store/data-directory.ts';
import { type HeldTask, type NewTask, type StoredTask, TaskStore } from '../store/task-store.ts';
import type { AllowedFolders } from './allowed-folders.ts';
import type { Call, Phase } from './call.ts';
import { requireConfirmed } from './collections.ts';
import type { PacsRequest, PacsService } from './pacs.ts';
import { noteOfTask } from './task-audit.ts';
import { keepFiles, type SentFile } from './task-files.ts';
import { changedCollection, collectionOf, factsOf, type TaskPayload } from './task-kinds.ts';
import type { TaskOutcome, TaskServices } from './task-work.ts';

/** How often it is looked for tasks, and said that one is being done, in milliseconds. */
const LOOK = 2000;
/** A task whose collection another process changes tries again after so many milliseconds. */
const BUSY = 10_000;
/** How long a task that is to end may take before its process is ended: what it has not written it does again. */
const GRACE = 10_000;
/** What passes: it is tried again. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['COLLECTION_BUSY', 'AUDIT_NOT_WRITTEN'] as const);
/** Tasks that are done at a time, of different collections. */
const AT_A_TIME = 2;

/** Who begins a task, and what he may have read. */
export interface Beginner {
  /** The user, or the number of the key. */
  actor?: string | null | undefined;
  /** The folders of this machine that he may name; by default any. */
  folders?: AllowedFolders | undefined;
}

/** A PACS that is to be indexed in the background. */
export interface BeginPacsRequest extends PacsRequest {
  /** It is made when it is absent. */
  collection: string;
}

/** Files that are sent to be indexed. */
export interface BeginFilesRequest extends Taking {
  /** It is made when it is absent. */
  collection: string;
  files: readonly SentFile[];
}

/** What a process of `task-process.ts` is told. */
export interface TaskOrder {
  payload: TaskPayload;
  /** In memory alone. */
  secrets: PacsSecrets | undefined;
  home: string;
  /** Where the files go that it makes. */
  folder: string;
  task: ChangingTask;
  actor: string | null;
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
  whole: Phase['whole'];
}

/** What it tells; `ended`: whether it was told to end. */
export type TaskReport =
  | { progress: ToldProgress }
  | TaskOutcome
  | { error: ErrorData; ended: boolean };

interface Running {
  task: HeldTask;
  child: ChildProcess;
  progress: TaskProgress | null;
  /** When these units began to come, and how many there were. */
  rate: { unit: string; since: number; from: number } | undefined;
  /** As `rate`, of the whole. */
  share: { since: number; from: number } | undefined;
  report: Exclude<TaskReport, { progress: unknown }> | undefined;
  /** How somebody ended it; else it goes on with the next process. */
  stopped: 'cancelled' | 'paused' | undefined;
  stop(): void;
  ended: Promise<void>;
}

/**
 * What is done in the background, each in a process of its own so that answers do not wait for it. It is kept in the data
 * directory, and goes on where it was when its process or this one ends: every process that has called `start` does what
 * waits there, whoever began it.
 */
export class TaskService {
  private store: TaskStore | undefined;
  private readonly running = new Map<number, Running>();
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  /** @internal */
  constructor(
    private readonly semblance: TaskServices,
    private readonly directory: DataDirectory,
    private readonly limits: DecodeLimits | undefined,
    private readonly provider: ProviderChoice,
    private readonly pacs: PacsService,
    private readonly keys: PacsKeys,
  ) {}

  /**
   * Begins a task. The same once more, while it waits or is done, is one task.
   * @throws SemblanceError REQUEST_INVALID where a collection is to be deleted and its name is not given once more,
   *   COLLECTION_EXISTS, COLLECTION_NAME_INVALID, COLLECTION_NOT_FOUND, FOLDER_NOT_ALLOWED, ENCODER_NOT_FOUND and those
   *   of the store
   */
  begin(request: TaskRequest, by: Beginner = {}): Task {
    const checked = this.checked(request, by.folders);
    if (checked.kind !== 'delete-collection') return this.add(checked, by);
    const { confirm, ...deletion } = checked;
    requireConfirmed(deletion.collection, confirm);
    return this.add(deletion, by);
  }

  /**
   * Begins to index a PACS.
   * @throws SemblanceError PACS_ADDRESS_INVALID, COLLECTION_NAME_INVALID, PACS_SECRET_INVALID and those of the store
   */
  beginPacs({ address, collection, secrets }: BeginPacsRequest, by: Beginner = {}): Task {
    this.directory.checkName(collection);
    this.pacs.letIn({ address, secrets });
    return this.add({ kind: 'index-pacs', collection, address }, by);
  }

  /**
   * Keeps files in the data directory and begins to index them. Some that come while others of the collection wait
   * become part of that task.
   * @returns the task, undefined where no file is one that is read; and why files were refused
   * @throws SemblanceError COLLECTION_NAME_INVALID, RECEIVED_FULL, DISK_FULL and those of the store
   */
  async beginFiles(
    { collection, files, ...taking }: BeginFilesRequest,
    by: Beginner = {},
  ): Promise<{ task: Task | undefined; refused: ErrorData[] }> {
    this.directory.checkName(collection);
    this.directory.create();
    const folder = this.directory.receivedFolder(collection);
    const { names, refused } = await keepFiles(folder, files);
    if (names.length === 0) return { task: undefined, refused };
    const task = this.addFiles({ collection, files: names, ...taking }, by);
    return { task, refused };
  }

  /**
   * Begins to index files of a folder; some that come while others of it wait become part of that task.
   * @throws SemblanceError those of the store
   * @internal
   */
  beginWatched(request: { collection: string; folder: string; files: string[] } & Taking): Task {
    return this.addFiles(request, {});
  }

  private addFiles(
    { files, ...rest }: { collection: string; folder?: string; files: string[] } & Taking,
    by: Beginner,
  ): Task {
    const payload = { kind: 'index-files' as const, ...rest, files };
    const same = JSON.stringify(rest);
    return this.add(payload, by, (waiting) => {
      const { kind: _, files: before, ...its } = waiting as typeof payload;
      if (JSON.stringify(its) !== same) return undefined;
      return { ...payload, files: [...new Set([...before, ...files])] };
    });
  }

  /**
   * What a task would do; nothing is changed.
   * @throws SemblanceError as `begin`, and those of the task itself; the signal's reason
   */
  async preview(call: Call, request: TaskRequest, by: Beginner = {}): Promise<TaskPreview> {
    const { previewOf } = await import('./task-previews.ts');
    const { semblance, directory } = this;
    return previewOf(call, this.checked(request, by.folders), { semblance, directory });
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
    return this.stop(id, 'cancelled');
  }

  /**
   * Ends a task for now, after the batch under way.
   * @throws SemblanceError TASK_NOT_FOUND, TASK_STATE and those of the store
   */
  pause({ id }: { id: number }): Task {
    return this.stop(id, 'paused');
  }

  /**
   * Goes on with a task where it was ended.
   * @param request `secrets`: what lets one into its PACS
   * @throws SemblanceError TASK_NOT_FOUND, TASK_STATE, PACS_SECRET_INVALID and those of the store
   */
  resume({ id, secrets }: { id: number; secrets?: PacsSecrets | undefined }): Task {
    const store = this.having(id);
    const payload = payloadOf(store.get(id));
    if (payload.kind === 'index-pacs') this.pacs.letIn({ address: payload.address, secrets });
    store.resume(id, this.secretsOf(payload) !== undefined);
    this.log({ id, kind: payload.kind }, 'waiting');
    this.look();
    return this.get({ id });
  }

  /**
   * A file that a task made.
   * @throws SemblanceError TASK_NOT_FOUND, TASK_FILE_NOT_FOUND for any but those of its result
   */
  file({ id, name }: { id: number; name: string }): { path: string; bytes: number } {
    const files = filesOf(this.get({ id }));
    const path = join(this.directory.taskFolder(id), name);
    const found = files.some((each) => each.name === name)
      ? statSync(path, { throwIfNoEntry: false })
      : undefined;
    if (found?.isFile()) return { path, bytes: found.size };
    throw new SemblanceError('TASK_FILE_NOT_FOUND', `Task ${id} has no such file.`, {
      subject: name,
    });
  }

  /** Does what waits from now on. */
  start(): void {
    this.timer ??= setInterval(() => this.look(), LOOK).unref();
    this.look();
  }

  /** Ends the tasks under way, which go on when they are done again. @internal */
  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.timer);
    const running = [...this.running.values()];
    for (const each of running) each.stop();
    await Promise.all(running.map(({ ended }) => ended));
    this.store?.close();
  }

  /** Without what is to be done being a wish for a file that may not be read. */
  private checked(request: TaskRequest, folders: AllowedFolders | undefined): TaskRequest {
    const place = (path: string) => folders?.resolve(path) ?? resolve(path);
    if ('collection' in request) {
      this.directory.checkName(request.collection);
      // All but indexing change what is there; what is damaged can be deleted.
      if (request.kind === 'delete-collection') {
        this.semblance.collections.extent(request.collection);
      } else if (request.kind !== 'index') {
        this.directory.whileOpen(request.collection, () => undefined);
      }
    }
    switch (request.kind) {
      case 'index':
        return { ...request, path: place(request.path) };
      case 'benchmark':
        return { ...request, configuration: place(request.configuration) };
      case 'add-encoder':
        this.semblance.models.template({ name: request.like ?? request.name });
        return { ...request, ...(request.from !== undefined && { from: place(request.from) }) };
      case 'copy-collection':
      case 'rename-collection':
        this.directory.checkName(request.to);
        if (this.directory.collections().includes(request.to)) throw existing(request.to);
        return request;
      default:
        return request;
    }
  }

  private add(
    payload: TaskPayload,
    { actor = null }: Beginner,
    join?: (waiting: unknown) => unknown,
  ): Task {
    this.directory.create();
    const store = this.tasks(true) as TaskStore;
    const { subject } = factsOf(payload);
    const told = this.secretsOf(payload) !== undefined;
    const task: NewTask = { kind: payload.kind, subject, payload, actor, told };
    const { id, forgotten } = store.add(task, join);
    this.log({ id, kind: payload.kind }, 'waiting');
    for (const each of forgotten) {
      rmSync(this.directory.taskFolder(each), { recursive: true, force: true });
    }
    this.look();
    return this.get({ id });
  }

  private stop(id: number, as: 'cancelled' | 'paused'): Task {
    const store = this.having(id);
    store.stop(id, as);
    this.log(store.get(id), as === 'paused' ? 'pausing' : 'cancelling');
    const running = this.running.get(id);
    if (running !== undefined) {
      running.stopped = as;
      running.stop();
    }
    return this.get({ id });
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

  /** Says that the tasks under way are done, and begins others. */
  private look(): void {
    if (this.closed || this.timer === undefined) return;
    try {
      const store = this.tasks();
      if (store === undefined) return;
      store.reclaim();
      for (const running of this.running.values()) {
        const wanted = store.renew(running.task, running.progress);
        if (wanted === 'go on') continue;
        // Another process was told to end it.
        running.stopped ??= wanted;
        running.stop();
      }
      while (this.running.size < AT_A_TIME) {
        const task = store.take();
        if (task === undefined) break;
        this.run(store, task);
      }
    } catch {
      // A file that is held for long, or may not be written, is told to whoever asks; it is looked at again.
    }
  }

  private run(store: TaskStore, task: HeldTask): void {
    const child = forkApart(import.meta.url, './task-process');
    this.log(task, 'running');
    let timer: NodeJS.Timeout | undefined;
    const running: Running = {
      ...{ task, child, progress: null, rate: undefined, share: undefined },
      ...{ report: undefined, stopped: undefined },
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
    this.running.set(task.id, running);
    child.on('message', (report: TaskReport) => {
      if ('progress' in report) advance(running, report.progress);
      else running.report = report;
    });
    running.ended = running.ended.then(async () => {
      clearTimeout(timer);
      this.running.delete(task.id);
      try {
        store.renew(task, running.progress);
        if (!toldBy(running).outcome?.complete)
          running.report = this.doneBy(task) ?? running.report;
        this.finish(store, running, timer !== undefined);
      } catch {
        // It counts as lost: nobody holds it any more.
      }
      const written = this.writeEnd(running, timer !== undefined);
      this.look();
      await written;
    });
    void this.provider().then(async (provider) => {
      try {
        await this.semblance.audit.record({ ...noteOfTask(task), outcome: 'begun' }, true);
      } catch (error) {
        // Nothing is done of which nothing is written; it waits until that can be.
        running.report = { error: errorData(toSemblanceError(error)), ended: false };
        child.kill('SIGKILL');
        return;
      }
      const payload = payloadOf(task);
      const order: TaskOrder = {
        ...{ payload, provider, home: this.directory.folder, limits: this.limits },
        folder: this.directory.taskFolder(task.id),
        task: { id: task.id, created: task.created },
        actor: task.actor,
        secrets: this.secretsOf(payload),
      };
      if (child.connected) child.send(order);
    });
  }

  /** What came of a task that had changed a collection when its process ended. */
  private doneBy(task: HeldTask): TaskOutcome | undefined {
    const done = this.semblance.collections.doneBy(task);
    return done && { result: changedCollection(payloadOf(task), done.images), complete: true };
  }

  /** What was told of the PACS that a task is let into. */
  private secretsOf(payload: TaskPayload): PacsSecrets | undefined {
    if (payload.kind !== 'index-pacs') return undefined;
    return this.keys.told(parsePacs(payload.address).root);
  }

  /** @param isEnding whether its process was told to end */
  private finish(store: TaskStore, running: Running, isEnding: boolean): void {
    const { task, report, stopped } = running;
    const { outcome, failure } = toldBy(running);
    if (report === undefined && !isEnding) {
      store.lose(task);
      this.log(task, 'lost');
      return;
    }
    const end = (state: Exclude<TaskState, 'running'>, how: Parameters<TaskStore['finish']>[2]) => {
      store.finish(task, state, how);
      this.log(task, state, (how?.error as ErrorData | undefined)?.code);
    };
    if (failure !== undefined && !failure.ended) {
      const { error } = failure;
      const isBusy = PASSING.has(error.code);
      end(isBusy ? 'waiting' : 'failed', { error, readyAt: Date.now() + BUSY });
      return;
    }
    const { result = null } = outcome ?? {};
    if (outcome?.complete) end('done', { result });
    else end(stopped ?? (task.told ? 'interrupted' : 'waiting'), { result });
  }

  /** Writes in the audit log what came of a task, unless it goes on. */
  private async writeEnd(running: Running, isEnding: boolean): Promise<void> {
    const { task, report, stopped } = running;
    const { outcome, failure } = toldBy(running);
    const isOver = outcome?.complete || stopped === 'cancelled';
    const lost = report === undefined && !isEnding ? 'TASK_LOST' : undefined;
    const code =
      failure !== undefined && !PASSING.has(failure.error.code) ? failure.error.code : lost;
    if (!isOver && code === undefined) return;
    const note = {
      ...noteOfTask(task, outcome?.result),
      ...(outcome?.images && { images: outcome.images }),
      outcome: outcome?.complete ? 'done' : 'failed',
      code: isOver ? null : (code ?? null),
    } as const;
    // It is done, and what could not be written is said by the log itself.
    await this.semblance.audit.record(note, true).catch(() => undefined);
  }

  /** Says how a task stands, to whoever keeps a log. */
  private log(
    { id, kind }: Pick<StoredTask, 'id' | 'kind'>,
    state: TaskState | 'lost' | 'pausing' | 'cancelling',
    code?: ErrorCode,
  ): void {
    const isBad = state === 'failed' || state === 'lost';
    const level: LogEvent['level'] = isBad ? 'error' : 'info';
    this.directory.logger.event?.({
      level,
      event: 'task',
      task: id,
      kind,
      state,
      code: code ?? null,
    });
  }

  private told(task: StoredTask): Task {
    const { id, state, subject, actor, created, changed } = task;
    const { about, limited } = factsOf(payloadOf(task));
    return {
      ...{ id, state, collection: collectionOf(subject), about, limited, actor },
      kind: task.kind as TaskKind,
      created: new Date(created).toISOString(),
      changed: new Date(changed).toISOString(),
      progress: this.running.get(id)?.progress ?? (task.progress as TaskProgress | null),
      result: task.result as TaskResult | null,
      error: task.error as ErrorData | null,
    };
  }
}

/** The files that a task made. */
export function filesOf({ result }: Pick<Task, 'result'>): TaskFile[] {
  return (result !== null && 'files' in result && result.files) || [];
}

/** What a process told at its end: what came of the task, or why it failed. */
function toldBy({ report }: Pick<Running, 'report'>) {
  return {
    outcome: report !== undefined && 'result' in report ? report : undefined,
    failure: report !== undefined && 'error' in report ? report : undefined,
  };
}

function payloadOf({ kind, payload }: StoredTask): TaskPayload {
  return { ...(payload as TaskPayload), kind } as TaskPayload;
}

function advance(running: Running, told: ToldProgress): void {
  const { unit, done, total = null, studies = null, skipped, reasons, whole } = told;
  const now = performance.now();
  if (running.rate?.unit !== unit) running.rate = { unit, since: now, from: done };
  const perSecond = rate(now, done, running.rate);
  const share = whole === undefined ? null : whole.done / whole.total;
  if (share !== null) running.share ??= { since: now, from: share };
  const shareRate = share === null ? null : rate(now, share, running.share);
  const ofUnits = perSecond === null || total === null ? null : (total - done) / perSecond;
  running.progress = {
    ...{ unit, done, total, share, studies, skipped, perSecond },
    reasons: Object.entries(reasons).map(([code, count]) => {
      const { title } = ERRORS[code as ErrorCode];
      return { code: code as ErrorCode, title, count };
    }),
    secondsLeft: share === null ? ofUnits : shareRate === null ? null : (1 - share) / shareRate,
  };
}

/** Of what is done in a second; null while nobody can tell. */
function rate(now: number, done: number, { since, from } = { since: now, from: done }) {
  return now > since && done > from ? (done - from) / ((now - since) / 1000) : null;
}
