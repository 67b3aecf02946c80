import type { RowMatrix } from './memory/row-matrix.ts';

/** An encoder whose embeddings are searched. */
export interface IndexedEncoder {
  /** Its number in the source. */
  id: number;
  name: string;
  fingerprint: string;
  /** Length of an embedding. */
  dimension: number;
  /** How many images have an embedding of it. */
  embeddings: number;
}

/** Where an index gets its embeddings from: one state of a collection. */
export interface EmbeddingSource {
  /** The file that holds them; what is kept of an index lies beside it. */
  readonly file: string;
  /** A random name of this state of an encoder's embeddings; undefined where none was given. */
  stateName(encoderId: number): string | undefined;
  /** Rises with every change of an encoder's embeddings. */
  generation(encoderId: number): number;
  /** A random name that copies of the source keep; undefined until `makeIdentity` was called. */
  identity(): string | undefined;
  readonly embeddings: {
    /** All embeddings of an encoder, in the order of the images' numbers. */
    each(encoderId: number): Iterable<[imageId: number, vector: Float32Array]>;
    /**
     * Reads all of them into the rows of a matrix that has as many, quicker than one by one.
     * @param matrix in memory that threads share
     * @returns whether they are there; where they are not, `each` reads them, or tells what is wrong
     */
    readInto(encoderId: number, matrix: RowMatrix): Promise<boolean>;
    /** Numbers of the images that have an embedding of an encoder, ascending. */
    imageIds(encoderId: number): Int32Array;
    /** How many there are of an encoder. */
    count(encoderId: number): number;
    get(encoderId: number, imageId: number): Float32Array | undefined;
    /**
     * Numbers of the images, ascending, whose embeddings are others than in an earlier state: written, written over
     * or removed since.
     * @param before the earlier state, with the largest number of an image that had an embedding in it
     * @returns undefined where it is not known to be an earlier one, or more than `most` have changed
     */
    changedSince(
      encoderId: number,
      before: SourceState & { last: number },
      most: number,
    ): number[] | undefined;
    /** What tells an image's embedding from others, for `areChanged`. */
    digest(imageId: number, vector: Float32Array): number;
    /**
     * Whether the embeddings are those of an earlier state with some changed: what was lost or altered, or changed
     * without a note, shows.
     */
    areChanged(encoderId: number, before: SourceState, changes: Iterable<DigestChange>): boolean;
  };
}

/** A state of an encoder's embeddings. */
export interface SourceState {
  generation: number;
  /** Its random name. */
  state: string;
}

/** The digest of an embedding that changed, and that of the one in its place; undefined where there is none. */
export type DigestChange = [before: number | undefined, now: number | undefined];

/** What embeddings are moved to an engine from, and back to. */
export interface MovableSource extends EmbeddingSource {
  makeIdentity(): string;
  readonly images: {
    /** What tells an image's content from others; undefined for an image that does not exist. */
    contentHash(id: number): string | undefined;
  };
  readonly embeddings: EmbeddingSource['embeddings'] & {
    write(encoderId: number, rows: readonly (readonly [number, Float32Array])[]): void;
  };
}
