import { SemblanceError } from '../domain/errors/error.ts';
import { contentHash, readImageFile } from '../images/read.ts';
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

/**
 * The bytes of an image's file, only while they are those that were indexed.
 * @throws SemblanceError as `registeredFile`, IMAGE_CHANGED, PATH_NOT_FOUND, PATH_NOT_READABLE
 */
export async function registeredBytes(store: ReadableCollection, id: number): Promise<Uint8Array> {
  const { path, contentHash: expected } = registeredFile(store, id);
  const bytes = await readImageFile(path);
  if (contentHash(bytes) !== expected) {
    throw new SemblanceError('IMAGE_CHANGED', 'The file is not the one that was indexed.');
  }
  return bytes;
}
