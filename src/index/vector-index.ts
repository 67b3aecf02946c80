import type { IdSet } from '../domain/id-bitmap.ts';

/** A neighbour: the row's id and the cosine similarity. */
export interface Hit {
  id: number;
  similarity: number;
}

/** Finds the nearest embeddings. The embedded index is exact; an engine may stand behind it. */
export interface VectorIndex {
  readonly size: number;
  readonly dimension: number;
  /**
   * The `k` most similar embeddings of each query, best first, equal similarities by id.
   * @param queries each `dimension` floats, of any length other than 0
   * @throws the signal's reason
   */
  search(queries: readonly Float32Array[], k: number, options?: SearchOptions): Promise<SearchHits>;
  /** Frees what the index holds outside the heap. */
  release(): Promise<void>;
}

/** Neighbours of each query, and how many embeddings were compared. */
export interface SearchHits {
  candidates: number;
  neighbours: Hit[][];
}

export interface SearchOptions {
  /** When given, only these ids may be found. A set must not change after it was handed over. */
  allowed?: IdSet | undefined;
  /** Ids that may not be found. */
  excluded?: ReadonlySet<number> | undefined;
  /** Ends the search. */
  signal?: AbortSignal | undefined;
}

/** Neighbours of consecutive queries of a matrix, as flat arrays for large callers. */
export interface NeighbourBlock {
  /** Row of the block's first query in the matrix. */
  start: number;
  /** Queries in the block. */
  count: number;
  /** Neighbours of each query: the wanted k, or all rows that may be found when they are fewer. */
  k: number;
  /** count x k ids, best first; the neighbours of query `start + i` begin at `i * k`. */
  ids: Int32Array;
  /** count x k cosine similarities, in the same order. */
  similarities: Float32Array;
}
