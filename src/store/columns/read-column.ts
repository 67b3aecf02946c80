import { isUtf8 } from 'node:buffer';
import { SemblanceError } from '../../domain/errors/error.ts';
import { IdBitmap, type IdSet } from '../../domain/id-bitmap.ts';
import type { Connection } from '../connection.ts';
import { VALUE_IDS } from '../described-fields.ts';
import { addIds } from '../id-list.ts';
import { type Column, ColumnBuilder, type Pair } from './column.ts';

/** Values read at a time. */
const PIECE = 20_000;
/** Ids that are looked up one by one; more of them and everything is read anew. */
const MOST_CHANGED = 50_000;

/** SQL: ids of the images that have a value, with commas between them. */
const IDS = `CAST((SELECT group_concat(image_id) FROM image_values WHERE value_id = field_values.id) AS BLOB)`;

/** What is to be known of a state, to find what differs from it in a later one. */
export interface DescribedState {
  generation: number;
  /** The largest id that it had. */
  last: number;
}

/** Images of a state that differ from an earlier one. */
export interface ChangedImages {
  /** Those whose descriptions are others, or that have gone or come. */
  ids: IdSet;
  /** Those of them that there are. */
  present: readonly number[];
}

/**
 * Reads the values of a field: one row of SQL for each value instead of one for each image.
 * @throws SemblanceError COLLECTION_DAMAGED
 */
export function readColumn(connection: Connection, field: string): Column {
  const builder = new ColumnBuilder();
  // Texts as bytes, because libsql ends the process at one that is not UTF-8.
  const statement = connection.db
    .prepare(
      `SELECT CAST(value AS BLOB), ${IDS} FROM field_values
       WHERE field = ? AND value > ? ORDER BY value LIMIT ${PIECE}`,
    )
    .raw();
  const first = connection.db
    .prepare(`SELECT CAST(value AS BLOB), ${IDS} FROM field_values WHERE field = ? AND value = ''`)
    .raw();
  const take = (rows: [Buffer, Buffer | null][]): string => {
    let last = '';
    for (const [bytes, ids] of rows) {
      last = text(connection, bytes);
      builder.value(last);
      if (ids !== null) addIds(ids, (id) => builder.id(id));
    }
    return last;
  };
  const rowsOf = (source: typeof statement, params: unknown[]) =>
    connection.coded(() => source.all(params)) as [Buffer, Buffer | null][];
  take(rowsOf(first, [field]));
  for (let after = ''; ; ) {
    const rows = rowsOf(statement, [field, after]);
    after = take(rows);
    if (rows.length < PIECE) return builder.finish();
  }
}

function text(connection: Connection, bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString();
  throw new SemblanceError('COLLECTION_DAMAGED', 'A text of "value" is not UTF-8.', {
    subject: connection.file,
  });
}

/** The ids of all images. */
export function readImageIds(connection: Connection, count: number): IdBitmap {
  const range = connection.get<{ low: number | null; high: number | null }>(
    'SELECT min(id) AS low, max(id) AS high FROM images',
  );
  const low = range?.low ?? 0;
  const high = range?.high ?? -1;
  if (count === high - low + 1) {
    const found = IdBitmap.upTo(Math.max(0, high));
    for (let id = low; id <= high; id++) found.add(id);
    return found;
  }
  // Of the smallest index that has them all.
  return connection.idSet('SELECT id FROM images');
}

/**
 * The images that differ from an earlier state.
 * @param since its generation
 * @param last the largest id that it had
 * @returns undefined where nobody knows, or there are so many that reading all is quicker
 */
export function changedImages(
  connection: Connection,
  since: number,
  last: number,
): ChangedImages | undefined {
  const changed = connection.ids(
    `SELECT image_id AS id FROM described WHERE generation > ? LIMIT ${MOST_CHANGED + 1}`,
    since,
  );
  const fresh = connection.ids(
    `SELECT id FROM images WHERE id > ? LIMIT ${MOST_CHANGED + 1}`,
    last,
  );
  if (changed.length + fresh.length > MOST_CHANGED) return undefined;
  // One that came and went since is among those that changed, and not there.
  const isThere = new Set(fresh);
  const ids = new Set([...changed, ...fresh]);
  const present = [...ids].filter(
    (id) =>
      isThere.has(id) || connection.get('SELECT 1 FROM images WHERE id = ?', id) !== undefined,
  );
  return { ids, present };
}

/** The values that images have of a field. */
export function pairsOf(connection: Connection, field: string, images: readonly number[]): Pair[] {
  return images.flatMap((id) =>
    connection
      .column<string>(
        `SELECT value FROM field_values WHERE field = ? AND id IN
           (SELECT atom FROM images, ${VALUE_IDS} WHERE images.id = ?)`,
        field,
        id,
      )
      .map((value): Pair => [value, id]),
  );
}
