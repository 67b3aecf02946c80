import { SemblanceError } from '../../domain/errors/error.ts';
import type { Filter } from '../../domain/search-language/filter.ts';
import { Slices } from '../../runtime/slices.ts';
import type { EmbeddingSpace } from '../../search/embedding-space.ts';
import type { CollectionStore } from '../../store/collection-store.ts';
import type { ReadableCollection } from '../../store/readable-collection.ts';
import { type Judged, type PrecisionAtK, precisionAtK } from './precision.ts';

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

/** Queries that are searched with at a time. */
const BLOCK = 512;

export interface EvaluateOptions {
  signal?: AbortSignal | undefined;
  /** How many descriptions have been read. */
  onImages?: (done: number, total: number) => void;
  /** That the index is got ready, and that it is. */
  onIndex?: (done: number, total: number) => void;
  /** How many queries have been searched with. */
  onProgress?: (done: number, total: number) => void;
}

/**
 * Precision at k of an encoder, or several that are fused, on a collection: each image of `queries` is
 * searched among those of `index`.
 * @throws SemblanceError COLLECTION_EMPTY when a filter leaves nothing, or nothing with a label; the signal's reason
 */
export function evaluate(
  store: CollectionStore,
  space: EmbeddingSpace,
  filters: { index: Filter; queries: Filter },
  ks: readonly number[],
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  return store.snapshot(
    (state) => evaluateState(state, space, filters, ks, options),
    options.signal,
  );
}

async function evaluateState(
  store: ReadableCollection,
  space: EmbeddingSpace,
  filters: { index: Filter; queries: Filter },
  ks: readonly number[],
  { signal, onImages, onIndex, onProgress }: EvaluateOptions,
): Promise<Evaluation> {
  const allowed = store.images.setWhere(filters.index);
  const asked = store.images.setWhere(filters.queries);
  const labels = await labelsById(store, signal, onImages);
  const judged: Judged[] = [];
  let candidates = 0;
  onIndex?.(0, 1);
  await space.withIndex(
    store,
    async (index) => {
      onIndex?.(1, 1);
      let ids: number[] = [];
      let vectors: Float32Array[] = [];
      const search = async () => {
        // One more than needed, because a query that is indexed too finds itself.
        const depth = Math.max(...ks) + 1;
        const found = await index.search(vectors, depth, { allowed, signal });
        ({ candidates } = found);
        for (const [i, id] of ids.entries()) {
          const hits = (found.neighbours[i] ?? []).filter((hit) => hit.id !== id);
          judged.push({ labels: labels(id), neighbours: hits.map((hit) => labels(hit.id)) });
        }
        [ids, vectors] = [[], []];
        onProgress?.(judged.length, asked.size);
      };
      for (const [id, vector] of space.embeddings(store)) {
        if (!asked.has(id)) continue;
        ids.push(id);
        vectors.push(vector);
        if (ids.length === BLOCK) await search();
      }
      // Also where there is none: it says how many may be found.
      if (ids.length > 0 || judged.length === 0) await search();
    },
    signal,
  );
  if (candidates === 0 || judged.length === 0) {
    throw new SemblanceError(
      'COLLECTION_EMPTY',
      `No image to search ${candidates === 0 ? 'in' : 'with'} is left by the filter (--index, --queries; ` +
        'by default split=train and split=test).',
    );
  }
  const unlabelled = judged.filter((query) => query.labels.length === 0).length;
  if (unlabelled === judged.length) {
    throw new SemblanceError('COLLECTION_EMPTY', `None of the ${unlabelled} queries has a label.`);
  }
  return {
    encoder: space.name,
    index: candidates,
    queries: judged.length,
    unlabelled,
    precision: precisionAtK(judged, ks),
  };
}

/** The labels of each image: of one that many share, a number is held. */
async function labelsById(
  store: ReadableCollection,
  signal: AbortSignal | undefined,
  onImages: EvaluateOptions['onImages'],
): Promise<(id: number) => readonly string[]> {
  const lists: (readonly string[])[] = [[]];
  const numbers = new Map<string, number>();
  let ofImages = new Uint32Array(1024);
  const slices = new Slices(signal);
  const total = store.images.count();
  let done = 0;
  for (const { id, labels } of store.images.each()) {
    onImages?.(++done, total);
    if (slices.over()) await slices.pause();
    if (id >= ofImages.length) {
      const longer = new Uint32Array(Math.max(id + 1, 2 * ofImages.length));
      longer.set(ofImages);
      ofImages = longer;
    }
    const key = [labels.length, ...labels].join('\0');
    let number = numbers.get(key);
    if (number === undefined) {
      number = lists.push(labels) - 1;
      numbers.set(key, number);
    }
    ofImages[id] = number;
  }
  return (id) => lists[ofImages[id] as number] as readonly string[];
}
