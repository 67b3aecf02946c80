import type { EmbeddingMatrix } from '../../domain/embedding-matrix.ts';
import { RangeFile } from '../../encoding/checkpoints/file.ts';
import { readLayout } from './npy.ts';
import { findPathList, readPathList } from './path-list.ts';

/** Bytes read at once for rows that lie near to each other: little for one row, enough for many. */
const PIECE = 2 ** 18;

/** Makes memory for so many numbers. */
type Room = (count: number) => Float32Array;
const plain: Room = (count) => new Float32Array(count);

/** Embeddings in a file, of which only those rows are in memory that are asked for. */
export class KeptEmbeddings {
  readonly dimension: number;
  private readonly file: RangeFile;
  private readonly offset: number;

  /**
   * Opens what `writeNpy` or `NpyBuilder` has written: 32-bit floats, row by row.
   * @throws SemblanceError EMBEDDINGS_INVALID, PATH_NOT_FOUND, PATH_NOT_READABLE
   */
  constructor(path: string) {
    this.file = new RangeFile(path, 'EMBEDDINGS_INVALID');
    try {
      const { rows, dimension, dtype, offset, columns, bigEndian } = readLayout(this.file);
      this.paths = readPathList(findPathList(path));
      if (dtype !== 'F32' || columns || bigEndian || rows !== this.paths.length) {
        throw this.file.invalid('It is not what was kept here.');
      }
      this.dimension = dimension;
      this.offset = offset;
    } catch (error) {
      this.file.close();
      throw error;
    }
  }

  /** Keys of the rows. */
  readonly paths: readonly string[];

  /** Some rows as a matrix of their own, in the order that is asked for. */
  take(rows: Int32Array, room: Room = plain): Float32Array {
    const { dimension } = this;
    const length = Math.max(1, Math.floor(PIECE / (4 * dimension)));
    const out = room(rows.length * dimension);
    let piece: Float32Array = new Float32Array(0);
    let first = -1;
    rows.forEach((row, i) => {
      const start = row - (row % length);
      if (start !== first) {
        piece = this.read(start, Math.min(length, this.paths.length - start));
        first = start;
      }
      const at = (row - start) * dimension;
      out.set(piece.subarray(at, at + dimension), i * dimension);
    });
    return out;
  }

  /** All rows in turn, by pieces of some of them. */
  *pieces(): Generator<{ start: number; values: Float32Array }> {
    const length = Math.max(1, Math.floor((16 * PIECE) / (4 * this.dimension)));
    for (let start = 0; start < this.paths.length; start += length) {
      yield { start, values: this.read(start, Math.min(length, this.paths.length - start)) };
    }
  }

  close(): void {
    this.file.close();
  }

  private read(row: number, count: number): Float32Array {
    const width = 4 * this.dimension;
    const { buffer, byteOffset, byteLength } = this.file.read(
      this.offset + row * width,
      count * width,
    );
    return new Float32Array(buffer, byteOffset, byteLength / 4);
  }
}

/** Embeddings in memory or in a file. */
export type Embeddings = EmbeddingMatrix | KeptEmbeddings;

/**
 * Rows of embeddings as a matrix of their own. Of a matrix in memory no copy is made when they follow each other,
 * so what is given must not be changed.
 * @param room makes the memory of a copy
 */
export function takeRows(
  embeddings: Embeddings,
  rows: Int32Array,
  room: Room = plain,
): Float32Array {
  if (embeddings instanceof KeptEmbeddings) return embeddings.take(rows, room);
  const { dimension, values } = embeddings;
  const first = rows[0] ?? 0;
  if (rows.every((row, i) => row === first + i)) {
    return values.subarray(first * dimension, (first + rows.length) * dimension);
  }
  const out = room(rows.length * dimension);
  rows.forEach((row, i) => {
    out.set(values.subarray(row * dimension, (row + 1) * dimension), i * dimension);
  });
  return out;
}
