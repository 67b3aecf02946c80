import { fieldKey, formatClause } from '../../../src/store/where.ts';
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
const UNFINISHED = /^(-?)(?:("(?:[^"\\]|\\.)*"|[^\s":=<>!]*)(!?[:=]))?"?([^"]*)$/u;

/** The last condition of a text, and where it begins. */
function lastCondition(text: string): number {
  let start = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"' && text[i - 1] !== '\\') quoted = !quoted;
    if (!quoted && text[i] === ' ') start = i + 1;
  }
  return start;
}

/**
 * How the last condition of a text could go on: fields whose names begin so, and values that
 * contain it, those of the most images first.
 */
export function suggest(text: string, facets: readonly FacetView[]): Suggestion[] {
  const start = lastCondition(text);
  const found = UNFINISHED.exec(text.slice(start));
  if (!found) return [];
  const [, minus = '', field, , written = ''] = found;
  const not = minus !== '';
  const word = (written.split(',').at(-1) ?? '').toLocaleLowerCase();
  if (field === undefined && word === '') return [];
  const before = text.slice(0, start);
  const key = fieldKey((field ?? word).replaceAll('"', ''));
  const named = facets.filter((facet) => fieldKey(facet.field) === key);
  const alias = key === 'region' ? 'anatomic_region' : key === 'finding' ? 'label' : '';
  const meant = named.length > 0 ? named : facets.filter((facet) => facet.field === alias);
  const values = (field === undefined ? facets : meant)
    .flatMap((facet) => facet.values.map((each) => ({ ...each, field: facet.field })))
    .filter(({ value, chosen }) => !chosen && value.toLocaleLowerCase().includes(word))
    .sort((a, b) => b.count - a.count)
    .map(({ field: name, value, count }) => ({
      text: before + formatClause({ field: name, not, values: [[value]] }),
      count,
    }));
  const fields =
    field === undefined
      ? facets
          .filter((facet) => fieldKey(facet.field).startsWith(key))
          .map((facet) => {
            const clause = formatClause({ field: facet.field, not, values: [['x']] });
            return { text: before + clause.slice(0, -1), count: null };
          })
      : [];
  return [...fields.slice(0, 3), ...values].slice(0, LIMIT);
}
