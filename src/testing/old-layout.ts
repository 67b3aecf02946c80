import Database from 'libsql';
import { numberOf } from '../domain/search-language/compared-value.ts';
import { CollectionStore } from '../store/collection-store.ts';
import { fieldsOf } from '../store/records.ts';

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

/** Rewrites a collection's file as a program of layout 1 or 4 would have written it; nobody may have it open. */
export function inOldLayout(file: string, version: 1 | 4): void {
  const store = CollectionStore.open(file);
  const images = [...store.images.each()].map((image) => ({ ...image }));
  store.close();
  const db = new Database(file);
  db.exec(`PRAGMA foreign_keys = OFF; BEGIN; ${IMAGES}`);
  const write = db.prepare(
    'INSERT INTO old_images VALUES (?, (SELECT source_id FROM images WHERE id = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT phash FROM images WHERE id = ?))',
  );
  for (const { id, path, contentHash, bytes, width, height, ...image } of images) {
    const { patient, study, series } = image;
    const texts = [image.labels, image.metadata, image.decoding].map((each) =>
      JSON.stringify(each),
    );
    write.run([
      ...[id, id, path, contentHash, bytes, width, height, patient, study, series],
      ...[...texts, id],
    ]);
  }
  db.exec(`UPDATE sqlite_sequence SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'images')
      WHERE name = 'old_images';
    DROP TABLE images; ALTER TABLE old_images RENAME TO images;
    DROP TABLE image_values; DROP TABLE field_values; ${FIELDS} ${INDEXES}`);
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
  db.exec(`PRAGMA user_version = ${version}; COMMIT; PRAGMA wal_checkpoint(TRUNCATE)`);
  db.close();
}
