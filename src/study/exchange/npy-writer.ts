import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { toSemblanceError } from '../../domain/errors/error.ts';
import { writeWhole } from '../../files/write-file.ts';
import { NPY_HEAD, npyHead, npyPathList } from './npy.ts';
import { pathListText } from './path-list.ts';

/** Writes a matrix of 32-bit floats as a file of numpy while its rows come; it gets its name when it is whole. */
export class NpyWriter {
  private readonly part: string;
  private readonly descriptor: number;
  private end = NPY_HEAD;

  /**
   * @param path of the file; until it is whole it is beside it
   * @throws SemblanceError DISK_FULL, PATH_NOT_FOUND, PATH_NOT_READABLE
   */
  constructor(private readonly path: string) {
    this.part = `${path}.part`;
    this.descriptor = this.use(() => openSync(this.part, existsSync(this.part) ? 'r+' : 'w+'));
  }

  /** Writes further rows. @throws SemblanceError DISK_FULL */
  append(values: Float32Array): void {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.use(() => {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.descriptor, bytes, done, bytes.length - done, this.end + done);
      }
    });
    this.end += bytes.length;
  }

  /** Goes on behind the next bytes of an earlier writer's file, if they are what they should be. */
  keep(length: number, isWhole: (bytes: Uint8Array) => boolean): boolean {
    const bytes = new Uint8Array(length);
    const read = this.use(() => readSync(this.descriptor, bytes, 0, length, this.end));
    if (read < length || !isWhole(bytes)) return false;
    this.end += length;
    return true;
  }

  /**
   * Writes the paths beside the matrix and gives it its name.
   * @throws SemblanceError DISK_FULL
   */
  finish(paths: readonly string[], dimension: number): void {
    writeWhole(npyPathList(this.path), (sink) => sink(pathListText(paths)));
    this.use(() => {
      ftruncateSync(this.descriptor, this.end);
      writeSync(this.descriptor, npyHead(paths.length, dimension), 0, NPY_HEAD, 0);
      closeSync(this.descriptor);
      renameSync(this.part, this.path);
    });
  }

  /** Ends the writing; what there is stays for the next writer. */
  close(): void {
    closeSync(this.descriptor);
  }

  private use<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw toSemblanceError(error, this.path);
    }
  }
}
