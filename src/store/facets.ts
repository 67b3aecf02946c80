import type Database from 'libsql';
import { type Filter, isChoice } from '../domain/search-language/filter.ts';
import { distinctValues, filterCondition } from './filter.ts';
import { ReadStatement } from './read-statement.ts';

/** Values of one field with the number of images that have each. */
export interface FieldCounts {
  field: string;
  values: { value: string; count: number }[];
  /** Further values that were left out. */
  more: number;
}

/** Below this share of the images, their fields are looked up one by one instead of all counted. */
const FEW = 1 / 10;

/**
 * The values of every field with their counts, most frequent first. The counts of a field are
 * taken without the values chosen of it, so that its further values stay in view.
 * @param limit values of one field at the most
 */
export function countFacets(db: Database.Database, filter: Filter, limit: number): FieldCounts[] {
  const fields = new ReadStatement(db, distinctValues('field')).column<string>();
  const { n: total } = db.prepare('SELECT count(*) AS n FROM images').get() as { n: number };
  // Found once for all fields that share their conditions; the table is this connection's own.
  db.exec('CREATE TEMP TABLE IF NOT EXISTS chosen (id INTEGER PRIMARY KEY)');
  let chosenBy: string | undefined;
  let share = 1;
  const choose = (conditions: Filter): void => {
    const { sql, params } = filterCondition(conditions, 'images.id');
    db.exec('DELETE FROM chosen');
    db.prepare(`INSERT INTO chosen SELECT id FROM images WHERE ${sql}`).run(params);
    share = (db.prepare('SELECT count(*) AS n FROM chosen').get() as { n: number }).n / total;
  };
  const counted = (from: string, field: string): FieldCounts => {
    const rows = new ReadStatement(
      db,
      `SELECT value, count(*) AS count, count(*) OVER () AS n FROM ${from} field = ?
       GROUP BY value ORDER BY count DESC, value LIMIT ?`,
    ).all<{ value: string; count: number; n: number }>(field, limit);
    const values = rows.map(({ value, count }) => ({ value, count }));
    return { field, values, more: (rows[0]?.n ?? 0) - values.length };
  };
  return fields.map((field) => {
    const conditions = filter.filter((clause) => clause.field !== field || !isChoice(clause));
    if (conditions.length === 0) return counted('fields WHERE', field);
    const key = JSON.stringify(conditions);
    if (key !== chosenBy) choose(conditions);
    chosenBy = key;
    return counted(
      share < FEW
        ? 'chosen CROSS JOIN fields ON image_id = id WHERE'
        : 'fields WHERE image_id IN (SELECT id FROM chosen) AND',
      field,
    );
  });
}
