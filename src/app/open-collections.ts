import type { DecodeLimits } from '../domain/decode-limits.ts';
import type { LoadOptions } from '../encoding/encoders/model.ts';
import { PreprocessPool } from '../encoding/preprocess/pool.ts';
import { embeddedIndex, type OpenIndex } from '../index/memory/open-index.ts';
import { Objects } from '../objects/objects.ts';
import type { PacsKeys } from '../pacs/access.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import type { DataDirectory } from '../store/data-directory.ts';
import { OpenCollection } from './open-collection.ts';

/** Connections that nobody has used for so long are closed, in milliseconds. */
const IDLE = 30_000;

/**
 * The collections that are open. One that has left the disk, or has another in its place, is
 * let go of with all that was read of it.
 */
export class OpenCollections {
  private readonly collections = new Map<string, OpenCollection>();
  private readonly closing = new Set<Promise<void>>();
  private readonly objects: Objects;
  /** Reads all pictures, so that none holds or ends the server. */
  readonly pictures: PreprocessPool;
  /** Whether others wait for answers while a model runs. */
  private serving = false;

  constructor(
    private readonly home: DataDirectory,
    limits?: DecodeLimits,
    private readonly openIndex: OpenIndex = embeddedIndex,
    private readonly loading: LoadOptions = {},
    keys?: PacsKeys,
  ) {
    this.objects = new Objects(keys);
    this.pictures = new PreprocessPool({ limits, objects: this.objects });
  }

  /** Makes ready to answer many: what can be started before is, and models run beside the answers. */
  serve(): void {
    this.serving = true;
    this.pictures.start();
  }

  /** Names of the collections there are now. */
  names(): string[] {
    return this.home.collections();
  }

  /**
   * A collection, for work without a pause; see `use`.
   * @throws SemblanceError COLLECTION_NOT_FOUND and those of the store
   */
  store(name: string): CollectionStore {
    return this.collection(name).store;
  }

  /**
   * Runs work on a collection, which stays open for it.
   * @throws SemblanceError COLLECTION_NOT_FOUND and those of the store
   */
  async use<T>(name: string, work: (collection: OpenCollection) => Promise<T>): Promise<T> {
    return this.collection(name).use(work);
  }

  /** Reads what filters and facets of large collections need, while others are answered. */
  prepare(): void {
    for (const name of this.names()) {
      try {
        // What cannot be read is told to whoever asks for it.
        this.store(name)
          .descriptions.prepare()
          .catch(() => undefined);
      } catch {
        // So is a collection that cannot be opened.
      }
    }
  }

  /** Lets go of collections that are gone from the disk, and of connections that nobody uses. */
  tidy(): void {
    for (const [name, collection] of this.collections) {
      if (this.isCurrent(collection)) collection.store.closeIdle(IDLE);
      else this.forget(name, collection);
    }
  }

  /** Closes everything. */
  async close(): Promise<void> {
    await this.pictures.close();
    await this.objects.close();
    for (const [name, collection] of this.collections) this.forget(name, collection);
    await Promise.all(this.closing);
  }

  private collection(name: string): OpenCollection {
    const known = this.collections.get(name);
    if (known !== undefined) {
      if (this.isCurrent(known)) return known;
      this.forget(name, known);
    }
    const store = this.home.open(name);
    try {
      const opened = new OpenCollection(store, this.pictures, this.openIndex, {
        ...this.loading,
        apart: this.serving,
      });
      this.collections.set(name, opened);
      return opened;
    } catch (error) {
      store.close();
      throw error;
    }
  }

  private isCurrent(collection: OpenCollection): boolean {
    try {
      return collection.isCurrent();
    } catch {
      // Opened anew, it says what is wrong.
      return false;
    }
  }

  private forget(name: string, collection: OpenCollection): void {
    this.collections.delete(name);
    const closing = collection
      .close()
      // What cannot be freed of a collection that is gone concerns nobody.
      .catch(() => undefined)
      .finally(() => this.closing.delete(closing));
    this.closing.add(closing);
  }
}
