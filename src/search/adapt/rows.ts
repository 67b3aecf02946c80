import type { Split } from '../../domain/splits.ts';
import type { LabelledRows } from '../../store/labelled-rows.ts';
import type { ReadableCollection } from '../../store/readable-collection.ts';
import type { StoredEncoder } from '../../store/records.ts';
import { ROWS } from './products.ts';

/**
 * Embeddings that are in memory at once: of whole products, so that sums do not depend on it, and of whole batches of
 * queries.
 */
const BATCH = 3 * ROWS;

/** Parts of a collection's labelled images; without a part train all are fitted on. */
export function partsOf(rows: LabelledRows): Record<Split, LabelledRows> {
  const [train, val, test] = [rows.part('train'), rows.part('val'), rows.part('test')];
  if (train.length > 0) return { train, val, test };
  const none = rows.filter(() => false);
  return { train: rows, val: none, test: none };
}

/** Embeddings of rows, in the order of their ids, some at a time. */
export function* vectorsOf(
  store: ReadableCollection,
  encoder: StoredEncoder,
  { ids }: Pick<LabelledRows, 'ids'>,
): Generator<Float32Array[]> {
  let [next, batch]: [number, Float32Array[]] = [0, []];
  for (const [id, vector] of store.embeddings.each(encoder.id)) {
    if (ids[next] !== id) continue;
    next += 1;
    batch.push(vector);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
