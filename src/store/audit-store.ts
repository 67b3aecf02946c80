import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { setImmediate as pause } from 'node:timers/promises';
import Database from 'libsql/promise';
import { SemblanceError } from '../domain/errors/error.ts';
import { Connection } from './connection.ts';
import { storeError } from './database.ts';
import { openSmall } from './small-database.ts';

/** Version of the layout below. */
export const AUDIT_LAYOUT = 2;

/** Where the log begins since entries were pruned: the number and the hash of the last of these. */
const BASE = `
  CREATE TABLE IF NOT EXISTS base (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    number INTEGER NOT NULL,
    hash TEXT NOT NULL
  );
`;
const NO_DELETE = `
  CREATE TRIGGER IF NOT EXISTS no_delete BEFORE DELETE ON entries
    BEGIN SELECT RAISE(ABORT, 'entries are never removed'); END;
`;

/**
 * What was done, one row for each entry. entry: JSON. hash: see `auditHash`. head: where the log ends. The triggers keep
 * mistakes away; that nobody changed the file otherwise is what the hashes are for.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS entries (
    number INTEGER PRIMARY KEY,
    entry TEXT NOT NULL,
    hash TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    number INTEGER NOT NULL,
    hash TEXT NOT NULL
  );
  ${BASE}
  CREATE TRIGGER IF NOT EXISTS no_update BEFORE UPDATE ON entries
    BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END;
  ${NO_DELETE}
`;
const UPGRADES = { 1: BASE };

/** So many are pruned at a time, so that others can add theirs in between. */
const PRUNED = 2000;
/** So many entries are read at a time. */
const PAGE = 1000;

/** An entry as kept. */
export interface StoredAuditEntry {
  number: number;
  entry: string;
  hash: string;
}

/** Where a log ends. */
type Head = Omit<StoredAuditEntry, 'entry'>;

/** Where a log begins: the SHA-256 of nothing stands before the first entry. */
export const AUDIT_ORIGIN: Head = {
  number: 0,
  hash: createHash('sha256').update('').digest('hex'),
};

/** SHA-256 of the hash of the entry before (in hexadecimal), the number (in decimal) and the entry, a line feed after each. */
export function auditHash(before: string, number: number, entry: string): string {
  return createHash('sha256').update(`${before}\n${number}\n${entry}\n`).digest('hex');
}

interface Waiting {
  entry: string;
  resolve(head: Head): void;
  reject(error: unknown): void;
}

/**
 * The audit log of a data directory, to which several processes add. Whatever comes while the disk is written to goes to it
 * together, next. The disk is waited for beside the thread that calls: requests are answered meanwhile.
 */
export class AuditStore {
  private reader: Connection | undefined;
  private writer: Database | undefined;
  private id: number | undefined;
  private waiting: Waiting[] = [];
  private writing: Promise<void> | undefined;

  constructor(private readonly file: string) {}

  /**
   * Adds an entry, which is on the disk when it resolves. @returns where the log ends then
   * @throws SemblanceError HOME_UNUSABLE (another file, or none, is where the log was), DISK_FULL, HOME_READ_ONLY,
   *   COLLECTION_BUSY, COLLECTION_DAMAGED, COLLECTION_TOO_NEW
   */
  append(entry: string): Promise<Head> {
    const added = new Promise<Head>((resolve, reject) => {
      this.waiting.push({ entry, resolve, reject });
    });
    this.writing ??= this.writeAll();
    return added;
  }

  /** Where the log says that it ends; undefined where there is none. */
  head(): Head | undefined {
    return this.opened()?.get<Head>('SELECT number, hash FROM head');
  }

  /** The last entry that was pruned; before the first one where none was. */
  base(): Head {
    return this.opened()?.get<Head>('SELECT number, hash FROM base') ?? AUDIT_ORIGIN;
  }

  /** Removes the entries up to the one of a number, for good. Where it ends before its end, it has removed the first. */
  async prune(to: number): Promise<void> {
    const connection = this.opened();
    if (connection === undefined) return;
    for (let from = this.base().number; from < to; ) {
      const last = Math.min(to, from + PRUNED);
      connection.write(() => {
        connection.run('DROP TRIGGER no_delete');
        connection.run(
          `INSERT INTO base SELECT 1, number, hash FROM entries WHERE number = ?
           ON CONFLICT (one) DO UPDATE SET number = excluded.number, hash = excluded.hash`,
          last,
        );
        connection.run('DELETE FROM entries WHERE number <= ?', last);
        connection.run(NO_DELETE);
      });
      from = last;
      await pause();
    }
  }

  /**
   * Entries of a range in their order, read page by page.
   * @param after number of the entry before the first one
   */
  *entries(after = 0): Generator<StoredAuditEntry> {
    const sql = 'SELECT * FROM entries WHERE number > ? ORDER BY number LIMIT ?';
    for (let last = after; ; ) {
      const page = this.opened()?.all<StoredAuditEntry>(sql, last, PAGE) ?? [];
      yield* page;
      if (page.length < PAGE) return;
      last = page.at(-1)?.number ?? last;
    }
  }

  /** Entries from the last one back to the first. */
  *latest(): Generator<StoredAuditEntry> {
    const sql = 'SELECT * FROM entries WHERE number < ? ORDER BY number DESC LIMIT ?';
    for (let first = Number.MAX_SAFE_INTEGER; ; ) {
      const page = this.opened()?.all<StoredAuditEntry>(sql, first, PAGE) ?? [];
      yield* page;
      if (page.length < PAGE) return;
      first = page.at(-1)?.number ?? first;
    }
  }

  /** Waits for what is being written, and closes the file. */
  async close(): Promise<void> {
    await this.writing;
    this.writer?.close();
    this.reader?.close();
    this.writer = undefined;
    this.reader = undefined;
  }

  private opened(): Connection | undefined {
    if (this.reader === undefined && existsSync(this.file)) this.open();
    return this.reader;
  }

  private open(): void {
    const open = () => openSmall(this.file, SCHEMA, AUDIT_LAYOUT, UPGRADES);
    this.reader ??= new Connection(this.file, true, undefined, open);
  }

  private async writeAll(): Promise<void> {
    // What is added in the same turn of the event loop goes along.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      try {
        const heads = await this.write(batch.map(({ entry }) => entry));
        for (const [i, { resolve }] of batch.entries()) resolve(heads[i] as Head);
      } catch (error) {
        const coded = storeError(error, this.file);
        for (const { reject } of batch) reject(coded);
      }
    }
    this.writing = undefined;
  }

  private async write(entries: readonly string[]): Promise<Head[]> {
    if (this.id !== undefined && idOf(this.file) !== this.id) {
      const why = 'The file was removed or replaced while the program ran.';
      throw new SemblanceError('HOME_UNUSABLE', why, { subject: this.file });
    }
    this.open();
    this.writer ??= new Database(this.file, {});
    this.id ??= idOf(this.file);
    const { writer } = this;
    try {
      await writer.exec('PRAGMA busy_timeout = 10000; PRAGMA synchronous = FULL; BEGIN IMMEDIATE');
      // Read to its end: a row that might follow would keep this state of the file.
      const found = await writer.prepare('SELECT number, hash FROM head');
      let head: Head = (await found.all())[0] ?? AUDIT_ORIGIN;
      const heads = entries.map((entry) => {
        const number = head.number + 1;
        head = { number, hash: auditHash(head.hash, number, entry) };
        return head;
      });
      const rows = entries.map((entry, i) => {
        const { number, hash } = heads[i] as Head;
        return `(${number}, ${quoted(entry)}, ${quoted(hash)})`;
      });
      // One text, of which all runs beside this thread: statements with parameters would run in it.
      await writer.exec(`
        INSERT INTO entries VALUES ${rows.join(', ')};
        INSERT INTO head VALUES (1, ${head.number}, ${quoted(head.hash)})
          ON CONFLICT (one) DO UPDATE SET number = excluded.number, hash = excluded.hash;
        COMMIT`);
      return heads;
    } catch (error) {
      // Whatever it was: the next batch begins anew. What is not rolled back keeps the file locked, closed or not.
      this.writer = undefined;
      await writer.exec('ROLLBACK').catch(() => undefined);
      writer.close();
      throw error;
    }
  }
}

/** Which file of the disk it is. */
function idOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.ino;
}

/** A text as SQL has it. Neither JSON nor a hash has a NUL, which would end it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
