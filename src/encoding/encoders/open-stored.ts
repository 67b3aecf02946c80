import { SemblanceError } from '../../domain/errors/error.ts';
import type { StoredEncoder } from '../../store/records.ts';
import { Encoder } from './encoder.ts';
import type { LoadOptions } from './model.ts';
import { encodingDefinition } from './stored-description.ts';

/**
 * Loads an encoder that a collection has embeddings of, as long as it is the one that made them.
 * @throws SemblanceError ENCODER_DAMAGED, ENCODER_IMPORTED, ENCODER_CHANGED and those of `Encoder.load`
 */
export async function openStoredEncoder(
  stored: StoredEncoder,
  options: LoadOptions = {},
): Promise<Encoder> {
  const encoder = await Encoder.load(encodingDefinition(stored), options);
  if (encoder.fingerprint === stored.fingerprint) return encoder;
  await encoder.release();
  throw new SemblanceError(
    'ENCODER_CHANGED',
    'Its model or settings differ from those that made the embeddings.',
    { subject: stored.name },
  );
}
