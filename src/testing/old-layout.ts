import Database from 'libsql';
import { numberOf } from '../domain/search-language/compared-value.ts';
import { CollectionStore } from '../store/collection-store.ts';
import { fieldsOf, type ImageRecord } from '../store/records.ts';

/** What differed from today in version 4; the indexes and columns that version 1 had not stand apart. */
const IMAGES = `
  CREATE TABLE old_images (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id INTEGER NOT NULL REFERENCES sources(id),
    path TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    patient TEXT,
    study TEXT,
    series TEXT,
    labels TEXT NOT NULL,
    metadata TEXT NOT NULL,
    facts TEXT NOT NULL,
    phash TEXT,
    UNIQUE (source_id, path)
  );
`;
const FIELDS = `
  CREATE INDEX images_by_content ON images(content_hash);
  CREATE TABLE fields (
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    image_id INTEGER NOT NULL REFERENCES images(id) ON DELETE CASCADE,
    number REAL,
    PRIMARY KEY (field, value, image_id)
  ) WITHOUT ROWID;
  CREATE INDEX fields_by_image ON fields(image_id);
`;
const INDEXES = `
  CREATE INDEX fields_by_value ON fields(field, value COLLATE NOCASE, image_id);
  CREATE INDEX fields_by_number ON fields(field, number, image_id) WHERE number IS NOT NULL;
`;

/** Moves the layout's first tables back to where images were files; `old_images` has them. */
const OLD_PLACES = `
  DROP VIEW images;
  ALTER TABLE items RENAME TO images;
  PRAGMA legacy_alter_table = ON;
  ALTER TABLE images RENAME TO gone;
  ALTER TABLE old_images RENAME TO images;
  PRAGMA legacy_alter_table = OFF;
  UPDATE sqlite_sequence SET name = 'kept' WHERE name = 'gone';
  DELETE FROM sqlite_sequence WHERE name = 'images';
  UPDATE sqlite_sequence SET name = 'images' WHERE name = 'kept';
  DROP TABLE gone;
  DROP TABLE objects;
  ALTER TABLE sources DROP COLUMN kind;
  DROP INDEX embeddings_by_item;
  ALTER TABLE embeddings DROP COLUMN facts;
  ALTER TABLE embeddings RENAME COLUMN item_id TO image_id;
  CREATE INDEX embeddings_by_image ON embeddings(image_id, encoder_id);
`;

/** Version 5. */
const VALUES_ONCE = `
  CREATE TABLE old_images (
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
  );
  INSERT INTO old_images SELECT id, source_id, path, coalesce(content_hash, ''), coalesce(bytes, 0), coalesce(width, 0),
    coalesce(height, 0), fields, coalesce(facts, ''), phash FROM images;
  ${OLD_PLACES}
  CREATE INDEX images_by_content ON images(content_hash) WHERE content_hash <> '';
`;

/** What stood for the decoding of what was not read. */
const UNREAD = { format: 'unread', bits: 0, colour: 'unread', orientation: 1, pages: 0 };

/** Rewrites a collection's file as a program of an earlier layout would have written it; nobody may have it open. */
export function inOldLayout(file: string, version: 1 | 4 | 5): void {
  const store = CollectionStore.open(file);
  const images = [...store.images.each()].map((image) => ({ ...image }));
  store.close();
  const db = new Database(file);
  db.exec('PRAGMA foreign_keys = OFF; BEGIN');
  if (version === 5) db.exec(VALUES_ONCE);
  else describedEach(db, images, version);
  db.exec(`PRAGMA user_version = ${version}; COMMIT; PRAGMA wal_checkpoint(TRUNCATE)`);
  db.close();
}

function describedEach(
  db: Database.Database,
  images: readonly ImageRecord[],
  version: 1 | 4,
): void {
  db.exec(IMAGES);
  const write = db.prepare(
    'INSERT INTO old_images VALUES (?, (SELECT source_id FROM images WHERE id = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT phash FROM images WHERE id = ?))',
  );
  for (const { id, path, contentHash, bytes, width, height, ...image } of images) {
    const { patient, study, series, decoding } = image;
    const texts = [image.labels, image.metadata, decoding ?? UNREAD].map((each) =>
      JSON.stringify(each),
    );
    write.run([
      ...[id, id, path, contentHash, bytes ?? 0, width ?? 0, height ?? 0, patient, study, series],
      ...[...texts, id],
    ]);
  }
  db.exec(`${OLD_PLACES} DROP TABLE image_values; DROP TABLE field_values; ${FIELDS} ${INDEXES}`);
  const field = db.prepare('INSERT OR IGNORE INTO fields VALUES (?, ?, ?, ?)');
  for (const image of images) {
    for (const [name, value] of fieldsOf(image)) {
      field.run([name, value, image.id, numberOf(value, name)]);
    }
  }
  if (version === 1) {
    db.exec(`DROP INDEX fields_by_value; DROP INDEX fields_by_number; DROP TABLE jobs;
      ALTER TABLE fields DROP COLUMN number; ALTER TABLE images DROP COLUMN phash`);
  }
}
