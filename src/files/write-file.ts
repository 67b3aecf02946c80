import { closeSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { toSemblanceError } from '../domain/errors/error.ts';

/** Bytes of one write. */
const CHUNK = 2 ** 26;

/** Takes the next bytes of a file. */
export type Sink = (bytes: string | Uint8Array) => void;

/**
 * Writes a file piece by piece beside its place and renames it, so that no half of a file is left.
 * @throws SemblanceError DISK_FULL, PATH_NOT_FOUND (the folder), PATH_NOT_READABLE
 */
export function writeWhole(path: string, write: (sink: Sink) => void): void {
  const part = `${path}.part`;
  try {
    const descriptor = openSync(part, 'w');
    try {
      write((bytes) => writeFileSync(descriptor, bytes));
    } finally {
      closeSync(descriptor);
    }
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw toSemblanceError(error, path);
  }
}

/**
 * As `writeWhole`, for pieces that are waited for.
 * @throws SemblanceError DISK_FULL, PATH_NOT_FOUND (the folder), PATH_NOT_READABLE, and what `write` throws
 */
export async function writeWholeAwaiting(
  path: string,
  write: (sink: Sink) => Promise<void>,
): Promise<void> {
  const part = `${path}.part`;
  try {
    const descriptor = openSync(part, 'w');
    try {
      await write((bytes) => writeFileSync(descriptor, bytes));
    } finally {
      closeSync(descriptor);
    }
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw toSemblanceError(error, path);
  }
}

/** Hands numbers on as their bytes, little-endian, by pieces: a buffer of Node is limited to 4 GiB. */
export function sinkFloats(sink: Sink, values: Float32Array): void {
  for (let at = 0; at < values.byteLength; at += CHUNK) {
    const length = Math.min(CHUNK, values.byteLength - at);
    sink(new Uint8Array(values.buffer, values.byteOffset + at, length));
  }
}
