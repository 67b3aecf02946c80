import type Database from 'libsql';
import { openDatabase, storeError, transaction } from './database.ts';

/**
 * One connection to a collection's file, with the statements that were prepared on it and its small
 * records by key (`meta`). Errors carry DISK_FULL, COLLECTION_BUSY or COLLECTION_DAMAGED where SQLite
 * says so.
 */
export class Connection {
  readonly db: Database.Database;
  private readonly statements = new Map<string, Database.Statement>();

  /**
   * @param create make the file when it is absent
   * @throws SemblanceError COLLECTION_NOT_FOUND, COLLECTION_TOO_NEW, COLLECTION_DAMAGED
   */
  constructor(
    readonly file: string,
    create: boolean,
  ) {
    this.db = openDatabase(file, create);
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

  /** The first row. */
  get<T = unknown>(sql: string, ...params: unknown[]): T | undefined {
    return this.coded(() => this.statement(sql).get(params) as T | undefined);
  }

  all<T>(sql: string, ...params: unknown[]): T[] {
    return this.coded(() => this.statement(sql).all(params) as T[]);
  }

  /** The `id` of every row. */
  ids(sql: string, ...params: unknown[]): number[] {
    return this.all<{ id: number }>(sql, ...params).map(({ id }) => id);
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
    let statement = this.statements.get(sql);
    if (statement === undefined) {
      statement = this.db.prepare(sql);
      this.statements.set(sql, statement);
    }
    return statement;
  }
}
