import type { EmbeddingMatrix } from '../exchange/embedding-matrix.ts';
import { FlatIndex } from '../search/flat-index.ts';

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

/** Index rows that are searched at a time; 512 floats each make 512 MiB. */
const PIECE_ROWS = 262_144;

/** Copies rows of a matrix to a matrix of their own. */
function gather(
  { dimension, values }: EmbeddingMatrix,
  rows: Int32Array,
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(rows.length * dimension);
  rows.forEach((row, i) => {
    out.set(values.subarray(row * dimension, (row + 1) * dimension), i * dimension);
  });
  return out;
}

/**
 * The k nearest index rows of each query by cosine similarity, exactly. The index is searched in
 * pieces whose results are merged, so the memory beyond the embeddings is that of one piece, the
 * queries and the table, whatever the size of the index.
 * @param index rows of the matrix to search in; a neighbour is a position in this list
 * @param queries rows of the matrix to search with
 */
export async function findNeighbours(
  embeddings: EmbeddingMatrix,
  index: Int32Array,
  queries: Int32Array,
  k: number,
  options: { pieceRows?: number; threads?: number; progress?: SearchProgress } = {},
): Promise<NeighbourTable> {
  const { pieceRows = PIECE_ROWS, threads, progress } = options;
  const { dimension } = embeddings;
  const width = Math.min(k, index.length);
  const merge = new Merge(queries.length, width);
  const asked = gather(embeddings, queries);
  for (let first = 0; first < index.length; first += pieceRows) {
    const rows = index.subarray(first, first + pieceRows);
    const piece = await FlatIndex.fromMatrix(dimension, gather(embeddings, rows), {
      ...(threads === undefined ? {} : { threads }),
    });
    try {
      for await (const block of piece.searchMatrix(asked, width)) {
        for (let i = 0; i < block.count; i++) {
          merge.add(block.start + i, first, block.ids, block.similarities, i * block.k, block.k);
        }
        progress?.(
          first * queries.length + (block.start + block.count) * rows.length,
          index.length * queries.length,
        );
      }
    } finally {
      await piece.release();
    }
  }
  return { queries: queries.length, k: width, rows: merge.rows, similarities: merge.similarities };
}

/** Best neighbours so far of each query; pieces come in the order of the index. */
class Merge {
  readonly rows: Int32Array;
  readonly similarities: Float32Array;
  private readonly filled: Int32Array;
  private readonly oldRows: Int32Array;
  private readonly oldSimilarities: Float32Array;

  constructor(
    queries: number,
    private readonly k: number,
  ) {
    this.rows = new Int32Array(queries * k);
    this.similarities = new Float32Array(queries * k);
    this.filled = new Int32Array(queries);
    this.oldRows = new Int32Array(k);
    this.oldSimilarities = new Float32Array(k);
  }

  /** Merges `count` found rows, best first; of equal similarities the earlier row stays first. */
  add(
    query: number,
    offset: number,
    ids: Int32Array,
    similarities: Float32Array,
    start: number,
    count: number,
  ): void {
    const at = query * this.k;
    const before = this.filled[query] as number;
    this.oldRows.set(this.rows.subarray(at, at + before));
    this.oldSimilarities.set(this.similarities.subarray(at, at + before));
    const total = Math.min(this.k, before + count);
    for (let i = 0, o = 0, n = 0; i < total; i++) {
      const old = o < before ? (this.oldSimilarities[o] as number) : Number.NEGATIVE_INFINITY;
      const found = n < count ? (similarities[start + n] as number) : Number.NEGATIVE_INFINITY;
      const keep = old >= found;
      this.rows[at + i] = keep ? (this.oldRows[o] as number) : offset + (ids[start + n] as number);
      this.similarities[at + i] = keep ? old : found;
      if (keep) o += 1;
      else n += 1;
    }
    this.filled[query] = total;
  }
}
