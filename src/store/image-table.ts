import { SemblanceError } from '../domain/errors/error.ts';
import type { IdBitmap } from '../domain/id-bitmap.ts';
import { LEVELS, type Level, levelKey } from '../domain/levels.ts';
import type { Filter } from '../domain/search-language/filter.ts';
import type { Decoding } from '../images/pixels.ts';
import type { CollectionState } from './collection-state.ts';
import type { DescribedState } from './columns/read-column.ts';
import { selectSince } from './columns/select-since.ts';
import type { Connection } from './connection.ts';
import { type ContentRow, contentNameOf, frameOf, HAS_FILE } from './content-name.ts';
import { levelIds, withoutLevels } from './described-fields.ts';
import type { EmbeddingTable } from './embedding-table.ts';
import { filterCondition } from './filter.ts';
import type { FilteredSets } from './filtered-sets.ts';
import {
  type Describe,
  IMAGE_COLUMNS,
  type ImageRow,
  parsedRows,
  toDescription,
  toRecord,
} from './image-rows.ts';
import { decodingOf, type ImageDescription, type ImageRecord } from './records.ts';

/** What the store has of a path, for incremental indexing. */
export interface KnownImage {
  id: number;
  /** Which picture of its file, from 1. */
  frame: number;
  /** SHA-256 of its file when it was read; null where it never was. */
  fileHash: string | null;
  /** Ids of the encoders it has embeddings of. */
  encoders: readonly number[];
  /** The description as it was written, for comparison. */
  description: ImageDescription;
  /** What reading its file gave when it was encoded; null when it was never read. */
  decoding: Decoding | null;
  /** Its perceptual hash, where it is known. */
  perceptualHash: string | null;
}

/** A part of a list in the order of ids: by default all of it. */
interface PageOptions {
  /** Only what has a higher id. */
  after?: number | undefined;
  /** So many are left out before the first one. */
  offset?: number;
  limit?: number;
}

/** What an image that is among those of its labels is told by. */
interface LabelledImage extends Pick<ImageRecord, 'id' | 'labels' | 'metadata'> {
  /** The number of the patient's name; null where it is not known. */
  patient: number | null;
}

/** What an image's duplicates are found by: the number of its object, the frame, and the perceptual hash. */
interface Fingerprint {
  id: number;
  object: number;
  frame: number;
  hash: string | null;
}

/** What decides whether two images belong together. */
type BelongingRow = { id: number; dataset: string | null } & Record<Level, string | null>;

const BELONGING_COLUMNS = [
  'id',
  ...LEVELS.map(
    (level, i) =>
      `(SELECT value FROM field_values WHERE id = images.fields ->> '$[2][${i}]') AS ${level}`,
  ),
  `(SELECT field_values.value FROM json_each(images.fields, '$[0]') AS each
    CROSS JOIN field_values ON field_values.id = each.value AND field = 'dataset') AS dataset`,
].join(', ');

function toBelonging({ dataset, ...row }: BelongingRow) {
  return { ...row, metadata: dataset === null ? {} : { dataset } };
}

/** The images with their descriptions, to read; `ImageWriter` writes them. */
export class ImageTable {
  constructor(
    private readonly connection: Connection,
    private readonly embeddings: EmbeddingTable,
    private readonly state: CollectionState,
    private readonly filtered: FilteredSets,
  ) {}

  /** How many images match a filter. */
  count(filter: Filter = []): number {
    if (filter.length === 0) return this.state.images();
    const { sql, params } = filterCondition(filter, 'images.id');
    const row = this.connection.get(`SELECT count(*) AS n FROM images WHERE ${sql}`, ...params);
    return (row as { n: number }).n;
  }

  /** How many images up to an id match a filter. */
  countUpTo(id: number, filter: Filter): number {
    const { sql, params } = filterCondition(filter, 'images.id');
    const asked = `SELECT count(*) AS n FROM images WHERE id <= ? AND (${sql})`;
    return this.connection.get<{ n: number }>(asked, id, ...params)?.n ?? 0;
  }

  /** A page of the images that match a filter, in the order of their ids. */
  page(options: { filter?: Filter } & PageOptions = {}): ImageRecord[] {
    const { sql, params } = filterCondition(options.filter ?? [], 'images.id');
    return this.records(sql, params, options);
  }

  /**
   * All images in the order of their ids, read piece by piece: of one state only in a snapshot. Few of millions are
   * in memory at a time.
   */
  *each(): Generator<ImageRecord> {
    const sql = `SELECT ${IMAGE_COLUMNS} FROM images WHERE id > ? ORDER BY id LIMIT ?`;
    for (const piece of this.connection.pieces<ImageRow>(sql)) yield* this.parsed(piece, toRecord);
  }

  /** Labels and metadata of every image, with the number of its patient's name in place of the name, as `each`. */
  *labelled(): Generator<LabelledImage> {
    const sql = 'SELECT id, fields FROM images WHERE id > ? ORDER BY id LIMIT ?';
    for (const piece of this.connection.pieces<Pick<ImageRow, 'id' | 'fields'>>(sql)) {
      const rows = piece.map(({ id, fields }) => ({ id, ...withoutLevels(fields) }));
      yield* this.parsed(rows, ({ id, fields, levels }, describe) => {
        const { labels, metadata } = describe(fields);
        return { id, labels, metadata, patient: levelIds(levels)[0] ?? null };
      });
    }
  }

  /** Id and path of every image, as `each`. */
  *paths(): Generator<[id: number, path: string]> {
    const sql = 'SELECT id, path FROM images WHERE id > ? ORDER BY id LIMIT ?';
    for (const piece of this.connection.pieces<{ id: number; path: string }>(sql)) {
      for (const { id, path } of piece) yield [id, path];
    }
  }

  /** Some images, in the order of their ids. */
  some(ids: readonly number[]): ImageRecord[] {
    return this.records('id IN (SELECT value FROM json_each(?))', [JSON.stringify(ids)]);
  }

  /** Differs between any two states of the images, their descriptions and their embeddings. */
  stateName(): string {
    return this.state.name();
  }

  /** A page of the images that lack an embedding of one of these encoders, in the order of their ids. */
  withoutEmbedding(encoderIds: readonly number[], options: PageOptions = {}): ImageRecord[] {
    const all = this.count();
    if (encoderIds.every((id) => this.state.embeddings(id) === all)) return [];
    const lacks = encoderIds.map(
      () => 'id NOT IN (SELECT item_id FROM embeddings WHERE encoder_id = ?)',
    );
    return this.records(lacks.join(' OR ') || '0', encoderIds, options);
  }

  /**
   * One image.
   * @throws SemblanceError IMAGE_NOT_FOUND, COLLECTION_DAMAGED
   */
  get(id: number): ImageRecord {
    const [record] = this.records('id = ?', [id]);
    if (record !== undefined) return record;
    if (this.embeddings.encodersOf(id).length > 0) {
      throw this.damaged(`There is an embedding of image ${id}, which is not there.`);
    }
    throw new SemblanceError('IMAGE_NOT_FOUND', `The collection has no image ${id}.`);
  }

  /** What is stored of a path of a source: its frames, in their order. */
  knownFrames(sourceId: number, path: string): KnownImage[] {
    const rows = this.connection.all<ImageRow>(
      `SELECT ${IMAGE_COLUMNS} FROM images WHERE source_id = ? AND path = ? ORDER BY frame`,
      sourceId,
      path,
    );
    return this.parsed(rows, (row, describe) => ({
      id: row.id,
      frame: row.frame,
      fileHash: row.content_hash,
      encoders: this.embeddings.encodersOf(row.id),
      description: toDescription(row, describe),
      decoding: decodingOf(row),
      perceptualHash: this.perceptualHash(row.id),
    }));
  }

  /** What is stored of the first frame of a path of a source. */
  known(sourceId: number, path: string): KnownImage | undefined {
    return this.knownFrames(sourceId, path)[0];
  }

  /** The descriptions of a source's files, as they were indexed: of several frames that of the first. */
  descriptions(sourceId: number): ImageDescription[] {
    const rows = this.connection.all<ImageRow>(
      `SELECT ${IMAGE_COLUMNS} FROM images WHERE id IN
         (SELECT min(id) FROM images WHERE source_id = ? GROUP BY path) ORDER BY id`,
      sourceId,
    );
    return this.parsed(rows, toDescription);
  }

  /** Ids of the images that match a filter, ascending. */
  idsWhere(filter: Filter): number[] {
    const { sql, params } = filterCondition(filter, 'images.id');
    return this.connection.ids(`SELECT id FROM images WHERE ${sql} ORDER BY id`, ...params);
  }

  /**
   * The images that match a filter, as one set for as long as the collection does not change. To be used
   * in a snapshot: what a transaction has not committed yet must not be remembered.
   */
  setWhere(filter: Filter): IdBitmap {
    return this.filtered.get(this.state.name(), JSON.stringify(filter), () => {
      const { sql, params } = filterCondition(filter, 'images.id');
      return this.connection.idSet(`SELECT id FROM images WHERE ${sql}`, ...params);
    });
  }

  /** See `selectSince`. */
  selectedSince(filter: Filter, then: DescribedState, selected: IdBitmap): IdBitmap | undefined {
    if (!this.state.describedSince(then.generation)) return undefined;
    return selectSince(this.connection, filter, then, selected);
  }

  /** Ids of the images of a SOP instance, by any of its names here, in the order of its frames. */
  idsOfInstance(names: readonly string[]): number[] {
    return this.connection.ids(
      `SELECT images.id AS id FROM objects JOIN images ON images.object_id = objects.id
       WHERE sop_instance IN (SELECT value FROM json_each(?)) ORDER BY frame, images.id`,
      JSON.stringify(names),
    );
  }

  /** What the SOP instance of an image is called here; null where it is not known to be of one. */
  instanceName(id: number): string | null {
    const sql =
      'SELECT sop_instance AS name FROM images JOIN objects ON objects.id = object_id WHERE images.id = ?';
    return this.connection.get<{ name: string | null }>(sql, id)?.name ?? null;
  }

  /**
   * The images that a filter selected and that are known to be of a SOP instance. To be used as `setWhere`.
   * @param selected by the filter; all when undefined
   */
  ofInstances(filter: Filter, selected: IdBitmap | undefined): IdBitmap {
    return this.filtered.get(this.state.name(), `instances ${JSON.stringify(filter)}`, () => {
      const found = this.connection.idSet(
        `SELECT images.id AS id FROM images JOIN objects ON objects.id = object_id
         WHERE sop_instance IS NOT NULL`,
      );
      if (selected !== undefined) found.keep(selected);
      return found;
    });
  }

  /** Ids of the images with this content. */
  idsOfContent(contentHash: string): number[] {
    const { object, frame } = frameOf(contentHash) ?? {};
    if (object === undefined) return [];
    return this.connection.ids(
      'SELECT id FROM images WHERE content_hash = ? AND frame = ? ORDER BY id',
      object,
      frame,
    );
  }

  /**
   * Ids of the images of the same patient, study or series as an image, with its own; none where that is not
   * known. See `levelKey` for who is the same.
   */
  idsOfSame(level: Level, id: number): number[] {
    const image = this.belonging(id);
    const key = image && levelKey(level, image);
    if (image === undefined || key === null) return [];
    return this.connection
      .all<BelongingRow>(
        `SELECT ${BELONGING_COLUMNS} FROM images
         WHERE id IN (SELECT image_id FROM image_values
           WHERE value_id = (SELECT id FROM field_values WHERE field = ? AND value = ?))`,
        level,
        image[level] as string,
      )
      .filter((row) => levelKey(level, toBelonging(row)) === key)
      .map((row) => row.id);
  }

  /** Images in the order of their series, of each in their spatial order; those without a position come last. */
  inSpace(ids: readonly number[]): number[] {
    return this.connection.ids(
      `SELECT id FROM images WHERE id IN (SELECT value FROM json_each(?))
       ORDER BY fields ->> '$[2][2]', position IS NULL, position, path, frame, id`,
      JSON.stringify(ids),
    );
  }

  /** Name of an image's patient, study or series, and its key (`levelKey`); null when it is not known. */
  levelOf(level: Level, id: number): { name: string; key: string } | null {
    const image = this.belonging(id);
    const key = image === undefined ? null : levelKey(level, image);
    return key === null ? null : { name: image?.[level] as string, key };
  }

  private belonging(id: number) {
    const row = this.connection.get<BelongingRow>(
      `SELECT ${BELONGING_COLUMNS} FROM images WHERE id = ?`,
      id,
    );
    return row === undefined ? undefined : toBelonging(row);
  }

  /**
   * SHA-256 of an image's file when it was read; null where only its embedding is known.
   * @throws SemblanceError IMAGE_NOT_FOUND, COLLECTION_DAMAGED
   */
  fileHash(id: number): string | null {
    return frameOf(this.get(id).contentHash)?.object ?? null;
  }

  /** What tells an image's content from others; undefined when there is no such image. */
  contentHash(id: number): string | undefined {
    const row = this.connection.get<ContentRow>(
      'SELECT source_id, path, frame, content_hash FROM images WHERE id = ?',
      id,
    );
    return row && contentNameOf(row);
  }

  /** The perceptual hash of an image; null while it is not known. */
  perceptualHash(id: number): string | null {
    const row = this.connection.get<{ phash: string | null }>(
      'SELECT phash FROM images WHERE id = ?',
      id,
    );
    return row?.phash ?? null;
  }

  /**
   * Every image whose file was read, by the number of its object, with its frame and its perceptual hash, as `each`.
   */
  *fingerprints(): Generator<Fingerprint> {
    const sql = `SELECT id, object_id AS object, frame, phash AS hash FROM images
      WHERE id > ? AND ${HAS_FILE} ORDER BY id LIMIT ?`;
    for (const piece of this.connection.pieces<Fingerprint>(sql)) yield* piece;
  }

  /** What names the content of every image whose file was read, as `each`. */
  *contentHashes(): Generator<string> {
    const sql = `SELECT id, source_id, path, frame, content_hash FROM images
      WHERE id > ? AND ${HAS_FILE} ORDER BY id LIMIT ?`;
    for (const piece of this.connection.pieces<ContentRow & { id: number }>(sql)) {
      for (const row of piece) yield contentNameOf(row);
    }
  }

  private records(
    condition: string,
    params: readonly unknown[],
    options: PageOptions = {},
  ): ImageRecord[] {
    const { after } = options;
    const above = after === undefined ? '' : 'id > ? AND ';
    const rows = this.connection.all<ImageRow>(
      `SELECT ${IMAGE_COLUMNS} FROM images WHERE ${above}(${condition}) ORDER BY id LIMIT ? OFFSET ?`,
      ...(after === undefined ? [] : [after]),
      ...params,
      options.limit ?? -1,
      options.offset ?? 0,
    );
    return this.parsed(rows, toRecord);
  }

  private parsed<R extends Pick<ImageRow, 'id' | 'fields'>, T>(
    rows: readonly R[],
    parse: (row: R, describe: Describe) => T,
  ): T[] {
    return parsedRows(this.connection, rows, parse);
  }

  private damaged(why: string, cause?: unknown): SemblanceError {
    return new SemblanceError('COLLECTION_DAMAGED', why, { subject: this.connection.file, cause });
  }
}
