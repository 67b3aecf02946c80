import { lstatSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { SemblanceError, systemCode, toSemblanceError } from '../domain/errors/error.ts';
import { suggestion } from '../domain/errors/suggest.ts';
import type { Logger } from '../domain/logger.ts';
import { makeFolder } from '../files/make-folder.ts';
import { ACCESS_FILE } from './access-store.ts';
import { taskFolder } from './change-receipt.ts';
import {
  collectionFile,
  finishChange,
  receivedFolder,
  removeLeftovers,
} from './collection-change.ts';
import { CollectionStore } from './collection-store.ts';
import { protectFolder } from './protect.ts';
import { TASKS_FILE } from './task-store.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const ENDING = '.db';

/**
 * Whether a file is there.
 * @throws SemblanceError PATH_NOT_READABLE when the folder does not say
 */
function isThere(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw toSemblanceError(error, file);
  }
}

const STANDARD_ERROR: Logger = {
  warn: (message) => {
    process.stderr.write(`${message}\n`);
  },
};

/** The folder that holds all collections (one SQLite file each) and the user's own encoders. */
export class DataDirectory {
  /** Absolute path of the folder. */
  readonly folder: string;

  /**
   * @param folder where; by default `SEMBLANCE_HOME` of the environment, else `.semblance` in the
   *   user's folder
   * @param logger by default standard error
   * @throws SemblanceError USAGE for an empty name, which would be the folder one is in
   */
  constructor(
    folder = process.env.SEMBLANCE_HOME || join(homedir(), '.semblance'),
    readonly logger: Logger = STANDARD_ERROR,
  ) {
    if (folder === '') throw new SemblanceError('USAGE', '--home needs the name of a folder.');
    this.folder = resolve(folder);
  }

  /** Folder of the user's own encoder descriptions. */
  get encodersFolder(): string {
    return join(this.folder, 'encoders');
  }

  /** Folder of the thumbnails that were made. */
  get thumbnailsFolder(): string {
    return join(this.folder, 'thumbnails');
  }

  /** File of what is done in the background. */
  get tasksFile(): string {
    return join(this.folder, TASKS_FILE);
  }

  /** File of which files of watched folders were taken. */
  get watchFile(): string {
    return join(this.folder, 'watched.sqlite');
  }

  /** Folder of the files that a task makes. */
  taskFolder(id: number): string {
    return taskFolder(this.folder, id);
  }

  /** File of who may do what. */
  get accessFile(): string {
    return join(this.folder, ACCESS_FILE);
  }

  /** File of whom is told of tasks. */
  get webhooksFile(): string {
    return join(this.folder, 'webhooks.sqlite');
  }

  /** File of what was answered to requests that came with a key of their own. */
  get answersFile(): string {
    return join(this.folder, 'answers.sqlite');
  }

  /** File of who did what. */
  get auditFile(): string {
    return join(this.folder, 'audit.sqlite');
  }

  /** Folder of the objects that were sent for a collection. */
  receivedFolder(collection: string): string {
    return receivedFolder(this.folder, collection);
  }

  /** Makes the folder when it is absent: patients' data, so only the user may look into it. */
  create(): void {
    if (this.exists()) return;
    try {
      makeFolder(this.folder, 0o700);
    } catch (error) {
      const { code, message } = toSemblanceError(error, this.folder);
      if (code === 'DISK_FULL') throw toSemblanceError(error, this.folder);
      throw this.unusable(
        ['EEXIST', 'ENOTDIR'].includes(systemCode(error) ?? '')
          ? 'A part of its path is a file.'
          : `It cannot be made. ${message}`,
        error,
      );
    }
  }

  /**
   * Whether the folder is there.
   * @throws SemblanceError HOME_UNUSABLE when something else is in its place, or nobody can tell
   */
  private exists(): boolean {
    try {
      const found = statSync(this.folder, { throwIfNoEntry: false });
      if (found?.isDirectory()) return true;
      if (found !== undefined) throw this.unusable('It is a file, not a folder.');
      if (lstatSync(this.folder, { throwIfNoEntry: false })) {
        throw this.unusable('It is a link that leads nowhere.');
      }
      return false;
    } catch (error) {
      if (systemCode(error) === 'ENOTDIR') {
        throw this.unusable('A part of its path is a file.', error);
      }
      throw error instanceof SemblanceError
        ? error
        : this.unusable(toSemblanceError(error, this.folder).message, error);
    }
  }

  private unusable(detail: string, cause?: unknown): SemblanceError {
    return new SemblanceError('HOME_UNUSABLE', detail, { subject: this.folder, cause });
  }

  /**
   * Closes what is in the folder to other users of the machine, and says so on standard error.
   * @param strict whether it is an error when that cannot be done because the data are another user's
   * @throws SemblanceError DATA_NOT_PRIVATE
   */
  protect(strict = false): void {
    if (!this.exists()) return;
    let closed: string[];
    try {
      closed = protectFolder(this.folder);
    } catch (error) {
      const coded = toSemblanceError(error, this.folder);
      // Whoever only reads what its owner left open answers for nothing.
      if (coded.code === 'DATA_NOT_PRIVATE' && !strict) return;
      throw coded;
    }
    const [first, ...more] = closed;
    if (first === undefined) return;
    const others = more.length === 0 ? '' : ` and ${more.length} more`;
    this.logger.warn(`Closed to other users of this machine: ${first}${others}`);
  }

  /** Names of the collections, sorted. */
  collections(): string[] {
    if (!this.exists()) return [];
    finishChange(this.folder);
    try {
      const files = readdirSync(this.folder);
      removeLeftovers(this.folder, files);
      return files
        .filter((file) => file.endsWith(ENDING))
        .map((file) => file.slice(0, -ENDING.length))
        .filter((name) => NAME.test(name))
        .sort();
    } catch (error) {
      throw toSemblanceError(error, this.folder);
    }
  }

  /** @throws SemblanceError COLLECTION_NAME_INVALID for what can be no name of a collection */
  checkName(name: string): void {
    if (NAME.test(name)) return;
    throw new SemblanceError('COLLECTION_NAME_INVALID', 'The name cannot be used.', {
      subject: name,
    });
  }

  /**
   * Opens a collection.
   * @param options `create`: make it when absent
   * @throws SemblanceError COLLECTION_NAME_INVALID, COLLECTION_NOT_FOUND and those of the store
   */
  open(name: string, options: { create?: boolean } = {}): CollectionStore {
    this.checkName(name);
    finishChange(this.folder);
    const file = collectionFile(this.folder, name);
    if (!options.create && !(this.exists() && isThere(file))) {
      throw new SemblanceError(
        'COLLECTION_NOT_FOUND',
        suggestion(name, this.collections(), 'collection yet'),
        { subject: name },
      );
    }
    if (options.create) {
      this.create();
    }
    this.protect();
    return CollectionStore.open(file, {
      ...options,
      tell: (sentence) => this.logger.warn(sentence),
    });
  }

  /**
   * Runs work on a collection that is opened for it, and closes it when the work has ended; where that
   * gives a promise, when the promise has settled.
   * @throws SemblanceError as `open`
   */
  whileOpen<T>(
    name: string,
    work: (store: CollectionStore) => T,
    options?: Parameters<DataDirectory['open']>[1],
  ): T {
    const store = this.open(name, options);
    let result: T;
    try {
      result = work(store);
    } catch (error) {
      store.close();
      throw error;
    }
    if (result instanceof Promise) return result.finally(() => store.close()) as T;
    store.close();
    return result;
  }
}
