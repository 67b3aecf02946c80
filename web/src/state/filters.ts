import type { Facet } from '../../../src/contract/shapes.ts';
import {
  type Clause,
  comparedPart,
  type Filter,
  fitsPattern,
  isChoice,
  type Pattern,
  valueClause,
} from '../../../src/domain/search-language/filter.ts';
import {
  formatWhere,
  parseWhere,
  resolveWhere,
} from '../../../src/domain/search-language/where.ts';

/** A value of a field. */
export interface Term {
  field: string;
  value: string;
}

/** The conditions of a query; null when it cannot be read. */
export function readWhere(where: string): Filter | null {
  try {
    return parseWhere(where);
  } catch {
    return null;
  }
}

/** The conditions with the collection's own names of the fields; empty when it cannot be read. */
function resolved(where: string, fields: readonly string[]): Filter {
  try {
    return resolveWhere(where, fields);
  } catch {
    return [];
  }
}

function chooses(clause: Clause, pattern: Pattern, value: string): boolean {
  return fitsPattern(pattern, comparedPart(clause, value));
}

/** Whether a query chooses a value. */
function isChosen(filter: Filter, { field, value }: Term): boolean {
  return filter.some(
    (clause) =>
      clause.field === field &&
      isChoice(clause) &&
      clause.values.some((pattern) => chooses(clause, pattern, value)),
  );
}

/** The conditions without one value of one of them, or without that one as a whole. */
function withoutPattern(filter: Filter, at: number, pattern?: Pattern): Filter {
  return filter.flatMap((clause, i): Clause[] => {
    if (i !== at) return [clause];
    if (!('values' in clause) || pattern === undefined) return [];
    const values = clause.values.filter((each) => each !== pattern);
    return values.length === 0 ? [] : [{ ...clause, values }];
  });
}

/** The query with a value chosen, or no longer chosen when it was. */
export function toggleValue(where: string, fields: readonly string[], term: Term): string {
  const known = resolved(where, fields);
  const written = known.length === 0 ? [] : parseWhere(where);
  if (!isChosen(known, term)) {
    const at = known.findIndex(
      (clause) => clause.field === term.field && isChoice(clause) && !clause.lastPart,
    );
    const clause = written[at];
    if (clause === undefined || !isChoice(clause)) {
      return formatWhere([...written, valueClause(term.field, term.value)]);
    }
    const wider = { ...clause, values: [...clause.values, [term.value]] };
    return formatWhere(written.with(at, wider));
  }
  const left = written.flatMap((clause, at): Clause[] => {
    const meant = known[at] as Clause;
    if (meant.field !== term.field || !isChoice(clause)) return [clause];
    const values = clause.values.filter((pattern) => !chooses(meant, pattern, term.value));
    return values.length === 0 ? [] : [{ ...clause, values }];
  });
  return formatWhere(left);
}

/** One chip: a condition, or one of the values of a condition. */
export interface Chip {
  field: string;
  not: boolean;
  /** What is asked of the field, for people. */
  text: string;
  /** The query without it. */
  without: string;
}

/** The conditions of a query, each to be taken away. */
export function chipsOf(filter: Filter): Chip[] {
  return filter.flatMap((clause, at): Chip[] => {
    const { field, not } = clause;
    if ('compare' in clause) {
      const text = `${clause.compare} ${clause.than}`;
      return [{ field, not, text, without: formatWhere(withoutPattern(filter, at)) }];
    }
    return clause.values.map((pattern) => ({
      field,
      not,
      text: pattern.join('*') || '(empty)',
      without: formatWhere(withoutPattern(filter, at, pattern)),
    }));
  });
}

/** A value of a facet as the side bar shows it. */
interface FacetValue {
  value: string;
  count: number;
  chosen: boolean;
}

/** A facet as the side bar shows it. */
export interface FacetView {
  field: string;
  values: FacetValue[];
  more: number;
}

/**
 * The facets with the chosen values marked. A chosen value that the server left out is kept, with
 * a count of 0, so that it can always be unchosen.
 */
export function viewFacets(facets: readonly Facet[], where: string): FacetView[] {
  const filter = resolved(
    where,
    facets.map(({ field }) => field),
  );
  return facets.map(({ field, values, more }): FacetView => {
    const shown = values.map(({ value, count }) => ({
      value,
      count,
      chosen: isChosen(filter, { field, value }),
    }));
    const absent = filter
      .filter((clause) => clause.field === field && !clause.lastPart)
      .flatMap((clause) => (isChoice(clause) ? clause.values : []))
      .filter((pattern) => pattern.length === 1)
      .filter((pattern) => !shown.some(({ value }) => fitsPattern(pattern, value)))
      .map(([value = '']) => ({ value, count: 0, chosen: true }));
    return { field, values: [...shown, ...absent], more };
  });
}

/** The values that contain every word of the text, or whose field does; chosen values stay. */
export function searchFacets(facets: readonly FacetView[], text: string): FacetView[] {
  const words = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...facets];
  return facets
    .map((facet) => ({
      ...facet,
      values: facet.values.filter(({ value, chosen }) => {
        const searched = `${fieldTitle(facet.field)} ${facet.field} ${value}`.toLocaleLowerCase();
        return chosen || words.every((word) => searched.includes(word));
      }),
    }))
    .filter((facet) => facet.values.length > 0);
}

/** A field's name as a heading: `anatomic_region` becomes `Anatomic region`. */
export function fieldTitle(field: string): string {
  const words = field.replaceAll('_', ' ').trim();
  return words === '' ? field || '(no name)' : words.charAt(0).toLocaleUpperCase() + words.slice(1);
}
