import { SemblanceError } from '../domain/errors/error.ts';
import type { ReadableCollection } from './readable-collection.ts';

/**
 * The file of an image, and the content that was indexed, which it must still have to be used.
 * @throws SemblanceError IMAGE_NOT_FOUND (also when its file was never read)
 */
export function registeredFile(
  store: ReadableCollection,
  id: number,
): { path: string; contentHash: string } {
  const expected = store.images.fileHash(id);
  if (expected === null) {
    throw new SemblanceError(
      'IMAGE_NOT_FOUND',
      'Only its embedding was imported; its file was never read.',
    );
  }
  return { path: store.sources.filePath(id), contentHash: expected };
}
