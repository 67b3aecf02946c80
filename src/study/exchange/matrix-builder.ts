import type { EmbeddingMatrix } from '../../domain/embedding-matrix.ts';
import { listedError, SemblanceError } from '../../domain/errors/error.ts';

/** Longest embedding that is taken; the limit of encoder descriptions, too. */
export const MAX_DIMENSION = 65_536;

/** How a file is read. */
export interface ReadOptions {
  /** File that lists the paths of the rows, where the format has none of its own. */
  paths?: string;
  onProgress?: (done: number, total: number) => void;
  /** Ends the reading. */
  signal?: AbortSignal | undefined;
}

/** Embeddings that were read, and those that cannot be used, each with its reason. */
export interface ReadEmbeddings {
  matrix: EmbeddingMatrix;
  excluded: SemblanceError[];
}

/** Takes the embeddings of files one by one. */
export interface EmbeddingSink {
  /**
   * Makes room for further rows, so that large files are not copied while they grow.
   * Callers bound `rows` by the size of the file that they read.
   */
  reserve(rows: number, dimension: number): void;
  /**
   * How many entries at the beginning of the present file are to be passed over, because they were taken before;
   * a reader that asks passes them over unread.
   */
  pass(): number;
  /** Takes the embedding of a path, or lists why not. `file`: where it stands. */
  add(path: string, vector: ArrayLike<number>, file: string): void;
  /** Lists an entry that cannot be used. */
  exclude(path: string, reason: string, file: string): void;
}

/**
 * Decides which embeddings of one or more files are used. One with a value that is no finite number, of
 * another length than the first one, or of a path that is there already is left out and listed.
 */
export abstract class EmbeddingCollector implements EmbeddingSink {
  readonly excluded: SemblanceError[] = [];
  dimension = 0;

  reserve(_rows: number, dimension: number): void {
    if (this.dimension === 0) this.dimension = dimension;
  }

  pass(): number {
    return 0;
  }

  /** Embeddings that are used. */
  abstract get length(): number;
  protected abstract has(path: string): boolean;
  /** Where the numbers of the next row go. */
  protected abstract room(): Float32Array;
  /** Keeps what was put there. */
  protected abstract keep(path: string): void;

  add(path: string, vector: ArrayLike<number>, file: string): void {
    if (this.dimension === 0) this.dimension = vector.length;
    if (this.has(path)) {
      this.excluded.push(listedError('EMBEDDING_REPEATED', `It is there again in ${file}.`, path));
      return;
    }
    const fault = this.place(path, vector);
    if (fault !== undefined) this.exclude(path, fault, file);
    else this.keep(path);
  }

  /** Puts a vector in the next row; returns why it may not stay there. */
  private place(path: string, vector: ArrayLike<number>): string | undefined {
    const { dimension } = this;
    if (path === '') return 'It has no path.';
    if (vector.length === 0) return 'It is empty.';
    if (vector.length !== dimension) {
      return `It has ${vector.length} values, the ones before it ${dimension}.`;
    }
    const row = this.room();
    row.set(vector);
    for (let i = 0; i < dimension; i++) {
      // Looked at as stored: a double may be too large for 32 bits.
      if (!Number.isFinite(row[i])) return `Its value ${i} is ${vector[i]}.`;
    }
    return undefined;
  }

  exclude(path: string, reason: string, file: string): void {
    this.excluded.push(listedError('EMBEDDING_UNUSABLE', `${reason} (${file})`, path));
  }

  /** @throws SemblanceError EMBEDDINGS_INVALID when there is no usable embedding */
  protected requireSome(subject: string): void {
    if (this.length > 0) return;
    const [first] = this.excluded;
    const why = first === undefined ? '' : ` The first: ${first.message}`;
    throw new SemblanceError('EMBEDDINGS_INVALID', `It has no usable embedding.${why}`, {
      subject,
    });
  }
}

/** Collects embeddings from one or more files in memory. */
export class MatrixBuilder extends EmbeddingCollector {
  private readonly paths: string[] = [];
  private readonly known = new Set<string>();
  private values = new Float32Array(0);

  get length(): number {
    return this.paths.length;
  }

  override reserve(rows: number, dimension: number): void {
    super.reserve(rows, dimension);
    this.resize((this.paths.length + rows) * this.dimension);
  }

  protected has(path: string): boolean {
    return this.known.has(path);
  }

  protected room(): Float32Array {
    const { dimension } = this;
    const at = this.paths.length * dimension;
    if (at + dimension > this.values.length) {
      this.resize(Math.max(2 * this.values.length, 1024 * dimension));
    }
    return this.values.subarray(at, at + dimension);
  }

  protected keep(path: string): void {
    this.paths.push(path);
    this.known.add(path);
  }

  /**
   * The matrix. Nothing may be added after it.
   * @throws SemblanceError EMBEDDINGS_INVALID when there is no usable embedding
   */
  finish(subject: string): ReadEmbeddings {
    this.requireSome(subject);
    const { paths, dimension, excluded } = this;
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
