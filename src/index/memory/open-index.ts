import type { EmbeddingSource, IndexedEncoder } from '../embedding-source.ts';
import type { VectorIndex } from '../vector-index.ts';

/** Opens the index over the embeddings of a collection as they are now. */
export type OpenIndex = (source: EmbeddingSource, encoder: IndexedEncoder) => Promise<VectorIndex>;

/** The file that keeps the index of an encoder, beside its collection. */
export function indexFile(source: EmbeddingSource, encoderId: number): string {
  return `${source.file}.${encoderId}.index`;
}

/**
 * The index in this process: from its file beside the collection, or from the collection's embeddings,
 * and then kept in the file.
 */
export const embeddedIndex: OpenIndex = async (
  source,
  { id, fingerprint, dimension, embeddings },
) => {
  // Loaded with the first index: most commands do not search.
  const { FlatIndex } = await import('./flat-index.ts');
  const state = source.stateName(id);
  const path = indexFile(source, id);
  const key = state === undefined ? undefined : { fingerprint, state, dimension };
  const kept = key && (await FlatIndex.load(path, key));
  if (kept !== undefined) return kept;
  const index = await FlatIndex.build(dimension, source.embeddings.each(id), {
    expected: embeddings,
  });
  // The file only saves time: where it cannot be written, the search goes on.
  if (key && index.worthKeeping) await index.save(path, key).catch(() => undefined);
  return index;
};
