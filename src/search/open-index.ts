import type { CollectionStore } from '../store/collection-store.ts';
import type { StoredEncoder } from '../store/records.ts';
import { FlatIndex } from './flat-index.ts';
import type { VectorIndex } from './vector-index.ts';

/** Opens the index over the embeddings of a collection as they are now. */
export type OpenIndex = (store: CollectionStore, encoder: StoredEncoder) => Promise<VectorIndex>;

/** The index in this process. */
export const embeddedIndex: OpenIndex = (store, encoder) =>
  FlatIndex.build(encoder.dimension, store.embeddings(encoder.id));
