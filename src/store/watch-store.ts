import { dirname } from 'node:path';
import { Connection } from './connection.ts';
import { identityKey } from './identity-key.ts';
import { Pseudonyms } from './pseudonyms.ts';
import { openSmall } from './small-database.ts';

/** Version of the layout below. */
export const WATCH_LAYOUT = 1;

/**
 * Files of watched folders that were taken. path: keyed hash of collection and path, since a path may name a patient.
 * stamp: what the file was like. there: collections that were there when their folder was looked at last.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS taken (
    collection TEXT NOT NULL,
    path BLOB NOT NULL,
    stamp TEXT NOT NULL,
    PRIMARY KEY (collection, path)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS there (collection TEXT PRIMARY KEY);
`;

/**
 * Which files of watched folders were taken, and as what. Deleting the file costs nothing but looking at all of them once
 * more.
 */
export class WatchStore {
  private readonly connection: Connection;
  private readonly pseudonyms: Pseudonyms;

  /** @throws SemblanceError COLLECTION_TOO_NEW, COLLECTION_DAMAGED, COLLECTION_BUSY, DISK_FULL, HOME_READ_ONLY */
  constructor(file: string) {
    const open = () => openSmall(file, SCHEMA, WATCH_LAYOUT);
    this.connection = new Connection(file, true, undefined, open);
    this.pseudonyms = new Pseudonyms(identityKey(dirname(file)));
  }

  /** What a file was like when it was taken. */
  stamp(collection: string, path: string): string | undefined {
    const sql = 'SELECT stamp FROM taken WHERE collection = ? AND path = ?';
    return this.connection.column<string>(sql, collection, this.hashOf(path))[0];
  }

  /** Files are taken as they are. */
  take(collection: string, files: readonly { path: string; stamp: string }[]): void {
    this.connection.write(() => {
      for (const { path, stamp } of files) {
        const sql = 'INSERT OR REPLACE INTO taken (collection, path, stamp) VALUES (?, ?, ?)';
        this.connection.run(sql, collection, this.hashOf(path), stamp);
      }
    });
  }

  /** Says whether a collection is there; of one that was and is no more, nothing counts as taken. */
  seen(collection: string, isThere: boolean): void {
    this.connection.write(() => {
      if (isThere) {
        this.connection.run('INSERT OR IGNORE INTO there (collection) VALUES (?)', collection);
      } else if (this.connection.run('DELETE FROM there WHERE collection = ?', collection) > 0) {
        this.connection.run('DELETE FROM taken WHERE collection = ?', collection);
      }
    });
  }

  close(): void {
    this.connection.close();
  }

  private hashOf(path: string): Buffer {
    return this.pseudonyms.hash('watched', path);
  }
}
