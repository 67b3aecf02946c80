import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { SemblanceError, toSemblanceError } from '../domain/errors/error.ts';
import { memberOf, readMember } from '../files/archive.ts';

/** Without O_NONBLOCK, opening a FIFO waits until somebody writes into it. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Opens a regular file and works with it; nothing else is ever read from.
 * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE, PATH_NOT_A_FILE
 */
async function withFile<T>(path: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, FLAGS);
    if (!(await file.stat()).isFile()) {
      throw new SemblanceError('PATH_NOT_A_FILE', 'It is a folder or a device.', { subject: path });
    }
    return await work(file);
  } catch (error) {
    throw toSemblanceError(error, path);
  } finally {
    await file?.close();
  }
}

/**
 * Reads a file, or a member of an archive (`memberOf`).
 * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE, PATH_NOT_A_FILE, and those of `readMember`
 */
export async function readImageFile(path: string): Promise<Uint8Array> {
  const member = memberOf(path);
  if (member !== undefined) return readMember(member.archive, member.name);
  return withFile(path, (file) => file.readFile());
}

/** SHA-256 of a file's bytes, hexadecimal: an image's identity. */
export function contentHash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
