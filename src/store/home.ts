import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { SemblanceError, toSemblanceError } from '../errors/error.ts';
import { suggestion } from '../errors/suggest.ts';
import { CollectionStore } from './collection-store.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const ENDING = '.db';

/** The folder that holds all collections (one SQLite file each) and the user's own encoders. */
export class Home {
  /** Absolute path of the folder. */
  readonly folder: string;

  /**
   * @param folder where; by default `SEMBLANCE_HOME` of the environment, else `.semblance` in the
   *   user's folder
   */
  constructor(folder = process.env.SEMBLANCE_HOME ?? join(homedir(), '.semblance')) {
    this.folder = resolve(folder);
  }

  /** Folder of the user's own encoder descriptions. */
  get encodersFolder(): string {
    return join(this.folder, 'encoders');
  }

  /** Makes the folder when it is absent: patients' data, so only the user may look into it. */
  create(): void {
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw toSemblanceError(error, this.folder);
    }
  }

  /** Names of the collections, sorted. */
  collections(): string[] {
    if (!existsSync(this.folder)) return [];
    try {
      return readdirSync(this.folder)
        .filter((file) => file.endsWith(ENDING))
        .map((file) => file.slice(0, -ENDING.length))
        .filter((name) => NAME.test(name))
        .sort();
    } catch (error) {
      throw toSemblanceError(error, this.folder);
    }
  }

  /**
   * Opens a collection.
   * @param options `create`: make it when absent
   * @throws SemblanceError COLLECTION_NAME_INVALID, COLLECTION_NOT_FOUND and those of the store
   */
  open(name: string, options: { create?: boolean } = {}): CollectionStore {
    if (!NAME.test(name)) {
      throw new SemblanceError('COLLECTION_NAME_INVALID', 'The name cannot be used.', {
        subject: name,
      });
    }
    const file = join(this.folder, name + ENDING);
    if (!options.create && !existsSync(file)) {
      throw new SemblanceError(
        'COLLECTION_NOT_FOUND',
        suggestion(name, this.collections(), 'collection yet'),
        { subject: name },
      );
    }
    if (options.create) {
      this.create();
    }
    return CollectionStore.open(file, options);
  }
}
