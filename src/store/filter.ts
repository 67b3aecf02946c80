import { excerpt, SemblanceError } from '../domain/errors/error.ts';
import { DATE_RANGE, isDate, LOOKS_LIKE_DATE, numberOf } from './compared-value.ts';

/** A text with gaps where stars stand: `['XR/', '']` is `XR/*`; a single piece is that text itself. */
export type Pattern = readonly string[];

export type CompareSign = '<' | '<=' | '>' | '>=';

/** One condition on a field. */
export type Clause = {
  field: string;
  /** Whether the condition must not hold; it does not where the image lacks the field. */
  not: boolean;
  /** Only the last part of a label's path counts, underscores as spaces. */
  lastPart?: boolean;
} & (
  | { /** Any of these, in any case of ASCII letters. */ values: readonly Pattern[] }
  | { compare: CompareSign /** A number or a date, as written. */; than: string }
);

/**
 * Conditions on an image. All must hold, except that values of one field are alternatives, whether
 * in one clause or in several; nothing is excluded by an empty filter.
 */
export type Filter = readonly Clause[];

/**
 * How much a filter may ask for. Values that are compared as a whole are looked up in an index, so that
 * thousands of them are cheap; a pattern can mean a look at every value, a condition at every image.
 */
export const FILTER_LIMITS = {
  /** Conditions, values and exclusions of one field counting as one. */
  conditions: 100,
  /** Values and comparisons of all conditions together. */
  values: 10_000,
  /** Values with stars. */
  patterns: 50,
  /** Stars of one value. */
  stars: 50,
  /** Characters of a value with stars; SQLite takes 50,000 bytes. */
  patternLength: 1000,
} as const;

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
        subject: excerpt(term),
      });
    }
    return valueClause(term.slice(0, at), term.slice(at + 1));
  });
}

function tooLarge(what: string, count: number, limit: number): SemblanceError {
  const [found, most] = [count, limit].map((number) => number.toLocaleString('en-GB'));
  return new SemblanceError('FILTER_TOO_LARGE', `It has ${found} ${what}; ${most} are the most.`);
}

/**
 * Refuses a filter that is larger than `FILTER_LIMITS` allow.
 * @throws SemblanceError FILTER_TOO_LARGE
 */
export function checkFilterSize(filter: Filter): void {
  let values = 0;
  let patterns = 0;
  const check = (what: string, count: number, limit: number) => {
    if (count > limit) throw tooLarge(what, count, limit);
  };
  for (const clause of filter) {
    if ('compare' in clause) values += 1;
    else {
      values += clause.values.length;
      for (const pattern of clause.values) {
        if (pattern.length > 1) {
          patterns += 1;
          check('stars in one value', pattern.length - 1, FILTER_LIMITS.stars);
        } else if (!clause.lastPart) continue;
        // A finding is compared as a pattern also without stars.
        const what = pattern.length > 1 ? 'a value with stars' : 'a finding';
        const length = pattern.reduce((sum, piece) => sum + piece.length, 0);
        check(`characters in ${what}`, length, FILTER_LIMITS.patternLength);
      }
    }
  }
  check('values', values, FILTER_LIMITS.values);
  check('values with stars', patterns, FILTER_LIMITS.patterns);
  check('conditions', merged(filter).length, FILTER_LIMITS.conditions);
}

/** The filter with the alternatives, and the exclusions, of one field in one clause. */
function merged(filter: Filter): Clause[] {
  const clauses: Clause[] = [];
  const lists = new Map<string, Pattern[]>();
  for (const clause of filter) {
    if ('compare' in clause) {
      clauses.push(clause);
      continue;
    }
    const key = JSON.stringify([clause.field, clause.lastPart ?? false, clause.not]);
    const known = lists.get(key);
    if (known === undefined) {
      const values = [...clause.values];
      lists.set(key, values);
      clauses.push({ ...clause, values });
    } else for (const value of clause.values) known.push(value);
  }
  return clauses;
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

/** A list as one parameter for `json_each`: SQLite bounds the parameters and terms of a statement. */
function listed(values: readonly (string | readonly string[])[]): string {
  // Half of a surrogate pair is written as SQLite gets it in a parameter.
  return JSON.stringify(values, (_, value) =>
    typeof value === 'string' ? value.replaceAll(/\p{Surrogate}/gu, '\ufffd') : value,
  );
}

/** Ids of the images with one of the values. */
function withValues({ field, lastPart }: Clause, values: readonly Pattern[]): Sql {
  if (lastPart) {
    const labels = `${distinctValues('value', "field = 'label'")} AND EXISTS (
      SELECT 1 FROM json_each(?) AS wanted WHERE ${LAST_PART} LIKE wanted.value ESCAPE '\\')`;
    return {
      sql: `SELECT image_id FROM fields WHERE field = ? AND value IN (${labels})`,
      params: [field, listed(values.map((value) => like(value).replaceAll('\\_', ' ')))],
    };
  }
  const selects: Sql[] = [];
  const texts = values.filter(({ length }) => length === 1).map(([text]) => text as string);
  if (texts.length > 0) {
    selects.push({
      sql: `SELECT image_id FROM fields
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
      sql: `SELECT fields.image_id FROM json_each(?) AS wanted CROSS JOIN fields
        WHERE fields.field = ? AND fields.value COLLATE NOCASE >= wanted.value ->> 0
        AND fields.value COLLATE NOCASE < wanted.value ->> 1
        AND fields.value LIKE wanted.value ->> 2 ESCAPE '\\'`,
      params: [listed(ranges), field],
    });
  }
  return {
    sql: selects.map(({ sql }) => sql).join(' UNION ALL '),
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
function compared(field: string, compare: CompareSign, than: string): Sql {
  return {
    sql: `SELECT image_id FROM fields WHERE field = ? AND number ${compare} ? AND ${comparable(than)}`,
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
  const parts = merged(filter).map((clause): Sql => {
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
