import { isUtf8 } from 'node:buffer';
import { accessSync, closeSync, constants, openSync, type Stats, statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import Database from 'libsql';
import { SemblanceError, systemCode, toSemblanceError } from '../domain/errors/error.ts';
import { keepEarlier } from './earlier-copy.ts';
import { bringUpToDate, readVersion, type Tell } from './layout-versions.ts';
import { makePrivate } from './protect.ts';
import { PAGE_SIZE, SCHEMA_VERSION } from './schema.ts';

/** How long a writer waits for another one, in milliseconds. */
const BUSY_TIMEOUT = 10_000;

/** What a connection keeps of the file, in KiB; and pages in the log that are then taken into the file. */
const CACHE = 16_384;
const LOGGED_PAGES = 256;

/** How long another process may take to make the tables of a new collection, in milliseconds. */
const MAKING = 500;
/** Tables and views that every layout has. */
const OWN_TABLES = ['images', 'sources', 'encoders'];

/** Primary result codes of SQLite that libsql gives no name when they come in an extended form. */
const PRIMARY: Readonly<Record<number, string>> = {
  5: 'SQLITE_BUSY',
  8: 'SQLITE_READONLY',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
  26: 'SQLITE_NOTADB',
};

/** The name of an error of SQLite; the low byte of an extended code is the primary one. */
function sqliteCode(error: unknown): string {
  const code = systemCode(error) ?? '';
  // A failed connection has its number in the message alone.
  const extended =
    /^UNKNOWN_SQLITE_ERROR_(\d+)$/.exec(code)?.[1] ??
    /^ConnectionFailed\(.*: (\d+)"\)$/s.exec(error instanceof Error ? error.message : '')?.[1];
  return extended === undefined ? code : (PRIMARY[Number(extended) & 0xff] ?? code);
}

/** Whether SQLite could not write, or not make the files that it needs beside a collection. */
function isRefusal(error: unknown): boolean {
  const code = sqliteCode(error);
  return (
    code.startsWith('SQLITE_READONLY') ||
    code.startsWith('SQLITE_CANTOPEN') ||
    ['EROFS', 'EACCES', 'EPERM'].includes(systemCode(error) ?? '')
  );
}

/** Gives an error of SQLite its code of the registry. */
export function storeError(error: unknown, file: string): SemblanceError {
  const options = { subject: file, cause: error };
  const code = sqliteCode(error);
  if (code.startsWith('SQLITE_FULL')) {
    return new SemblanceError('DISK_FULL', 'The collection could not grow.', options);
  }
  if (code.startsWith('SQLITE_BUSY')) {
    return new SemblanceError('COLLECTION_BUSY', 'Another process holds the collection.', options);
  }
  // A name of the schema that was damaged, too.
  const lacks = error instanceof Error && /^no such (column|table): /.test(error.message);
  if (code.startsWith('SQLITE_NOTADB') || code.startsWith('SQLITE_CORRUPT') || lacks) {
    return new SemblanceError('COLLECTION_DAMAGED', 'SQLite cannot read the file.', options);
  }
  if (isRefusal(error)) {
    const shortage = fileShortage(file);
    if (shortage !== undefined) return shortage;
    return new SemblanceError(
      'HOME_READ_ONLY',
      'The file, or the folder that it lies in, may not be written.',
      options,
    );
  }
  // SQLite reports a failed write of the operating system without its cause; a full disk is the usual one.
  if (code.startsWith('SQLITE_IOERR')) {
    return new SemblanceError('DISK_FULL', 'The disk refused a write.', options);
  }
  return toSemblanceError(error, file);
}

/**
 * Starts what libsql runs on, once for the process: without a free file descriptor, the first use would
 * end the process.
 */
export function startDatabases(): void {
  new Database(':memory:').close();
}

/** So many files SQLite opens for a collection: the file itself, its log, its shared memory, the folder. */
const FILES_OF_COLLECTION = 4;

/** The error when no file can be opened because too many are open, which SQLite does not tell. */
function fileShortage(file: string): SemblanceError | undefined {
  const opened: number[] = [];
  try {
    while (opened.length < FILES_OF_COLLECTION) opened.push(openSync(file, 'r'));
  } catch (error) {
    const coded = toSemblanceError(error, file);
    if (coded.code === 'TOO_MANY_FILES') return coded;
  } finally {
    for (const each of opened) closeSync(each);
  }
  return undefined;
}

/** An open collection file. */
export interface OpenedDatabase {
  db: Database.Database;
  /**
   * Set where the folder may not be written: the file is read without locks, as one that nobody
   * changes, and belongs to this state of it (see `fileState`).
   */
  frozen: string | undefined;
}

/**
 * Opens the SQLite file of a collection (WAL, every commit on disk before it is acknowledged). Where
 * the folder may not be written, it is opened to be read; a write then throws HOME_READ_ONLY.
 * @param create make the file when it is absent
 * @param tell about one of an earlier version, which is rewritten
 * @throws SemblanceError COLLECTION_NOT_FOUND, COLLECTION_TOO_NEW, COLLECTION_DAMAGED, PATH_NOT_READABLE,
 *   HOME_READ_ONLY
 */
export function openDatabase(file: string, create: boolean, tell?: Tell): OpenedDatabase {
  const found = checkFile(file, create);
  const { db, frozen } = connect(file, found);
  try {
    checkNames(db);
    refuseForeign(db, file, create);
    // Read before anything is written: a collection of a newer version must stay as it is.
    const version = readVersion(db);
    if (version > SCHEMA_VERSION) {
      throw new SemblanceError(
        'COLLECTION_TOO_NEW',
        `It has layout ${version}; this program knows layouts up to ${SCHEMA_VERSION}.`,
        { subject: file },
      );
    }
    // Without effect on a file that has tables.
    if (version === 0) db.exec(`PRAGMA page_size = ${PAGE_SIZE}`);
    db.exec('PRAGMA journal_mode = WAL');
    db.exec(`PRAGMA cache_size = -${CACHE}`);
    db.exec(`PRAGMA wal_autocheckpoint = ${LOGGED_PAGES}`);
    db.exec('PRAGMA synchronous = FULL');
    // What is removed may be of a patient: it is overwritten, not only forgotten.
    db.exec('PRAGMA secure_delete = ON');
    // Tables are made anew below, whose links are to stay as they are.
    db.exec('PRAGMA foreign_keys = OFF');
    const say: Tell = (sentence) => tell?.(`${file}: ${sentence}`);
    if (version > 0 && version < SCHEMA_VERSION) keepEarlier(db, file, version, say);
    if (version < SCHEMA_VERSION) transaction(db, () => bringUpToDate(db, say));
    db.exec('PRAGMA foreign_keys = ON');
    return { db, frozen };
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

/** Looks at the file itself before SQLite does, whose messages do not say what is in the way. */
function checkFile(file: string, create: boolean): Stats | undefined {
  let found: Stats | undefined;
  try {
    found = statSync(file, { throwIfNoEntry: false });
    if (found !== undefined) accessSync(file, constants.R_OK);
  } catch (error) {
    throw toSemblanceError(error, file);
  }
  if (found === undefined) {
    if (create) return undefined;
    throw new SemblanceError('COLLECTION_NOT_FOUND', 'The collection does not exist.', {
      subject: file,
    });
  }
  if (!found.isFile()) {
    throw new SemblanceError('COLLECTION_DAMAGED', 'It is a folder or a device, not a file.', {
      subject: file,
    });
  }
  return found;
}

/** Connects to a file, for reading alone where its folder may not be written. */
function connect(file: string, found: Stats | undefined): OpenedDatabase {
  let db: Database.Database | undefined;
  try {
    if (found === undefined) makePrivate(file);
    db = new Database(file);
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT}`);
    readVersion(db);
    return { db, frozen: undefined };
  } catch (error) {
    db?.close();
    const shortage = fileShortage(file);
    if (shortage !== undefined) throw shortage;
    if (found === undefined || !isRefusal(error)) throw storeError(error, file);
    if (hasLog(file)) {
      throw new SemblanceError(
        'HOME_READ_ONLY',
        'Its newest changes are still in the file -wal beside it, which is taken up only where the folder may be written: open it once there.',
        { subject: file, cause: error },
      );
    }
  }
  // SQLite reads a file in WAL mode only where it can lock it, unless it is told that nobody changes it.
  const frozen = fileState(file);
  try {
    return { db: new Database(`${pathToFileURL(file).href}?immutable=1`), frozen };
  } catch (error) {
    throw storeError(error, file);
  }
}

/**
 * Connects to a database that is there, of whatever layout, to read it as it is.
 * @throws SemblanceError COLLECTION_NOT_FOUND, COLLECTION_DAMAGED, PATH_NOT_READABLE, HOME_READ_ONLY
 */
export function connectToCopy(file: string): Database.Database {
  return connect(file, checkFile(file, false)).db;
}

/** Whether commits wait beside the file to be taken into it. */
function hasLog(file: string): boolean {
  return (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** Changes with the file's content, as far as the file system tells. */
export function fileState(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false, bigint: true });
  return found === undefined
    ? 'gone'
    : [found.ino, found.size, found.mtimeNs, found.ctimeNs, hasLog(file)].join(' ');
}

/** Refuses a database of another program, and one that has lost its tables, before anything is written. */
function refuseForeign(db: Database.Database, file: string, create: boolean): void {
  const listing = db
    .prepare("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
    .pluck();
  let tables = listing.all();
  const end = performance.now() + MAKING;
  while (!create && tables.length === 0 && performance.now() < end) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    tables = listing.all();
  }
  if (OWN_TABLES.every((name) => tables.includes(name)) || (create && tables.length === 0)) return;
  throw new SemblanceError(
    'COLLECTION_DAMAGED',
    tables.length === 0
      ? 'It holds nothing, not even the tables of a collection.'
      : 'It is a database of another program.',
    { subject: file },
  );
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
