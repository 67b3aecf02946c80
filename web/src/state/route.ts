import { formatTerm, hasTerm, parseTerm, type Term } from './filters.ts';

/** How many results may be asked for. */
export const RESULT_COUNTS = [12, 24, 48, 100] as const;

/** How many results are shown when the address does not say. */
export const DEFAULT_COUNT = 24;

/** Share of the text beside a picture when the address does not say. */
export const DEFAULT_TEXT_WEIGHT = 0.5;

/** What is searched with: nothing (browsing), an image of the collection, an own picture, or a text alone. */
export type Query =
  | { kind: 'none' }
  | { kind: 'image'; id: number }
  | { kind: 'upload' }
  | { kind: 'text' };

/** Everything the address says. An own picture itself is never in the address. */
export interface Route {
  collection: string | null;
  encoder: string | null;
  query: Query;
  /** The words searched with, alone or beside a picture; empty for none. */
  text: string;
  /** Share of the text beside a picture, 0 to 1. */
  textWeight: number;
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
  text: '',
  textWeight: DEFAULT_TEXT_WEIGHT,
  filters: [],
  count: DEFAULT_COUNT,
  excludePatient: false,
  compare: null,
};

/** Whether a picture is searched with, so that results can be compared with it. */
export function hasPicture(query: Query): boolean {
  return query.kind === 'image' || query.kind === 'upload';
}

/** Reads the query part of an address; what is not understood is left at its default. */
export function parseRoute(search: string): Route {
  const parameters = new URLSearchParams(search);
  const image = readId(parameters.get('image'));
  const text = parameters.get('text')?.trim() ?? '';
  let query: Query = { kind: 'none' };
  if (image !== null) query = { kind: 'image', id: image };
  else if (parameters.get('upload') === '1') query = { kind: 'upload' };
  else if (text !== '') query = { kind: 'text' };
  const filters: Term[] = [];
  for (const text of parameters.getAll('filter')) {
    const term = parseTerm(text);
    if (term && !hasTerm(filters, term)) filters.push(term);
  }
  const count = Number(parameters.get('k'));
  const weight = Number(parameters.get('textWeight') ?? Number.NaN);
  return {
    collection: parameters.get('collection') || null,
    encoder: parameters.get('encoder') || null,
    query,
    text,
    textWeight: weight >= 0 && weight <= 1 ? weight : DEFAULT_TEXT_WEIGHT,
    filters,
    count: RESULT_COUNTS.some((each) => each === count) ? count : DEFAULT_COUNT,
    excludePatient: parameters.get('excludePatient') === 'true',
    compare: !hasPicture(query) ? null : readId(parameters.get('compare')),
  };
}

/** The query part of the route's address, with its `?`; empty for the start. */
export function formatRoute(route: Route): string {
  const parameters = new URLSearchParams();
  if (route.collection) parameters.set('collection', route.collection);
  if (route.encoder) parameters.set('encoder', route.encoder);
  if (route.query.kind === 'image') parameters.set('image', String(route.query.id));
  if (route.query.kind === 'upload') parameters.set('upload', '1');
  if (route.text !== '') parameters.set('text', route.text);
  if (route.textWeight !== DEFAULT_TEXT_WEIGHT) {
    parameters.set('textWeight', String(route.textWeight));
  }
  for (const term of route.filters) parameters.append('filter', formatTerm(term));
  if (route.count !== DEFAULT_COUNT) parameters.set('k', String(route.count));
  if (route.excludePatient) parameters.set('excludePatient', 'true');
  if (route.compare !== null && hasPicture(route.query)) {
    parameters.set('compare', String(route.compare));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

function readId(text: string | null): number | null {
  if (text === null || !/^\d{1,15}$/.test(text)) return null;
  return Number(text);
}
