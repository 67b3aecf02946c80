import { statfs } from 'node:fs/promises';
import { SemblanceError, toSemblanceError } from '../domain/errors/error.ts';

/**
 * Refuses what would fill the disk.
 * @param folder on that disk
 * @param keepFree so many bytes stay free
 * @param coming so many bytes are about to be written
 * @throws SemblanceError RECEIVED_FULL and those of the disk
 */
export async function requireRoom(folder: string, keepFree: number, coming = 0): Promise<void> {
  const { bavail, bsize } = await statfs(folder).catch((error) => {
    throw toSemblanceError(error);
  });
  if (bavail * bsize - coming >= keepFree) return;
  const why = `Less than ${keepFree / 1e6} MB of the disk are free.`;
  throw new SemblanceError('RECEIVED_FULL', why);
}
