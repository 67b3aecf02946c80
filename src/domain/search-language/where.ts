import { excerpt, SemblanceError } from '../errors/error.ts';
import { suggestion } from '../errors/suggest.ts';
import { numberOf } from './compared-value.ts';
import {
  type Clause,
  type CompareSign,
  checkFilterSize,
  type Filter,
  type Pattern,
  parseFilter,
} from './filter.ts';

/**
 * So long may a query be, in characters: room for some thousand values.
 * @testing
 */
export const WHERE_LIMIT = 200_000;

/** A condition and where it begins in its text. */
interface Placed {
  clause: Clause;
  at: number;
}

/** Other names of fields, where a collection has no field of that name. */
const ALIASES: Readonly<Record<string, { field: string; lastPart?: boolean }>> = {
  region: { field: 'anatomic_region' },
  body_part: { field: 'anatomic_region' },
  finding: { field: 'label', lastPart: true },
};

/** Words of other query languages, with what is written here. */
const FOREIGN: Readonly<Record<string, string>> = {
  OR: 'Alternatives of a field are written modality:CT,MR.',
  AND: 'Conditions stand side by side: modality:CT region:knee.',
  NOT: 'An exclusion begins with a minus: -region:knee.',
};

function invalid(text: string, at: number, why: string): SemblanceError {
  const rest = text.slice(at, at + 24);
  const place = rest === '' ? 'at the end' : `at character ${at + 1}, “${rest}”`;
  return new SemblanceError('QUERY_INVALID', `${why} It is ${place}.`, {
    subject: excerpt(text),
  });
}

/** Reads the text from its beginning to its end. */
class Reader {
  at = 0;
  constructor(readonly text: string) {}

  get ended(): boolean {
    return this.at >= this.text.length;
  }

  /** Takes what the expression matches here; undefined for nothing. */
  take(expression: RegExp): string | undefined {
    const sticky = new RegExp(expression, 'uy');
    sticky.lastIndex = this.at;
    const found = sticky.exec(this.text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }

  /** A text in quotation marks; backslash before a mark or a backslash takes it as it is. */
  quoted(): string | undefined {
    const start = this.at;
    if (this.take(/"/) === undefined) return undefined;
    const inner = this.take(/[^"\\]*(?:\\[\s\S][^"\\]*)*/) as string;
    if (this.take(/"/) === undefined) {
      throw invalid(this.text, start, 'A quotation mark is not closed.');
    }
    return inner.replaceAll(/\\(.)/gsu, '$1');
  }

  fail(why: string, at = this.at): never {
    throw invalid(this.text, at, why);
  }
}

function readField(reader: Reader): string {
  const start = reader.at;
  const field = reader.quoted() ?? reader.take(/[^\s"(),:=<>!*-][^\s"(),:=<>!*]*/);
  if (field === undefined) return reader.fail('A field is expected.', start);
  const hint = Object.hasOwn(FOREIGN, field) ? FOREIGN[field] : undefined;
  if (hint !== undefined && reader.take(/(?=\s|$)/) !== undefined) reader.fail(hint, start);
  return field;
}

function readPattern(reader: Reader): Pattern {
  const start = reader.at;
  const pieces = [''];
  for (;;) {
    const piece = reader.quoted() ?? reader.take(/[^\s"*,()]+/);
    if (piece !== undefined) pieces[pieces.length - 1] += piece;
    else if (reader.take(/\*/) !== undefined) pieces.push('');
    else break;
  }
  if (reader.at === start) reader.fail('A value is expected.');
  return pieces;
}

function readClause(reader: Reader): Placed {
  const at = reader.at;
  let not = reader.take(/-/) !== undefined;
  const field = readField(reader);
  const sign = reader.take(/[<>]=?|!=|[:=]/);
  if (sign === undefined) {
    return reader.fail(`Say in which field to look, for instance finding:"${excerpt(field)}".`, at);
  }
  const valueAt = reader.at;
  const values = [readPattern(reader)];
  while (reader.take(/,/) !== undefined) values.push(readPattern(reader));
  if (reader.take(/(?=\s|$)/) === undefined) reader.fail('A space is expected here.');
  if (!'<>'.includes(sign.charAt(0))) {
    if (sign === '!=') not = !not;
    return { clause: { field, not, values }, at };
  }
  const [[than = '', ...gaps] = [], ...others] = values;
  if (gaps.length > 0 || others.length > 0 || numberOf(than, field) === null) {
    const hint = /^\d{1,2}[./]\d{1,2}[./]\d{2,4}$/.test(than)
      ? ' Of this date day and month could be exchanged.'
      : '';
    reader.fail(`A comparison takes one number, or a date such as 2019-03-05.${hint}`, valueAt);
  }
  return { clause: { field, not, compare: sign as CompareSign, than }, at };
}

function readClauses(text: string): Placed[] {
  if (text.length > WHERE_LIMIT) {
    throw new SemblanceError(
      'FILTER_TOO_LARGE',
      `It is longer than ${WHERE_LIMIT.toLocaleString('en-GB')} characters.`,
    );
  }
  const reader = new Reader(text);
  const found: Placed[] = [];
  for (reader.take(/\s*/); !reader.ended; reader.take(/\s*/)) found.push(readClause(reader));
  checkFilterSize(found.map(({ clause }) => clause));
  return found;
}

/**
 * Reads a query such as `modality:CT,MR finding:"pleural effusion" -region:knee year>2019`
 * (docs/search-language.md). Fields stay as they are written.
 * @throws SemblanceError QUERY_INVALID, with the place; FILTER_TOO_LARGE
 */
export function parseWhere(text: string): Filter {
  return readClauses(text).map(({ clause }) => clause);
}

/** Names of fields that differ only by case, spaces and underscores are one. */
export function fieldKey(field: string): string {
  return field.toLowerCase().replaceAll(/[\s_]+/g, '_');
}

/**
 * Reads a query for a collection: written names of fields become those of the collection.
 * @param fields names of the collection's fields
 * @throws SemblanceError QUERY_INVALID, also for a field that the collection does not have;
 *   FILTER_TOO_LARGE
 */
export function resolveWhere(text: string, fields: readonly string[]): Filter {
  const resolve = fieldResolver(fields);
  return readClauses(text).map(({ clause, at }) => {
    const found = resolve(clause.field);
    if (found !== undefined) return { ...clause, ...found };
    throw invalid(text, at, noField(clause.field, fields));
  });
}

/**
 * Reads filters of the form `field=value` for a collection, whose fields may be named as in a query.
 * @throws SemblanceError REQUEST_INVALID, also for a field that the collection does not have
 */
export function resolveFilter(terms: readonly string[], fields: readonly string[]): Filter {
  const resolve = fieldResolver(fields);
  return parseFilter(terms).map((clause, i) => {
    const found = resolve(clause.field);
    if (found !== undefined) return { ...clause, ...found };
    throw new SemblanceError('REQUEST_INVALID', noField(clause.field, fields), {
      subject: excerpt(terms[i] as string),
    });
  });
}

/** Finds a field of a collection by the name that someone wrote. */
function fieldResolver(fields: readonly string[]) {
  const exact = new Set(fields);
  const byKey = new Map(fields.map((field) => [fieldKey(field), field]));
  return (name: string): { field: string; lastPart?: boolean } | undefined => {
    const field = exact.has(name) ? name : byKey.get(fieldKey(name));
    if (field !== undefined) return { field };
    const alias = ALIASES[fieldKey(name)];
    return alias !== undefined && exact.has(alias.field) ? alias : undefined;
  };
}

function noField(name: string, fields: readonly string[]): string {
  const short = excerpt(name, 60);
  return `The collection has no field “${short}”. ${suggestion(short, fields, 'field')}`;
}

function quote(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}

function formatPiece(text: string): string {
  return text === '' || /[\s"*,()]/u.test(text) ? quote(text) : text;
}

/** A pattern as a query writes it. */
export function formatPattern(pattern: Pattern): string {
  const [only = ''] = pattern;
  if (pattern.length === 1) return formatPiece(only);
  return pattern.map((piece) => (piece === '' ? '' : formatPiece(piece))).join('*');
}

/** A condition as a query writes it. */
export function formatClause(clause: Clause): string {
  const { field, not } = clause;
  const plain = /^[^\s"(),:=<>!*-][^\s"(),:=<>!*]*$/u.test(field) && !Object.hasOwn(FOREIGN, field);
  const name = `${not ? '-' : ''}${plain ? field : quote(field)}`;
  if ('compare' in clause) return `${name}${clause.compare}${formatPiece(clause.than)}`;
  return `${name}:${clause.values.map(formatPattern).join(',')}`;
}

/** The text of a query; `parseWhere` gives the same conditions back. */
export function formatWhere(filter: Filter): string {
  return filter.map(formatClause).join(' ');
}
