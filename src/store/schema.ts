/** Version of the layout below; a collection of a higher version is refused untouched. */
export const SCHEMA_VERSION = 5;

/**
 * Bytes of a page of a new collection, the most that SQLite has: an embedding that does not fit with others into a page
 * takes pages of its own, which of usual ones of 4096 leaves half empty.
 */
export const PAGE_SIZE = 65_536;

/**
 * What the images' descriptions consist of. A value is stored once; its id, which is never given again, stands for it.
 * number: what the value is compared by (a number, a date as 20190305, an age in years); null for other texts.
 * Filters look values up in any case, and numbers by their size.
 */
export const FIELD_VALUES = `
  CREATE TABLE field_values (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    number REAL,
    UNIQUE (field, value)
  );
  CREATE INDEX field_values_in_any_case ON field_values(field, value COLLATE NOCASE);
  CREATE INDEX field_values_by_number ON field_values(field, number) WHERE number IS NOT NULL;

  -- The images that have a value, so that filters and facets are index look-ups. It repeats images.fields.
  CREATE TABLE image_values (
    value_id INTEGER NOT NULL,
    image_id INTEGER NOT NULL,
    PRIMARY KEY (value_id, image_id)
  ) WITHOUT ROWID;
`;

/**
 * content_hash: SHA-256 of the file; empty where it was not read, as `facts` is then (`content-name.ts`).
 * fields: the description as ids of `field_values`: `[[metadata ...], [labels ...], [patient, study, series]]`.
 * @param name the table's name
 */
export function imagesTable(name: string): string {
  return `CREATE TABLE ${name} (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id INTEGER NOT NULL REFERENCES sources(id),
    path TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    fields TEXT NOT NULL,
    facts TEXT NOT NULL,
    -- Perceptual hash, 16 hexadecimal digits; null while it is not known.
    phash TEXT,
    UNIQUE (source_id, path)
  );`;
}

/** Files that were read are found by their content. */
export const IMAGES_BY_CONTENT = `
  CREATE INDEX images_by_content ON images(content_hash) WHERE content_hash <> '';
`;

/**
 * Images that workers are to encode. ready_at (Unix time in milliseconds): when the lease runs out, or a
 * further try may begin. tries: leases so far; ids are never given again, so that id and tries name one
 * lease. error: of the last try, as JSON.
 */
const JOBS = `
  CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    encoder_id INTEGER NOT NULL REFERENCES encoders(id) ON DELETE CASCADE,
    source_id INTEGER NOT NULL REFERENCES sources(id),
    path TEXT NOT NULL,
    description TEXT NOT NULL,
    owner TEXT,
    ready_at INTEGER NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0,
    outcome TEXT,
    error TEXT,
    UNIQUE (encoder_id, source_id, path)
  );
  CREATE INDEX jobs_open ON jobs(encoder_id, id) WHERE outcome IS NULL;
  CREATE INDEX jobs_by_outcome ON jobs(encoder_id, source_id, outcome);
`;

/**
 * When known images were last described anew, or removed: who keeps descriptions in memory follows by it.
 * A collection that lacks it gets it with its next change.
 */
export const DESCRIBED = `
  CREATE TABLE IF NOT EXISTS described (image_id INTEGER PRIMARY KEY, generation INTEGER NOT NULL);
  CREATE INDEX IF NOT EXISTS described_by_generation ON described(generation);
`;

/**
 * Which embeddings were written over, removed, or written below the largest number that their encoder had, and when:
 * who keeps an index in memory or in a file follows by it. `followed_states` has the states that it leads from, with
 * the number and the sum of their embeddings. A collection that lacks them gets them with its next change.
 */
export const FOLLOWED = `
  CREATE TABLE IF NOT EXISTS changed_embeddings (
    encoder_id INTEGER NOT NULL,
    image_id INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    PRIMARY KEY (encoder_id, image_id)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS changed_by_generation ON changed_embeddings(encoder_id, generation);
  CREATE TABLE IF NOT EXISTS followed_states (
    encoder_id INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    state TEXT NOT NULL,
    count INTEGER NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (encoder_id, generation)
  ) WITHOUT ROWID;
`;

/** Tables of a collection (SQLite). One row of `images` is one file. */
export const SCHEMA = `
  CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) WITHOUT ROWID;

  -- A folder that was indexed; the paths of its images are relative to it.
  CREATE TABLE sources (
    id INTEGER PRIMARY KEY,
    root TEXT NOT NULL UNIQUE
  );

  ${imagesTable('images')}
  ${IMAGES_BY_CONTENT}
  ${FIELD_VALUES}

  -- An encoder in the exact form that made the embeddings: same name, other fingerprint, other row.
  CREATE TABLE encoders (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    fingerprint TEXT NOT NULL UNIQUE,
    dimension INTEGER NOT NULL,
    definition TEXT NOT NULL
  );

  -- vector: dimension x 32-bit float, little-endian, as the encoder gave it. The table has row ids, so that SQLite
  -- fills its pages; in collections that an earlier program made it has none, which makes no other difference.
  CREATE TABLE embeddings (
    encoder_id INTEGER NOT NULL REFERENCES encoders(id),
    image_id INTEGER NOT NULL REFERENCES images(id) ON DELETE CASCADE,
    vector BLOB NOT NULL,
    PRIMARY KEY (encoder_id, image_id)
  );
  CREATE INDEX embeddings_by_image ON embeddings(image_id, encoder_id);
  ${JOBS}
  ${DESCRIBED}
  ${FOLLOWED}
`;

/** Brings a collection of version 1 to version 2. */
export const FROM_1_TO_2 = 'ALTER TABLE images ADD COLUMN phash TEXT;';

/** Brings a collection of version 2 to version 3. */
export const FROM_2_TO_3 = JOBS;
