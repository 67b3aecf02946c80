import { createContext, useContext } from 'react';
import type { CollectionSummary } from '../../../src/contract/shapes.ts';
import type { Entry, MoveOptions } from './history.ts';
import type { Route } from './route.ts';

/** An encoder with embeddings in a collection. */
export type CollectionEncoder = CollectionSummary['encoders'][number];

/** What every part of the page works on. */
export interface Workspace {
  collections: readonly CollectionSummary[];
  /** The chosen collection; null when the address names one that does not exist. */
  collection: CollectionSummary | null;
  /** The chosen encoder; null when the collection has none of that name. */
  encoder: CollectionEncoder | null;
  /** The route, with collection and encoder filled in. */
  route: Route;
  entry: Entry;
  /** Goes to the present route with these changes. */
  change: (changes: Partial<Route>, options?: MoveOptions) => void;
  /** Address of the present route with these changes. */
  address: (changes: Partial<Route>) => string;
  /** Searches from an image of the collection. */
  searchFrom: (id: number) => void;
  /** Whether a search from a card waits for its results to take the focus; asked once. */
  takeFocus: () => boolean;
  /** Searches with words, beside the picture if there is one; empty ones are taken away. */
  searchText: (text: string) => void;
  /** Marks a result as relevant or not, or takes its mark away. */
  mark: (id: number, as: 'more' | 'less' | null) => void;
  /** Searches with own files: one of their pictures, which can be changed then. ZIPs are looked into. */
  searchWith: (files: readonly File[]) => Promise<void>;
}

export const WorkspaceContext = createContext<Workspace | null>(null);

/** The workspace of the page. */
export function useWorkspace(): Workspace {
  const workspace = useContext(WorkspaceContext);
  if (!workspace) throw new Error('The component is outside of the workspace.');
  return workspace;
}

/** The second encoder of a route, where the collection has it. */
export function besideOf(
  { encoder, beside }: Route,
  { encoders }: CollectionSummary,
): Route['beside'] {
  const known = encoders.some(({ name }) => name === beside?.encoder && name !== encoder);
  return known ? beside : null;
}

/** The route with its collection and encoder filled in where the address leaves them open. */
export function fillRoute(
  route: Route,
  collections: readonly CollectionSummary[],
): { route: Route; collection: CollectionSummary | null; encoder: CollectionEncoder | null } {
  const readable = collections.find(({ problem }) => problem === undefined);
  const name = route.collection ?? (readable ?? collections[0])?.name ?? null;
  const collection = collections.find((each) => each.name === name) ?? null;
  const encoders = collection?.encoders ?? [];
  const encoder = route.encoder
    ? (encoders.find((each) => each.name === route.encoder) ?? null)
    : // The one that answers when none is named, also where new pictures cannot be encoded with it.
      (encoders.find(({ isDefault }) => isDefault) ??
      encoders.find(({ embeddings }) => embeddings > 0) ??
      encoders[0] ??
      null);
  return {
    route: { ...route, collection: name, encoder: route.encoder ?? encoder?.name ?? null },
    collection,
    encoder,
  };
}
