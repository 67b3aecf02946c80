import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { SemblanceError } from '../domain/errors/error.ts';
import { Connection } from './connection.ts';
import { type Holder, holderOf, isAlive, letGo, newHolder, renewed } from './holder.ts';
import { identityKey } from './identity-key.ts';
import { Pseudonyms } from './pseudonyms.ts';
import { openSmall } from './small-database.ts';

/** Version of the layout below. */
const VERSION = 1;
/** So many tasks are kept that have ended. */
const KEPT = 100;

/**
 * What is done in the background. kind: what is done. subject: what one task at a time changes (a collection). payload:
 * what is to be done, as JSON, encrypted since it may name a patient; digest: its keyed hash. holder: who does it.
 * ready_at: when it may begin. stop: 1 when it is to be ended. progress, result, error: JSON. Times are Unix times in
 * milliseconds; ids are never given again.
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
    error TEXT
  );
`;

/** How a task stands: those that are `interrupted`, `cancelled` or `failed` can be resumed. */
export type TaskState = 'waiting' | 'running' | 'interrupted' | 'cancelled' | 'failed' | 'done';

/** A task as it is kept. */
export interface StoredTask {
  id: number;
  kind: string;
  subject: string;
  payload: unknown;
  state: TaskState;
  created: number;
  changed: number;
  progress: unknown;
  result: unknown;
  error: unknown;
}

type Row = Omit<StoredTask, 'payload' | 'progress' | 'result' | 'error'> & {
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
      new Connection(file, create, undefined, () => openSmall(file, SCHEMA, VERSION)),
    );
  }

  /**
   * Adds a task that waits. One that is the same, and waits or is done at this moment, is shared.
   * @param payload what is to be done, as JSON has it
   * @returns its id
   */
  add(kind: string, subject: string, payload: unknown): number {
    const text = JSON.stringify(payload);
    const digest = this.pseudonyms.hash('task', `${kind}\0${subject}\0${text}`);
    return this.connection.write(() => {
      const same = this.connection.get<{ id: number }>(
        `SELECT id FROM tasks WHERE digest = ? AND state IN ('waiting', 'running') AND stop = 0`,
        digest,
      );
      if (same !== undefined) return same.id;
      const ended = `SELECT id FROM tasks WHERE state NOT IN ('waiting', 'running')
        ORDER BY id DESC LIMIT -1 OFFSET ?`;
      this.connection.run(`DELETE FROM tasks WHERE id IN (${ended})`, KEPT);
      const now = Date.now();
      return this.connection.insert(
        `INSERT INTO tasks (kind, subject, payload, digest, state, ready_at, created, changed)
         VALUES (?, ?, ?, ?, 'waiting', 0, ?, ?)`,
        kind,
        subject,
        this.pseudonyms.seal(text),
        digest,
        now,
        now,
      );
    });
  }

  /** The tasks, the last one first. */
  list(): StoredTask[] {
    const rows = this.connection.all<Row>('SELECT * FROM tasks ORDER BY id DESC');
    return rows.map((row) => this.task(row));
  }

  /** @throws SemblanceError TASK_NOT_FOUND */
  get(id: number): StoredTask {
    const row = this.connection.get<Row>('SELECT * FROM tasks WHERE id = ?', id);
    if (row === undefined) throw new SemblanceError('TASK_NOT_FOUND', `There is no task ${id}.`);
    return this.task(row);
  }

  /** Says of tasks whose process has ended that they are interrupted; they go on when they are resumed. */
  reclaim(): void {
    const rows = this.connection.all<Row>("SELECT * FROM tasks WHERE state = 'running'");
    for (const { id, holder } of rows.filter((row) => !isHeld(row))) {
      this.connection.run(
        `UPDATE tasks SET state = CASE stop WHEN 1 THEN 'cancelled' ELSE 'interrupted' END,
         holder = NULL, stop = 0, changed = ? WHERE id = ? AND holder IS ?`,
        Date.now(),
        id,
        holder,
      );
    }
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
   * @returns whether it is to go on
   */
  renew({ id, holder }: HeldTask, progress: unknown): boolean {
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
      return changed > 0 && this.connection.get<{ stop: number }>(sql, id)?.stop === 0;
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
      `UPDATE tasks SET state = ?, result = ?, error = ?, holder = NULL, stop = 0, ready_at = ?,
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
   * @throws SemblanceError TASK_NOT_FOUND, TASK_STATE
   */
  cancel(id: number): void {
    this.change(
      id,
      ['waiting', 'running', 'interrupted'],
      `stop = (state = 'running'), state = CASE state WHEN 'running' THEN state ELSE 'cancelled' END`,
    );
  }

  /**
   * Has a task wait that was ended before its end.
   * @throws SemblanceError TASK_NOT_FOUND, TASK_STATE
   */
  resume(id: number): void {
    this.change(id, ['interrupted', 'cancelled', 'failed'], `state = 'waiting', ready_at = 0`);
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

  private task(row: Row): StoredTask {
    const { id, kind, subject, state, created, changed } = row;
    const [progress, result, error] = [row.progress, row.result, row.error].map((text) =>
      JSON.parse(text ?? 'null'),
    );
    const payload = JSON.parse(this.pseudonyms.open(row.payload));
    return { id, kind, subject, payload, state, created, changed, progress, result, error };
  }
}

function isHeld({ holder }: Pick<Row, 'holder'>): boolean {
  const who = holderOf(holder);
  return who !== undefined && isAlive(who);
}
