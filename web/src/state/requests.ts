import { queryOptions } from '@tanstack/react-query';
import type { Query } from '../../../src/contract/shapes.ts';
import { explain, getImage, listCollections, listFacets, search } from '../api.ts';
import { COLLECTIONS, keepBefore } from './queries.ts';
import { findUpload } from './uploads.ts';

/** What is searched with: an image of the collection by its id, an own picture by its key, or neither. */
export type SubjectName = number | string | null;

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
) {
  const queryKey = ['search', collection, subject, text, query];
  return queryOptions({
    queryKey,
    queryFn: ({ signal }) => {
      const picture = typeof subject === 'string' ? findUpload(subject) : null;
      return search(collection, query, picture, signal);
    },
    placeholderData: keepBefore(queryKey, 4),
  });
}

/** What makes a result like the subject to an encoder. */
export function explanationRequest(
  collection: string,
  subject: number | string,
  result: number,
  encoder: string | null,
) {
  return queryOptions({
    queryKey: ['explanation', collection, subject, result, encoder],
    queryFn: ({ signal }) => {
      const file = typeof subject === 'string' ? findUpload(subject) : null;
      const query = typeof subject === 'number' ? { query: subject } : file && { file };
      if (!query) throw new Error('The picture is no longer here.');
      return explain(collection, query, result, encoder, signal);
    },
  });
}
