import {
  focusManager,
  hashKey,
  type Query,
  QueryClient,
  type QueryKey,
  useIsFetching,
} from '@tanstack/react-query';
import { BusyError, mayPass, toProblem } from '../problems.ts';

/** How long a busy server is waited for altogether, in seconds. */
const PATIENCE = 120;

/** So long after it was last shown an answer is kept, so that back and forward show it at once. */
const KEPT = 60 * 60 * 1000;

/** Begins the key of the list of collections. */
export const COLLECTIONS = ['collections'] as const;

/**
 * What the page knows of the server: each request once, by a key that names it completely. An answer
 * stays as it is until the page is loaded again; nothing is asked behind the reader's back.
 */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // The server can be this very machine, without any network.
      networkMode: 'always',
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: KEPT,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      // Only a server that says when to come again is asked again unasked.
      retry: (tries, error) =>
        error instanceof BusyError && (tries + 1) * error.retryAfter <= PATIENCE,
      // Apart from one another, or all who wait come at once again.
      retryDelay: (_, error) =>
        error instanceof BusyError ? error.retryAfter * 1000 * (1 + Math.random() / 4) : 0,
    },
  },
});

// A page behind another one goes on waiting for a busy server.
focusManager.setFocused(true);

/**
 * Asks again for everything that failed and may succeed now, also for what another part shows, and
 * for the collections: a server that was started anew may hold other ones.
 */
export function tryAgain(): void {
  const failed = queries.getQueryCache().findAll({
    type: 'active',
    predicate: ({ state }) => state.status === 'error' && mayPass(toProblem(state.error)),
  });
  const listed = queries.getQueryCache().findAll({ queryKey: COLLECTIONS, type: 'active' });
  for (const query of new Set([...failed, ...listed])) askAgain(query);
}

/** Makes the request that a query made last: of a listing the page that failed, not all of them. */
function askAgain(query: Query): void {
  const { fetchMeta } = query.state;
  // What becomes of it is the query's to tell.
  query.fetch(undefined, fetchMeta ? { meta: fetchMeta } : {}).catch(() => undefined);
}

/** Whether requests wait because the server is busy. */
export function useWaiting(): boolean {
  const waiting = useIsFetching({
    predicate: ({ state }) => state.fetchFailureReason instanceof BusyError,
  });
  return waiting > 0;
}

/**
 * Shows the answer before while the next one is on its way.
 * @param key names the request
 * @param parts how many parts of the key both have in common
 */
export function keepBefore(key: QueryKey, parts: number) {
  const start = hashKey(key.slice(0, parts));
  return <T>(answer: T | undefined, before: Query<T> | undefined): T | undefined =>
    before && hashKey(before.queryKey.slice(0, parts)) === start ? answer : undefined;
}
