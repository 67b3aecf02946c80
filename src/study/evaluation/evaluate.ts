import { SemblanceError } from '../../domain/errors/error.ts';
import type { Filter } from '../../domain/search-language/filter.ts';
import type { EmbeddingSpace } from '../../search/embedding-space.ts';
import type { CollectionStore } from '../../store/collection-store.ts';
import { SharedLists } from '../../store/labelled-rows.ts';
import type { ReadableCollection } from '../../store/readable-collection.ts';
import { type PrecisionAtK, precisionAtK } from './precision.ts';

/** What an evaluation found. */
export interface Evaluation {
  encoder: string;
  /** Images searched in, and images searched with. */
  index: number;
  queries: number;
  /** Of these, images without a label, which are left out. */
  unlabelled: number;
  precision: PrecisionAtK[];
}

/**
 * Precision at k of an encoder, or several that are fused, on a collection: each image of `queries` is
 * searched among those of `index`.
 * @throws SemblanceError COLLECTION_EMPTY when a filter leaves nothing, or nothing with a label
 */
export function evaluate(
  store: CollectionStore,
  space: EmbeddingSpace,
  filters: { index: Filter; queries: Filter },
  ks: readonly number[],
): Promise<Evaluation> {
  return store.snapshot((state) => evaluateState(state, space, filters, ks));
}

async function evaluateState(
  store: ReadableCollection,
  space: EmbeddingSpace,
  filters: { index: Filter; queries: Filter },
  ks: readonly number[],
): Promise<Evaluation> {
  const allowed = new Set(store.images.idsWhere(filters.index));
  const asked = new Set(store.images.idsWhere(filters.queries));
  const queries: [number, Float32Array][] = [];
  for (const [id, vector] of space.embeddings(store)) {
    if (asked.has(id)) queries.push([id, vector]);
  }
  const shared = new SharedLists();
  const labels = new Map<number, readonly string[]>();
  for (const image of store.images.each()) labels.set(image.id, shared.of(image.labels));
  const vectors = queries.map(([, vector]) => vector);
  // One more than needed, because a query that is indexed too finds itself.
  const { candidates, neighbours } = await space.withIndex(store, (index) =>
    index.search(vectors, Math.max(...ks) + 1, { allowed }),
  );
  if (candidates === 0 || queries.length === 0) {
    throw new SemblanceError(
      'COLLECTION_EMPTY',
      `No image to search ${candidates === 0 ? 'in' : 'with'} is left by the filter (--index, --queries; ` +
        'by default split=train and split=test).',
    );
  }
  const judged = queries.map(([id], i) => ({
    labels: labels.get(id) ?? [],
    neighbours: (neighbours[i] ?? [])
      .filter((hit) => hit.id !== id)
      .map((hit) => labels.get(hit.id) ?? []),
  }));
  const unlabelled = judged.filter((query) => query.labels.length === 0).length;
  if (unlabelled === judged.length) {
    throw new SemblanceError('COLLECTION_EMPTY', `None of the ${unlabelled} queries has a label.`);
  }
  return {
    encoder: space.name,
    index: candidates,
    queries: queries.length,
    unlabelled,
    precision: precisionAtK(judged, ks),
  };
}
