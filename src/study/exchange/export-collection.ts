import { SemblanceError } from '../../domain/errors/error.ts';
import type { Filter } from '../../domain/search-language/filter.ts';
import { normalise } from '../../domain/vectors.ts';
import type { ReadableCollection } from '../../store/readable-collection.ts';
import type { StoredEncoder } from '../../store/records.ts';
import { MatrixBuilder, type ReadEmbeddings } from './matrix-builder.ts';

/**
 * The embeddings of an encoder in a collection, by the images' paths, in the order of their ids.
 * Of images of two folders with one path, the second is listed.
 * @throws SemblanceError COLLECTION_EMPTY when the filter leaves nothing
 */
export function collectionEmbeddings(
  store: ReadableCollection,
  encoder: StoredEncoder,
  filter: Filter,
): ReadEmbeddings {
  const paths = new Map(store.images.page({ filter }).map(({ id, path }) => [id, path]));
  const builder = new MatrixBuilder();
  builder.reserve(Math.min(paths.size, encoder.embeddings), encoder.dimension);
  let count = 0;
  for (const [id, vector] of store.embeddings.each(encoder.id)) {
    const path = paths.get(id);
    if (path === undefined) continue;
    builder.add(path, vector, store.file);
    count += 1;
  }
  if (count === 0) {
    throw new SemblanceError('COLLECTION_EMPTY', 'The filter leaves no embedding to export.');
  }
  return builder.finish(store.file);
}

/** Scales every row to length 1 in place, as an index of inner products needs it; zeros stay. */
export function normaliseRows({
  dimension,
  values,
}: {
  dimension: number;
  values: Float32Array;
}): void {
  for (let at = 0; at < values.length; at += dimension) {
    normalise(values.subarray(at, at + dimension));
  }
}
