import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { SemblanceError, toSemblanceError } from '../errors/error.ts';
import type { ErrorCode } from '../errors/registry.ts';

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
      this.size = fstatSync(this.descriptor).size;
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

  invalid(detail: string, cause?: unknown): SemblanceError {
    return new SemblanceError(this.code, detail, { subject: this.path, cause });
  }

  close(): void {
    closeSync(this.descriptor);
  }
}
