import { formatTerm, hasTerm, parseTerm, type Term } from './filters.ts';

/** How many results may be asked for. */
export const RESULT_COUNTS = [12, 24, 48, 100] as const;

/** How many results are shown when the address does not say. */
export const DEFAULT_COUNT = 24;

/** What is searched with: nothing (browsing), an image of the collection, or an own picture. */
export type Query = { kind: 'none' } | { kind: 'image'; id: number } | { kind: 'upload' };

/** Everything the address says. An own picture itself is never in the address. */
export interface Route {
  collection: string | null;
  encoder: string | null;
  query: Query;
  filters: readonly Term[];
  count: number;
  excludePatient: boolean;
  /** The image that is compared with the query, or null. */
  compare: number | null;
}

/** The start: the first collection, browsing. */
export const START: Route = {
  collection: null,
  encoder: null,
  query: { kind: 'none' },
  filters: [],
  count: DEFAULT_COUNT,
  excludePatient: false,
  compare: null,
};

/** Reads the query part of an address; what is not understood is left at its default. */
export function parseRoute(search: string): Route {
  const parameters = new URLSearchParams(search);
  const image = readId(parameters.get('image'));
  let query: Query = { kind: 'none' };
  if (image !== null) query = { kind: 'image', id: image };
  else if (parameters.get('upload') === '1') query = { kind: 'upload' };
  const filters: Term[] = [];
  for (const text of parameters.getAll('filter')) {
    const term = parseTerm(text);
    if (term && !hasTerm(filters, term)) filters.push(term);
  }
  const count = Number(parameters.get('k'));
  return {
    collection: parameters.get('collection') || null,
    encoder: parameters.get('encoder') || null,
    query,
    filters,
    count: RESULT_COUNTS.some((each) => each === count) ? count : DEFAULT_COUNT,
    excludePatient: parameters.get('excludePatient') === 'true',
    compare: query.kind === 'none' ? null : readId(parameters.get('compare')),
  };
}

/** The query part of the route's address, with its `?`; empty for the start. */
export function formatRoute(route: Route): string {
  const parameters = new URLSearchParams();
  if (route.collection) parameters.set('collection', route.collection);
  if (route.encoder) parameters.set('encoder', route.encoder);
  if (route.query.kind === 'image') parameters.set('image', String(route.query.id));
  if (route.query.kind === 'upload') parameters.set('upload', '1');
  for (const term of route.filters) parameters.append('filter', formatTerm(term));
  if (route.count !== DEFAULT_COUNT) parameters.set('k', String(route.count));
  if (route.excludePatient) parameters.set('excludePatient', 'true');
  if (route.compare !== null && route.query.kind !== 'none') {
    parameters.set('compare', String(route.compare));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

function readId(text: string | null): number | null {
  if (text === null || !/^\d{1,15}$/.test(text)) return null;
  return Number(text);
}
