import { DATE_RANGE, isDate, numberOf } from '../domain/search-language/compared-value.ts';
import {
  type Clause,
  type CompareSign,
  checkFilterSize,
  type Filter,
  mergedClauses,
  type Pattern,
} from '../domain/search-language/filter.ts';

/** An SQL text with the parameters it takes. */
export interface Sql {
  sql: string;
  params: (string | number)[];
}

/** SQL: the names of all fields, sorted, by one index look-up for each. */
export const FIELD_NAMES = `WITH RECURSIVE found(each) AS (
    SELECT min(field) FROM field_values
    UNION ALL
    SELECT (SELECT min(field) FROM field_values WHERE field > each) FROM found WHERE each IS NOT NULL
  ) SELECT each FROM found WHERE each IS NOT NULL`;

/** All before the last part of a label's path is cut off, then underscores become spaces. */
const LAST_PART = `replace(replace(field_values.value, rtrim(field_values.value, replace(field_values.value, '/', '')), ''), '_', ' ')`;

function like(pattern: Pattern): string {
  return pattern.map((piece) => piece.replaceAll(/[\\%_]/g, '\\$&')).join('%');
}

/** A list as one parameter for `json_each`: SQLite bounds the parameters and terms of a statement. */
export function listed(values: readonly (string | readonly (string | number | null)[])[]): string {
  // Half of a surrogate pair is written as SQLite gets it in a parameter.
  return JSON.stringify(values, (_, value) =>
    typeof value === 'string' ? value.replaceAll(/\p{Surrogate}/gu, '\ufffd') : value,
  );
}

/** SQL: ids of the images that have one of the values whose ids a query gives. */
function imagesWith(values: string): string {
  return `SELECT image_id FROM image_values WHERE value_id IN (${values})`;
}

/** Ids of the images with one of the values. */
function withValues({ field, lastPart }: Clause, values: readonly Pattern[]): Sql {
  if (lastPart) {
    return {
      sql: imagesWith(`SELECT id FROM field_values WHERE field = ? AND EXISTS (
        SELECT 1 FROM json_each(?) AS wanted WHERE ${LAST_PART} LIKE wanted.value ESCAPE '\\')`),
      params: [field, listed(values.map((value) => like(value).replaceAll('\\_', ' ')))],
    };
  }
  const selects: Sql[] = [];
  const texts = values.filter(({ length }) => length === 1).map(([text]) => text as string);
  if (texts.length > 0) {
    selects.push({
      sql: `SELECT id FROM field_values
        WHERE field = ? AND value COLLATE NOCASE IN (SELECT wanted.value FROM json_each(?) AS wanted)`,
      params: [field, listed(texts)],
    });
  }
  const patterns = values.filter(({ length }) => length > 1);
  if (patterns.length > 0) {
    const ranges = patterns.map((pattern) => {
      const [prefix = ''] = pattern;
      return [prefix, `${prefix}\u{10ffff}`, like(pattern)];
    });
    // The range lets the index be used, for each pattern in turn; LIKE decides.
    selects.push({
      sql: `SELECT field_values.id FROM json_each(?) AS wanted CROSS JOIN field_values
        WHERE field_values.field = ? AND field_values.value COLLATE NOCASE >= wanted.value ->> 0
        AND field_values.value COLLATE NOCASE < wanted.value ->> 1
        AND field_values.value LIKE wanted.value ->> 2 ESCAPE '\\'`,
      params: [listed(ranges), field],
    });
  }
  return {
    sql: imagesWith(selects.map(({ sql }) => sql).join(' UNION ALL ')),
    params: selects.flatMap(({ params }) => params),
  };
}

/**
 * SQL that holds for the text of a date with separators, of all texts that have a number: a year, then a
 * dash, a slash or a colon, or a dot and a further one.
 * @testing
 */
export const LOOKS_LIKE_DATE = `(value GLOB '[0-9][0-9][0-9][0-9][-/:]*' OR value GLOB '[0-9][0-9][0-9][0-9].*.*')`;

/** SQL that holds for the values of a field that can be compared with a number or a date. */
export function comparable(than: string): string {
  // A bare number says nothing about dates, whose numbers are all larger than any year; and a date nothing
  // about numbers that are none.
  return isDate(than)
    ? `number BETWEEN ${DATE_RANGE[0]} AND ${DATE_RANGE[1]}`
    : `number IS NOT NULL AND NOT ${LOOKS_LIKE_DATE}`;
}

/** Ids of the images with a number or date that compares so. */
function compared(field: string, compare: CompareSign, than: string): Sql {
  return {
    sql: imagesWith(
      `SELECT id FROM field_values WHERE field = ? AND number ${compare} ? AND ${comparable(than)}`,
    ),
    params: [field, numberOf(than, field) as number],
  };
}

/**
 * The filter as an SQL condition, with the parameters it takes.
 * @param image SQL name of the image's id, for instance `images.id`
 * @throws SemblanceError FILTER_TOO_LARGE
 */
export function filterCondition(filter: Filter, image: string): Sql {
  checkFilterSize(filter);
  const parts = mergedClauses(filter).map((clause): Sql => {
    const { sql, params } =
      'compare' in clause
        ? compared(clause.field, clause.compare, clause.than)
        : withValues(clause, clause.values);
    return { sql: `${image} ${clause.not ? 'NOT ' : ''}IN (${sql})`, params };
  });
  return {
    sql: parts.length === 0 ? '1' : parts.map(({ sql }) => sql).join(' AND '),
    params: parts.flatMap(({ params }) => params),
  };
}
