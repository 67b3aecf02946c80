import { randomUUID } from 'node:crypto';
import { isAbsolute, join, sep } from 'node:path';
import type Database from 'libsql';
import { SemblanceError } from '../errors/error.ts';
import { type Activation, defaultEncoder, inForce, parseActivations } from './activations.ts';
import { openDatabase, storeError, transaction } from './database.ts';
import { countFacets, type FieldCounts } from './facets.ts';
import { distinctValues, type Filter, filterCondition, numberOf } from './filter.ts';
import { JobQueue } from './job-queue.ts';
import {
  fieldsOf,
  type ImageContent,
  type ImageDescription,
  type ImageRecord,
  isUnread,
  type StoredEncoder,
  UNREAD,
  unreadContent,
} from './records.ts';
import type { Unit } from './units.ts';
import { resolveWhere } from './where.ts';

/** One image to write, with its new embeddings by encoder id. */
export interface ImageWrite {
  description: ImageDescription;
  /** Undefined when the file was not read: what is known of it stays. */
  content?: ImageContent | undefined;
  embeddings: ReadonlyMap<number, Float32Array>;
  /**
   * The image that was renamed to this path: it keeps its id and its embeddings. Without effect when
   * it has gone or changed meanwhile, or the path is taken.
   */
  renamedFrom?: ImagePlace | undefined;
}

/** What the store has of a path, for incremental indexing. */
export interface KnownImage {
  id: number;
  contentHash: string;
  /** Ids of the encoders it has embeddings of. */
  encoders: readonly number[];
  /** The description as it was written, for comparison. */
  description: ImageDescription;
  /** Whether its perceptual hash is known. */
  hashed: boolean;
}

/** Where an image of some content is. */
export interface ImagePlace {
  id: number;
  sourceId: number;
  path: string;
  /** Absolute path of its file. */
  file: string;
}

interface ImageRow {
  id: number;
  path: string;
  content_hash: string;
  bytes: number;
  width: number;
  height: number;
  patient: string | null;
  study: string | null;
  series: string | null;
  labels: string;
  metadata: string;
  facts: string;
}

const IMAGE_COLUMNS =
  'id, path, content_hash, bytes, width, height, patient, study, series, labels, metadata, facts';

function toDescription(row: ImageRow): ImageDescription {
  return {
    path: row.path,
    patient: row.patient,
    study: row.study,
    series: row.series,
    labels: JSON.parse(row.labels),
    metadata: JSON.parse(row.metadata),
  };
}

function toRecord(row: ImageRow): ImageRecord {
  return {
    ...toDescription(row),
    id: row.id,
    contentHash: row.content_hash,
    bytes: row.bytes,
    width: row.width,
    height: row.height,
    facts: JSON.parse(row.facts),
  };
}

function fileOf(root: string, path: string): string {
  return isAbsolute(path) ? path : join(root, path);
}

/** Embeddings read at a time. */
const PIECE = 256;

/** Connections that are kept for the next snapshots; each has a cache of its own. */
const MAX_IDLE = 8;

/** Key of the default encoders' history in `meta`. */
const ACTIVATIONS = 'activations';

function countKey(encoderId: number): string {
  return `embeddings:${encoderId}`;
}

function generationKey(encoderId: number | undefined): string {
  return encoderId === undefined ? 'generation' : `generation:${encoderId}`;
}

function calibrationKey(fingerprint: string): string {
  return `calibration ${fingerprint}`;
}

/** Encoders whose embeddings a transaction changed, with how many more there are of each. */
type Changes = Map<number, number>;

function note(changes: Changes, encoderId: number, more: number): void {
  changes.set(encoderId, (changes.get(encoderId) ?? 0) + more);
}

function toVector(blob: Buffer): Float32Array {
  // A copy, because the blob's offset in its pool need not be a multiple of four.
  return new Float32Array(Uint8Array.from(blob).buffer);
}

/**
 * The images of a collection, their descriptions and their embeddings, in one SQLite file.
 * Every writing method is one transaction. Errors carry DISK_FULL, COLLECTION_BUSY or
 * COLLECTION_DAMAGED where SQLite says so.
 */
export class CollectionStore {
  /** Connections of snapshots that have ended. */
  private readonly idle: CollectionStore[] = [];
  private closed = false;

  /** The images that workers are to encode. */
  readonly jobs: JobQueue;

  private constructor(
    /** The collection's file. */
    readonly file: string,
    private readonly db: Database.Database,
  ) {
    this.jobs = new JobQueue(db, (work) => this.write(work));
  }

  /**
   * Opens a collection's file.
   * @param options `create`: make it when absent
   * @throws SemblanceError COLLECTION_NOT_FOUND, COLLECTION_TOO_NEW, COLLECTION_DAMAGED
   */
  static open(file: string, options: { create?: boolean } = {}): CollectionStore {
    return new CollectionStore(file, openDatabase(file, options.create ?? false));
  }

  close(): void {
    for (const state of this.idle.splice(0)) state.close();
    this.closed = true;
    this.db.close();
  }

  /**
   * Runs a function on one committed state of the collection: all that it reads fits together,
   * whatever is written meanwhile. Several may run at a time.
   * @param read gets a store that must only be read, and only until the function ends
   */
  async snapshot<T>(read: (state: CollectionStore) => Promise<T>): Promise<T> {
    const state = this.idle.pop() ?? CollectionStore.open(this.file);
    try {
      state.db.exec('BEGIN');
      // SQLite fixes the state at the first read.
      state.generation();
      return await read(state);
    } finally {
      if (state.db.inTransaction) state.db.exec('ROLLBACK');
      if (this.closed || this.idle.length >= MAX_IDLE) state.close();
      else this.idle.push(state);
    }
  }

  /**
   * A number that rises with every change of images or embeddings, by any process; of one encoder,
   * with every change of its embeddings alone, so that others are indexed without disturbing it.
   */
  generation(encoderId?: number): number {
    return Number(this.meta(generationKey(encoderId)) ?? 0);
  }

  /**
   * A random name of the state that the last change of an encoder's embeddings made: unlike the
   * generation, it differs between collections that went apart from the same copy. Undefined before
   * the first change.
   */
  stateName(encoderId: number): string | undefined {
    return this.meta(`state:${encoderId}`) ?? this.meta('state');
  }

  /** A random name of the collection that copies of the file keep; undefined until `makeIdentity` was called. */
  identity(): string | undefined {
    return this.meta('identity');
  }

  /** The random name of the collection, made when it has none. */
  makeIdentity(): string {
    return (
      this.identity() ??
      this.write(() => {
        this.run("INSERT OR IGNORE INTO meta (key, value) VALUES ('identity', ?)", randomUUID());
        return this.identity() as string;
      })
    );
  }

  /** What `saveCalibration` stored for an encoder. */
  calibration(fingerprint: string): string | undefined {
    return this.meta(calibrationKey(fingerprint));
  }

  /** Stores the calibration of an encoder here, in place of an earlier one. */
  saveCalibration(fingerprint: string, json: string): void {
    this.write(() => this.setMeta(calibrationKey(fingerprint), json));
  }

  /** The id of a source folder, registered when it is new. */
  source(root: string): number {
    return this.write(() => {
      this.run('INSERT INTO sources (root) VALUES (?) ON CONFLICT (root) DO NOTHING', root);
      return (this.get('SELECT id FROM sources WHERE root = ?', root) as { id: number }).id;
    });
  }

  /**
   * The id of an encoder, registered when its fingerprint is new. The definition of a known one
   * is renewed, because its model file may have moved.
   */
  encoder(encoder: Omit<StoredEncoder, 'id' | 'embeddings'>): number {
    return this.write(() => {
      this.keepDefault(encoder.fingerprint);
      this.run(
        `INSERT INTO encoders (name, fingerprint, dimension, definition) VALUES (?, ?, ?, ?)
         ON CONFLICT (fingerprint) DO UPDATE SET name = excluded.name, definition = excluded.definition`,
        encoder.name,
        encoder.fingerprint,
        encoder.dimension,
        encoder.definition,
      );
      const row = this.get('SELECT id FROM encoders WHERE fingerprint = ?', encoder.fingerprint);
      return (row as { id: number }).id;
    });
  }

  /** The encoders that are registered here; of one name, the last registered comes first. */
  encoders(): StoredEncoder[] {
    return this.all<Omit<StoredEncoder, 'embeddings'>>(
      'SELECT id, name, fingerprint, dimension, definition FROM encoders ORDER BY id DESC',
    ).map((encoder) => ({ ...encoder, embeddings: this.countEmbeddings(encoder.id) }));
  }

  /** The encoder that answers when none is named; undefined while there are no embeddings. */
  defaultEncoder(): StoredEncoder | undefined {
    const filled = this.encoders().filter(({ embeddings }) => embeddings > 0);
    return defaultEncoder(filled, this.activations());
  }

  /** Which encoders were the collection's default, oldest first; empty while none was chosen. */
  activations(): Activation[] {
    return parseActivations(this.meta(ACTIVATIONS));
  }

  /**
   * Makes an encoder the collection's default, at once for every process.
   * @param allowIncomplete also when images have no embedding of it
   * @throws SemblanceError ENCODER_INCOMPLETE
   */
  activate(encoder: StoredEncoder, allowIncomplete = false): void {
    this.write(() => {
      if (inForce(this.activations())?.fingerprint === encoder.fingerprint) return;
      const lacking = this.lacking(encoder.id);
      if (lacking > 0 && !allowIncomplete) {
        throw new SemblanceError(
          'ENCODER_INCOMPLETE',
          `${lacking} of ${this.count()} images have no embedding of it.`,
          { subject: encoder.name },
        );
      }
      this.appendActivation(encoder);
    });
  }

  /**
   * Ends a run that encoded every image: a new form of the default encoder (same name, changed model or
   * settings) takes its place, because the old form cannot encode new pictures any more.
   */
  succeed(encoderId: number): void {
    this.write(() => {
      const encoder = this.encoders().find(({ id }) => id === encoderId);
      const before = inForce(this.activations());
      const renewed =
        encoder?.name === before?.name && encoder?.fingerprint !== before?.fingerprint;
      if (encoder && renewed && this.lacking(encoderId) === 0) this.appendActivation(encoder);
    });
  }

  /**
   * Goes back to the default encoder before the present one.
   * @returns what is the default now
   * @throws SemblanceError ENCODER_NOT_FOUND when there is none to go back to
   */
  rollBack(): Activation {
    return this.write(() => {
      const history = this.activations();
      const present = inForce(history);
      const earlier = inForce(history.slice(0, present && history.indexOf(present)));
      const kept = this.encoders().some(({ fingerprint }) => fingerprint === earlier?.fingerprint);
      if (present === undefined || earlier === undefined || !kept) {
        throw new SemblanceError(
          'ENCODER_NOT_FOUND',
          earlier === undefined
            ? 'No other encoder was the default before.'
            : 'The default before it was dropped.',
          { subject: (earlier ?? present)?.name ?? '' },
        );
      }
      present.rolledBack = new Date().toISOString();
      this.setMeta(ACTIVATIONS, JSON.stringify(history));
      this.bumpGeneration(new Map());
      return earlier;
    });
  }

  /** Removes an encoder with all its embeddings, and gives the space back to the disk. */
  dropEncoder(encoderId: number): void {
    this.write(() => {
      const removed = this.run('DELETE FROM embeddings WHERE encoder_id = ?', encoderId);
      this.run('DELETE FROM encoders WHERE id = ?', encoderId);
      this.bumpGeneration(new Map([[encoderId, -removed]]));
    });
    try {
      this.db.exec('VACUUM');
    } catch (error) {
      // Another process reads or writes; SQLite uses the free pages for what comes next.
      if (storeError(error, this.file).code !== 'COLLECTION_BUSY') {
        throw storeError(error, this.file);
      }
    }
  }

  /** A page of the images that lack an embedding of one of these encoders, in the order of their ids. */
  imagesLacking(
    encoderIds: readonly number[],
    options: { offset?: number; limit?: number } = {},
  ): ImageRecord[] {
    const lacks = encoderIds.map(
      () => 'id NOT IN (SELECT image_id FROM embeddings WHERE encoder_id = ?)',
    );
    return this.all<ImageRow>(
      `SELECT ${IMAGE_COLUMNS} FROM images WHERE ${lacks.join(' OR ') || '0'}
       ORDER BY id LIMIT ? OFFSET ?`,
      ...encoderIds,
      options.limit ?? -1,
      options.offset ?? 0,
    ).map(toRecord);
  }

  /** How many images have no embedding of an encoder. */
  lacking(encoderId: number): number {
    return this.count() - this.countEmbeddings(encoderId);
  }

  /** The descriptions of a source's images, as they were indexed. */
  descriptions(sourceId: number): ImageDescription[] {
    return this.all<ImageRow>(
      `SELECT ${IMAGE_COLUMNS} FROM images WHERE source_id = ? ORDER BY id`,
      sourceId,
    ).map(toDescription);
  }

  /** What is stored of a path of a source. */
  known(sourceId: number, path: string): KnownImage | undefined {
    const row = this.get<ImageRow>(
      `SELECT ${IMAGE_COLUMNS} FROM images WHERE source_id = ? AND path = ?`,
      sourceId,
      path,
    );
    if (row === undefined) return undefined;
    return {
      id: row.id,
      contentHash: row.content_hash,
      encoders: this.encodersOf(row.id),
      description: toDescription(row),
      hashed: this.perceptualHash(row.id) !== null,
    };
  }

  /** The perceptual hash of an image; null while it is not known. */
  perceptualHash(id: number): string | null {
    const row = this.get<{ phash: string | null }>('SELECT phash FROM images WHERE id = ?', id);
    return row?.phash ?? null;
  }

  /** Adds the perceptual hash of an image that was indexed before there were any. */
  setPerceptualHash(id: number, hash: string): void {
    this.write(() => this.run('UPDATE images SET phash = ? WHERE id = ?', hash, id));
  }

  /** Id, content hash and perceptual hash of every image whose file was read, in the order of ids. */
  hashes(filter: Filter = []): { id: number; contentHash: string; hash: string | null }[] {
    const { sql, params } = filterCondition(filter, 'images.id');
    return this.all<{ id: number; contentHash: string; hash: string | null }>(
      `SELECT id, content_hash AS contentHash, phash AS hash FROM images WHERE ${sql} ORDER BY id`,
      ...params,
    ).filter(({ contentHash }) => !isUnread(contentHash));
  }

  /**
   * Writes images with their embeddings: all of them or none. An image whose content has changed
   * loses the embeddings of its old content; one that was never read keeps those it was given.
   */
  writeImages(sourceId: number, images: readonly ImageWrite[]): void {
    if (images.length === 0) return;
    this.write(() => {
      const changed: Changes = new Map();
      for (const image of images) this.writeImage(sourceId, image, changed);
      this.bumpGeneration(changed);
    });
  }

  /**
   * Removes images with their fields and embeddings: all of them or none. Their ids are never given
   * again; what is deleted is overwritten in the file. One that was renamed meanwhile stays.
   * @returns how many were removed
   */
  removeImages(images: Iterable<{ id: number; path: string }>): number {
    return this.write(() => {
      let removed = 0;
      const changed: Changes = new Map();
      for (const { id, path } of images) {
        const encoderIds = this.encodersOf(id);
        if (this.run('DELETE FROM images WHERE id = ? AND path = ?', id, path) === 0) continue;
        for (const encoderId of encoderIds) note(changed, encoderId, -1);
        removed += 1;
      }
      if (removed > 0) this.bumpGeneration(changed);
      return removed;
    });
  }

  /** Runs several writing methods as one transaction: all of them or none. */
  atomically<T>(work: () => T): T {
    return this.write(work);
  }

  /** Renews the description of a known image. */
  describe(id: number, description: ImageDescription): void {
    this.write(() => {
      this.writeDescription(id, description);
      this.bumpGeneration(new Map());
    });
  }

  /** How many images match a filter. */
  count(filter: Filter = []): number {
    const { sql, params } = filterCondition(filter, 'images.id');
    return (this.get(`SELECT count(*) AS n FROM images WHERE ${sql}`, ...params) as { n: number })
      .n;
  }

  /** A page of the images that match a filter, in the order of their ids. */
  images(options: { filter?: Filter; offset?: number; limit?: number } = {}): ImageRecord[] {
    const { sql, params } = filterCondition(options.filter ?? [], 'images.id');
    const rows = this.all<ImageRow>(
      `SELECT ${IMAGE_COLUMNS} FROM images WHERE ${sql} ORDER BY id LIMIT ? OFFSET ?`,
      ...params,
      options.limit ?? -1,
      options.offset ?? 0,
    );
    return rows.map(toRecord);
  }

  /**
   * One image.
   * @throws SemblanceError IMAGE_NOT_FOUND
   */
  image(id: number): ImageRecord {
    const row = this.get<ImageRow>(`SELECT ${IMAGE_COLUMNS} FROM images WHERE id = ?`, id);
    if (row === undefined) {
      throw new SemblanceError('IMAGE_NOT_FOUND', `The collection has no image ${id}.`);
    }
    return toRecord(row);
  }

  /** Absolute path of an image's file. */
  filePath(id: number): string {
    const row = this.get<{ root: string; path: string }>(
      'SELECT root, path FROM images JOIN sources ON sources.id = source_id WHERE images.id = ?',
      id,
    );
    if (row === undefined) {
      throw new SemblanceError('IMAGE_NOT_FOUND', `The collection has no image ${id}.`);
    }
    return fileOf(row.root, row.path);
  }

  /** Ids of the images that match a filter, ascending. */
  idsWhere(filter: Filter): number[] {
    const { sql, params } = filterCondition(filter, 'images.id');
    return this.all<{ id: number }>(
      `SELECT id FROM images WHERE ${sql} ORDER BY id`,
      ...params,
    ).map((row) => row.id);
  }

  /** The content hash of an image; undefined when there is no such image. */
  contentHashOf(id: number): string | undefined {
    return this.get<{ hash: string }>('SELECT content_hash AS hash FROM images WHERE id = ?', id)
      ?.hash;
  }

  /** Ids of the images with this content. */
  idsOfContent(contentHash: string): number[] {
    return this.all<{ id: number }>(
      'SELECT id FROM images WHERE content_hash = ? ORDER BY id',
      contentHash,
    ).map((row) => row.id);
  }

  /** Where the images with this content are, by id. */
  placesOfContent(contentHash: string): ImagePlace[] {
    return this.places('content_hash = ?', contentHash);
  }

  /** Where the images of a source are whose files were read, by id. */
  placesOfSource(sourceId: number): ImagePlace[] {
    return this.places(`source_id = ? AND content_hash NOT LIKE '${UNREAD}%'`, sourceId);
  }

  /** The folders that were indexed. */
  sources(): { id: number; root: string }[] {
    return this.all('SELECT id, root FROM sources ORDER BY id');
  }

  /**
   * Ids of the images at a path or in a folder.
   * @param absolute where it is on the disk
   * @param written as a source's images name it; taken when the disk's path names none
   */
  idsOfPath(absolute: string, written: string): number[] {
    const rows = this.all<{ id: number; path: string; root: string }>(
      'SELECT images.id, path, root FROM images JOIN sources ON sources.id = source_id',
    );
    const within = (path: string, folder: string, separator: string) =>
      path === folder || path.startsWith(folder.endsWith(separator) ? folder : folder + separator);
    const found = rows.filter(({ root, path }) => within(fileOf(root, path), absolute, sep));
    const named = found.length > 0 ? found : rows.filter(({ path }) => within(path, written, '/'));
    return named.map(({ id }) => id);
  }

  /** Ids of the images of a patient, study or series. */
  idsOf(unit: Unit, name: string): number[] {
    return this.all<{ id: number }>(
      'SELECT image_id AS id FROM fields WHERE field = ? AND value = ?',
      unit,
      name,
    ).map((row) => row.id);
  }

  /** Name of an image's patient, study or series; null when it is not known. */
  unitName(unit: Unit, id: number): string | null {
    const row = this.get<{ name: string | null }>(
      `SELECT ${unit} AS name FROM images WHERE id = ?`,
      id,
    );
    return row?.name ?? null;
  }

  /** Names of all fields, sorted. */
  fields(): string[] {
    return this.all<{ each: string }>(distinctValues('field')).map(({ each }) => each);
  }

  /**
   * Reads a query of the search language for this collection.
   * @throws SemblanceError QUERY_INVALID
   */
  where(text: string): Filter {
    return resolveWhere(text, this.fields());
  }

  /**
   * The values of every field with their counts, most frequent first. The counts of a field are
   * taken without the values chosen of it, so that its further values stay in view.
   * @param limit values of one field at the most
   */
  facets(filter: Filter, limit = 50): FieldCounts[] {
    try {
      return countFacets(this.db, filter, limit);
    } catch (error) {
      throw storeError(error, this.file);
    }
  }

  /**
   * Embeddings of an encoder in the order of the image ids: one `[imageId, vector]` at a time. Those of
   * one state only in a snapshot, because they are read piece by piece: an open SQL cursor that is left
   * before its end would hold this connection at an old state.
   */
  *embeddings(encoderId: number): Generator<[imageId: number, vector: Float32Array]> {
    const statement = this.db
      .prepare(
        `SELECT image_id, vector FROM embeddings WHERE encoder_id = ? AND image_id > ?
         ORDER BY image_id LIMIT ${PIECE}`,
      )
      .raw();
    for (let after = 0; ; ) {
      const rows = statement.all([encoderId, after]) as [number, Buffer][];
      for (const [id, blob] of rows) yield [id, toVector(blob)];
      after = rows.at(-1)?.[0] ?? after;
      if (rows.length < PIECE) return;
    }
  }

  /** Ids of the images with an embedding of an encoder, ascending. */
  embeddingIds(encoderId: number): Int32Array {
    const statement = this.db.prepare(
      'SELECT image_id FROM embeddings WHERE encoder_id = ? ORDER BY image_id',
    );
    return Int32Array.from(statement.pluck().all([encoderId]) as number[]);
  }

  /** Writes embeddings of known images, all of them or none. */
  writeEmbeddings(encoderId: number, rows: readonly (readonly [number, Float32Array])[]): void {
    if (rows.length === 0) return;
    this.write(() => {
      const changed: Changes = new Map();
      for (const [imageId, vector] of rows) {
        this.writeEmbedding(encoderId, imageId, vector, changed);
      }
      this.bumpGeneration(changed);
    });
  }

  /** The embedding of one image, if it has one of this encoder. */
  embedding(encoderId: number, imageId: number): Float32Array | undefined {
    const row = this.get<{ vector: Buffer }>(
      'SELECT vector FROM embeddings WHERE encoder_id = ? AND image_id = ?',
      encoderId,
      imageId,
    );
    return row && toVector(row.vector);
  }

  private places(condition: string, ...params: unknown[]): ImagePlace[] {
    const rows = this.all<Omit<ImagePlace, 'file'> & { root: string }>(
      `SELECT images.id, source_id AS sourceId, path, root FROM images
       JOIN sources ON sources.id = source_id WHERE ${condition} ORDER BY images.id`,
      ...params,
    );
    return rows.map(({ root, ...place }) => ({ ...place, file: fileOf(root, place.path) }));
  }

  private writeImage(sourceId: number, image: ImageWrite, changed: Changes): void {
    const { description, content, embeddings, renamedFrom } = image;
    if (renamedFrom !== undefined && content !== undefined) {
      this.run(
        `UPDATE OR IGNORE images SET source_id = ?, path = ?
         WHERE id = ? AND source_id = ? AND path = ? AND content_hash = ?`,
        sourceId,
        description.path,
        renamedFrom.id,
        renamedFrom.sourceId,
        renamedFrom.path,
        content.contentHash,
      );
    }
    const old = this.get<{ id: number; content_hash: string }>(
      'SELECT id, content_hash FROM images WHERE source_id = ? AND path = ?',
      sourceId,
      description.path,
    );
    let id = old?.id;
    if (id !== undefined && content === undefined) this.writeDescription(id, description);
    else {
      const known = content ?? unreadContent(sourceId, description.path);
      if (old && old.content_hash !== known.contentHash && !isUnread(old.content_hash)) {
        for (const encoderId of this.encodersOf(old.id)) note(changed, encoderId, -1);
        this.run('DELETE FROM embeddings WHERE image_id = ?', old.id);
      }
      id = this.writeContent(sourceId, description, known);
    }
    for (const [encoderId, vector] of embeddings) {
      this.writeEmbedding(encoderId, id, vector, changed);
    }
  }

  private writeEmbedding(
    encoderId: number,
    imageId: number,
    vector: Float32Array,
    changed: Changes,
  ): void {
    note(changed, encoderId, this.encodersOf(imageId).includes(encoderId) ? 0 : 1);
    this.run(
      `INSERT INTO embeddings (encoder_id, image_id, vector) VALUES (?, ?, ?)
       ON CONFLICT (encoder_id, image_id) DO UPDATE SET vector = excluded.vector`,
      encoderId,
      imageId,
      Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength),
    );
  }

  /** Writes an image without its embeddings and gives its id. */
  private writeContent(
    sourceId: number,
    description: ImageDescription,
    content: ImageContent,
  ): number {
    this.run(
      `INSERT INTO images (source_id, path, content_hash, bytes, width, height,
         patient, study, series, labels, metadata, facts, phash)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (source_id, path) DO UPDATE SET
         content_hash = excluded.content_hash, bytes = excluded.bytes, width = excluded.width,
         height = excluded.height, patient = excluded.patient, study = excluded.study,
         series = excluded.series, labels = excluded.labels, metadata = excluded.metadata,
         facts = excluded.facts, phash = excluded.phash`,
      sourceId,
      description.path,
      content.contentHash,
      content.bytes,
      content.width,
      content.height,
      description.patient,
      description.study,
      description.series,
      JSON.stringify(description.labels),
      JSON.stringify(description.metadata),
      JSON.stringify(content.facts),
      content.perceptualHash ?? null,
    );
    const { id } = this.get(
      'SELECT id FROM images WHERE source_id = ? AND path = ?',
      sourceId,
      description.path,
    ) as { id: number };
    this.writeFields(id, description);
    return id;
  }

  private writeDescription(id: number, description: ImageDescription): void {
    this.run(
      'UPDATE images SET patient = ?, study = ?, series = ?, labels = ?, metadata = ? WHERE id = ?',
      description.patient,
      description.study,
      description.series,
      JSON.stringify(description.labels),
      JSON.stringify(description.metadata),
      id,
    );
    this.writeFields(id, description);
  }

  private writeFields(id: number, description: ImageDescription): void {
    this.run('DELETE FROM fields WHERE image_id = ?', id);
    for (const [field, value] of fieldsOf(description)) {
      this.run(
        'INSERT OR IGNORE INTO fields (field, value, image_id, number) VALUES (?, ?, ?, ?)',
        field,
        value,
        id,
        numberOf(value),
      );
    }
  }

  private bumpGeneration(changes: Changes): void {
    for (const id of [undefined, ...changes.keys()]) {
      this.setMeta(generationKey(id), String(this.generation(id) + 1));
      this.setMeta(id === undefined ? 'state' : `state:${id}`, randomUUID());
    }
    for (const [id, more] of changes) {
      const before = this.meta(countKey(id));
      const count = before === undefined ? this.countRows(id) : Number(before) + more;
      this.setMeta(countKey(id), String(count));
    }
  }

  /** Before another encoder comes in, the one that answers now is noted as the default. */
  private keepDefault(fingerprint: string): void {
    const present = this.defaultEncoder();
    if (present === undefined || present.fingerprint === fingerprint) return;
    if (inForce(this.activations()) === undefined) this.appendActivation(present);
  }

  private appendActivation({ fingerprint, name, id }: StoredEncoder): void {
    const entry: Activation = {
      fingerprint,
      name,
      at: new Date().toISOString(),
      embeddings: this.countEmbeddings(id),
      images: this.count(),
      rolledBack: null,
    };
    this.setMeta(ACTIVATIONS, JSON.stringify([...this.activations(), entry]));
    this.bumpGeneration(new Map());
  }

  /** A count that is kept with the embeddings, because counting many takes seconds. */
  private countEmbeddings(encoderId: number): number {
    const kept = this.meta(countKey(encoderId));
    return kept === undefined ? this.countRows(encoderId) : Number(kept);
  }

  private countRows(encoderId: number): number {
    // By the index without the vectors, which is a small part of the table.
    const row = this.get<{ count: number }>(
      'SELECT count(*) AS count FROM embeddings INDEXED BY embeddings_by_image WHERE encoder_id = ?',
      encoderId,
    );
    return row?.count ?? 0;
  }

  private encodersOf(imageId: number): number[] {
    return this.all<{ id: number }>(
      'SELECT encoder_id AS id FROM embeddings WHERE image_id = ?',
      imageId,
    ).map(({ id }) => id);
  }

  private meta(key: string): string | undefined {
    return this.get<{ value: string }>('SELECT value FROM meta WHERE key = ?', key)?.value;
  }

  private setMeta(key: string, value: string): void {
    this.run(
      'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      key,
      value,
    );
  }

  private write<T>(work: () => T): T {
    if (this.db.inTransaction) return work();
    try {
      return transaction(this.db, work);
    } catch (error) {
      throw storeError(error, this.file);
    }
  }

  private readonly statements = new Map<string, Database.Statement>();

  /** Parameters are always handed over as one list: libsql takes a lone Buffer for named parameters. */
  private statement(sql: string): Database.Statement {
    let statement = this.statements.get(sql);
    if (statement === undefined) {
      statement = this.db.prepare(sql);
      this.statements.set(sql, statement);
    }
    return statement;
  }

  /** @returns how many rows it changed */
  private run(sql: string, ...params: unknown[]): number {
    return this.statement(sql).run(params).changes;
  }

  private get<T = unknown>(sql: string, ...params: unknown[]): T | undefined {
    try {
      return this.statement(sql).get(params) as T | undefined;
    } catch (error) {
      throw storeError(error, this.file);
    }
  }

  private all<T>(sql: string, ...params: unknown[]): T[] {
    try {
      return this.statement(sql).all(params) as T[];
    } catch (error) {
      throw storeError(error, this.file);
    }
  }
}
