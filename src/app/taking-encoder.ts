import { DEFAULT_ENCODER } from '../domain/encoders.ts';
import { chooseEncoder } from '../search/choose-encoder.ts';
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
  return directory.whileOpen(collection, (store) =>
    store.encoders.list().some(({ embeddings }) => embeddings > 0)
      ? chooseEncoder(store).name
      : DEFAULT_ENCODER,
  );
}
