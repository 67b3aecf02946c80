import { isUtf8 } from 'node:buffer';
import type Database from 'libsql';
import { SemblanceError } from '../domain/errors/error.ts';

type Row = Record<string, unknown>;

/**
 * A prepared query. libsql ends the whole process at a text that is not UTF-8, which a damaged file can
 * hold in any column, so texts are fetched as bytes and checked here.
 */
export class ReadStatement {
  private readonly statement: Database.Statement;
  private readonly blobs: ReadonlySet<string>;

  /** @param sql a query whose columns have names of their own */
  constructor(
    private readonly db: Database.Database,
    sql: string,
  ) {
    const columns = db.prepare(sql).columns();
    this.blobs = new Set(columns.filter(({ type }) => type === 'BLOB').map(({ name }) => name));
    const fetched = columns.map(({ name }) => {
      const column = `"${name.replaceAll('"', '""')}"`;
      const bytes = `CAST(${column} AS BLOB)`;
      const value = this.blobs.has(name)
        ? bytes
        : `iif(typeof(${column}) = 'text', ${bytes}, ${column})`;
      return `${value} AS ${column}`;
    });
    this.statement = db.prepare(`SELECT ${fetched.join(', ')} FROM (${sql})`);
  }

  /** All rows. Parameters are handed over as one list: libsql takes a lone Buffer for named parameters. */
  all<T>(...params: unknown[]): T[] {
    return (this.statement.all(params) as Row[]).map((row) => this.decoded(row) as T);
  }

  /** The first row. */
  get<T>(...params: unknown[]): T | undefined {
    const row = this.statement.get(params) as Row | undefined;
    return row && (this.decoded(row) as T);
  }

  /** The first column of every row. */
  column<T>(...params: unknown[]): T[] {
    return (this.statement.all(params) as Row[]).map(
      (row) => Object.values(this.decoded(row))[0] as T,
    );
  }

  private decoded(row: Row): Row {
    for (const [name, value] of Object.entries(row)) {
      const isBytes = value instanceof ArrayBuffer || ArrayBuffer.isView(value);
      if (!isBytes || name === '_metadata') continue;
      const bytes = Buffer.from(value as ArrayBuffer);
      if (this.blobs.has(name)) {
        row[name] = bytes;
        continue;
      }
      if (!isUtf8(bytes)) {
        throw new SemblanceError('COLLECTION_DAMAGED', `A text of "${name}" is not UTF-8.`, {
          subject: this.db.name,
        });
      }
      row[name] = bytes.toString();
    }
    return row;
  }
}
