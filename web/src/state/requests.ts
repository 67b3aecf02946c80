import { queryOptions } from '@tanstack/react-query';
import type { Query } from '../../../src/contract/shapes.ts';
import {
  explain,
  getImage,
  getSession,
  listCollections,
  listEncoders,
  listFacets,
  listFolders,
  listKeys,
  listSeries,
  listSessions,
  listTasks,
  listUsers,
  mapOf,
  search,
} from '../api.ts';
import type { OwnFile } from './own-files.ts';
import { COLLECTIONS, keepBefore } from './queries.ts';
import { findUpload, type OwnPlace } from './uploads.ts';

/** What is searched with: an image of the collection by its id, an own picture, or neither. */
type SubjectName = number | OwnPlace | null;

/** Images of a series that are asked for at once. */
export const SERIES_PAGE = 100;

/** A page of the series of an image, from 0. */
export function seriesRequest(collection: string, id: number, page: number) {
  return queryOptions({
    queryKey: ['series', collection, id, page],
    queryFn: ({ signal }) => listSeries(collection, id, page * SERIES_PAGE, SERIES_PAGE, signal),
  });
}

/** Who is logged in. */
export function sessionRequest() {
  return queryOptions({ queryKey: ['session'], queryFn: ({ signal }) => getSession(signal) });
}

/** Where a user is logged in; null for whoever looks. */
export function sessionsRequest(user: string | null) {
  return queryOptions({
    queryKey: ['sessions', user],
    queryFn: ({ signal }) => listSessions(user, signal),
  });
}

/** The collections. */
export function collectionsRequest() {
  return queryOptions({
    queryKey: COLLECTIONS,
    queryFn: ({ signal }) => listCollections(signal),
  });
}

/** The values of a collection's fields with their counts under a filter. */
export function facetsRequest(collection: string, where: string) {
  const queryKey = ['facets', collection, where];
  return queryOptions({
    queryKey,
    queryFn: ({ signal }) => listFacets(collection, where, signal),
    placeholderData: keepBefore(queryKey, 2),
  });
}

/** The images of a collection in the plane, grouped by a field. */
export function mapRequest(collection: string, encoder: string | null, field: string) {
  const queryKey = ['map', collection, encoder, field];
  return queryOptions({
    queryKey,
    queryFn: ({ signal }) => mapOf(collection, encoder, field, signal),
    placeholderData: keepBefore(queryKey, 3),
  });
}

/** One image of a collection. */
export function imageRequest(collection: string, id: number) {
  return queryOptions({
    queryKey: ['image', collection, id],
    queryFn: ({ signal }) => getImage(collection, id, signal),
  });
}

/** A search; while it runs, the results of another with the same subject and words are shown. */
export function searchRequest(
  collection: string,
  subject: SubjectName,
  text: string,
  query: Query,
  own: readonly OwnFile[],
) {
  const queryKey = ['search', collection, subject, text, query];
  return queryOptions({
    queryKey,
    queryFn: async ({ signal }) =>
      search(collection, query, await Promise.all(own.map((file) => file.read())), signal),
    placeholderData: keepBefore(queryKey, 4),
  });
}

/** What makes a result like the subject to an encoder. */
export function explanationRequest(
  collection: string,
  subject: number | OwnPlace,
  result: number,
  encoder: string | null,
) {
  return queryOptions({
    queryKey: ['explanation', collection, subject, result, encoder],
    queryFn: async ({ signal }) => {
      const query = typeof subject === 'number' ? { query: subject } : await ownQuery(subject);
      return explain(collection, query, result, encoder, signal);
    },
  });
}

async function ownQuery(place: OwnPlace): Promise<{ file: File; frame: number }> {
  const own = findUpload(place);
  if (!own) throw new Error('The picture is no longer here.');
  return { file: await own.file.read(), frame: place.frame };
}

/** How often what is done in the background is looked at: while something is, and otherwise; in milliseconds. */
const LOOK = { open: 1000, else: 10_000 };

/** What is done in the background of the server. */
export function tasksRequest() {
  return queryOptions({
    queryKey: ['tasks'],
    queryFn: ({ signal }) => listTasks(signal),
    staleTime: 0,
    refetchInterval: ({ state }) => {
      const isOpen = state.data?.tasks.some((task) => /^(waiting|running)$/.test(task.state));
      return isOpen || state.error ? LOOK.open : LOOK.else;
    },
  });
}

/** What lies in a folder of the server's machine, which others change. */
export function foldersRequest(path: string | undefined) {
  const queryFn = ({ signal }: { signal: AbortSignal }) => listFolders(path, signal);
  return queryOptions({ queryKey: ['folders', path], queryFn, staleTime: 0 });
}

/** What images can be encoded with. */
export function encodersRequest() {
  const queryFn = ({ signal }: { signal: AbortSignal }) => listEncoders(signal);
  return queryOptions({ queryKey: ['encoders'], queryFn, staleTime: 0 });
}

/** Who may use the server. */
export function usersRequest() {
  const queryFn = ({ signal }: { signal: AbortSignal }) => listUsers(signal);
  return queryOptions({ queryKey: ['users'], queryFn, staleTime: 0 });
}

/** Keys of programs. */
export function keysRequest() {
  const queryFn = ({ signal }: { signal: AbortSignal }) => listKeys(signal);
  return queryOptions({ queryKey: ['keys'], queryFn, staleTime: 0 });
}
