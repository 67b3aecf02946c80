import type { Facet } from '../../../src/server/schemas.ts';

/** One chosen value of a field. Values of one field are alternatives; fields all apply. */
export interface Term {
  field: string;
  value: string;
}

/** Whether the term is chosen. */
export function hasTerm(terms: readonly Term[], term: Term): boolean {
  return terms.some((each) => each.field === term.field && each.value === term.value);
}

/** The terms with this one added, or removed when it was there. */
export function toggleTerm(terms: readonly Term[], term: Term): readonly Term[] {
  return hasTerm(terms, term)
    ? terms.filter((each) => each.field !== term.field || each.value !== term.value)
    : [...terms, term];
}

/** The term as the server reads it: `field=value`. */
export function formatTerm(term: Term): string {
  return `${term.field}=${term.value}`;
}

/** Reads `field=value`; null when there is no field. The value may contain `=`. */
export function parseTerm(text: string): Term | null {
  const at = text.indexOf('=');
  return at < 1 ? null : { field: text.slice(0, at), value: text.slice(at + 1) };
}

/** A value of a facet as the side bar shows it. */
export interface FacetValue {
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
export function viewFacets(facets: readonly Facet[], terms: readonly Term[]): FacetView[] {
  const views = facets.map((facet): FacetView => {
    const values = facet.values.map(({ value, count }) => ({
      value,
      count,
      chosen: hasTerm(terms, { field: facet.field, value }),
    }));
    return { field: facet.field, values: [...values], more: facet.more };
  });
  for (const { field, value } of terms) {
    let view = views.find((each) => each.field === field);
    if (!view) {
      view = { field, values: [], more: 0 };
      views.push(view);
    }
    if (!view.values.some((each) => each.value === value)) {
      view.values.push({ value, count: 0, chosen: true });
    }
  }
  return views;
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
  return words === '' ? field : words.charAt(0).toLocaleUpperCase() + words.slice(1);
}
