import { useEffect, useSyncExternalStore } from 'react';
import type { Image, Problem } from '../../../src/server/schemas.ts';
import { listImages, toProblem } from '../api.ts';

/** The images of a collection under a filter, as far as they are loaded. */
export interface Listing {
  images: readonly Image[];
  /** How many match; null before the first page. */
  total: number | null;
  loading: boolean;
  problem: Problem | null;
}

const PAGE = 60;
const EMPTY: Listing = { images: [], total: null, loading: false, problem: null };
/** So many listings are kept, so that back shows them at once. */
const LIMIT = 20;
const listings = new Map<string, Listing>();
const listeners = new Set<() => void>();

function set(key: string, listing: Listing): void {
  listings.delete(key);
  listings.set(key, listing);
  const oldest = listings.keys().next().value;
  if (listings.size > LIMIT && oldest !== undefined) listings.delete(oldest);
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

async function loadNext(key: string, collection: string, where: string): Promise<void> {
  const before = listings.get(key) ?? EMPTY;
  if (before.loading || (before.total !== null && before.images.length >= before.total)) return;
  set(key, { ...before, loading: true, problem: null });
  try {
    const page = await listImages(collection, where, before.images.length, PAGE);
    const images = [...before.images, ...page.images];
    // An empty page ends the listing even if the total has changed in between.
    const total = page.images.length === 0 ? images.length : page.total;
    set(key, { images, total, loading: false, problem: null });
  } catch (error) {
    set(key, { ...before, loading: false, problem: toProblem(error) });
  }
}

/** The listing of a collection under a filter; its first page is loaded at once. */
export function useListing(collection: string, where: string): Listing & { more: () => void } {
  const key = JSON.stringify([collection, where]);
  const listing = useSyncExternalStore(subscribe, () => listings.get(key) ?? EMPTY);
  const more = () => void loadNext(key, collection, where);
  const fresh = listing.total === null && !listing.loading && listing.problem === null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key names collection and filter
  useEffect(() => {
    if (fresh) void loadNext(key, collection, where);
  }, [key, fresh]);
  return { ...listing, more };
}
