import { excerpt, SemblanceError } from '../domain/errors/error.ts';
import { suggestion } from '../domain/errors/suggest.ts';
import { storedDescription } from '../encoding/encoders/stored-description.ts';
import { readCatalogue } from '../encoding/models/template.ts';
import { defaultEncoder } from '../store/activations.ts';
import type { ReadableCollection } from '../store/readable-collection.ts';
import type { StoredEncoder } from '../store/records.ts';

/** Whether texts can be searched with by a stored encoder. One whose description is damaged cannot. */
function hasText(encoder: StoredEncoder): boolean {
  try {
    const { definition } = storedDescription(encoder);
    return 'text' in definition && definition.text !== undefined;
  } catch (error) {
    if (error instanceof SemblanceError && error.code === 'ENCODER_DAMAGED') return false;
    throw error;
  }
}

/** The error for an encoder that takes no text; it names those that do. */
function noText(encoder: StoredEncoder, able: readonly StoredEncoder[]): SemblanceError {
  const here = [...new Set(able.map(({ name }) => name))];
  const known = readCatalogue().filter(({ text }) => text !== undefined);
  const detail =
    here.length > 0
      ? `It has no text tower. This collection has embeddings of ${here.join(', ')}, which can.`
      : `It has no text tower. ${known.map(({ name }) => name).join(', ')} have one.`;
  return new SemblanceError('TEXT_NOT_SUPPORTED', detail, { subject: encoder.name });
}

/**
 * The stored encoder of a name; of several with one name, the collection's default if it is among them,
 * else the one with the most embeddings, then the newest. Without a name, the default of all; for a
 * text, of those with a text tower.
 * @param needsText whether texts are searched with
 * @throws SemblanceError COLLECTION_EMPTY, ENCODER_NOT_FOUND, TEXT_NOT_SUPPORTED, ENCODER_DAMAGED
 */
export function chooseEncoder(
  store: ReadableCollection,
  name?: string,
  needsText = false,
): StoredEncoder {
  const filled = store.encoders.list().filter((encoder) => encoder.embeddings > 0);
  if (filled.length === 0) {
    throw new SemblanceError('COLLECTION_EMPTY', 'The collection has no embeddings.');
  }
  const named = filled.filter((encoder) => name === undefined || encoder.name === name);
  const able = needsText ? named.filter(hasText) : named;
  const found = defaultEncoder(able.length > 0 ? able : named, store.encoders.activations());
  if (found === undefined) {
    const names = [...new Set(filled.map((encoder) => encoder.name))];
    throw new SemblanceError(
      'ENCODER_NOT_FOUND',
      `The collection has no embeddings of it. ${suggestion(excerpt(name ?? ''), names, 'encoder')}`,
      name === undefined ? {} : { subject: excerpt(name) },
    );
  }
  if (needsText && able.length === 0) {
    // It may have a tower that nobody can tell of.
    storedDescription(found);
    throw noText(found, filled.filter(hasText));
  }
  return found;
}
