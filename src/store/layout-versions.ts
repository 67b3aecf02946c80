import type Database from 'libsql';
import type { LEVELS } from '../domain/levels.ts';
import { numberOf } from '../domain/search-language/compared-value.ts';
import { type Described, remembered, storedFields } from './described-fields.ts';
import { ReadStatement } from './read-statement.ts';
import { CONTENTS, FIELD_VALUES, JOBS, KIND_OF_SOURCE, SCHEMA, SCHEMA_VERSION } from './schema.ts';

/** Rows read at a time. */
const PIECE = 1000;
/** Images that are copied at a time. */
const COPIED = 50_000;

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
    if (version < 2) db.exec('ALTER TABLE images ADD COLUMN phash TEXT');
    if (version < 3) db.exec(JOBS);
    if (version < 5) storeValuesOnce(db, tell);
    tellContents(db, tell);
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
    tell(`Its ${total} images are described anew, once.`);
  }
  // In the order of the tables, so that their pages are gone through once.
  db.exec(`${FIELD_VALUES}
    INSERT INTO field_values (field, value) SELECT DISTINCT field, value FROM fields ORDER BY field, value;
    INSERT INTO image_values SELECT field_values.id, fields.image_id FROM fields NOT INDEXED
      CROSS JOIN field_values ON field_values.field = fields.field AND field_values.value = fields.value;
    DROP TABLE fields;
    CREATE TABLE new_images (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      source_id INTEGER NOT NULL REFERENCES sources(id),
      path TEXT NOT NULL,
      content_hash TEXT NOT NULL,
      bytes INTEGER NOT NULL,
      width INTEGER NOT NULL,
      height INTEGER NOT NULL,
      fields TEXT NOT NULL,
      facts TEXT NOT NULL,
      phash TEXT,
      UNIQUE (source_id, path)
    );`);
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
  takeNumbersOn(db, 'images', 'new_images');
  db.exec(`DROP TABLE images;
    ALTER TABLE new_images RENAME TO images`);
}

/** Numbers go on where those of another table are: none is given again. */
function takeNumbersOn(db: Database.Database, from: string, to: string): void {
  db.prepare('DELETE FROM sqlite_sequence WHERE name = ?').run([to]);
  db.prepare('UPDATE sqlite_sequence SET name = ? WHERE name = ?').run([to, from]);
}

/**
 * Brings a collection of version 5, where an image was a file, to version 6: contents have a table of their own, and
 * what was not read is null.
 */
function tellContents(db: Database.Database, tell: Tell): void {
  // What refers to images is to refer to items, and goes on doing so when the old table moves out of the way.
  db.exec(`ALTER TABLE images RENAME TO items;
    PRAGMA legacy_alter_table = ON;
    ALTER TABLE items RENAME TO old_images;
    PRAGMA legacy_alter_table = OFF;
    DROP INDEX IF EXISTS images_by_content;
    ALTER TABLE sources ADD COLUMN ${KIND_OF_SOURCE};
    DROP INDEX embeddings_by_image;
    DROP TABLE IF EXISTS embedding_states;
    ALTER TABLE embeddings RENAME COLUMN image_id TO item_id;
    ALTER TABLE embeddings ADD COLUMN facts TEXT;
    CREATE INDEX embeddings_by_item ON embeddings(item_id, encoder_id);
    ${CONTENTS}
    INSERT INTO objects (hash, bytes) SELECT content_hash, max(bytes) FROM old_images
      WHERE content_hash <> '' GROUP BY content_hash ORDER BY min(id)`);
  const copy = db.prepare(
    `INSERT INTO items (id, source_id, path, frame, object_id, width, height, facts, phash, fields)
     SELECT old.id, source_id, path, 1, objects.id, nullif(width, 0), nullif(height, 0), nullif(facts, ''), phash, fields
     FROM old_images AS old LEFT JOIN objects ON objects.hash = nullif(old.content_hash, '')
     WHERE old.id > ? AND old.id <= ?`,
  );
  const { last } = db.prepare('SELECT max(id) AS last FROM old_images').get() as {
    last: number | null;
  };
  let told = performance.now();
  for (let from = 0; from < (last ?? 0); from += COPIED) {
    copy.run([from, from + COPIED]);
    if (performance.now() - told < BETWEEN) continue;
    told = performance.now();
    tell(`Of ${last} images, ${Math.min(from + COPIED, last as number)} are brought forward.`);
  }
  takeNumbersOn(db, 'old_images', 'items');
  db.exec('DROP TABLE old_images');
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
