import { SemblanceError } from '../errors/error.ts';
import { DATE_RANGE, isDate, LOOKS_LIKE_DATE, numberOf } from './compared-value.ts';

/** A text with gaps where stars stand: `['XR/', '']` is `XR/*`; a single piece is that text itself. */
export type Pattern = readonly string[];

export type Comparison = '<' | '<=' | '>' | '>=';

/** One condition on a field. */
export type Clause = {
  field: string;
  /** Whether the condition must not hold; it does not where the image lacks the field. */
  not: boolean;
  /** Only the last part of a label's path counts, underscores as spaces. */
  lastPart?: boolean;
} & (
  | { /** Any of these, in any case of ASCII letters. */ values: readonly Pattern[] }
  | { compare: Comparison /** A number or a date, as written. */; than: string }
);

/**
 * Conditions on an image. All must hold, except that values of one field are alternatives, whether
 * in one clause or in several; nothing is excluded by an empty filter.
 */
export type Filter = readonly Clause[];

/** Whether a clause chooses values of a field. */
export function isChoice(clause: Clause): clause is Extract<Clause, { values: unknown }> {
  return 'values' in clause && !clause.not;
}

/** In small letters, of A to Z only, as the look-up in SQL compares. */
function folded(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Whether a pattern is this text, in any case. */
export function fitsPattern(pattern: Pattern, text: string): boolean {
  const pieces = pattern.map((piece) => folded(piece).replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${pieces.join('.*')}$`, 's').test(folded(text));
}

/** What a clause compares of a value: all of it, or the last part of a label's path. */
export function comparedPart({ lastPart }: Clause, value: string): string {
  return lastPart ? value.slice(value.lastIndexOf('/') + 1).replaceAll('_', ' ') : value;
}

/** The condition that a field has exactly this value. */
export function valueClause(field: string, value: string): Clause {
  return { field, not: false, values: [[value]] };
}

/**
 * Reads filters of the form `field=value`.
 * @throws SemblanceError REQUEST_INVALID when one has no field or no `=`
 */
export function parseFilter(terms: readonly string[]): Filter {
  return terms.map((term) => {
    const at = term.indexOf('=');
    if (at < 1) {
      throw new SemblanceError('REQUEST_INVALID', 'A filter has the form field=value.', {
        subject: term,
      });
    }
    return valueClause(term.slice(0, at), term.slice(at + 1));
  });
}

/** An SQL text with the parameters it takes. */
export interface Sql {
  sql: string;
  params: (string | number)[];
}

/** Every distinct value of a column of `fields`, by one index look-up for each value. */
export function distinctValues(column: 'field' | 'value', where = '1'): string {
  return `WITH RECURSIVE found(each) AS (
      SELECT min(${column}) FROM fields WHERE ${where}
      UNION ALL
      SELECT (SELECT min(${column}) FROM fields WHERE ${where} AND ${column} > each)
      FROM found WHERE each IS NOT NULL
    ) SELECT each FROM found WHERE each IS NOT NULL`;
}

/** All before the last part of a label's path is cut off, then underscores become spaces. */
const LAST_PART = `replace(replace(each, rtrim(each, replace(each, '/', '')), ''), '_', ' ')`;

function like(pattern: Pattern): string {
  return pattern.map((piece) => piece.replaceAll(/[\\%_]/g, '\\$&')).join('%');
}

/** Ids of the images with one of the values. */
function withValues({ field, lastPart }: Clause, values: readonly Pattern[]): Sql {
  if (lastPart) {
    const tests = values.map(() => `${LAST_PART} LIKE ? ESCAPE '\\'`).join(' OR ');
    const labels = `${distinctValues('value', "field = 'label'")} AND (${tests})`;
    return {
      sql: `SELECT image_id FROM fields WHERE field = ? AND value IN (${labels})`,
      params: [field, ...values.map((value) => like(value).replaceAll('\\_', ' '))],
    };
  }
  const selects: Sql[] = [];
  const texts = values.filter(({ length }) => length === 1).map(([text]) => text as string);
  if (texts.length > 0) {
    const marks = texts.map(() => '?').join(', ');
    const sql = `field = ? AND value COLLATE NOCASE IN (${marks})`;
    selects.push({ sql, params: [field, ...texts] });
  }
  for (const pattern of values.filter(({ length }) => length > 1)) {
    const [prefix = ''] = pattern;
    // The range lets the index be used; LIKE decides.
    selects.push({
      sql: `field = ? AND value COLLATE NOCASE >= ? AND value COLLATE NOCASE < ?
        AND value LIKE ? ESCAPE '\\'`,
      params: [field, prefix, `${prefix}\u{10ffff}`, like(pattern)],
    });
  }
  return {
    sql: selects.map(({ sql }) => `SELECT image_id FROM fields WHERE ${sql}`).join(' UNION ALL '),
    params: selects.flatMap(({ params }) => params),
  };
}

/** SQL that holds for the values of a field that can be compared with a number or a date. */
export function comparable(than: string): string {
  // A bare number says nothing about dates, whose numbers are all larger than any year; and a date nothing
  // about numbers that are none.
  return isDate(than)
    ? `number BETWEEN ${DATE_RANGE[0]} AND ${DATE_RANGE[1]}`
    : `number IS NOT NULL AND NOT ${LOOKS_LIKE_DATE}`;
}

/** Ids of the images with a number or date that compares so. */
function compared(field: string, compare: Comparison, than: string): Sql {
  return {
    sql: `SELECT image_id FROM fields WHERE field = ? AND number ${compare} ? AND ${comparable(than)}`,
    params: [field, numberOf(than, field) as number],
  };
}

/**
 * The filter as an SQL condition, with the parameters it takes.
 * @param image SQL name of the image's id, for instance `images.id`
 */
export function filterCondition(filter: Filter, image: string): Sql {
  const parts: Sql[] = [];
  const alternatives = new Map<string, { clause: Clause; values: Pattern[] }>();
  for (const clause of filter) {
    const not = clause.not ? 'NOT ' : '';
    let ids: Sql;
    if ('compare' in clause) ids = compared(clause.field, clause.compare, clause.than);
    else if (clause.not) ids = withValues(clause, clause.values);
    else {
      const key = JSON.stringify([clause.field, clause.lastPart ?? false]);
      const known = alternatives.get(key);
      if (known) known.values.push(...clause.values);
      else alternatives.set(key, { clause, values: [...clause.values] });
      continue;
    }
    parts.push({ sql: `${image} ${not}IN (${ids.sql})`, params: ids.params });
  }
  for (const { clause, values } of alternatives.values()) {
    const { sql, params } = withValues(clause, values);
    parts.push({ sql: `${image} IN (${sql})`, params });
  }
  return {
    sql: parts.length === 0 ? '1' : parts.map(({ sql }) => sql).join(' AND '),
    params: parts.flatMap(({ params }) => params),
  };
}
