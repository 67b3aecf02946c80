import { SemblanceError } from '../domain/errors/error.ts';
import type { Connection } from './connection.ts';
import { addIds } from './id-list.ts';

/** Embeddings read at a time. */
const PIECE = 256;

/** An embedding as it is stored. */
export type EmbeddingRow = [imageId: number, vector: Buffer];

/**
 * Embeddings of an encoder in the order of the image ids, read piece by piece.
 * @param above only of images above this id
 * @throws SemblanceError COLLECTION_DAMAGED
 */
export function* rowsOf(
  connection: Connection,
  encoderId: number,
  above = 0,
): Generator<EmbeddingRow> {
  // The casts guard as `ReadStatement` does.
  const piece = `SELECT CAST(item_id AS INTEGER) AS id, CAST(vector AS BLOB) AS vector FROM embeddings
    WHERE encoder_id = ? AND item_id > ? ORDER BY item_id LIMIT ${PIECE}`;
  const oneByOne = connection.db.prepare(piece).raw();
  const together = connection.db
    .prepare(
      `SELECT count(*), CAST(group_concat(id) AS BLOB), CAST(group_concat(vector, '') AS BLOB),
         min(length(vector)), max(length(vector)) FROM (${piece})`,
    )
    .raw();
  for (let after = above; ; ) {
    const asked = [encoderId, after];
    const rows = connection.coded(
      () => apart(together.get(asked) as Together) ?? (oneByOne.all(asked) as EmbeddingRow[]),
    );
    yield* rows;
    const last = rows.at(-1)?.[0];
    if (last === undefined || rows.length < PIECE) return;
    if (!(last > after)) {
      const why = 'Its embeddings are not in order.';
      throw new SemblanceError('COLLECTION_DAMAGED', why, { subject: connection.file });
    }
    after = last;
  }
}

/** Rows as one row of SQL: how many, their ids and vectors one after the other, and the least and most bytes of one. */
type Together = [number, Buffer | null, Buffer | null, number | null, number | null];

/**
 * The rows again: reading them together takes half the time that an object for each value does.
 * @returns undefined where it does not show where one ends, as in a damaged file
 */
function apart([count, ids, vectors, least, most]: Together): EmbeddingRow[] | undefined {
  if (count === 0) return [];
  if (ids === null || vectors === null || least !== most) return undefined;
  const bytes = least as number;
  if (vectors.length !== count * bytes) return undefined;
  const rows: EmbeddingRow[] = [];
  addIds(ids, (id) => {
    rows.push([id, vectors.subarray(rows.length * bytes, (rows.length + 1) * bytes)]);
  });
  return rows.length === count ? rows : undefined;
}

/** The largest id of an image whose embedding is among so many first ones; 0 where there are none. */
export function idBefore(connection: Connection, encoderId: number, count: number): number {
  if (count === 0) return 0;
  const sql = `SELECT item_id AS id FROM embeddings INDEXED BY embeddings_by_item WHERE encoder_id = ?
    ORDER BY item_id LIMIT 1 OFFSET ?`;
  return connection.get<{ id: number }>(sql, encoderId, count - 1)?.id ?? Number.MAX_SAFE_INTEGER;
}
