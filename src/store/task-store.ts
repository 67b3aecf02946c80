import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { TaskState } from '../contract/tasks.ts';
import { errorData, SemblanceError } from '../domain/errors/error.ts';
import { mayHaveChanged } from './change-receipt.ts';
import { Connection } from './connection.ts';
import { type Holder, holderOf, isAlive, letGo, newHolder, renewed } from './holder.ts';
import { identityKey } from './identity-key.ts';
import { Pseudonyms } from './pseudonyms.ts';
import { openSmall } from './small-database.ts';

/** Name of its file in the data directory. */
export const TASKS_FILE = 'tasks.sqlite';

/** Version of the layout below. */
export const TASKS_LAYOUT = 2;
/** So many tasks are kept that have ended. */
const KEPT = 100;
/** A task whose process was lost so often is not begun again by itself. */
const MAX_LOSSES = 3;
/** Why a task has failed whose process ended again and again. */
const LOST = errorData(
  new SemblanceError('TASK_LOST', 'The process that did it ended before its end, three times.'),
);

/** What `stop` says. */
const STOP = { no: 0, cancel: 1, pause: 2 } as const;

/**
 * What is done in the background. kind: what is done. subject: what one task at a time changes (a collection). payload:
 * what is to be done, as JSON, encrypted since it may name a patient; digest: its keyed hash. holder: who does it.
 * ready_at: when it may begin. stop: 1 when it is to be cancelled, 2 when paused. progress, result, error: JSON. actor: who
 * began it. told: 1 when it needs what is in the memory of a process alone (what lets it into a PACS). losses: how often its
 * process ended before it, one after the other. Times are Unix times in milliseconds; ids are never given again.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS tasks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    payload BLOB NOT NULL,
    digest BLOB NOT NULL,
    state TEXT NOT NULL,
    holder TEXT,
    ready_at INTEGER NOT NULL,
    stop INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    progress TEXT,
    result TEXT,
    error TEXT,
    actor TEXT,
    told INTEGER NOT NULL DEFAULT 0,
    losses INTEGER NOT NULL DEFAULT 0
  );
`;

/** In layout 1, PACS alone were indexed in the background. */
const UPGRADES = {
  1: `
    ALTER TABLE tasks ADD COLUMN actor TEXT;
    ALTER TABLE tasks ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE tasks ADD COLUMN losses INTEGER NOT NULL DEFAULT 0;
    UPDATE tasks SET progress = NULL, told = 1, result = CASE WHEN result IS NULL THEN NULL ELSE json_patch(
      '{"kind":"indexed","encoder":"","removed":0,"unclear":0,"missingEmbeddings":0,"isDefault":true,"warnings":[],"notes":[]}',
      result) END;
  `,
};

/** A task as it is kept. */
export interface StoredTask {
  id: number;
  kind: string;
  subject: string;
  payload: unknown;
  state: TaskState;
  actor: string | null;
  /** Whether it needs what a process has in memory alone. */
  told: boolean;
  created: number;
  changed: number;
  progress: unknown;
  result: unknown;
  error: unknown;
}

/** What is to be done. */
export interface NewTask {
  kind: string;
  /** One task at a time is done of a subject. */
  subject: string;
  /** As JSON has it. */
  payload: unknown;
  actor: string | null;
  /** Whether it needs what this process has in memory alone. */
  told: boolean;
}

type Row = Omit<StoredTask, 'payload' | 'told' | 'progress' | 'result' | 'error'> & {
  told: number;
  payload: Buffer;
  holder: string | null;
  progress: string | null;
  result: string | null;
  error: string | null;
};

/** A task that this process does, until it is given back. */
export interface HeldTask extends StoredTask {
  holder: Holder;
}

/**
 * What is done in the background of a data directory, of any kind, and kept when the process ends. One process at a time
 * does a task, and of tasks with the same subject one is done after the other.
 */
export class TaskStore {
  private readonly pseudonyms: Pseudonyms;

  private constructor(private readonly connection: Connection) {
    this.pseudonyms = new Pseudonyms(identityKey(dirname(connection.file)));
  }

  /**
   * Opens the file, which is made where it is absent; undefined where it is absent and not to be made.
   * @throws SemblanceError COLLECTION_TOO_NEW, COLLECTION_DAMAGED, COLLECTION_BUSY, DISK_FULL, HOME_READ_ONLY
   */
  static open(file: string, create: boolean): TaskStore | undefined {
    if (!create && !existsSync(file)) return undefined;
    return new TaskStore(
      new Connection(file, create, undefined, () =>
        openSmall(file, SCHEMA, TASKS_LAYOUT, UPGRADES),
      ),
    );
  }

  /**
   * Adds a task that waits. One that is the same, and waits or is done at this moment, is shared.
   * @param join what a waiting task of the kind and subject is to do in place of it and this one; undefined where they are
   *   not to be joined
   * @returns its id, and those of ended ones that made room for it
   */
  add(
    { kind, subject, payload, actor, told }: NewTask,
    join?: (waiting: unknown) => unknown,
  ): { id: number; forgotten: number[] } {
    return this.connection.write(() => {
      const waiting =
        join === undefined
          ? []
          : this.connection.all<Row>(
              `SELECT * FROM tasks WHERE kind = ? AND subject = ? AND state = 'waiting'`,
              ...[kind, subject],
            );
      for (const row of waiting) {
        const joined = join?.(this.task(row).payload);
        if (joined === undefined) continue;
        const sql = 'UPDATE tasks SET payload = ?, digest = ? WHERE id = ?';
        this.connection.run(sql, ...this.sealed(kind, subject, joined), row.id);
        return { id: row.id, forgotten: [] };
      }
      const [text, digest] = this.sealed(kind, subject, payload);
      const same = this.connection.get<{ id: number }>(
        `SELECT id FROM tasks WHERE digest = ? AND state IN ('waiting', 'running') AND stop = 0`,
        digest,
      );
      if (same !== undefined) return { id: same.id, forgotten: [] };
      const forgotten = this.connection.ids(
        `SELECT id FROM tasks WHERE state NOT IN ('waiting', 'running', 'paused')
         ORDER BY id DESC LIMIT -1 OFFSET ?`,
        KEPT,
      );
      for (const id of forgotten) this.connection.run('DELETE FROM tasks WHERE id = ?', id);
      const now = Date.now();
      const id = this.connection.insert(
        `INSERT INTO tasks (kind, subject, payload, digest, state, ready_at, created, changed, actor, told)
         VALUES (?, ?, ?, ?, 'waiting', 0, ?, ?, ?, ?)`,
        ...[kind, subject, text, digest, now, now, actor, Number(told)],
      );
      return { id, forgotten };
    });
  }

  /** The tasks, the last one first. */
  list(): StoredTask[] {
    const rows = this.connection.all<Row>('SELECT * FROM tasks ORDER BY id DESC');
    return rows.map((row) => this.task(row));
  }

  /** The first task of a subject that waits or is done at this moment. */
  openOf(subject: string): number | undefined {
    const sql = `SELECT id FROM tasks WHERE subject = ? AND state IN ('waiting', 'running') ORDER BY id LIMIT 1`;
    return this.connection.get<{ id: number }>(sql, subject)?.id;
  }

  /**
   * Gives the tasks of a collection its other name, so that one that is resumed finds it.
   * @param but a task that keeps the name
   */
  rename(from: string, to: string, but?: number): void {
    this.connection.write(() => {
      const sql = 'SELECT * FROM tasks WHERE subject = ? AND id IS NOT ?';
      const rows = this.connection.all<Row>(sql, from, but ?? null);
      for (const row of rows) {
        const payload = { ...(this.task(row).payload as object), collection: to };
        const [text, digest] = this.sealed(row.kind, to, payload);
        const sql = 'UPDATE tasks SET subject = ?, payload = ?, digest = ? WHERE id = ?';
        this.connection.run(sql, to, text, digest, row.id);
      }
    });
  }

  /** @throws SemblanceError TASK_NOT_FOUND */
  get(id: number): StoredTask {
    const row = this.connection.get<Row>('SELECT * FROM tasks WHERE id = ?', id);
    if (row === undefined) throw new SemblanceError('TASK_NOT_FOUND', `There is no task ${id}.`);
    return this.task(row);
  }

  /**
   * Has tasks wait again whose process has ended, with all that is written. One that was to be let into a PACS is
   * interrupted: nobody knows any more by what. One that has ended its process again and again has failed.
   */
  reclaim(): void {
    const rows = this.connection.all<Row>("SELECT * FROM tasks WHERE state = 'running'");
    for (const { id, holder } of rows.filter((row) => !isHeld(row))) {
      // One that may have done its work only has to say so.
      const most = mayHaveChanged(dirname(this.connection.file), id)
        ? Number.MAX_SAFE_INTEGER
        : MAX_LOSSES;
      this.connection.run(
        `UPDATE tasks SET state = CASE WHEN stop = ${STOP.cancel} THEN 'cancelled' WHEN stop = ${STOP.pause} THEN 'paused'
           WHEN losses + 1 >= ? THEN 'failed' WHEN told THEN 'interrupted' ELSE 'waiting' END,
         error = CASE WHEN stop = 0 AND losses + 1 >= ? THEN ? ELSE error END,
         losses = losses + 1, ready_at = 0, holder = NULL, stop = 0, changed = ? WHERE id = ? AND holder IS ?`,
        ...[most, most, JSON.stringify(LOST), Date.now(), id, holder],
      );
    }
  }

  /** As `reclaim`, of a task of this process. */
  lose({ holder }: HeldTask): void {
    letGo(holder);
    this.reclaim();
  }

  /** Takes the task that waits longest and has none of its subject before it; it is this process's to end. */
  take(): HeldTask | undefined {
    return this.connection.write(() => {
      const row = this.connection.get<Row>(
        `SELECT * FROM tasks WHERE state = 'waiting' AND ready_at <= ? AND NOT EXISTS (
           SELECT 1 FROM tasks AS other WHERE other.subject = tasks.subject AND other.state = 'running'
         ) ORDER BY id LIMIT 1`,
        Date.now(),
      );
      if (row === undefined) return undefined;
      const holder = newHolder();
      this.connection.run(
        `UPDATE tasks SET state = 'running', holder = ?, error = NULL, result = NULL, progress = NULL,
         changed = ? WHERE id = ?`,
        JSON.stringify(holder),
        Date.now(),
        row.id,
      );
      return { ...this.task({ ...row, state: 'running' }), holder };
    });
  }

  /**
   * Says that a task is still being done.
   * @returns whether it is to go on, or how it is to be ended
   */
  renew({ id, holder }: HeldTask, progress: unknown): 'go on' | 'cancelled' | 'paused' {
    return this.connection.write(() => {
      const changed = this.connection.run(
        `UPDATE tasks SET holder = ?, progress = ?, changed = ? WHERE id = ? AND holder LIKE ?`,
        JSON.stringify(renewed(holder)),
        JSON.stringify(progress ?? null),
        Date.now(),
        id,
        `%${holder.token}%`,
      );
      const sql = 'SELECT stop FROM tasks WHERE id = ?';
      const stop = changed > 0 ? this.connection.get<{ stop: number }>(sql, id)?.stop : undefined;
      if (stop === STOP.no) return 'go on';
      return stop === STOP.pause ? 'paused' : 'cancelled';
    });
  }

  /**
   * Ends a task, or gives it back to wait.
   * @param readyAt when it may begin again (Unix time in milliseconds)
   */
  finish(
    { id, holder }: HeldTask,
    state: Exclude<TaskState, 'running'>,
    { result, error, readyAt = 0 }: { result?: unknown; error?: unknown; readyAt?: number } = {},
  ): void {
    letGo(holder);
    this.connection.run(
      `UPDATE tasks SET state = ?, result = ?, error = ?, holder = NULL, stop = 0, losses = 0, ready_at = ?,
       changed = ? WHERE id = ? AND holder LIKE ?`,
      state,
      result === undefined ? null : JSON.stringify(result),
      error === undefined ? null : JSON.stringify(error),
      readyAt,
      Date.now(),
      id,
      `%${holder.token}%`,
    );
  }

  /**
   * Ends a task: at once where it waits, soon where it is done at this moment.
   * @param as paused: it is meant to go on later
   * @throws SemblanceError TASK_NOT_FOUND, TASK_STATE
   */
  stop(id: number, as: 'cancelled' | 'paused'): void {
    const stop = as === 'paused' ? STOP.pause : STOP.cancel;
    const from: TaskState[] = ['waiting', 'running'];
    this.change(
      id,
      as === 'paused' ? from : [...from, 'interrupted', 'paused'],
      `stop = CASE state WHEN 'running' THEN ${stop} ELSE 0 END,
       state = CASE state WHEN 'running' THEN state ELSE '${as}' END`,
    );
  }

  /**
   * Has a task wait that was ended before its end.
   * @param told whether it needs what this process has in memory alone
   * @throws SemblanceError TASK_NOT_FOUND, TASK_STATE
   */
  resume(id: number, told: boolean): void {
    const from: TaskState[] = ['interrupted', 'cancelled', 'failed', 'paused'];
    this.change(
      id,
      from,
      `state = 'waiting', ready_at = 0, losses = 0, error = NULL, told = ${told ? 1 : 'told'}`,
    );
  }

  close(): void {
    this.connection.close();
  }

  private change(id: number, from: readonly TaskState[], assignments: string): void {
    this.connection.write(() => {
      const { state } = this.get(id);
      if (!from.includes(state)) throw new SemblanceError('TASK_STATE', `It is ${state}.`);
      this.connection.run(
        `UPDATE tasks SET ${assignments}, changed = ? WHERE id = ?`,
        Date.now(),
        id,
      );
    });
  }

  private sealed(kind: string, subject: string, payload: unknown) {
    const text = JSON.stringify(payload);
    const digest = this.pseudonyms.hash('task', `${kind}\0${subject}\0${text}`);
    return [this.pseudonyms.seal(text), digest] as const;
  }

  private task(row: Row): StoredTask {
    const { id, kind, subject, state, actor, created, changed } = row;
    const [progress, result, error] = [row.progress, row.result, row.error].map((text) =>
      JSON.parse(text ?? 'null'),
    );
    const payload = JSON.parse(this.pseudonyms.open(row.payload));
    const told = row.told === 1;
    return {
      ...{ id, kind, subject, payload, state, actor, told },
      ...{ created, changed, progress, result, error },
    };
  }
}

function isHeld({ holder }: Pick<Row, 'holder'>): boolean {
  const who = holderOf(holder);
  return who !== undefined && isAlive(who);
}
