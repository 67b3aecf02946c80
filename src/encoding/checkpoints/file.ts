import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { SemblanceError, toSemblanceError } from '../../domain/errors/error.ts';
import type { ErrorCode } from '../../domain/errors/registry.ts';
import { foreignKind, HEAD } from '../../files/foreign-file.ts';

/** A file that is read by ranges, each checked against its size. */
export class RangeFile {
  readonly size: number;
  private readonly descriptor: number;

  /**
   * @param code of the error when a range does not lie in the file
   * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE
   */
  constructor(
    readonly path: string,
    private readonly code: ErrorCode = 'CHECKPOINT_INVALID',
  ) {
    try {
      this.descriptor = openSync(path, 'r');
      const stat = fstatSync(this.descriptor);
      if (stat.isDirectory()) {
        closeSync(this.descriptor);
        throw new SemblanceError(code, 'It is a folder.', { subject: path });
      }
      this.size = stat.size;
    } catch (error) {
      throw toSemblanceError(error, path);
    }
  }

  /**
   * Reads a range whole.
   * @throws SemblanceError of the file's code when it does not lie in the file
   */
  read(offset: number, length: number): Buffer {
    if (
      !Number.isSafeInteger(offset) ||
      !Number.isSafeInteger(length) ||
      offset < 0 ||
      length < 0
    ) {
      throw this.invalid('It names a place that no file has.');
    }
    if (offset + length > this.size) throw this.invalid('It ends before its data does.');
    const buffer = Buffer.alloc(length);
    for (let done = 0; done < length; ) {
      const count = readSync(this.descriptor, buffer, done, length - done, offset + done);
      if (count === 0) throw this.invalid('It ends before its data does.');
      done += count;
    }
    return buffer;
  }

  /**
   * Refuses a Git LFS pointer, and what begins like a file of another kind.
   * @param kinds `false`: a pointer only, because the reader knows its own kind
   * @throws SemblanceError of the file's code
   */
  refuseForeign(kinds = true): void {
    if (kinds && this.size === 0) throw this.invalid('It is empty.');
    const kind = foreignKind(this.read(0, Math.min(this.size, HEAD)), kinds);
    if (kind !== undefined) throw this.invalid(`It is ${kind}.`);
  }

  /** A tensor of a type whose values cannot be read. */
  unreadable(name: string, dtype: string): SemblanceError {
    return this.invalid(`Its tensor "${name}" is of the type ${dtype}, which cannot be read.`);
  }

  invalid(detail: string, cause?: unknown): SemblanceError {
    return new SemblanceError(this.code, detail, { subject: this.path, cause });
  }

  close(): void {
    closeSync(this.descriptor);
  }
}
