import type { Connection } from './connection.ts';
import { GIVEN_LABELS } from './schema.ts';

/**
 * Labels that somebody has given to images himself. They stand in place of those that the source of an image names, now
 * and whenever it is indexed again.
 */
export class GivenLabels {
  private exists = false;

  constructor(private readonly connection: Connection) {}

  /** Those of an image; undefined where nobody gave it any. */
  of(id: number): string[] | undefined {
    if (!this.isThere()) return undefined;
    const sql = 'SELECT labels FROM given_labels WHERE item_id = ?';
    const row = this.connection.get<{ labels: string }>(sql, id);
    return row && JSON.parse(row.labels);
  }

  /** Keeps them, as part of a transaction. */
  set(id: number, labels: readonly string[]): void {
    if (!this.isThere()) this.connection.db.exec(GIVEN_LABELS);
    const sql = 'INSERT OR REPLACE INTO given_labels (item_id, labels) VALUES (?, ?)';
    this.connection.run(sql, id, JSON.stringify(labels));
  }

  /** Forgets that anybody gave any, as part of a transaction. */
  forget(id: number): void {
    if (this.isThere()) this.connection.run('DELETE FROM given_labels WHERE item_id = ?', id);
  }

  /** Only a collection in which somebody gave some has the table. */
  private isThere(): boolean {
    this.exists ||= this.connection.hasTable('given_labels');
    return this.exists;
  }
}
