import { SemblanceError } from '../domain/errors/error.ts';
import type { Connection } from './connection.ts';
import { MAPS } from './schema.ts';

/** Where images of an encoder lie in the plane. */
export interface StoredMap {
  /** What is to be known of it, as JSON. */
  facts: string;
  /** Ids of the images, ascending. */
  ids: Int32Array;
  /** x and y of each image, by each of the ways in which they were laid out. */
  layouts: readonly Float32Array[];
}

/** Maps of the collection, one for each encoder. Only a collection of which one was made has the table. */
export class MapTable {
  constructor(private readonly connection: Connection) {}

  /** Keeps the map of an encoder in place of an earlier one. @throws SemblanceError those of writing */
  save(encoderId: number, { facts, ids, layouts }: StoredMap): void {
    const parts = [ids, ...layouts].map((each) =>
      Buffer.from(each.buffer, each.byteOffset, each.byteLength),
    );
    this.connection.write(() => {
      this.connection.db.exec(MAPS);
      const sql =
        'INSERT OR REPLACE INTO maps (encoder_id, facts, points, places) VALUES (?, ?, ?, ?)';
      this.connection.run(sql, encoderId, facts, ids.length, Buffer.concat(parts));
    });
  }

  /** The map of an encoder; undefined where none was made. @throws SemblanceError COLLECTION_DAMAGED */
  get(encoderId: number): StoredMap | undefined {
    if (!this.connection.hasTable('maps')) return undefined;
    const row = this.connection.get<{ facts: string; points: number; places: Buffer }>(
      'SELECT facts, points, places FROM maps WHERE encoder_id = ?',
      encoderId,
    );
    if (row === undefined) return undefined;
    const { facts, points } = row;
    // A copy, because a buffer's offset in its pool need not be a multiple of four.
    const { buffer } = Uint8Array.from(row.places);
    const [first, layout] = [4 * points, 8 * points];
    if (buffer.byteLength < first || (buffer.byteLength - first) % Math.max(1, layout) !== 0) {
      throw new SemblanceError('COLLECTION_DAMAGED', 'A map has other places than images.', {
        subject: this.connection.file,
      });
    }
    const layouts: Float32Array[] = [];
    for (let at = first; at < buffer.byteLength; at += layout) {
      layouts.push(new Float32Array(buffer, at, 2 * points));
    }
    return { facts, ids: new Int32Array(buffer, 0, points), layouts };
  }
}
