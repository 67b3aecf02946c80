import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'libsql';
import { z } from 'zod';
import { SemblanceError, systemCode, toSemblanceError } from '../domain/errors/error.ts';
import { makeFolder } from '../files/make-folder.ts';
import { removeAbandonedParts } from '../files/part-name.ts';
import { ACCESS_FILE, AccessStore } from './access-store.ts';
import { ChangingTaskSchema, JOURNAL, writeReceipt } from './change-receipt.ts';
import { storeError } from './database.ts';
import { makePrivate } from './protect.ts';
import { TASKS_FILE, TaskStore } from './task-store.ts';

/** Whoever has its lock does it; the system takes the lock from a process that ends. */
const LOCK = 'change.sqlite';
/** How long another process may take to do it, in milliseconds. */
const PATIENCE = 10_000;

/** What lies in the folder in which a collection is made. */
export const MADE = { database: 'collection.db', received: 'received' } as const;

const ChangeSchema = z.object({
  /** The collection that goes. */
  from: z.string().nullable(),
  /** The collection that comes; what belongs to the one that goes is its own from then on. */
  to: z.string().nullable(),
  /** Name of the folder that it was made in; where none comes, of the one that received objects go into to be removed. */
  part: z.string(),
  /** The task that does it. */
  task: ChangingTaskSchema.optional(),
});
export type Change = z.infer<typeof ChangeSchema>;

/** The file of a collection. */
export function collectionFile(folder: string, name: string): string {
  return join(folder, `${name}.db`);
}

/** The folder of the objects that were sent for a collection. */
export function receivedFolder(folder: string, name: string): string {
  return join(folder, 'received', name);
}

/**
 * Decides what becomes of a collection, and does it. Whoever opens the data directory next does it where the process ends
 * before it is done.
 * @param decided is called in between
 * @throws SemblanceError COLLECTION_EXISTS, COLLECTION_BUSY (others are at it), COLLECTION_DAMAGED (of the roles or tasks), and
 *   those of the disk
 */
export function change(folder: string, wanted: Change, decided: () => void = () => {}): void {
  alone(folder, () => {
    finish(folder);
    const { to } = wanted;
    if (to !== null && existsSync(collectionFile(folder, to))) throw existing(to);
    // Where the roles or tasks cannot be read, nothing is begun.
    AccessStore.open(join(folder, ACCESS_FILE), false)?.close();
    TaskStore.open(join(folder, TASKS_FILE), false)?.close();
    const journal = join(folder, JOURNAL);
    writeFileSync(journal, JSON.stringify(wanted), { mode: 0o600, flush: true });
    sync(folder);
    try {
      decided();
    } catch (error) {
      rmSync(journal);
      throw error;
    }
    finish(folder);
  });
}

/** The error where a name is taken. */
export function existing(name: string): SemblanceError {
  return new SemblanceError('COLLECTION_EXISTS', 'Nothing is overwritten.', { subject: name });
}

/**
 * Does what a process that was killed had decided; waits for one that is at it.
 * @throws SemblanceError as `change`
 */
export function finishChange(folder: string): void {
  if (!existsSync(join(folder, JOURNAL))) return;
  try {
    alone(folder, () => finish(folder));
  } catch (error) {
    const { code } = toSemblanceError(error, folder);
    // What may only be read is read as it is.
    if (['HOME_READ_ONLY', 'PATH_READ_ONLY', 'PATH_NOT_READABLE'].includes(code)) return;
    throw error;
  }
}

/**
 * Removes what killed processes have left: collections that were being made, and indices of those that are gone.
 * @param names of what lies in the data directory
 */
export function removeLeftovers(folder: string, names: readonly string[]): void {
  const there = new Set(names);
  for (const name of names) {
    const [, made] = /^(.+\.db)\.[^.]+\.part$/.exec(name) ?? [];
    const [, indexed = name] = /^(.+\.db)\.\d+\.index$/.exec(name) ?? [];
    try {
      if (made !== undefined) removeAbandonedParts(join(folder, made));
      if (!there.has(indexed)) rmSync(join(folder, name), { force: true });
    } catch {
      // The folder may be one that is only read.
    }
  }
}

/** What was written of a file, or is told of a folder, is on the disk. */
export function sync(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Runs work that one process at a time does. */
function alone(folder: string, work: () => void): void {
  const file = join(folder, LOCK);
  let db: Database.Database | undefined;
  try {
    makePrivate(file);
    db = new Database(file);
    db.exec(`PRAGMA busy_timeout = ${PATIENCE}`);
    db.exec('BEGIN EXCLUSIVE');
    try {
      work();
    } finally {
      db.exec('ROLLBACK');
    }
  } catch (error) {
    throw storeError(error, folder);
  } finally {
    db?.close();
  }
}

/** Does what was decided, from wherever it was left. */
function finish(folder: string): void {
  const journal = join(folder, JOURNAL);
  if (!existsSync(journal)) return;
  const decided = decidedIn(journal);
  if (decided !== undefined) {
    const { from, to, part, task } = decided;
    if (to !== null) appear(folder, to, join(folder, part));
    if (from !== null) leave(folder, from, to, join(folder, part));
    if (from !== null && to !== null) renameInTasks(folder, from, to, task?.id);
    if (task !== undefined) writeReceipt(folder, task);
    sync(folder);
  }
  rmSync(journal, { force: true });
  sync(folder);
}

/** @param itself the task that renames: it stays one of the collection that it was begun for */
function renameInTasks(folder: string, from: string, to: string, itself?: number): void {
  const tasks = TaskStore.open(join(folder, TASKS_FILE), false);
  try {
    tasks?.rename(from, to, itself);
  } finally {
    tasks?.close();
  }
}

/** What was decided; undefined where a process was killed before all of it was written. */
function decidedIn(journal: string): Change | undefined {
  try {
    return ChangeSchema.safeParse(JSON.parse(readFileSync(journal, 'utf8'))).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Puts a collection that was made into its place. */
function appear(folder: string, name: string, part: string): void {
  const file = collectionFile(folder, name);
  const made = join(part, MADE.database);
  if (existsSync(made)) {
    if (!existsSync(file)) {
      // What SQLite would take for a part of it, of a file that somebody has removed.
      removeBeside(file);
      putInPlace(made, file);
    } else if (statSync(file).ino !== statSync(made).ino) {
      // Another process has made one in this moment.
      rmSync(part, { recursive: true, force: true });
      rmSync(join(folder, JOURNAL));
      throw existing(name);
    }
    sync(folder);
  }
  moveFolder(join(part, MADE.received), receivedFolder(folder, name));
  rmSync(part, { recursive: true, force: true });
}

/** Unlike a rename, it overwrites nothing, where the file system can do it. */
function putInPlace(made: string, file: string): void {
  try {
    linkSync(made, file);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(systemCode(error) ?? ''))
      throw error;
    renameSync(made, file);
  }
}

/**
 * Removes a collection, and gives what belongs to it to another one.
 * @param part takes what is to be removed slowly where there is no other one
 */
function leave(folder: string, name: string, to: string | null, part: string): void {
  const access = AccessStore.open(join(folder, ACCESS_FILE), false);
  try {
    access?.moveRoles(name, to ?? undefined);
  } finally {
    access?.close();
  }
  const received = receivedFolder(folder, name);
  moveFolder(received, to === null ? part : receivedFolder(folder, to));
  for (const each of readdirSync(folder)) {
    if (!each.startsWith(`${name}.db.`)) continue;
    const rest = each.slice(name.length + '.db'.length);
    // Others are files of a collection whose name begins so.
    const [, isPart] = /^\.(?:\d+\.index|layout-\d+)(\.[^.]+\.part)?$/.exec(rest) ?? [rest, null];
    if (isPart === null) continue;
    if (to !== null && isPart === undefined) {
      renameSync(join(folder, each), collectionFile(folder, to) + rest);
    } else rmSync(join(folder, each), { recursive: true, force: true });
  }
  const file = collectionFile(folder, name);
  rmSync(file, { force: true });
  // Only then: without them, the file lacks its newest changes.
  removeBeside(file);
}

function removeBeside(file: string): void {
  for (const ending of ['-wal', '-shm', '-journal']) rmSync(file + ending, { force: true });
}

/** Moves the files of a folder, where it is there; those that the other has stay there. */
function moveFolder(from: string, to: string): void {
  if (!existsSync(from)) return;
  makeFolder(dirname(to), 0o700);
  try {
    renameSync(from, to);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(systemCode(error) ?? '')) throw error;
    for (const name of readdirSync(from)) {
      if (!existsSync(join(to, name))) renameSync(join(from, name), join(to, name));
    }
    rmSync(from, { recursive: true });
  }
  sync(dirname(to));
}
