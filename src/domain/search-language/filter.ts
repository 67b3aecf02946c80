import { excerpt, SemblanceError } from '../errors/error.ts';

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
export function folded(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Whether a pattern is this text, in any case. */
export function fitsPattern(pattern: Pattern, text: string): boolean {
  const whole = folded(text);
  const pieces = pattern.map(folded);
  const [first = ''] = pieces;
  if (pieces.length <= 1) return whole === first;
  if (!whole.startsWith(first)) return false;
  // Each piece in its first place leaves most for those that follow, so that no other has to be tried.
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = whole.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  const last = pieces.at(-1) as string;
  return whole.length - last.length >= at && whole.endsWith(last);
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
  check('conditions', mergedClauses(filter).length, FILTER_LIMITS.conditions);
}

/** The filter with the alternatives, and the exclusions, of one field in one clause. */
export function mergedClauses(filter: Filter): Clause[] {
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
