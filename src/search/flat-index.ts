import { GraphBuilder } from '../onnx/graph-builder.ts';
import { type RuntimeTensor, Session, toRuntimeTensor } from '../runtime/session.ts';
import type {
  Hit,
  NeighbourBlock,
  SearchHits,
  SearchOptions,
  VectorIndex,
} from './vector-index.ts';

/** Rows of one block: small enough that scores of a batch stay modest, large enough to keep cores busy. */
const BLOCK_ROWS = 65_536;
/** Queries of one run, which bounds the memory of the scores (block x batch x 4 bytes). */
const BATCH = 64;
/** Queries of a block of `searchMatrix`. */
const MATRIX_BLOCK = 256;
/** Candidates fetched beyond k, so that the exact rescoring can settle near-ties. */
const MARGIN = 16;

interface Block {
  ids: number[];
  vectors: Float32Array;
  tensor: RuntimeTensor;
}

function searchGraph(dimension: number): Uint8Array {
  const g = new GraphBuilder('exact_search');
  const queries = g.input('queries', 'float', ['q', dimension]);
  const rows = g.input('rows', 'float', ['n', dimension]);
  // 0 for rows that may be found, -infinity for the others: filters apply before ranking.
  const mask = g.input('mask', 'float', ['n']);
  const k = g.input('k', 'int64', [1]);
  const scores = g.node('Gemm', [queries, rows, mask], { transB: 1 });
  g.multi('TopK', [scores, k], ['values', 'indices'], { axis: 1, largest: 1, sorted: 1 });
  g.output('values', 'float', ['q', 'k']);
  g.output('indices', 'int64', ['q', 'k']);
  return g.build();
}

/** Scales to length 1; a vector of zeros stays, and is similar to nothing. */
function unit(vector: Float32Array): Float32Array {
  let sum = 0;
  for (const value of vector) sum += value * value;
  const scale = sum > 0 ? 1 / Math.sqrt(sum) : 0;
  return vector.map((value) => value * scale);
}

/**
 * Exact search in memory: cosine similarity as one matrix product a block and TopK, both run by
 * onnxruntime. The product's rounding depends on where a row lies in its block, so candidates are
 * rescored in double precision and fetched until no row left out could belong to the answer.
 */
export class FlatIndex implements VectorIndex {
  private readonly blocks: Block[] = [];
  private count = 0;
  private readonly roundingError: number;

  private constructor(
    readonly dimension: number,
    private readonly session: Session,
  ) {
    // |computed - exact| of a product of unit vectors in 32 bits (Higham 2002, section 3.1), and
    // as much again for the rounding of the unit vectors themselves.
    this.roundingError = 2 * (dimension + 2) * 2 ** -24;
  }

  /**
   * Builds an index.
   * @param embeddings ids ascending, vectors of `dimension` floats
   */
  static async build(
    dimension: number,
    embeddings: Iterable<readonly [id: number, vector: Float32Array]>,
    options: { threads?: number; blockRows?: number } = {},
  ): Promise<FlatIndex> {
    const index = new FlatIndex(dimension, await Session.load(searchGraph(dimension), options));
    const rows = options.blockRows ?? BLOCK_ROWS;
    let ids: number[] = [];
    let vectors = new Float32Array(0);
    const flush = () => {
      if (ids.length === 0) return;
      const data = vectors.slice(0, ids.length * dimension);
      const tensor = toRuntimeTensor({ dims: [ids.length, dimension], data });
      index.blocks.push({ ids, vectors: data, tensor });
      ids = [];
    };
    for (const [id, vector] of embeddings) {
      if (vector.length !== dimension) {
        throw new RangeError(
          `Embedding ${id} has ${vector.length} values instead of ${dimension}.`,
        );
      }
      if (vectors.length === 0) vectors = new Float32Array(rows * dimension);
      vectors.set(unit(vector), ids.length * dimension);
      ids.push(id);
      index.count += 1;
      if (ids.length === rows) flush();
    }
    flush();
    return index;
  }

  get size(): number {
    return this.count;
  }

  async search(
    queries: readonly Float32Array[],
    k: number,
    options: SearchOptions = {},
  ): Promise<SearchHits> {
    const masks = this.blocks.map((block) => maskOf(block, options));
    const available = masks.reduce((sum, mask) => sum + mask.available, 0);
    const results: Hit[][] = [];
    for (let at = 0; at < queries.length; at += BATCH) {
      const batch = queries.slice(at, at + BATCH).map(unit);
      results.push(...(await this.searchBatch(batch, Math.min(k, available), masks, available)));
    }
    return { candidates: available, neighbours: results };
  }

  /**
   * Builds an index from one matrix, without an object for each row.
   * @param values rows x `dimension` floats, row-major; must not change while the index is in use
   * @param options `ids`: ascending, one a row; by default the row numbers 0, 1, 2, ...
   */
  static async fromMatrix(
    dimension: number,
    values: Float32Array,
    options: { ids?: Int32Array; threads?: number } = {},
  ): Promise<FlatIndex> {
    const { ids } = options;
    function* rows(): Generator<[number, Float32Array]> {
      for (let row = 0; row * dimension < values.length; row++) {
        const vector = values.subarray(row * dimension, (row + 1) * dimension);
        yield [ids === undefined ? row : (ids[row] as number), vector];
      }
    }
    return FlatIndex.build(dimension, rows(), options);
  }

  /**
   * Searches with every row of a matrix, block by block, in the rows' order.
   * @param queries rows x `dimension` floats, row-major
   * @param k neighbours of each
   */
  async *searchMatrix(
    queries: Float32Array,
    k: number,
    options: SearchOptions = {},
  ): AsyncGenerator<NeighbourBlock> {
    const rows = queries.length / this.dimension;
    for (let start = 0; start < rows; start += MATRIX_BLOCK) {
      const count = Math.min(MATRIX_BLOCK, rows - start);
      const block = Array.from({ length: count }, (_, i) =>
        queries.subarray((start + i) * this.dimension, (start + i + 1) * this.dimension),
      );
      const { neighbours } = await this.search(block, k, options);
      const hits = neighbours.flat();
      yield {
        start,
        count,
        k: hits.length / count,
        ids: Int32Array.from(hits, ({ id }) => id),
        similarities: Float32Array.from(hits, ({ similarity }) => similarity),
      };
    }
  }

  /** Frees the graph. */
  async release(): Promise<void> {
    await this.session.release();
  }

  private async searchBatch(
    queries: readonly Float32Array[],
    k: number,
    masks: readonly Mask[],
    available: number,
  ): Promise<Hit[][]> {
    if (k === 0) return queries.map(() => []);
    const data = new Float32Array(queries.length * this.dimension);
    queries.forEach((query, i) => {
      data.set(query, i * this.dimension);
    });
    const tensor = toRuntimeTensor({ dims: [queries.length, this.dimension], data });
    for (let fetch = k + MARGIN; ; fetch *= 2) {
      const found = queries.map(() => ({ hits: [] as Hit[], leftOut: Number.NEGATIVE_INFINITY }));
      for (const [b, block] of this.blocks.entries()) {
        const mask = masks[b] as Mask;
        if (mask.available === 0) continue;
        const take = Math.min(fetch, mask.available);
        const { values, indices } = await this.session.run({
          queries: tensor,
          rows: block.tensor,
          mask: mask.tensor,
          k: { dims: [1], data: BigInt64Array.of(BigInt(take)) },
        });
        found.forEach((entry, q) => {
          for (let i = 0; i < take; i++) {
            const row = Number((indices?.data as BigInt64Array)[q * take + i]);
            const similarity = this.exact(queries[q] as Float32Array, block.vectors, row);
            entry.hits.push({ id: block.ids[row] as number, similarity });
          }
          if (take < mask.available) {
            const last = (values?.data as Float32Array)[(q + 1) * take - 1] as number;
            entry.leftOut = Math.max(entry.leftOut, last);
          }
        });
      }
      const settled = found.every(({ hits, leftOut }) => {
        hits.sort((a, b) => b.similarity - a.similarity || a.id - b.id);
        // A row left out scores at most `leftOut` as computed, hence this much exactly.
        return (hits[k - 1] as Hit).similarity > leftOut + this.roundingError;
      });
      if (settled || fetch >= available) return found.map(({ hits }) => hits.slice(0, k));
    }
  }

  private exact(query: Float32Array, vectors: Float32Array, row: number): number {
    let sum = 0;
    const offset = row * this.dimension;
    for (let i = 0; i < this.dimension; i++) {
      sum += (query[i] as number) * (vectors[offset + i] as number);
    }
    return Math.min(1, Math.max(-1, sum));
  }
}

interface Mask {
  tensor: RuntimeTensor;
  /** Rows of the block that may be found. */
  available: number;
}

function maskOf({ ids }: Block, { allowed, excluded }: SearchOptions): Mask {
  const data = new Float32Array(ids.length);
  let available = 0;
  ids.forEach((id, row) => {
    if ((allowed === undefined || allowed.has(id)) && !excluded?.has(id)) available += 1;
    else data[row] = Number.NEGATIVE_INFINITY;
  });
  return { tensor: toRuntimeTensor({ dims: [ids.length], data }), available };
}
