import { isUtf8 } from 'node:buffer';
import { existsSync } from 'node:fs';
import Database from 'libsql';
import { SemblanceError, systemCode, toSemblanceError } from '../errors/error.ts';
import { distinctValues, numberOf } from './filter.ts';
import { ReadStatement } from './read-statement.ts';
import { FROM_1_TO_2, FROM_2_TO_3, SCHEMA, SCHEMA_VERSION } from './schema.ts';

/** How long a writer waits for another one, in milliseconds. */
const BUSY_TIMEOUT = 10_000;

/** Gives an error of SQLite its code of the registry. */
export function storeError(error: unknown, file: string): SemblanceError {
  const options = { subject: file, cause: error };
  const code = systemCode(error) ?? '';
  if (code.startsWith('SQLITE_FULL')) {
    return new SemblanceError('DISK_FULL', 'The collection could not grow.', options);
  }
  if (code.startsWith('SQLITE_BUSY')) {
    return new SemblanceError('COLLECTION_BUSY', 'Another process holds the collection.', options);
  }
  if (code.startsWith('SQLITE_NOTADB') || code.startsWith('SQLITE_CORRUPT')) {
    return new SemblanceError('COLLECTION_DAMAGED', 'SQLite cannot read the file.', options);
  }
  if (code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_CANTOPEN')) {
    return new SemblanceError('PATH_NOT_READABLE', 'The collection cannot be written.', options);
  }
  // SQLite reports a failed write of the operating system without its cause; a full disk is the usual one.
  if (code.startsWith('SQLITE_IOERR')) {
    return new SemblanceError('DISK_FULL', 'The disk refused a write.', options);
  }
  return toSemblanceError(error, file);
}

/**
 * Opens the SQLite file of a collection (WAL, every commit on disk before it is acknowledged).
 * @param create make the file when it is absent
 * @throws SemblanceError COLLECTION_NOT_FOUND, COLLECTION_TOO_NEW, COLLECTION_DAMAGED, PATH_NOT_READABLE
 */
export function openDatabase(file: string, create: boolean): Database.Database {
  if (!create && !existsSync(file)) {
    throw new SemblanceError('COLLECTION_NOT_FOUND', 'The collection does not exist.', {
      subject: file,
    });
  }
  let db: Database.Database;
  try {
    db = new Database(file);
  } catch (error) {
    throw new SemblanceError('PATH_NOT_READABLE', 'The collection file cannot be opened.', {
      subject: file,
      cause: error,
    });
  }
  try {
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT}`);
    checkNames(db);
    // Read before anything is written: a collection of a newer version must stay as it is.
    const version = readVersion(db);
    if (version > SCHEMA_VERSION) {
      throw new SemblanceError(
        'COLLECTION_TOO_NEW',
        `It has layout ${version}; this program knows layouts up to ${SCHEMA_VERSION}.`,
        { subject: file },
      );
    }
    db.exec('PRAGMA journal_mode = WAL');
    db.exec('PRAGMA synchronous = FULL');
    db.exec('PRAGMA foreign_keys = ON');
    // What is removed may be of a patient: it is overwritten, not only forgotten.
    db.exec('PRAGMA secure_delete = ON');
    if (version < SCHEMA_VERSION) transaction(db, () => bringUpToDate(db));
    return db;
  } catch (error) {
    db.close();
    throw storeError(error, file);
  }
}

/** libsql ends the process at a name of a column that is not UTF-8; see `ReadStatement`. */
function checkNames(db: Database.Database): void {
  const statement = db.prepare('SELECT CAST(sql AS BLOB) FROM sqlite_schema').raw();
  for (const [sql] of statement.all([]) as [Buffer | null][]) {
    if (sql === null || isUtf8(sql)) continue;
    throw new SemblanceError('COLLECTION_DAMAGED', 'The names of its tables cannot be read.', {
      subject: db.name,
    });
  }
}

function readVersion(db: Database.Database): number {
  const row = db.prepare('PRAGMA user_version').get() as { user_version: number };
  return row.user_version;
}

/** Makes the tables of a new collection, or those of an older version into the present ones. */
function bringUpToDate(db: Database.Database): void {
  // Another process may have done it between the look above and this lock.
  const version = readVersion(db);
  if (version === 0) db.exec(SCHEMA);
  else {
    if (version < 2) {
      db.exec(FROM_1_TO_2);
      fillNumbers(db);
    }
    if (version < 3) db.exec(FROM_2_TO_3);
  }
  db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
}

function fillNumbers(db: Database.Database): void {
  const fields = new ReadStatement(db, distinctValues('field')).column<string>();
  const update = db.prepare('UPDATE fields SET number = ? WHERE field = ? AND value = ?');
  for (const field of fields) {
    const values = new ReadStatement(db, 'SELECT DISTINCT value FROM fields WHERE field = ?');
    for (const value of values.column<string>(field)) {
      const number = numberOf(value);
      if (number !== null) update.run([number, field, value]);
    }
  }
}

/**
 * Runs a function in one write transaction: all of it is kept, or nothing.
 * (libsql's own `transaction` hides the first error when SQLite has rolled back by itself.)
 */
export function transaction<T>(db: Database.Database, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
