import { existsSync } from 'node:fs';
import Database from 'libsql';
import { SemblanceError } from '../domain/errors/error.ts';
import { type OpenedDatabase, storeError, transaction } from './database.ts';
import { readVersion } from './layout-versions.ts';
import { makePrivate } from './protect.ts';

/** How long a writer waits for another one, in milliseconds. */
const BUSY_TIMEOUT = 10_000;

/**
 * Opens a SQLite file of the data directory beside the collections, which only its owner can read; it is made where it is
 * absent. Every commit is on the disk before it is acknowledged.
 * @param schema makes what is not there
 * @param version of that layout
 * @param upgrades what makes an earlier layout into the next one, by the number of the earlier one
 * @throws SemblanceError COLLECTION_TOO_NEW, COLLECTION_DAMAGED, COLLECTION_BUSY, DISK_FULL, HOME_READ_ONLY
 */
export function openSmall(
  file: string,
  schema: string,
  version: number,
  upgrades: Readonly<Record<number, string>> = {},
): OpenedDatabase {
  let db: Database.Database | undefined;
  try {
    if (!existsSync(file)) makePrivate(file);
    db = new Database(file);
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT}`);
    const found = readVersion(db);
    if (found > version) {
      const why = `It has layout ${found}; this program knows layouts up to ${version}.`;
      throw new SemblanceError('COLLECTION_TOO_NEW', why, { subject: file });
    }
    db.exec('PRAGMA journal_mode = WAL');
    db.exec('PRAGMA synchronous = FULL');
    db.exec('PRAGMA secure_delete = ON');
    db.exec('PRAGMA foreign_keys = ON');
    if (found < version) upgrade(db, schema, version, upgrades);
    return { db, frozen: undefined };
  } catch (error) {
    db?.close();
    throw storeError(error, file);
  }
}

/** All of it or nothing: a crash leaves the earlier layout. */
function upgrade(
  db: Database.Database,
  schema: string,
  version: number,
  upgrades: Readonly<Record<number, string>>,
): void {
  transaction(db, () => {
    // Another process may have done it before this one had the lock.
    const found = readVersion(db);
    if (found === 0) db.exec(schema);
    else for (let from = found; from < version; from++) db.exec(upgrades[from] ?? '');
    db.exec(`PRAGMA user_version = ${version}`);
  });
}
