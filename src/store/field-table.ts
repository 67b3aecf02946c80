import { isDate, numberOf } from '../domain/search-language/compared-value.ts';
import type { Filter } from '../domain/search-language/filter.ts';
import { resolveFilter, resolveWhere } from '../domain/search-language/where.ts';
import type { Connection } from './connection.ts';
import { countFacets, type FieldCounts } from './facets.ts';
import { comparable, distinctValues, listed } from './filter.ts';
import { fieldsOf, type ImageDescription } from './records.ts';
import { uncomparedNote } from './uncompared.ts';

/** The fields of the images' descriptions, which filters, facets and the search language go by. */
export class FieldTable {
  constructor(private readonly connection: Connection) {}

  /**
   * Reads a query of the search language for this collection.
   * @throws SemblanceError QUERY_INVALID
   */
  where(text: string): Filter {
    return resolveWhere(text, this.names());
  }

  /**
   * Reads filters of the form `field=value`, and a query of the search language beside them.
   * @throws SemblanceError REQUEST_INVALID, QUERY_INVALID
   */
  filter(terms: readonly string[], where = ''): Filter {
    return [...resolveFilter(terms, this.names()), ...this.where(where)];
  }

  /** See `countFacets`, with 50 values of one field at the most. */
  facets(filter: Filter, limit = 50): FieldCounts[] {
    return this.connection.coded(() => countFacets(this.connection.db, filter, limit));
  }

  /** Renews the fields of an image, in the transaction that writes its description. */
  write(imageId: number, description: ImageDescription): void {
    this.connection.run('DELETE FROM fields WHERE image_id = ?', imageId);
    for (const row of rowsOf(imageId, description)) this.insert(row);
  }

  /** Writes the fields of images that have none, in the transaction that writes their descriptions. */
  writeNew(images: ReadonlyMap<number, ImageDescription>): void {
    const rows = [...images].flatMap(([id, description]) => rowsOf(id, description));
    // In the order of the table, so that its pages are gone through once.
    this.connection.run(
      `INSERT OR IGNORE INTO fields (field, value, image_id, number)
       SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?) ORDER BY 1, 2, 3`,
      listed(rows.filter(isExactAsJson)),
    );
    for (const row of rows) if (!isExactAsJson(row)) this.insert(row);
  }

  private insert(row: FieldRow): void {
    this.connection.run(
      'INSERT OR IGNORE INTO fields (field, value, image_id, number) VALUES (?, ?, ?, ?)',
      ...row,
    );
  }

  /**
   * What a filter's comparisons say nothing of, because it is no number or no date: a sentence for each field,
   * with counts and the first values.
   */
  uncompared(filter: Filter): string[] {
    const notes = filter.flatMap((clause) => {
      if (!('compare' in clause)) return [];
      const { field, than } = clause;
      const rest = `field = ? AND NOT coalesce(${comparable(than)}, 0)`;
      const count = (where: string) =>
        (
          this.connection.get(`SELECT count(*) AS n FROM fields WHERE ${where}`, field) as {
            n: number;
          }
        ).n;
      const left = count(rest);
      if (left === 0) return [];
      const first = this.connection
        .all<{ value: string }>(`SELECT DISTINCT value FROM fields WHERE ${rest} LIMIT 3`, field)
        .map(({ value }) => value);
      return [uncomparedNote(field, isDate(than), left, count('field = ?'), first)];
    });
    return [...new Set(notes)];
  }

  /** Names of all fields, sorted. */
  names(): string[] {
    return this.connection.column<unknown>(distinctValues('field')).map(String);
  }
}

type FieldRow = [field: string, value: string, image: number, number: number | null];

function rowsOf(imageId: number, description: ImageDescription): FieldRow[] {
  return fieldsOf(description).map(([field, value]) => [
    field,
    value,
    imageId,
    numberOf(value, field),
  ]);
}

/**
 * Whether SQLite reads a row of JSON as it is: it has no form for one character, and rounds some fractions to
 * a neighbouring number.
 */
function isExactAsJson([field, value, , number]: FieldRow): boolean {
  const isWhole = number === null || Number.isSafeInteger(number);
  return isWhole && !field.includes('\0') && !value.includes('\0');
}
