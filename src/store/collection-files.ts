import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type ErrorData, SemblanceError, toSemblanceError } from '../domain/errors/error.ts';
import { ownPart, removeAbandonedParts } from '../files/part-name.ts';
import { forkApart } from '../runtime/forked.ts';
import { type ChangingTask, readReceipt } from './change-receipt.ts';
import {
  type Change,
  change,
  collectionFile,
  existing,
  finishChange,
  MADE,
  sync,
} from './collection-change.ts';
import { CollectionStore } from './collection-store.ts';
import { copyDatabase } from './copy-database.ts';
import type { DataDirectory } from './data-directory.ts';

/** How often it is told how far a copy is, in milliseconds. */
const TELLING = 200;

/** What a process of `copying-process.ts` is told. */
export interface CopyOrder {
  file: string;
  /** Folder that it is copied into. */
  part: string;
  /** Whether the other one stays. */
  isNew: boolean;
  /** The folder of what was received for it, and the source that it is. */
  received: { source: number; from: string; to: string } | undefined;
}

/** What it answers. */
export type CopyReport = { images: number | null } | { error: ErrorData };

/** How a change is watched and ended, and the task that it is of. */
export interface Copying {
  signal?: AbortSignal | undefined;
  onBytes?: ((done: number, total: number) => void) | undefined;
  task?: ChangingTask | undefined;
}

/**
 * Makes, copies, renames and removes collections with all that belongs to them. Whatever happens to the process, a
 * collection is there in whole or not at all.
 */
export class CollectionFiles {
  constructor(private readonly directory: DataDirectory) {}

  /** Makes an empty collection. @throws SemblanceError COLLECTION_NAME_INVALID, COLLECTION_EXISTS and those of the store */
  async create(name: string): Promise<void> {
    this.directory.create();
    await this.make(name, async (part) => {
      const empty = join(part, 'empty.db');
      CollectionStore.open(empty, { create: true }).close();
      // SQLite closes it when it likes; a copy is whole.
      copyDatabase(empty, join(part, MADE.database));
      sync(join(part, MADE.database));
      change(this.directory.folder, { from: null, to: name, part: basename(part) });
    });
  }

  /**
   * What a task has done, also where its process ended before it said so; undefined where it has not.
   * @throws SemblanceError as `change`
   */
  done(task: ChangingTask): { images: number | null } | undefined {
    finishChange(this.directory.folder);
    return readReceipt(this.directory.folder, task);
  }

  /**
   * Copies one committed state of a collection, and what was received for it, while others go on.
   * @returns how many images the copy has
   * @throws SemblanceError COLLECTION_NAME_INVALID, COLLECTION_NOT_FOUND, COLLECTION_EXISTS, DISK_FULL and those of the
   *   store; the signal's reason
   */
  async copy(from: string, to: string, copying: Copying): Promise<number | null> {
    const store = this.directory.open(from);
    const order = this.order(store, from, to, true);
    store.close();
    return this.make(to, async (part) => {
      const images = await copyApart({ ...order, part }, copying);
      const task = copying.task && { ...copying.task, images };
      change(this.directory.folder, { from: null, to, part: basename(part), task });
      return images;
    });
  }

  /**
   * Gives a collection another name. It is copied, while it can be read and not be written: who has it open reads on
   * what it was.
   * @throws SemblanceError as `copy`, and COLLECTION_BUSY while it is written or indexed into
   */
  async rename(from: string, to: string, copying: Copying): Promise<number | null> {
    const store = this.directory.open(from);
    try {
      return await this.make(to, async (part) => {
        const held = store.hold();
        try {
          const order = this.order(store, from, to, false);
          const images = await copyApart({ ...order, part }, copying);
          const task = copying.task && { ...copying.task, images };
          const end = () => held.end();
          change(this.directory.folder, { from, to, part: basename(part), task }, end);
          return images;
        } finally {
          held.release();
        }
      });
    } finally {
      store.close();
    }
  }

  /**
   * Removes a collection, what was received for it, and roles in it.
   * @param last is called before, unless nothing of it can be read any more
   * @returns how many images it had; null where it could not be read
   * @throws SemblanceError COLLECTION_NAME_INVALID, COLLECTION_NOT_FOUND, COLLECTION_BUSY while it is written or indexed
   *   into, and those of the disk
   */
  async remove(
    name: string,
    last: (store: CollectionStore) => void,
    task?: ChangingTask,
  ): Promise<number | null> {
    const { folder } = this.directory;
    this.directory.checkName(name);
    const { part, done } = ownPart(collectionFile(folder, name));
    try {
      const images = this.leave(name, { from: name, to: null, part: basename(part) }, last, task);
      // There may be a great many of them.
      await rm(part, { recursive: true, force: true });
      return images;
    } finally {
      done();
    }
  }

  /** How many bytes a collection takes on the disk, and how many files were received for it. */
  extent(name: string): { bytes: number; received: number } {
    const { folder } = this.directory;
    const names = readdirSync(folder).filter((each) => isOf(name, each));
    const received = this.directory.receivedFolder(name);
    return {
      bytes: names.reduce((sum, each) => sum + sizeOf(join(folder, each)), 0),
      received: existsSync(received) ? readdirSync(received).length : 0,
    };
  }

  private leave(
    name: string,
    gone: Change,
    last: (store: CollectionStore) => void,
    task: ChangingTask | undefined,
  ): number | null {
    const { folder } = this.directory;
    let store: CollectionStore;
    try {
      store = this.directory.open(name);
    } catch (error) {
      if (toSemblanceError(error).code !== 'COLLECTION_DAMAGED') throw error;
      change(folder, { ...gone, task: task && { ...task, images: null } });
      return null;
    }
    try {
      const held = store.hold();
      try {
        last(store);
        const images = store.images.count();
        const noted = { ...gone, task: task && { ...task, images } };
        change(folder, noted, () => held.end());
        return images;
      } finally {
        held.release();
      }
    } finally {
      store.close();
    }
  }

  /** Runs what makes a collection in a folder, of which nothing is left where it fails. */
  private async make<T>(name: string, fill: (part: string) => Promise<T>): Promise<T> {
    const { directory } = this;
    directory.checkName(name);
    finishChange(directory.folder);
    const file = collectionFile(directory.folder, name);
    if (existsSync(file)) throw existing(name);
    const { part, done } = ownPart(file);
    try {
      makePart(file, part);
      return await fill(part);
    } finally {
      rmSync(part, { recursive: true, force: true });
      done();
    }
  }

  private order(store: CollectionStore, from: string, to: string, isNew: boolean) {
    const [was, is] = [from, to].map((name) => this.directory.receivedFolder(name)) as [
      string,
      string,
    ];
    const source = store.sources.list().find(({ root }) => root === was)?.id;
    const received = source === undefined ? undefined : { source, from: was, to: is };
    return { file: store.file, isNew, received } satisfies Omit<CopyOrder, 'part'>;
  }
}

function makePart(file: string, part: string): void {
  try {
    removeAbandonedParts(file);
    mkdirSync(part, { mode: 0o700 });
  } catch (error) {
    throw toSemblanceError(error, file);
  }
}

/** Copies in a process of its own: SQLite does it in one go. @returns how many images there are */
async function copyApart(order: CopyOrder, { signal, onBytes }: Copying): Promise<number | null> {
  signal?.throwIfAborted();
  const total = sizeOf(order.file);
  const copy = join(order.part, MADE.database);
  const child = forkApart(import.meta.url, './copying-process');
  const ended = once(child, 'exit');
  const stop = () => child.kill('SIGKILL');
  signal?.addEventListener('abort', stop, { once: true });
  const telling = setInterval(() => onBytes?.(Math.min(sizeOf(copy), total), total), TELLING);
  try {
    const said = once(child, 'message') as Promise<[CopyReport]>;
    said.catch(() => undefined);
    child.send(order);
    const report = await Promise.race([said.then(([each]) => each), ended.then(() => undefined)]);
    await ended;
    signal?.throwIfAborted();
    if (report === undefined)
      throw new SemblanceError('INTERNAL', 'The process that copies ended.');
    if ('error' in report) {
      const { code, detail, subject } = report.error;
      throw new SemblanceError(code, detail, subject === null ? {} : { subject });
    }
    onBytes?.(total, total);
    return report.images;
  } finally {
    clearInterval(telling);
    signal?.removeEventListener('abort', stop);
  }
}

/** Whether a file of the data directory is a collection's database, what SQLite keeps beside it, or a kept index. */
function isOf(name: string, file: string): boolean {
  return (
    file.startsWith(`${name}.db`) && /^(-wal|-shm|\.\d+\.index)?$/.test(file.slice(name.length + 3))
  );
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
