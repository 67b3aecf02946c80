import { useSyncExternalStore } from 'react';
import { formatRoute, misread, parseRoute, type Route } from './route.ts';

/** A search on the way to the present one. */
export type Crumb = { text?: string } & (
  | { kind: 'image'; id: number }
  | { kind: 'upload'; key: string; file: number; frame: number }
  | { kind: 'text' }
);

/** What the browser's history keeps beside the address. */
export interface Entry {
  /** Names this entry, to remember how far it was scrolled. */
  key: string;
  /** Key of the own picture in memory, see uploads.ts. */
  upload: string | null;
  /** Searches before this one, oldest first. */
  trail: readonly Crumb[];
}

/** Where the page is. */
export interface Place {
  route: Route;
  /** What the address says that the route does not. */
  misread: readonly string[];
  entry: Entry;
}

/** How to go to a route; what is not given stays as it is. */
export interface MoveOptions {
  replace?: boolean;
  upload?: string | null;
  trail?: readonly Crumb[];
}

/** So many searches are kept in the trail. */
const TRAIL_LIMIT = 8;

const listeners = new Set<() => void>();
let place: Place | null = null;

/** A key that no other entry or picture has, also after a reload. */
export function newKey(): string {
  return `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`;
}

function readPlace(): Place {
  const state = (history.state ?? {}) as Partial<Entry>;
  const entry: Entry = {
    key: state.key ?? newKey(),
    upload: state.upload ?? null,
    trail: Array.isArray(state.trail) ? state.trail : [],
  };
  if (state.key !== entry.key) history.replaceState(entry, '');
  return placeAt(entry);
}

function placeAt(entry: Entry): Place {
  const { search } = location;
  return { route: parseRoute(search), misread: misread(search), entry };
}

function current(): Place {
  place ??= readPlace();
  return place;
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) addEventListener('popstate', onPopState);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) removeEventListener('popstate', onPopState);
  };
}

function onPopState(): void {
  place = readPlace();
  for (const listener of listeners) listener();
}

/** Goes to a route: a new entry of the browser's history, or the present one replaced. */
export function move(route: Route, options: MoveOptions = {}): void {
  const before = current().entry;
  const entry: Entry = {
    key: options.replace ? before.key : newKey(),
    upload: options.upload === undefined ? before.upload : options.upload,
    trail: (options.trail ?? before.trail).slice(-TRAIL_LIMIT),
  };
  const address = location.pathname + formatRoute(route);
  if (options.replace) history.replaceState(entry, '', address);
  else history.pushState(entry, '', address);
  place = placeAt(entry);
  for (const listener of listeners) listener();
}

/** The present place; the component renders again when it changes. */
export function usePlace(): Place {
  return useSyncExternalStore(subscribe, current);
}
