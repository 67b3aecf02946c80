import { closeSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { toSemblanceError } from '../domain/errors/error.ts';

/** Bytes of one write. */
const CHUNK = 2 ** 26;

/** Takes the next bytes of a file. */
export type Sink = (bytes: string | Uint8Array) => void;

/** A file beside its place until it is whole. */
class PartFile {
  private readonly part: string;
  private descriptor: number | undefined;

  constructor(private readonly path: string) {
    this.part = `${path}.part`;
  }

  open(): Sink {
    const descriptor = openSync(this.part, 'w');
    this.descriptor = descriptor;
    return (bytes) => writeFileSync(descriptor, bytes);
  }

  /** Puts the file in its place. */
  keep(): void {
    this.close();
    renameSync(this.part, this.path);
  }

  /** Leaves nothing of it. @throws SemblanceError for what went wrong */
  drop(error: unknown): never {
    this.close();
    rmSync(this.part, { force: true });
    throw toSemblanceError(error, this.path);
  }

  private close(): void {
    const { descriptor } = this;
    this.descriptor = undefined;
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/**
 * Writes a file piece by piece beside its place and renames it, so that no half of a file is left.
 * @throws SemblanceError DISK_FULL, PATH_NOT_FOUND (the folder), PATH_NOT_READABLE
 */
export function writeWhole(path: string, write: (sink: Sink) => void): void {
  const file = new PartFile(path);
  try {
    write(file.open());
    file.keep();
  } catch (error) {
    file.drop(error);
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
  const file = new PartFile(path);
  try {
    await write(file.open());
    file.keep();
  } catch (error) {
    file.drop(error);
  }
}

/** Hands numbers on as their bytes, little-endian, by pieces: a buffer of Node is limited to 4 GiB. */
export function sinkFloats(sink: Sink, values: Float32Array): void {
  for (let at = 0; at < values.byteLength; at += CHUNK) {
    const length = Math.min(CHUNK, values.byteLength - at);
    sink(new Uint8Array(values.buffer, values.byteOffset + at, length));
  }
}
