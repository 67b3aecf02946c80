import type { Connection } from './connection.ts';
import { type Values, valueIdsOf } from './described-fields.ts';

/** The values that stored descriptions name; what is no description is passed over. */
export function readValues(connection: Connection, fields: Iterable<string>): Values {
  const wanted = new Set<number>();
  for (const text of fields) {
    for (const id of valueIdsOf(text)) wanted.add(id);
  }
  const rows = connection.all<{ id: number; field: string; value: string }>(
    'SELECT id, field, value FROM field_values WHERE id IN (SELECT value FROM json_each(?))',
    JSON.stringify([...wanted]),
  );
  return new Map(rows.map(({ id, field, value }) => [id, [field, value]]));
}
