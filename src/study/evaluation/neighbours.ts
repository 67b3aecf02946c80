import type { EmbeddingMatrix } from '../../domain/embedding-matrix.ts';
import { FlatIndex } from '../../index/memory/flat-index.ts';

/** Neighbours of many queries in flat arrays: 130,000 queries with 100 neighbours take 104 MB. */
export interface NeighbourTable {
  queries: number;
  /** Neighbours of each query: the wanted number, or the whole index when it is smaller. */
  k: number;
  /** queries x k positions in the index, nearest first. */
  rows: Int32Array;
  /** queries x k cosine similarities; null when the table came without them. */
  similarities: Float32Array | null;
}

/** Called with the comparisons made, and all that are to be made. */
export type SearchProgress = (done: number, total: number) => void;

/** The rows of a matrix as a matrix of their own; no copy is made when they follow each other. */
function gather({ dimension, values }: EmbeddingMatrix, rows: Int32Array): Float32Array {
  const first = rows[0] ?? 0;
  if (rows.every((row, i) => row === first + i)) {
    return values.subarray(first * dimension, (first + rows.length) * dimension);
  }
  const out = new Float32Array(rows.length * dimension);
  rows.forEach((row, i) => {
    out.set(values.subarray(row * dimension, (row + 1) * dimension), i * dimension);
  });
  return out;
}

/**
 * The k nearest index rows of each query by cosine similarity, exactly. Queries are searched block by
 * block, so the memory beyond the embeddings is that of the index, the queries and the table.
 * @param index rows of the matrix to search in; a neighbour is a position in this list
 * @param queries rows of the matrix to search with
 */
export async function findNeighbours(
  embeddings: EmbeddingMatrix,
  index: Int32Array,
  queries: Int32Array,
  k: number,
  options: { threads?: number; progress?: SearchProgress } = {},
): Promise<NeighbourTable> {
  const { threads, progress } = options;
  const { dimension } = embeddings;
  const width = Math.min(k, index.length);
  const rows = new Int32Array(queries.length * width);
  const similarities = new Float32Array(queries.length * width);
  const flat = await FlatIndex.fromMatrix(dimension, gather(embeddings, index), {
    ...(threads === undefined ? {} : { threads }),
  });
  try {
    for await (const block of flat.searchMatrix(gather(embeddings, queries), width)) {
      rows.set(block.ids, block.start * width);
      similarities.set(block.similarities, block.start * width);
      progress?.((block.start + block.count) * index.length, index.length * queries.length);
    }
  } finally {
    await flat.release();
  }
  return { queries: queries.length, k: width, rows, similarities };
}
