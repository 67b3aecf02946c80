import type Database from 'libsql';
import { IdBitmap } from '../domain/id-bitmap.ts';
import { fileState, openDatabase, storeError, transaction } from './database.ts';
import { addIds } from './id-list.ts';
import type { Tell } from './layout-versions.ts';
import { ReadStatement } from './read-statement.ts';

/** So many prepared statements are kept; filters make new ones without end. */
const MAX_STATEMENTS = 100;
/** Rows read at a time. */
const PIECE = 1000;

/**
 * One connection to a collection's file, with the statements that were prepared on it and its small
 * records by key (`meta`). Errors carry DISK_FULL, COLLECTION_BUSY or COLLECTION_DAMAGED where SQLite
 * says so.
 */
export class Connection {
  readonly db: Database.Database;
  private readonly frozen: string | undefined;
  private readonly statements = new Map<string, Database.Statement>();
  private readonly queries = new Map<string, ReadStatement>();

  /**
   * @param create make the file when it is absent
   * @param open makes the connection, by default to a collection
   * @throws SemblanceError COLLECTION_NOT_FOUND, COLLECTION_TOO_NEW, COLLECTION_DAMAGED
   */
  constructor(
    readonly file: string,
    create: boolean,
    tell?: Tell,
    open: typeof openDatabase = openDatabase,
  ) {
    const { db, frozen } = open(file, create, tell);
    this.db = db;
    this.frozen = frozen;
  }

  /** Whether a file that is read without locks has changed since it was opened: what is read is worthless. */
  get outdated(): boolean {
    return this.frozen !== undefined && this.frozen !== fileState(this.file);
  }

  /** Runs a function as one transaction, or as part of the one that is open. */
  write<T>(work: () => T): T {
    if (this.db.inTransaction) return work();
    return this.coded(() => transaction(this.db, work));
  }

  /** @returns how many rows it changed */
  run(sql: string, ...params: unknown[]): number {
    return this.statement(sql).run(params).changes;
  }

  /** Inserts a row into a table with row ids. @returns the row's id */
  insert(sql: string, ...params: unknown[]): number {
    return Number(this.statement(sql).run(params).lastInsertRowid);
  }

  /** The first row. */
  get<T = unknown>(sql: string, ...params: unknown[]): T | undefined {
    return this.coded(() => this.query(sql).get<T>(...params));
  }

  all<T>(sql: string, ...params: unknown[]): T[] {
    return this.coded(() => this.query(sql).all<T>(...params));
  }

  /** Rows of a query in the order of their ids, of which it takes the last one before, and how many to read. */
  *pieces<T extends { id: number }>(sql: string): Generator<T[]> {
    for (let after = 0; ; ) {
      const piece = this.all<T>(sql, after, PIECE);
      yield piece;
      const last = piece.at(-1);
      if (last === undefined || piece.length < PIECE) return;
      after = last.id;
    }
  }

  /** The first column of every row. */
  column<T>(sql: string, ...params: unknown[]): T[] {
    return this.coded(() => this.query(sql).column<T>(...params));
  }

  /** The query of this text, prepared once. */
  private query(sql: string): ReadStatement {
    return kept(this.queries, sql, () => new ReadStatement(this.db, sql));
  }

  /** The `id` of every row. */
  ids(sql: string, ...params: unknown[]): number[] {
    return this.all<{ id: number }>(sql, ...params).map(({ id }) => id);
  }

  /** The `id` of every row as a set: one row of SQL for all of them, since there may be millions. */
  idSet(sql: string, ...params: unknown[]): IdBitmap {
    const asked = `SELECT max(id), CAST(group_concat(id) AS BLOB) FROM (${sql})`;
    const [most, ids] = this.coded(() => this.db.prepare(asked).raw().get(params)) as [
      number | null,
      Buffer | null,
    ];
    const found = IdBitmap.upTo(most ?? 0);
    if (ids !== null) addIds(ids, (id) => found.add(id));
    return found;
  }

  /** Whether there is a table of this name. */
  hasTable(name: string): boolean {
    return this.get('SELECT 1 FROM sqlite_schema WHERE name = ?', name) !== undefined;
  }

  /** What a pragma answers: the first value of each row. */
  pragma(name: string): string[] {
    return this.coded(() =>
      (this.db.prepare(`PRAGMA ${name}`).raw().all([]) as unknown[][]).map(([value]) => `${value}`),
    );
  }

  /** Ends it. */
  close(): void {
    // The file stays open as long as there is a statement.
    this.statements.clear();
    this.queries.clear();
    this.db.close();
  }

  meta(key: string): string | undefined {
    return this.get<{ value: string }>('SELECT value FROM meta WHERE key = ?', key)?.value;
  }

  setMeta(key: string, value: string): void {
    this.run(
      'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      key,
      value,
    );
  }

  /** Runs a function on the database; its errors get their code of the registry. */
  coded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw storeError(error, this.file);
    }
  }

  /** Parameters are always handed over as one list: libsql takes a lone Buffer for named parameters. */
  private statement(sql: string): Database.Statement {
    return kept(this.statements, sql, () => this.db.prepare(sql));
  }
}

/** What is kept for a text, made when it is not; the one not asked for longest makes room. */
function kept<T>(statements: Map<string, T>, sql: string, make: () => T): T {
  const statement = statements.get(sql) ?? make();
  statements.delete(sql);
  statements.set(sql, statement);
  if (statements.size > MAX_STATEMENTS) {
    const [oldest] = statements.keys();
    statements.delete(oldest as string);
  }
  return statement;
}
