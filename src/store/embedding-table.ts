import { type Changes, type CollectionState, note } from './collection-state.ts';
import type { Connection } from './connection.ts';

/** Embeddings read at a time. */
const PIECE = 256;

function toVector(blob: Buffer): Float32Array {
  // A copy, because the blob's offset in its pool need not be a multiple of four.
  return new Float32Array(Uint8Array.from(blob).buffer);
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
   */
  *each(encoderId: number): Generator<[imageId: number, vector: Float32Array]> {
    const statement = this.connection.db
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
  imageIds(encoderId: number): Int32Array {
    const statement = this.connection.db.prepare(
      'SELECT image_id FROM embeddings WHERE encoder_id = ? ORDER BY image_id',
    );
    return Int32Array.from(statement.pluck().all([encoderId]) as number[]);
  }

  /** The embedding of one image, if it has one of this encoder. */
  get(encoderId: number, imageId: number): Float32Array | undefined {
    const row = this.connection.get<{ vector: Buffer }>(
      'SELECT vector FROM embeddings WHERE encoder_id = ? AND image_id = ?',
      encoderId,
      imageId,
    );
    return row && toVector(row.vector);
  }

  /** Ids of the encoders that an image has embeddings of. */
  encodersOf(imageId: number): number[] {
    return this.connection.ids(
      'SELECT encoder_id AS id FROM embeddings WHERE image_id = ?',
      imageId,
    );
  }

  /** Writes embeddings of known images, all of them or none. */
  write(encoderId: number, rows: readonly (readonly [number, Float32Array])[]): void {
    if (rows.length === 0) return;
    this.connection.write(() => {
      const changed: Changes = new Map();
      for (const [imageId, vector] of rows) this.put(encoderId, imageId, vector, changed);
      this.state.bump(changed);
    });
  }

  /** Writes one embedding as part of a transaction, which is to end with `CollectionState.bump`. */
  put(encoderId: number, imageId: number, vector: Float32Array, changed: Changes): void {
    note(changed, encoderId, this.encodersOf(imageId).includes(encoderId) ? 0 : 1);
    this.connection.run(
      `INSERT INTO embeddings (encoder_id, image_id, vector) VALUES (?, ?, ?)
       ON CONFLICT (encoder_id, image_id) DO UPDATE SET vector = excluded.vector`,
      encoderId,
      imageId,
      Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength),
    );
  }

  /** Removes an image's embeddings as part of a transaction, which is to end with `CollectionState.bump`. */
  removeOf(imageId: number, changed: Changes): void {
    for (const encoderId of this.encodersOf(imageId)) note(changed, encoderId, -1);
    this.connection.run('DELETE FROM embeddings WHERE image_id = ?', imageId);
  }
}
