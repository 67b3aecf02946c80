import type Database from 'libsql';
import { type Filter, isChoice } from '../domain/search-language/filter.ts';
import { VALUE_IDS } from './described-fields.ts';
import { FIELD_NAMES, filterCondition } from './filter.ts';
import { ReadStatement } from './read-statement.ts';

/** Values of one field with the number of images that have each. */
export interface FieldCounts {
  field: string;
  values: { value: string; count: number }[];
  /** Further values that were left out. */
  more: number;
}

/** Below this share of the images, the values are counted that these have, instead of the images of all values. */
const FEW = 1 / 10;

/** Counts of the values whose ids a condition allows: all that are of the field. */
const OF_FIELD = 'value_id IN (SELECT id FROM field_values WHERE field = ?)';

/**
 * The values of every field with their counts, most frequent first. The counts of a field are
 * taken without the values chosen of it, so that its further values stay in view.
 * @param limit values of one field at the most
 */
export function countFacets(db: Database.Database, filter: Filter, limit: number): FieldCounts[] {
  const fields = new ReadStatement(db, FIELD_NAMES).column<string>();
  const { n: total } = db.prepare('SELECT count(*) AS n FROM images').get() as { n: number };
  // Found once for all fields that share their conditions; the tables are this connection's own.
  db.exec(`CREATE TEMP TABLE IF NOT EXISTS chosen (id INTEGER PRIMARY KEY);
    CREATE TEMP TABLE IF NOT EXISTS counted (value_id INTEGER PRIMARY KEY, n INTEGER)`);
  let chosenBy: string | undefined;
  let isCounted = false;
  const choose = (conditions: Filter): void => {
    const { sql, params } = filterCondition(conditions, 'images.id');
    db.exec('DELETE FROM chosen; DELETE FROM counted');
    db.prepare(`INSERT INTO chosen SELECT id FROM images WHERE ${sql}`).run(params);
    const { n } = db.prepare('SELECT count(*) AS n FROM chosen').get() as { n: number };
    isCounted = n / total < FEW;
    if (!isCounted) return;
    db.exec(`INSERT INTO counted SELECT atom, count(DISTINCT chosen.id)
      FROM chosen CROSS JOIN images ON images.id = chosen.id, ${VALUE_IDS}
      WHERE atom IS NOT NULL GROUP BY atom`);
  };
  const counted = (counts: string, field: string): FieldCounts => {
    const rows = new ReadStatement(
      db,
      `SELECT value, counts.n AS count, count(*) OVER () AS n
       FROM (${counts}) AS counts CROSS JOIN field_values ON id = value_id AND field = ?
       ORDER BY count DESC, value LIMIT ?`,
    ).all<{ value: string; count: number; n: number }>(
      ...(counts.includes('?') ? [field] : []),
      field,
      limit,
    );
    const values = rows.map(({ value, count }) => ({ value, count }));
    return { field, values, more: (rows[0]?.n ?? 0) - values.length };
  };
  const all = `SELECT value_id, count(*) AS n FROM image_values WHERE ${OF_FIELD}`;
  return fields.map((field) => {
    const conditions = filter.filter((clause) => clause.field !== field || !isChoice(clause));
    if (conditions.length === 0) return counted(`${all} GROUP BY value_id`, field);
    const key = JSON.stringify(conditions);
    if (key !== chosenBy) choose(conditions);
    chosenBy = key;
    return counted(
      isCounted
        ? 'SELECT value_id, n FROM counted'
        : `${all} AND image_id IN (SELECT id FROM chosen) GROUP BY value_id`,
      field,
    );
  });
}
