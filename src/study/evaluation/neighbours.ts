import { FlatIndex } from '../../index/memory/flat-index.ts';
import { roomFor } from '../../index/memory/row-matrix.ts';
import { type Embeddings, takeRows } from '../exchange/kept-embeddings.ts';

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

/** Called with the queries searched, and all that are to be searched. */
export type SearchProgress = (done: number, total: number) => void;

/** Neighbours of some queries, kept while the others are searched. */
export interface FoundBlocks {
  /**
   * What an earlier search has kept of a block; undefined when there is nothing that can be trusted.
   * @param block its first query, and the one behind its last
   */
  read(block: string, cells: number): Pick<NeighbourTable, 'rows' | 'similarities'> | undefined;
  keep(block: string, found: { rows: Int32Array; similarities: Float32Array }): void;
}

/** Queries that are searched, and kept, together, at the most and at the least. */
const BLOCK = { most: 4096, least: 256 };
/** So many blocks are a whole search, where it is neither small nor large: what a killed one searches again is less. */
const BLOCKS = 32;

/** Queries of a block: a multiple of those that an index searches at a time. */
function blockOf(queries: number): number {
  const { most, least } = BLOCK;
  return Math.min(most, least * Math.ceil(queries / (BLOCKS * least)));
}

/**
 * The k nearest index rows of each query by cosine similarity, exactly. Queries are searched block by block, so
 * the memory is that of the index, of a block of queries and of the table.
 * @param index rows of the matrix to search in; a neighbour is a position in this list
 * @param queries rows of the matrix to search with
 * @param options `blocks`: keeps what is found, so that a killed search goes on behind its last block
 */
export async function findNeighbours(
  embeddings: Embeddings,
  index: Int32Array,
  queries: Int32Array,
  k: number,
  options: { threads?: number; progress?: SearchProgress; blocks?: FoundBlocks } = {},
): Promise<NeighbourTable> {
  const { threads, progress, blocks } = options;
  const width = Math.min(k, index.length);
  const rows = new Int32Array(queries.length * width);
  const similarities = new Float32Array(queries.length * width);
  let flat: FlatIndex | undefined;
  const searchable = () =>
    FlatIndex.fromMatrix(
      embeddings.dimension,
      takeRows(embeddings, index, roomFor),
      threads === undefined ? {} : { threads },
    );
  const size = blockOf(queries.length);
  // What was found before is no part of the rate: that it is there is told with the first that is searched.
  let told = false;
  try {
    for (let start = 0; start < queries.length; start += size) {
      const asked = queries.subarray(start, start + size);
      const [from, to] = [start * width, (start + asked.length) * width];
      const block = `${start}-${start + asked.length}`;
      const known = blocks?.read(block, to - from);
      if (known !== undefined && known.similarities !== null) {
        rows.set(known.rows, from);
        similarities.set(known.similarities, from);
        if (told) progress?.(start + asked.length, queries.length);
        continue;
      }
      if (!told) progress?.(start, queries.length);
      told = true;
      flat ??= await searchable();
      for await (const found of flat.searchMatrix(takeRows(embeddings, asked), width)) {
        rows.set(found.ids, from + found.start * width);
        similarities.set(found.similarities, from + found.start * width);
        progress?.(start + found.start + found.count, queries.length);
      }
      const found = {
        rows: rows.subarray(from, to),
        similarities: similarities.subarray(from, to),
      };
      blocks?.keep(block, found);
    }
  } finally {
    await flat?.release();
  }
  return { queries: queries.length, k: width, rows, similarities };
}
