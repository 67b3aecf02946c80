import type { EmbeddingMatrix } from '../../domain/embedding-matrix.ts';
import { SemblanceError } from '../../domain/errors/error.ts';

/** Longest embedding that is taken; the limit of encoder descriptions, too. */
export const MAX_DIMENSION = 65_536;

/** How a file is read. */
export interface ReadOptions {
  /** File that lists the paths of the rows, where the format has none of its own. */
  paths?: string;
  onProgress?: (done: number, total: number) => void;
}

/** Embeddings that were read, and those that cannot be used, each with its reason. */
export interface ReadEmbeddings {
  matrix: EmbeddingMatrix;
  excluded: SemblanceError[];
}

/**
 * Collects embeddings from one or more files. An embedding with a value that is no finite number, of
 * another length than the first one, or of a path that is there already is left out and listed.
 */
export class MatrixBuilder {
  private readonly paths: string[] = [];
  private readonly known = new Set<string>();
  private readonly excluded: SemblanceError[] = [];
  private values = new Float32Array(0);
  private dimension = 0;

  /**
   * Makes room for further rows, so that large files are not copied while they grow.
   * Callers bound `rows` by the size of the file that they read.
   */
  reserve(rows: number, dimension: number): void {
    if (this.dimension === 0) this.dimension = dimension;
    this.resize((this.paths.length + rows) * this.dimension);
  }

  /** Takes the embedding of a path, or lists why not. `file`: where it stands. */
  add(path: string, vector: ArrayLike<number>, file: string): void {
    if (this.dimension === 0) this.dimension = vector.length;
    if (this.known.has(path)) {
      this.excluded.push(
        new SemblanceError('EMBEDDING_REPEATED', `It is there again in ${file}.`, {
          subject: path,
        }),
      );
      return;
    }
    const fault = this.place(path, vector);
    if (fault !== undefined) {
      this.exclude(path, fault, file);
      return;
    }
    this.paths.push(path);
    this.known.add(path);
  }

  /** Puts a vector in the next row; returns why it may not stay there. */
  private place(path: string, vector: ArrayLike<number>): string | undefined {
    const { dimension } = this;
    if (path === '') return 'It has no path.';
    if (vector.length === 0) return 'It is empty.';
    if (vector.length !== dimension) {
      return `It has ${vector.length} values, the ones before it ${dimension}.`;
    }
    const at = this.paths.length * dimension;
    if (at + dimension > this.values.length) {
      this.resize(Math.max(2 * this.values.length, 1024 * dimension));
    }
    this.values.set(vector, at);
    for (let i = 0; i < dimension; i++) {
      // Looked at as stored: a double may be too large for 32 bits.
      if (!Number.isFinite(this.values[at + i])) return `Its value ${i} is ${vector[i]}.`;
    }
    return undefined;
  }

  /** Lists an entry that cannot be used. */
  exclude(path: string, reason: string, file: string): void {
    this.excluded.push(
      new SemblanceError('EMBEDDING_UNUSABLE', `${reason} (${file})`, { subject: path }),
    );
  }

  /**
   * The matrix. Nothing may be added after it.
   * @throws SemblanceError EMBEDDINGS_INVALID when there is no usable embedding
   */
  finish(subject: string): ReadEmbeddings {
    const { paths, dimension, excluded } = this;
    if (paths.length === 0) {
      const why = excluded[0] === undefined ? '' : ` The first: ${excluded[0].message}`;
      throw new SemblanceError('EMBEDDINGS_INVALID', `It has no usable embedding.${why}`, {
        subject,
      });
    }
    this.resize(paths.length * dimension);
    return { matrix: { paths, dimension, values: this.values }, excluded };
  }

  private resize(length: number): void {
    if (length === this.values.length) return;
    const kept = this.values.subarray(0, Math.min(length, this.paths.length * this.dimension));
    const grown = new Float32Array(length);
    grown.set(kept);
    this.values = grown;
  }
}
