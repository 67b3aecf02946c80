import type { EmbeddingSource, IndexedEncoder } from '../../embedding-source.ts';
import { embeddedIndex } from '../../memory/open-index.ts';
import { onceWithIndex } from '../../memory/shared-index.ts';
import type { VectorIndex } from '../../vector-index.ts';

/** Neighbours of each query, and how many queries are tried at the most. */
const K = 10;
const QUERIES = 100;

/** Share of the true neighbours that an index found. */
export interface Recall {
  k: number;
  queries: number;
  value: number;
}

/** Recall at 10 of an index against the exact one, with embeddings of the collection as queries. */
export async function measureRecall(
  index: VectorIndex,
  source: EmbeddingSource,
  encoder: IndexedEncoder,
): Promise<Recall> {
  const ids = source.embeddings.imageIds(encoder.id);
  const count = Math.min(QUERIES, ids.length);
  const queries = Array.from({ length: count }, (_, i) => {
    const id = ids[Math.floor((i * ids.length) / count)] as number;
    return source.embeddings.get(encoder.id, id) as Float32Array;
  });
  return onceWithIndex(embeddedIndex, source, encoder, async (exact) => {
    const [found, expected] = [await index.search(queries, K), await exact.search(queries, K)];
    let hits = 0;
    let wanted = 0;
    expected.neighbours.forEach((neighbours, q) => {
      // One as similar as the last true neighbour is as good.
      const least = neighbours.at(-1)?.similarity ?? 0;
      wanted += neighbours.length;
      hits += (found.neighbours[q] ?? []).filter(({ similarity }) => similarity >= least).length;
    });
    return { k: K, queries: count, value: hits / Math.max(wanted, 1) };
  });
}
