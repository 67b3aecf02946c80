import { DATE_RANGE, isDate, numberOf } from '../../domain/search-language/compared-value.ts';
import {
  type Clause,
  comparedPart,
  fitsPattern,
  folded,
  type Pattern,
} from '../../domain/search-language/filter.ts';
import type { Column } from './column.ts';

/** The text of a date with separators, of all texts that have a number; see `LOOKS_LIKE_DATE`. */
const LOOKS_LIKE_DATE = /^[0-9]{4}(?:[-/:]|\..*\.)/s;

/** Places of the values of a column that a clause's condition holds for, whether or not it must not. */
export function matchingValues(column: Column, clause: Clause): number[] {
  const holds = 'compare' in clause ? comparison(column, clause) : choice(clause);
  const found: number[] = [];
  column.values.forEach((value, place) => {
    if (holds(value, place)) found.push(place);
  });
  return found;
}

/** Places of the values that a comparison with a number or date says nothing of. */
export function uncomparable(column: Column, field: string, than: string): number[] {
  const numbers = numbersOf(column, field);
  const isComparable = comparableWith(than);
  const found: number[] = [];
  column.values.forEach((value, place) => {
    if (!isComparable(value, numbers[place] as number)) found.push(place);
  });
  return found;
}

type Holds = (value: string, place: number) => boolean;

function choice(clause: Extract<Clause, { values: unknown }>): Holds {
  const whole = new Set<string>();
  const lengths = new Set<number>();
  const patterns: Pattern[] = [];
  for (const value of clause.values) {
    // As it is stored, half of a surrogate pair is this character.
    const pieces = value.map((piece) => {
      const text = piece.replaceAll(/\p{Surrogate}/gu, '\ufffd');
      return clause.lastPart ? text.replaceAll('_', ' ') : text;
    });
    if (pieces.length > 1) patterns.push(pieces);
    else {
      const text = folded(pieces[0] ?? '');
      whole.add(text);
      lengths.add(text.length);
    }
  }
  return (value) => {
    const part = comparedPart(clause, value);
    if (lengths.has(part.length) && whole.has(folded(part))) return true;
    return patterns.some((pattern) => fitsPattern(pattern, part));
  };
}

function comparison(
  column: Column,
  { field, compare, than }: Extract<Clause, { compare: unknown }>,
): Holds {
  const numbers = numbersOf(column, field);
  const isComparable = comparableWith(than);
  const limit = numberOf(than, field) ?? Number.NaN;
  return (value, place) => {
    const number = numbers[place] as number;
    if (!isComparable(value, number)) return false;
    if (compare === '<') return number < limit;
    if (compare === '<=') return number <= limit;
    return compare === '>' ? number > limit : number >= limit;
  };
}

/** A bare number says nothing about dates, and a date nothing about numbers that are none. */
function comparableWith(than: string): (value: string, number: number) => boolean {
  return isDate(than)
    ? (_, number) => number >= DATE_RANGE[0] && number <= DATE_RANGE[1]
    : (value, number) => !Number.isNaN(number) && !LOOKS_LIKE_DATE.test(value);
}

function numbersOf(column: Column, field: string): Float64Array {
  column.numbers ??= Float64Array.from(
    column.values,
    (value) => numberOf(value, field) ?? Number.NaN,
  );
  return column.numbers;
}
