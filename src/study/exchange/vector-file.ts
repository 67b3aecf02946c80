import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { toSemblanceError } from '../../domain/errors/error.ts';
import { KeyIndex } from '../../tables/key-index.ts';
import { RecordList } from '../../tables/record-list.ts';
import { EmbeddingCollector } from './matrix-builder.ts';
import { pathKey } from './select.ts';

/** Bytes that are written at once. */
const BLOCK = 2 ** 22;

/**
 * Collects embeddings in a file of its own, to be read in any order: in memory are some hundred bytes of each path.
 * The file has no name any more once it is open, so that it goes with the process, whatever ends it.
 */
export class VectorFile extends EmbeddingCollector {
  private readonly descriptor: number;
  private readonly keys = new KeyIndex();
  private readonly paths = new RecordList<string>();
  /** Rows that are not written yet. */
  private block = new Float32Array(0);
  private written = 0;

  /**
   * @param folder on a disk with room for all numbers
   * @throws SemblanceError DISK_FULL, PATH_NOT_READABLE
   */
  constructor(private readonly folder: string) {
    super();
    const path = join(folder, `.embeddings-${randomUUID()}.part`);
    try {
      this.descriptor = openSync(path, 'wx+', 0o600);
      rmSync(path);
    } catch (error) {
      throw toSemblanceError(error, path);
    }
  }

  get length(): number {
    return this.paths.length;
  }

  protected has(path: string): boolean {
    return this.keys.get(pathKey(path)) !== undefined;
  }

  protected room(): Float32Array {
    const { dimension } = this;
    const rows = Math.max(1, Math.floor(BLOCK / (4 * dimension)));
    if (this.block.length === 0) this.block = new Float32Array(rows * dimension);
    if (this.length - this.written === rows) this.flush();
    const at = (this.length - this.written) * dimension;
    return this.block.subarray(at, at + dimension);
  }

  protected keep(path: string): void {
    this.keys.add(pathKey(path));
    this.paths.push(path);
  }

  private flush(): void {
    const rows = this.length - this.written;
    const bytes = Buffer.from(this.block.buffer, 0, 4 * rows * this.dimension);
    const at = 4 * this.written * this.dimension;
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.descriptor, bytes, done, bytes.length - done, at + done);
      }
    } catch (error) {
      throw toSemblanceError(error, this.folder);
    }
    this.written = this.length;
  }

  /** @throws SemblanceError EMBEDDINGS_INVALID when there is no usable embedding */
  finish(subject: string): this {
    this.requireSome(subject);
    return this;
  }

  /** Row of a path, in any of its spellings; -1 without one. */
  rowOf(path: string): number {
    return this.keys.get(pathKey(path)) ?? -1;
  }

  /** Path of a row as its file spells it. */
  pathOf(row: number): string {
    return this.paths.at(row);
  }

  /** The embedding in a row. */
  vector(row: number): Float32Array {
    const { dimension } = this;
    const vector = new Float32Array(dimension);
    if (row >= this.written) {
      const at = (row - this.written) * dimension;
      vector.set(this.block.subarray(at, at + dimension));
      return vector;
    }
    const bytes = Buffer.from(vector.buffer);
    try {
      for (let done = 0; done < bytes.length; ) {
        const at = row * bytes.length + done;
        const count = readSync(this.descriptor, bytes, done, bytes.length - done, at);
        if (count === 0) throw new Error('It ends early.');
        done += count;
      }
    } catch (error) {
      throw toSemblanceError(error, this.folder);
    }
    return vector;
  }

  close(): void {
    closeSync(this.descriptor);
  }
}
