import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { toSemblanceError } from '../errors/error.ts';

/**
 * Reads a file.
 * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE
 */
export async function readImageFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw toSemblanceError(error, path);
  }
}

/** SHA-256 of a file's bytes, hexadecimal: an image's identity. */
export function contentHash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
