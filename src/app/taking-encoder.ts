import { DEFAULT_ENCODER } from '../domain/encoders.ts';
import { chooseEncoder } from '../search/choose-encoder.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import type { DataDirectory } from '../store/data-directory.ts';

/**
 * The encoder that images are taken with where none is named: the one that answers in the collection, which would not find
 * them otherwise; in one that has no embeddings, the one without weights.
 * @throws SemblanceError those of opening the collection
 */
export function takingEncoder(
  directory: DataDirectory,
  { collection, encoder }: { collection: string; encoder?: string | undefined },
): string {
  if (encoder !== undefined) return encoder;
  if (!directory.collections().includes(collection)) return DEFAULT_ENCODER;
  const answering = (store: CollectionStore) =>
    store.encoders.list().some(({ embeddings }) => embeddings > 0)
      ? chooseEncoder(store).name
      : DEFAULT_ENCODER;
  // One whose making was cut off holds nothing, not even tables: it is made to its end, as indexing would.
  return directory.whileOpen(collection, answering, { create: true });
}
