import { isFusion, parseFusion } from '../domain/fusion.ts';
import type { ReadableCollection } from '../store/readable-collection.ts';
import type { StoredEncoder } from '../store/records.ts';
import { chooseEncoder } from './choose-encoder.ts';
import type { EmbeddingSpace } from './embedding-space.ts';
import { FusedSpace } from './fused-space.ts';
import { evenWeights, normaliseWeights } from './fusion.ts';

/**
 * The space of a choice of encoders: of one by its name, of the collection's default without a name, or
 * of several that are fused (`A,B` or `A:0.3,B:0.7`).
 * @param needsText whether texts are searched with
 * @param spaceOf gives the space of one encoder; it stays the caller's to release
 * @throws SemblanceError REQUEST_INVALID and those of `chooseEncoder`
 */
export function openSpace(
  store: ReadableCollection,
  encoders: string | undefined,
  needsText: boolean,
  spaceOf: (encoder: StoredEncoder) => EmbeddingSpace,
): EmbeddingSpace {
  if (!isFusion(encoders)) return spaceOf(chooseEncoder(store, encoders, needsText));
  const parts = parseFusion(encoders);
  const spaces = parts.map(({ name }) => spaceOf(chooseEncoder(store, name, needsText)));
  const weights = parts.flatMap(({ weight }) => weight ?? []);
  return new FusedSpace(
    spaces,
    weights.length > 0 ? normaliseWeights(weights) : evenWeights(store, spaces),
  );
}
