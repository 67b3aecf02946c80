import { isDate } from '../domain/search-language/compared-value.ts';
import type { Filter } from '../domain/search-language/filter.ts';
import { resolveFilter, resolveWhere } from '../domain/search-language/where.ts';
import type { Connection } from './connection.ts';
import { countFacets, type FieldCounts } from './facets.ts';
import { comparable, FIELD_NAMES } from './filter.ts';
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
          this.connection.get(
            `SELECT count(*) AS n FROM image_values
             WHERE value_id IN (SELECT id FROM field_values WHERE ${where})`,
            field,
          ) as { n: number }
        ).n;
      const left = count(rest);
      if (left === 0) return [];
      const first = this.connection
        .all<{ value: string }>(
          `SELECT value FROM field_values WHERE ${rest} ORDER BY value LIMIT 3`,
          field,
        )
        .map(({ value }) => value);
      return [uncomparedNote(field, isDate(than), left, count('field = ?'), first)];
    });
    return [...new Set(notes)];
  }

  /** Names of all fields, sorted. */
  names(): string[] {
    return this.connection.column<unknown>(FIELD_NAMES).map(String);
  }
}
