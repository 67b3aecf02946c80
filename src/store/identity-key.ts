import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { SemblanceError, systemCode, toSemblanceError } from '../domain/errors/error.ts';

/** The file with the key, in the data directory. */
export const KEY_FILE = 'identity.key';
/** Bytes of the key. */
const LENGTH = 32;

/**
 * The key that identifiers are hashed and sealed with, made when there is none. Whoever has it can tell whether a
 * known person is in a collection: only its owner may read it. Without it, what is sealed stays closed, and the same
 * patient gets another pseudonym.
 * @param folder the data directory
 * @throws SemblanceError HOME_UNUSABLE where the file is not one, and those of writing
 */
export function identityKey(folder: string): Buffer {
  const path = join(folder, KEY_FILE);
  for (;;) {
    try {
      const key = readFileSync(path);
      if (key.length === LENGTH) return key;
      throw new SemblanceError('HOME_UNUSABLE', `It has ${key.length} bytes, not ${LENGTH}.`, {
        subject: path,
      });
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw toSemblanceError(error, path);
    }
    makeKey(path);
  }
}

/** As `identityKey`; undefined where none was made yet. */
export function existingKey(folder: string): Buffer | undefined {
  return existsSync(join(folder, KEY_FILE)) ? identityKey(folder) : undefined;
}

/** Makes a whole key appear at once; of two processes that do so, one is the first. */
function makeKey(path: string): void {
  const part = `${path}.${process.pid}`;
  try {
    const file = openSync(part, 'w', 0o600);
    writeSync(file, randomBytes(LENGTH));
    fsyncSync(file);
    closeSync(file);
    linkSync(part, path);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw toSemblanceError(error, path);
  } finally {
    rmSync(part, { force: true });
  }
}
