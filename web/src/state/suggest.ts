import {
  fieldKey,
  formatClause,
  formatPattern,
} from '../../../src/domain/search-language/where.ts';
import type { FacetView } from './filters.ts';

/** A way to go on with a query. */
export interface Suggestion {
  /** The condition, or the beginning of one. */
  text: string;
  /** How many images it would leave; null for a field without a value yet. */
  count: number | null;
}

/** So many are shown. */
const LIMIT = 8;

/** The condition that is being written: an exclusion, its field and sign, and what comes after it. */
const UNFINISHED = /^(-?)(?:("(?:[^"\\]|\\.)*"|[^\s":=<>!]*)(!?[:=]))?(.*)$/su;

/** Where the part of a text begins that follows the last such character outside of quotation marks. */
function lastPart(text: string, separator: RegExp): number {
  let start = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if (character === '"') quoted = !quoted;
    else if (quoted && character === '\\') i++;
    else if (!quoted && separator.test(character)) start = i + 1;
  }
  return start;
}

/** What is meant by a text that may have quotation marks around it, also one that is still open. */
function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  return text.replace(/^"((?:[^"\\]|\\.)*)"?$/su, '$1').replaceAll(/\\(.)/gsu, '$1');
}

/**
 * How the last condition of a text could go on: fields whose names begin so, and values that
 * contain it, those of the most images first.
 */
export function suggest(text: string, facets: readonly FacetView[]): Suggestion[] {
  const start = lastPart(text, /\s/);
  const [, minus = '', field, , written = ''] = UNFINISHED.exec(text.slice(start)) ?? [];
  const not = minus !== '';
  const alternative = lastPart(written, /,/);
  const kept = written.slice(0, alternative);
  const word = unquoted(written.slice(alternative)).toLocaleLowerCase();
  if (field === undefined && word === '') return [];
  const before = text.slice(0, start);
  const key = fieldKey(field === undefined ? word : unquoted(field));
  const named = facets.filter((facet) => fieldKey(facet.field) === key);
  const alias = key === 'region' ? 'anatomic_region' : key === 'finding' ? 'label' : '';
  // Another name compares in another way: it takes no further alternative.
  const byAlias = kept === '' ? facets.filter((facet) => facet.field === alias) : [];
  const meant = named.length > 0 ? named : byAlias;
  /** The field with its sign, as a query writes it. */
  const begun = (name: string) => formatClause({ field: name, not, values: [['x']] }).slice(0, -1);
  const values = (field === undefined ? facets : meant)
    .flatMap((facet) => facet.values.map((each) => ({ ...each, field: facet.field })))
    .filter(({ value, chosen }) => !chosen && value.toLocaleLowerCase().includes(word))
    .sort((a, b) => b.count - a.count)
    .map(({ field: name, value, count }) => ({
      text: before + begun(name) + (field === undefined ? '' : kept) + formatPattern([value]),
      count,
    }));
  const fields =
    field === undefined
      ? facets
          .filter((facet) => fieldKey(facet.field).startsWith(key))
          .map((facet) => ({ text: before + begun(facet.field), count: null }))
      : [];
  return [...fields.slice(0, 3), ...values].slice(0, LIMIT);
}
