import { closeSync, openSync, readSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import Database from 'libsql';
import { connectToCopy, storeError } from './database.ts';
import { makePrivate } from './protect.ts';

/** How SQLite files begin (SQLite file format, 1.3). */
const MAGIC = 'SQLite format 3\0';

/** Whether a file is a SQLite database, by its content. */
export function isDatabase(file: string): boolean {
  const head = Buffer.alloc(MAGIC.length);
  const descriptor = openSync(file, 'r');
  try {
    return readSync(descriptor, head) === head.length && head.toString('latin1') === MAGIC;
  } finally {
    closeSync(descriptor);
  }
}

/** What a copy of a collection holds. */
export interface CopiedCollection {
  images: number;
  encoders: { name: string; fingerprint: string }[];
}

/**
 * Copies one committed state of a database into a file that is not there yet, while others go on writing. Sessions of
 * users are left out: they end with the moment of the copy.
 * @throws SemblanceError DISK_FULL, COLLECTION_BUSY, COLLECTION_DAMAGED, HOME_READ_ONLY
 */
export function copyDatabase(file: string, to: string): CopiedCollection | undefined {
  const db = connectToCopy(file);
  try {
    makePrivate(to);
    db.prepare('VACUUM INTO ?').run([to]);
  } catch (error) {
    throw storeError(error, file);
  } finally {
    db.close();
  }
  const copy = new Database(to);
  try {
    const tables = copy
      .prepare("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")
      .pluck();
    const names = tables.all([]) as string[];
    if (names.includes('sessions')) copy.exec('PRAGMA secure_delete = ON; DELETE FROM sessions');
    if (!names.includes('encoders') || !names.includes('images')) return undefined;
    return {
      images: (copy.prepare('SELECT count(*) AS n FROM images').get() as { n: number }).n,
      encoders: copy.prepare('SELECT name, fingerprint FROM encoders ORDER BY id').all([]),
    } as CopiedCollection;
  } catch (error) {
    throw storeError(error, to);
  } finally {
    copy.close();
  }
}

/** What SQLite finds wrong in a file that nobody writes to; empty where it is whole. */
export function faultsOfDatabase(file: string): string[] {
  try {
    const db = new Database(`${pathToFileURL(file).href}?immutable=1`);
    try {
      const found = db.prepare('PRAGMA quick_check(3)').pluck().all([]) as string[];
      return found.filter((line) => line !== 'ok');
    } finally {
      db.close();
    }
  } catch (error) {
    return [storeError(error, file).message];
  }
}

/** Whether another process has a database open, as far as SQLite's locks tell. */
export function isInUse(file: string): boolean {
  const db = new Database(file);
  try {
    // In this mode WAL takes the whole file, which it cannot while another connection is there.
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; ROLLBACK');
    return false;
  } catch (error) {
    return storeError(error, file).code === 'COLLECTION_BUSY';
  } finally {
    db.close();
  }
}
