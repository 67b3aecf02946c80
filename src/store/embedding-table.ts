import { SemblanceError } from '../domain/errors/error.ts';
import type { Decoding } from '../images/pixels.ts';
import { type Changes, type CollectionState, note } from './collection-state.ts';
import type { Connection } from './connection.ts';
import { addDigest, digestOf, type EmbeddingSum } from './embedding-log.ts';
import type { EmbeddingMatrix } from './embedding-reader.ts';
import { rowsOf } from './embedding-rows.ts';
import { readEmbeddings } from './read-embeddings.ts';
import { decodingOf } from './records.ts';

function toVector(blob: Buffer): Float32Array {
  if (blob.length % 4 !== 0) {
    throw new SemblanceError('COLLECTION_DAMAGED', 'An embedding has a part of a number.');
  }
  // A copy, because the blob's offset in its pool need not be a multiple of four, and may be large.
  const { buffer, byteOffset, length } = blob;
  return new Float32Array(buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer);
}

/** The embeddings of the images, by encoder. */
export class EmbeddingTable {
  constructor(
    private readonly connection: Connection,
    private readonly state: CollectionState,
  ) {}

  /**
   * Embeddings of an encoder in the order of the image ids: one `[imageId, vector]` at a time. Those of
   * one state only in a snapshot, because they are read piece by piece: an open SQL cursor that is left
   * before its end would hold this connection at an old state.
   * @throws SemblanceError COLLECTION_DAMAGED, in a snapshot, at the end: some of them are lost or altered
   */
  *each(encoderId: number): Generator<[imageId: number, vector: Float32Array]> {
    const found = { count: 0, sum: 0 };
    for (const [id, blob] of rowsOf(this.connection, encoderId)) {
      addDigest(found, digestOf(id, blob), 1);
      yield [id, toVector(blob)];
    }
    if (this.connection.db.inTransaction) this.compare(encoderId, found);
  }

  /**
   * Reads all embeddings of an encoder and compares them with what was kept when they were written; a
   * collection from before that was kept has it from now on.
   * @returns whether there was something to compare with
   * @throws SemblanceError COLLECTION_DAMAGED
   */
  check(encoderId: number): boolean {
    return this.connection.write(() => {
      const found = { count: 0, sum: 0 };
      for (const [id, blob] of rowsOf(this.connection, encoderId))
        addDigest(found, digestOf(id, blob), 1);
      const known = this.state.sum(encoderId) !== undefined;
      this.compare(encoderId, found);
      if (!known) this.state.keepSum(encoderId, found.sum);
      return known;
    });
  }

  /**
   * Reads all embeddings of an encoder into a matrix of as many rows, by several threads.
   * @param matrix in memory that threads share
   * @returns whether they are those of this state; where they are not, `each` tells why, or reads them
   */
  async readInto(encoderId: number, matrix: EmbeddingMatrix): Promise<boolean> {
    const sum = this.state.sum(encoderId);
    if (sum === undefined) return false;
    const found = await readEmbeddings(this.connection.file, encoderId, matrix).catch(
      () => undefined,
    );
    const count = this.count(encoderId);
    return matrix.ids.length === count && found?.count === count && found.sum === sum;
  }

  /** Ids of the images with an embedding of an encoder, ascending. */
  imageIds(encoderId: number): Int32Array {
    // By the index without the vectors, which is a small part of the table.
    const sql =
      'SELECT item_id AS id FROM embeddings INDEXED BY embeddings_by_item WHERE encoder_id = ?';
    return Int32Array.from(this.connection.idSet(sql, encoderId));
  }

  /** The embedding of one image, if it has one of this encoder. */
  get(encoderId: number, imageId: number): Float32Array | undefined {
    const row = this.connection.get<{ vector: Buffer }>(
      'SELECT vector FROM embeddings WHERE encoder_id = ? AND item_id = ?',
      encoderId,
      imageId,
    );
    return row && toVector(row.vector);
  }

  /**
   * How the picture of an image was made that an encoder saw, where it was made for that encoder alone.
   */
  seen(encoderId: number, imageId: number): Decoding | null {
    const sql = 'SELECT facts FROM embeddings WHERE encoder_id = ? AND item_id = ?';
    return decodingOf(
      this.connection.get<{ facts: string | null }>(sql, encoderId, imageId) ?? { facts: null },
    );
  }

  /** How many there are of an encoder. */
  count(encoderId: number): number {
    return this.state.embeddings(encoderId);
  }

  /** See `CollectionState.changedSince`. */
  changedSince(...asked: Parameters<CollectionState['changedSince']>): number[] | undefined {
    return this.state.changedSince(...asked);
  }

  /** See `CollectionState.areChanged`. */
  areChanged(...asked: Parameters<CollectionState['areChanged']>): boolean {
    return this.state.areChanged(...asked);
  }

  /** Digest of an image's embedding, as `areChanged` takes it. */
  digest(imageId: number, vector: Float32Array): number {
    return digestOf(imageId, vector);
  }

  /** Ids of the encoders that an image has embeddings of. */
  encodersOf(imageId: number): number[] {
    return this.connection.ids(
      'SELECT encoder_id AS id FROM embeddings WHERE item_id = ?',
      imageId,
    );
  }

  /** Writes embeddings of known images, all of them or none. */
  write(encoderId: number, rows: readonly (readonly [number, Float32Array])[]): void {
    if (rows.length === 0) return;
    this.connection.write(() => {
      const changed: Changes = new Map();
      for (const [imageId, vector] of rows) {
        this.put(encoderId, imageId, { vector, facts: null }, changed);
      }
      this.state.bump(changed);
    });
  }

  /**
   * Writes one embedding as part of a transaction, which is to end with `CollectionState.bump`.
   * @param facts how its picture was made, as JSON; null where the image says all
   * @param isFirst whether the image can have none of this encoder yet
   */
  put(
    encoderId: number,
    imageId: number,
    { vector, facts }: { vector: Float32Array; facts: string | null },
    changed: Changes,
    isFirst = false,
  ): void {
    const blob = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
    if (!isFirst) this.noteOld(encoderId, imageId, changed);
    note(changed, encoderId, imageId, blob, 1);
    this.connection.run(
      `INSERT INTO embeddings (encoder_id, item_id, vector, facts) VALUES (?, ?, ?, ?)
       ON CONFLICT (encoder_id, item_id) DO UPDATE SET vector = excluded.vector, facts = excluded.facts`,
      encoderId,
      imageId,
      blob,
      facts,
    );
  }

  /** Removes an image's embeddings as part of a transaction, which is to end with `CollectionState.bump`. */
  removeOf(imageId: number, changed: Changes): void {
    for (const encoderId of this.encodersOf(imageId)) this.noteOld(encoderId, imageId, changed);
    this.connection.run('DELETE FROM embeddings WHERE item_id = ?', imageId);
  }

  /** Notes that an image's embedding, if it has one, goes. */
  private noteOld(encoderId: number, imageId: number, changed: Changes): void {
    const old = this.connection.get<{ vector: Buffer }>(
      'SELECT vector FROM embeddings WHERE encoder_id = ? AND item_id = ?',
      encoderId,
      imageId,
    );
    if (old !== undefined) note(changed, encoderId, imageId, old.vector, -1);
  }

  private compare(encoderId: number, found: EmbeddingSum): void {
    const count = this.state.embeddings(encoderId);
    const sum = this.state.sum(encoderId);
    if (found.count === count && (sum === undefined || found.sum === sum)) return;
    const why =
      found.count === count
        ? 'Some embeddings are not as they were written.'
        : `${found.count} embeddings can be read; ${count} were written.`;
    throw new SemblanceError('COLLECTION_DAMAGED', why, { subject: this.connection.file });
  }
}
