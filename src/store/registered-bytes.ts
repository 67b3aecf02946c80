import { SemblanceError } from '../errors/error.ts';
import { contentHash, readImageFile } from '../images/read.ts';
import type { CollectionStore } from './collection-store.ts';
import { isUnread } from './records.ts';

/**
 * The bytes of an image's file, only while they are those that were indexed.
 * @throws SemblanceError IMAGE_NOT_FOUND (also when its file was never read), IMAGE_CHANGED,
 *   PATH_NOT_FOUND, PATH_NOT_READABLE
 */
export async function registeredBytes(store: CollectionStore, id: number): Promise<Uint8Array> {
  const { contentHash: expected } = store.images.get(id);
  if (isUnread(expected)) {
    throw new SemblanceError(
      'IMAGE_NOT_FOUND',
      'Only its embedding was imported; its file was never read.',
    );
  }
  const bytes = await readImageFile(store.sources.filePath(id));
  if (contentHash(bytes) !== expected) {
    throw new SemblanceError('IMAGE_CHANGED', 'The file is not the one that was indexed.');
  }
  return bytes;
}
