import { useEffect, useEffectEvent, useRef, useSyncExternalStore } from 'react';
import type { Image, Problem } from '../../../src/contract/shapes.ts';
import { listImages, toProblem } from '../api.ts';
import { mayPass, useRound } from './connection.ts';

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

async function loadNext(
  key: string,
  collection: string,
  where: string,
  signal: AbortSignal,
): Promise<void> {
  const before = listings.get(key) ?? EMPTY;
  if (before.loading || (before.total !== null && before.images.length >= before.total)) return;
  set(key, { ...before, loading: true, problem: null });
  try {
    const page = await listImages(collection, where, before.images.length, PAGE, signal);
    const images = [...before.images, ...page.images];
    // An empty page ends the listing even if the total has changed in between.
    const total = page.images.length === 0 ? images.length : page.total;
    set(key, { images, total, loading: false, problem: null });
  } catch (error) {
    const problem = signal.aborted ? null : toProblem(error);
    set(key, { ...before, loading: false, problem });
  }
}

/** The listing of a collection under a filter; its first page is loaded at once. */
export function useListing(collection: string, where: string): Listing & { more: () => void } {
  const key = JSON.stringify([collection, where]);
  const listing = useSyncExternalStore(subscribe, () => listings.get(key) ?? EMPTY);
  const round = useRound();
  const seen = useRef(round);
  const controller = useRef(new AbortController());
  const more = () => void loadNext(key, collection, where, controller.current.signal);
  // What another filter supersedes is not waited for.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key names collection and filter
  useEffect(() => {
    controller.current = new AbortController();
    return () => controller.current.abort();
  }, [key]);
  const fresh = listing.total === null && !listing.loading && listing.problem === null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key names collection and filter
  useEffect(() => {
    if (fresh) more();
  }, [key, fresh]);
  const { problem } = listing;
  const goOn = useEffectEvent(more);
  useEffect(() => {
    if (seen.current !== round && problem && mayPass(problem)) goOn();
    seen.current = round;
  }, [round, problem]);
  return { ...listing, more };
}
