import { SemblanceError } from '../domain/errors/error.ts';
import { frameOf } from './content-name.ts';
import type { ReadableCollection } from './readable-collection.ts';

/**
 * The file of an image with the number of its frame, the content that was indexed, which it must still have to be used,
 * and what of it is masked.
 * @throws SemblanceError IMAGE_NOT_FOUND (also when its file was never read)
 */
export function registeredFile(
  store: ReadableCollection,
  id: number,
): {
  path: string;
  called: string;
  contentHash: string;
  frame: number;
  mask: string | undefined;
} {
  const { frame, contentHash, decoding } = store.images.get(id);
  const expected = frameOf(contentHash)?.object;
  if (expected === undefined) {
    throw new SemblanceError(
      'IMAGE_NOT_FOUND',
      'Only its embedding was imported; its file was never read.',
    );
  }
  const { file: path, called } = store.sources.filePath(id);
  return { path, called, contentHash: expected, frame, mask: decoding?.mask };
}
