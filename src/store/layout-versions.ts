import type Database from 'libsql';
import type { LEVELS } from '../domain/levels.ts';
import { numberOf } from '../domain/search-language/compared-value.ts';
import { type Described, remembered, storedFields } from './described-fields.ts';
import { ReadStatement } from './read-statement.ts';
import {
  FIELD_VALUES,
  FROM_1_TO_2,
  FROM_2_TO_3,
  IMAGES_BY_CONTENT,
  imagesTable,
  SCHEMA,
  SCHEMA_VERSION,
} from './schema.ts';

/** Rows read at a time. */
const PIECE = 1000;

/** More images than these take seconds. */
const MANY = 20_000;
/** Milliseconds between two sentences about how far it is. */
const BETWEEN = 2000;

/** Told what takes long. */
export type Tell = (sentence: string) => void;

/** The version of a collection's layout; 0 of a file without tables. */
export function readVersion(db: Database.Database): number {
  const row = db.prepare('PRAGMA user_version').get() as { user_version: number };
  return row.user_version;
}

/**
 * Makes the tables of a new collection, or those of an older version into the present ones: to be called in one
 * transaction, so that a crash leaves the old ones, and without foreign keys.
 * @param tell how far it is, where there are many images
 */
export function bringUpToDate(db: Database.Database, tell: Tell = () => undefined): void {
  // Another process may have done it before this one had the lock.
  const version = readVersion(db);
  if (version === SCHEMA_VERSION) return;
  if (version === 0) db.exec(SCHEMA);
  else {
    if (version < 2) db.exec(FROM_1_TO_2);
    if (version < 3) db.exec(FROM_2_TO_3);
    storeValuesOnce(db, tell);
  }
  db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
}

/** Until version 4, each image had its description as JSON, and a row with the text for each of its values. */
interface OldImage extends Record<(typeof LEVELS)[number], string | null> {
  id: number;
  labels: string;
  metadata: string;
}

/** Brings a collection of version 3 or 4 to version 5. */
function storeValuesOnce(db: Database.Database, tell: Tell): void {
  const { n: total } = db.prepare('SELECT count(*) AS n FROM images').get() as { n: number };
  const isLong = total > MANY;
  if (isLong) {
    tell(`It is of an earlier version: its ${total} images are described anew, once.`);
  }
  // In the order of the tables, so that their pages are gone through once.
  db.exec(`${FIELD_VALUES}
    INSERT INTO field_values (field, value) SELECT DISTINCT field, value FROM fields ORDER BY field, value;
    INSERT INTO image_values SELECT field_values.id, fields.image_id FROM fields NOT INDEXED
      CROSS JOIN field_values ON field_values.field = fields.field AND field_values.value = fields.value;
    DROP TABLE fields;
    ${imagesTable('new_images')}`);
  fillNumbers(db);
  const piece = new ReadStatement(
    db,
    `SELECT id, patient, study, series, labels, metadata FROM images
     WHERE id > ? ORDER BY id LIMIT ${PIECE}`,
  );
  // What cannot be read stays so, and is told when it is asked for; the other images are not lost with it.
  const copy = db.prepare(
    `INSERT INTO new_images
     SELECT id, source_id, path, iif(content_hash LIKE 'unread:%', '', content_hash), bytes, width, height, ?,
       iif(content_hash LIKE 'unread:%', '', facts), phash
     FROM images WHERE id = ?`,
  );
  const find = db.prepare('SELECT id FROM field_values WHERE field = ? AND value = ?').raw();
  let [done, told] = [0, performance.now()];
  for (let after = 0; ; ) {
    const images = piece.all<OldImage>(after);
    const idOf = remembered((field, value) => (find.get([field, value]) as [number])?.[0]);
    for (const image of images) {
      const described = oldDescription(image);
      copy.run([described === undefined ? '' : (storedFields(described, idOf) ?? ''), image.id]);
    }
    const last = images.at(-1);
    if (last === undefined) break;
    after = last.id;
    done += images.length;
    if (!isLong || performance.now() - told < BETWEEN) continue;
    told = performance.now();
    tell(`${done} of ${total} images are described anew.`);
  }
  db.exec(`UPDATE sqlite_sequence SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'images')
      WHERE name = 'new_images';
    DROP TABLE images;
    ALTER TABLE new_images RENAME TO images;
    ${IMAGES_BY_CONTENT}`);
}

function oldDescription({ labels, metadata, ...levels }: OldImage): Described | undefined {
  try {
    const described = { ...levels, labels: JSON.parse(labels), metadata: JSON.parse(metadata) };
    return Array.isArray(described.labels) && described.metadata !== null ? described : undefined;
  } catch {
    return undefined;
  }
}

/** Earlier versions had no numbers, or knew fewer ways of writing dates and ages. */
function fillNumbers(db: Database.Database): void {
  const piece = new ReadStatement(
    db,
    `SELECT id, field, value FROM field_values WHERE id > ? ORDER BY id LIMIT ${PIECE}`,
  );
  const update = db.prepare('UPDATE field_values SET number = ? WHERE id = ?');
  for (let after = 0; ; ) {
    const values = piece.all<{ id: number; field: string; value: string }>(after);
    for (const { id, field, value } of values) {
      const number = numberOf(value, field);
      if (number !== null) update.run([number, id]);
    }
    const last = values.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}
