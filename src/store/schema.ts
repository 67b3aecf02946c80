/** Version of the layout below; a collection of a higher version is refused untouched. */
export const SCHEMA_VERSION = 6;

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
 * objects: a content that was read, once however many references lead to it. hash: SHA-256, hexadecimal. sop_instance:
 * the pseudonym of the SOP Instance UID of a DICOM object. sealed: who it is of, encrypted, where that is kept at all.
 *
 * items: what an embedding can be of. Usually that is a picture: a frame, from 1, of what a reference leads to, which is
 * a path in a source; value_id is null then. Otherwise it is a patient, a study or a series, named by its value in
 * `field_values`, and the reference is null.
 * object_id, width, height, facts: null while it was not read. facts: what decoding did, as JSON.
 * position: where the picture stands in its series, by which that is ordered.
 * phash: perceptual hash, 16 hexadecimal digits; null while it is not known.
 * fields: the description as ids of `field_values`: `[[metadata ...], [labels ...], [patient, study, series]]`.
 *
 * images: the items that are pictures.
 */
export const CONTENTS = `
  CREATE TABLE objects (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash TEXT NOT NULL UNIQUE,
    bytes INTEGER NOT NULL,
    sop_instance TEXT,
    sealed BLOB
  );
  CREATE INDEX objects_by_sop_instance ON objects(sop_instance) WHERE sop_instance IS NOT NULL;

  CREATE TABLE items (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id INTEGER REFERENCES sources(id),
    path TEXT,
    frame INTEGER,
    value_id INTEGER REFERENCES field_values(id),
    object_id INTEGER REFERENCES objects(id),
    width INTEGER,
    height INTEGER,
    facts TEXT,
    position REAL,
    phash TEXT,
    fields TEXT NOT NULL,
    UNIQUE (source_id, path, frame),
    CHECK ((source_id IS NULL) = (value_id IS NOT NULL)),
    CHECK ((path IS NULL) = (source_id IS NULL) AND (frame IS NULL) = (source_id IS NULL))
  );
  CREATE INDEX items_by_object ON items(object_id) WHERE object_id IS NOT NULL;
  CREATE UNIQUE INDEX items_by_value ON items(value_id) WHERE value_id IS NOT NULL;

  CREATE VIEW images AS
    SELECT items.id AS id, source_id, path, frame, object_id, hash AS content_hash, bytes, width, height, facts,
      position, phash, fields
    FROM items LEFT JOIN objects ON objects.id = items.object_id WHERE value_id IS NULL;
`;

/**
 * Images that workers are to encode. ready_at (Unix time in milliseconds): when the lease runs out, or a
 * further try may begin. tries: leases so far; ids are never given again, so that id and tries name one
 * lease. error: of the last try, as JSON.
 */
export const JOBS = `
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

/**
 * Paths in which pseudonyms stand for names of folders or files that name whom images are of: as `items.path` has them, or,
 * of the source 0, as `sources.root` has them. digest: keyed hash of the path on the disk; sealed: that path, encrypted.
 * A collection that lacks it gets it with its first such path.
 */
export const HIDDEN_PATHS = `
  CREATE TABLE IF NOT EXISTS hidden_paths (
    source_id INTEGER NOT NULL,
    path TEXT NOT NULL,
    digest BLOB NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (source_id, path),
    UNIQUE (source_id, digest)
  );
`;

/**
 * Labels that somebody has given to an image, as JSON: they stand in place of those of its source, and are not lost when it
 * is indexed again. A collection that lacks it gets it with the first.
 */
export const GIVEN_LABELS = `
  CREATE TABLE IF NOT EXISTS given_labels (
    item_id INTEGER PRIMARY KEY REFERENCES items(id) ON DELETE CASCADE,
    labels TEXT NOT NULL
  );
`;

/**
 * Where images lie in the plane, by encoder. facts: JSON. places: `points` ids of images (32-bit), then x and y of each
 * (32-bit float) for each way in which they were laid out; little-endian. A collection that lacks it gets it with its first map.
 */
export const MAPS = `
  CREATE TABLE IF NOT EXISTS maps (
    encoder_id INTEGER PRIMARY KEY REFERENCES encoders(id) ON DELETE CASCADE,
    facts TEXT NOT NULL,
    points INTEGER NOT NULL,
    places BLOB NOT NULL
  );
`;

/** What a source is: a folder, or an archive. */
export const KIND_OF_SOURCE = "kind TEXT NOT NULL DEFAULT 'folder'";

/** Tables of a collection (SQLite). */
export const SCHEMA = `
  CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) WITHOUT ROWID;

  -- Where references lead: for the kind "folder", a folder that was indexed, and paths are relative to it.
  CREATE TABLE sources (
    id INTEGER PRIMARY KEY,
    root TEXT NOT NULL UNIQUE,
    ${KIND_OF_SOURCE}
  );

  ${FIELD_VALUES}
  ${CONTENTS}

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
  -- facts: how the picture was made that the encoder saw (window, rescale, codec), as JSON; null where the item says all.
  CREATE TABLE embeddings (
    encoder_id INTEGER NOT NULL REFERENCES encoders(id),
    item_id INTEGER NOT NULL REFERENCES items(id) ON DELETE CASCADE,
    vector BLOB NOT NULL,
    facts TEXT,
    PRIMARY KEY (encoder_id, item_id)
  );
  CREATE INDEX embeddings_by_item ON embeddings(item_id, encoder_id);
  ${JOBS}
  ${DESCRIBED}
  ${FOLLOWED}
`;
