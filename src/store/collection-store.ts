import { randomUUID } from 'node:crypto';
import type { BurnedInPolicy } from '../domain/burned-in.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import type { DatesPolicy, IdentityPolicy } from '../domain/identity.ts';
import { CollectionState } from './collection-state.ts';
import { Descriptions } from './columns/descriptions.ts';
import { Connection } from './connection.ts';
import { EmbeddingTable } from './embedding-table.ts';
import { EncoderTable } from './encoder-table.ts';
import { FieldTable } from './field-table.ts';
import { FilteredSets } from './filtered-sets.ts';
import { GivenLabels } from './given-labels.ts';
import { HiddenPaths } from './hidden-paths.ts';
import { ImageTable } from './image-table.ts';
import { ImageWriter } from './image-writer.ts';
import { IndexClaim } from './index-claim.ts';
import { checkIntegrity, type Integrity } from './integrity.ts';
import { JobQueue } from './job-queue.ts';
import type { Tell } from './layout-versions.ts';
import { MapTable } from './map-table.ts';
import type { ReadableCollection } from './readable-collection.ts';
import { SourceTable } from './source-table.ts';

/** How DICOM objects are taken. */
interface DicomSettings {
  frames: string;
  identity: IdentityPolicy;
  dates: DatesPolicy;
  burnedIn: BurnedInPolicy;
}

/** So many snapshots are read at a time; each has a connection with a cache of its own. */
const MAX_SNAPSHOTS = 8;

/**
 * The images of a collection, their descriptions and their embeddings, in one SQLite file.
 * Every writing method of its parts is one transaction. Errors carry DISK_FULL, COLLECTION_BUSY or
 * COLLECTION_DAMAGED where SQLite says so.
 */
export class CollectionStore implements ReadableCollection {
  /** Connections of snapshots that have ended, the last used one last. */
  private readonly idle: { state: CollectionStore; since: number }[] = [];
  private snapshots = 0;
  /** Those that wait for a connection. */
  private readonly waiting: (() => void)[] = [];
  private closed = false;
  private readonly state: CollectionState;

  /** Paths that name somebody, and what they are called here. */
  readonly hidden: HiddenPaths;
  /** The folders that were indexed, and where the images are on the disk. */
  readonly sources: SourceTable;
  /** The images with their descriptions, to read. */
  readonly images: ImageTable;
  /** Writes, renames and removes images. */
  readonly writer: ImageWriter;
  /** Fields of the descriptions: facets and the search language. */
  readonly fields: FieldTable;
  readonly embeddings: EmbeddingTable;
  /** The encoders, which of them is the default, and their calibrations. */
  readonly encoders: EncoderTable;
  readonly maps: MapTable;
  /** The images that workers are to encode. */
  readonly jobs: JobQueue;

  /** Filters, facets and lists beside the event loop. */
  readonly descriptions: Descriptions;

  /** @param filtered shared by the snapshots of one collection */
  private constructor(
    private readonly connection: Connection,
    private readonly filtered = new FilteredSets(),
  ) {
    this.state = new CollectionState(connection);
    this.hidden = new HiddenPaths(connection);
    this.sources = new SourceTable(connection, this.hidden);
    this.fields = new FieldTable(connection);
    this.embeddings = new EmbeddingTable(connection, this.state);
    this.images = new ImageTable(connection, this.embeddings, this.state, filtered);
    const given = new GivenLabels(connection);
    this.writer = new ImageWriter(connection, this.state, this.embeddings, this.hidden, given);
    this.encoders = new EncoderTable(connection, this.state, this.images);
    this.maps = new MapTable(connection);
    this.jobs = new JobQueue(connection, this.hidden);
    this.descriptions = new Descriptions(this);
  }

  /**
   * Opens a collection's file.
   * @param options `create`: make it when absent; `tell`: about one of an earlier version, which is rewritten
   * @throws SemblanceError COLLECTION_NOT_FOUND, COLLECTION_TOO_NEW, COLLECTION_DAMAGED
   */
  static open(file: string, options: { create?: boolean; tell?: Tell } = {}): CollectionStore {
    return new CollectionStore(new Connection(file, options.create ?? false, options.tell));
  }

  /** The collection's file. */
  get file(): string {
    return this.connection.file;
  }

  close(): void {
    this.closeIdle(0);
    this.closed = true;
    this.descriptions.close();
    this.connection.close();
  }

  /** Closes the connections that no snapshot has used for so many milliseconds. */
  closeIdle(age: number): void {
    const before = performance.now() - age;
    while (this.idle[0] !== undefined && this.idle[0].since <= before)
      this.idle.shift()?.state.close();
  }

  /** What is read next is read from the file, not from what was read before. */
  forgetPages(): void {
    this.closeIdle(0);
    this.connection.db.exec('PRAGMA shrink_memory');
  }

  /**
   * Runs a function on one committed state of the collection: all that it reads fits together,
   * whatever is written meanwhile. Several may run at a time; further ones wait.
   * @param read may read only until the function ends
   * @param signal ends the wait for a connection; the function has to look at it itself
   * @throws SemblanceError COLLECTION_BUSY when it was written while it could only be read without locks;
   *   the signal's reason
   */
  async snapshot<T>(
    read: (state: ReadableCollection) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    signal?.throwIfAborted();
    if (this.snapshots < MAX_SNAPSHOTS) this.snapshots += 1;
    else await this.turn(signal);
    try {
      return await this.readState(read);
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.snapshots -= 1;
    }
  }

  /** Waits for the connection of a snapshot that ends. */
  private turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(start), 1);
        reject(signal?.reason);
      };
      const start = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.waiting.push(start);
    });
  }

  private async readState<T>(read: (state: ReadableCollection) => Promise<T>): Promise<T> {
    let state = this.idle.pop()?.state ?? this.another();
    if (state.connection.outdated) {
      state.close();
      state = this.another();
    }
    const { db } = state.connection;
    try {
      db.exec('BEGIN');
      // SQLite fixes the state at the first read.
      state.generation();
      const result = await read(state);
      if (state.connection.outdated) {
        throw new SemblanceError('COLLECTION_BUSY', 'It was changed while it was read.', {
          subject: this.file,
        });
      }
      return result;
    } finally {
      if (db.inTransaction) db.exec('ROLLBACK');
      if (this.closed || state.connection.outdated) state.close();
      else this.idle.push({ state, since: performance.now() });
    }
  }

  private another(): CollectionStore {
    return new CollectionStore(new Connection(this.file, false), this.filtered);
  }

  /** See `IndexClaim`. */
  claimIndexing(sourceId: number, encoderId: number): IndexClaim {
    return IndexClaim.take(this.connection, sourceId, encoderId);
  }

  /**
   * Keeps others from writing until it is released, or until the collection has ended: then nobody indexes into it who has
   * its file open still.
   * @throws SemblanceError COLLECTION_BUSY while another one writes or indexes
   */
  hold(): { end(): void; release(): void } {
    const { connection } = this;
    const { db } = connection;
    const release = () => {
      if (db.inTransaction) db.exec('ROLLBACK');
    };
    connection.coded(() => db.exec('BEGIN IMMEDIATE'));
    try {
      IndexClaim.refuseAny(connection);
    } catch (error) {
      release();
      throw error;
    }
    const end = () =>
      connection.coded(() => {
        IndexClaim.end(connection);
        db.exec('COMMIT');
      });
    return { end, release };
  }

  /** See `checkIntegrity`. */
  check(onProgress?: (done: number, total: number) => void): Integrity {
    const { connection, images, embeddings, encoders } = this;
    return checkIntegrity({ connection, images, embeddings, encoders }, onProgress);
  }

  /** Runs several writing methods as one transaction: all of them or none. */
  atomically<T>(work: () => T): T {
    return this.connection.write(work);
  }

  /**
   * A number that rises with every change of images or embeddings, by any process; of one encoder,
   * with every change of its embeddings alone, so that others are indexed without disturbing it.
   */
  generation(encoderId?: number): number {
    return this.state.generation(encoderId);
  }

  /**
   * A random name of the state that the last change of an encoder's embeddings made: unlike the
   * generation, it differs between collections that went apart from the same copy. Undefined before
   * the first change.
   */
  stateName(encoderId: number): string | undefined {
    return this.state.nameOf(encoderId);
  }

  /**
   * How DICOM objects are taken: which frames of them (see `parseFrames`), what is kept of whom they are of; and what is
   * done about text that is burned into any picture.
   */
  dicom(): DicomSettings {
    const kept = this.connection.meta('dicom');
    const usual = { frames: 'all', identity: 'pseudonymous', dates: 'year', burnedIn: 'auto' };
    return { ...usual, ...(kept && JSON.parse(kept)) };
  }

  /** Sets how DICOM objects are taken from now on; what is not given stays as it is. */
  setDicom(settings: { [Key in keyof DicomSettings]?: DicomSettings[Key] | undefined }): void {
    this.connection.write(() => {
      const all = { ...this.dicom(), ...JSON.parse(JSON.stringify(settings)) };
      this.connection.setMeta('dicom', JSON.stringify(all));
    });
  }

  /** A random name of the collection that copies of the file keep; undefined until `makeIdentity` was called. */
  identity(): string | undefined {
    return this.connection.meta('identity');
  }

  /** The random name of the collection, made when it has none. */
  makeIdentity(): string {
    return (
      this.identity() ??
      this.connection.write(() => {
        this.connection.run(
          "INSERT OR IGNORE INTO meta (key, value) VALUES ('identity', ?)",
          randomUUID(),
        );
        return this.identity() as string;
      })
    );
  }
}
