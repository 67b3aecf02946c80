import { stat } from 'node:fs/promises';
import { toSemblanceError } from '../domain/errors/error.ts';
import { diskPath } from './archive.ts';
import { isAddress } from './place-of.ts';

/**
 * Differs when a file, or the archive that it is in, was replaced or written to.
 * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE
 */
export async function fileStamp(file: string): Promise<string> {
  // An instance of a PACS never changes.
  if (isAddress(file)) return file;
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(diskPath(file), { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    throw toSemblanceError(error, file);
  }
}
