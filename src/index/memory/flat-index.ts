import { availableParallelism } from 'node:os';
import { Slices } from '../../runtime/slices.ts';
import { untilAborted } from '../../runtime/until-aborted.ts';
import { tellWaiting } from '../../runtime/waiting.ts';
import type { EmbeddingSource, IndexedEncoder } from '../embedding-source.ts';
import type { NeighbourBlock, SearchHits, SearchOptions, VectorIndex } from '../vector-index.ts';
import {
  type CandidateScan,
  type Candidates,
  type RankedRows,
  rankAll,
  rankCandidates,
  rowsToRank,
} from './candidates.ts';
import { CodeScan } from './codes/code-scan.ts';
import { BATCH } from './codes/coded-rows.ts';
import { GemmScan } from './gemm-scan.ts';
import { type IndexKey, type KeptIndex, readIndexFile, writeIndexFile } from './index-file.ts';
import { type IndexOptions, makeScan } from './make-scan.ts';
import {
  CODES_FROM,
  emptyMatrix,
  RowCollector,
  type RowMatrix,
  rowMatrix,
  unitQueries,
} from './row-matrix.ts';
import { type LayerOptions, type RowSelection, RowSelector } from './row-selection.ts';

/** Products of a query and a row that are computed right away, without looking for candidates. */
const DIRECT = 2048;

/** So many queries are answered without waiting for codes. */
const FEW_QUERIES = 4;

/** So many excluded rows are searched for with the others. */
const FEW_EXCLUDED = 64;
const NOTHING: ReadonlySet<number> = new Set();
/** What is told of while an index is built. */
const READ = 'embeddings read';

/**
 * Exact search in memory by cosine similarity. A scan finds candidates with bounds of their similarity
 * and leaves out only what cannot belong to the answer; the candidates' similarities are then computed in
 * double precision. How the bounds are made is the scan's matter: `CodeScan` or `GemmScan`.
 */
export class FlatIndex implements VectorIndex {
  private readonly selector: RowSelector;
  private readonly running = new Set<Promise<unknown>>();

  /** Settled when it answers as quickly as it can; rejected when it was released before. */
  ready: Promise<void> = Promise.resolve();
  private readonly end = new AbortController();

  private constructor(
    readonly matrix: RowMatrix,
    private candidates: CandidateScan | undefined,
  ) {
    this.selector = new RowSelector(matrix);
  }

  /**
   * Builds the index of an encoder's embeddings, of which many are read by several threads.
   * @throws what `build` and the embeddings throw
   */
  static async read(
    embeddings: EmbeddingSource['embeddings'],
    { id, dimension }: IndexedEncoder,
    answering: boolean,
  ): Promise<FlatIndex> {
    const matrix = await readMatrix(embeddings, id, dimension);
    return answering ? FlatIndex.answering(matrix) : FlatIndex.over(matrix);
  }

  /**
   * Builds an index.
   * @param embeddings ids ascending, vectors of `dimension` floats
   * @param options `expected`: embeddings to come, so that memory is taken once
   * @throws RangeError for another length, ids that do not ascend, or values that are not finite
   */
  static async build(
    dimension: number,
    embeddings: Embeddings,
    options: IndexOptions & { expected?: number } = {},
  ): Promise<FlatIndex> {
    return FlatIndex.over(await collected(dimension, embeddings, options.expected), options);
  }

  /**
   * Builds an index from one matrix, without an object for each row and without a copy of it.
   * @param values rows x `dimension` floats, row-major; must not change while the index is in use
   * @param options `ids`: ascending, one a row; by default the row numbers 0, 1, 2, ...
   * @throws RangeError as `build`
   */
  static async fromMatrix(
    dimension: number,
    values: Float32Array,
    options: IndexOptions & { ids?: Int32Array } = {},
  ): Promise<FlatIndex> {
    return FlatIndex.over(rowMatrix(dimension, values, options.ids), options);
  }

  /**
   * Reads an index that `save` has kept.
   * @param accepts whether one of these embeddings is wanted
   * @returns undefined when there is none that is wanted, or the file is damaged
   */
  static async load(
    path: string,
    accepts: (kept: KeptIndex) => boolean,
    options: { threads?: number } = {},
  ): Promise<{ index: FlatIndex; kept: KeptIndex } | undefined> {
    const threads = options.threads ?? availableParallelism();
    const found = await readIndexFile(path, accepts, threads);
    if (found === undefined) return undefined;
    const { matrix, scan, kept } = found;
    const index = new FlatIndex(matrix, scan ?? (await GemmScan.create(matrix, options)));
    return { index, kept };
  }

  /**
   * Keeps the index in a file, whole or not at all.
   * @throws Error of the file system
   */
  async save(path: string, key: IndexKey): Promise<void> {
    await this.ready;
    const codes = this.candidates instanceof CodeScan ? this.candidates : undefined;
    await this.use(() => writeIndexFile(path, key, this.matrix, codes));
  }

  /** Whether it is large enough that reading it back is much faster than building it. */
  get worthKeeping(): boolean {
    return this.matrix.values.length >= CODES_FROM;
  }

  /** An index over a matrix, which is not copied. */
  static async over(matrix: RowMatrix, options: IndexOptions = {}): Promise<FlatIndex> {
    return new FlatIndex(matrix, await makeScan(matrix, options));
  }

  /** An index that answers at once, while what makes its answers quick is made; see `ready`. */
  static answering(matrix: RowMatrix, options: IndexOptions = {}): FlatIndex {
    const index = new FlatIndex(matrix, undefined);
    index.ready = makeScan(matrix, options, index.end.signal).then((scan) => {
      index.candidates = scan;
    });
    index.ready.catch(() => undefined);
    return index;
  }

  get size(): number {
    return this.matrix.rows;
  }

  get dimension(): number {
    return this.matrix.dimension;
  }

  search(
    queries: readonly Float32Array[],
    k: number,
    options: LayerOptions = {},
  ): Promise<SearchHits> {
    return this.use(() => this.find(queries, k, options));
  }

  private async find(
    queries: readonly Float32Array[],
    k: number,
    options: LayerOptions,
  ): Promise<SearchHits> {
    const { excluded, ...others } = options;
    // Leaving few out afterwards spares a mask of all rows.
    const after = excluded !== undefined && excluded.size <= FEW_EXCLUDED ? excluded : NOTHING;
    const selection = await this.selector.select(after === NOTHING ? options : others);
    const dropped = this.selector.countOf(selection, after);
    const available = selection.available - dropped;
    const found = Math.min(k, available);
    const wanted = found === 0 ? 0 : found + dropped;
    const neighbours: SearchHits['neighbours'] = [];
    for await (const rankings of this.ranked(batches(queries), wanted, selection, options.signal)) {
      for (const { rows, similarities } of rankings) {
        const hits: SearchHits['neighbours'][number] = [];
        for (let i = 0; i < rows.length && hits.length < found; i++) {
          const id = this.matrix.ids[rows[i] as number] as number;
          if (!after.has(id)) hits.push({ id, similarity: similarities[i] as number });
        }
        neighbours.push(hits);
      }
    }
    return { candidates: available, neighbours };
  }

  /**
   * Searches with every row of a matrix, block by block, in the rows' order. While the caller works on
   * a block, the next one is scanned.
   * @param queries rows x `dimension` floats, row-major
   * @param k neighbours of each
   */
  async *searchMatrix(
    queries: Float32Array,
    k: number,
    options: SearchOptions = {},
  ): AsyncGenerator<NeighbourBlock> {
    const selection = await this.selector.select(options);
    const rows = Array.from({ length: queries.length / this.dimension }, (_, i) =>
      queries.subarray(i * this.dimension, (i + 1) * this.dimension),
    );
    let start = 0;
    for await (const rankings of this.ranked(batches(rows), k, selection, options.signal)) {
      const found = Math.min(k, selection.available);
      const block: NeighbourBlock = {
        start,
        count: rankings.length,
        k: found,
        ids: new Int32Array(rankings.length * found),
        similarities: new Float32Array(rankings.length * found),
      };
      const { ids } = this.matrix;
      for (const [q, { rows, similarities }] of rankings.entries()) {
        for (let i = 0; i < found; i++) block.ids[q * found + i] = ids[rows[i] as number] as number;
        block.similarities.set(similarities, q * found);
      }
      yield block;
      start += rankings.length;
    }
  }

  /** Frees threads and graphs, when the searches under way have ended. */
  async release(): Promise<void> {
    this.end.abort();
    while (this.running.size > 0) await Promise.allSettled(this.running);
    await this.ready.catch(() => undefined);
    await this.matrix.arriving?.stop();
    await this.candidates?.release();
  }

  private async use<T>(work: () => Promise<T>): Promise<T> {
    const running = work();
    this.running.add(running);
    try {
      return await running;
    } finally {
      this.running.delete(running);
    }
  }

  /** Rankings of batches of queries; the next batch is scanned while the last one is ranked. */
  private async *ranked(
    queries: Iterable<readonly Float32Array[]>,
    wanted: number,
    selection: RowSelection,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<RankedRows[]> {
    const k = Math.min(wanted, selection.available);
    let ahead: (() => Promise<RankedRows[]>) | undefined;
    for (const batch of queries) {
      signal?.throwIfAborted();
      const next = this.rankBatch(unitQueries(batch), k, selection, signal);
      if (ahead !== undefined) yield await ahead();
      ahead = next;
    }
    if (ahead !== undefined) yield await ahead();
  }

  /** Begins the scan of a batch; the function that it gives waits for it and ranks what it found. */
  private rankBatch(
    units: Float64Array,
    k: number,
    selection: RowSelection,
    signal: AbortSignal | undefined,
  ): () => Promise<RankedRows[]> {
    const { arriving } = this.matrix;
    const queries = Array.from({ length: units.length / this.dimension }, (_, q) =>
      units.subarray(q * this.dimension, (q + 1) * this.dimension),
    );
    const direct = async (query: Float64Array) => {
      await (selection.rows === undefined ? arriving?.whole() : arriving?.need(selection.rows));
      return rankAll(this.matrix, query, selection, k, signal);
    };
    const ranked = async (query: Float64Array, candidates: Candidates | RankedRows | undefined) => {
      if (candidates === undefined) return direct(query);
      if ('similarities' in candidates) return candidates;
      await arriving?.need(rowsToRank(candidates, k));
      return rankCandidates(this.matrix, query, candidates, k);
    };
    if (k === 0) {
      const none = { rows: new Int32Array(0), similarities: new Float64Array(0) };
      return async () => queries.map(() => none);
    }
    if (selection.available * queries.length <= DIRECT || 4 * k >= selection.available) {
      return () => this.use(() => Promise.all(queries.map(direct)));
    }
    const scan = this.use(async () => {
      // Few are answered by all rows before their codes are there; many are quicker with them.
      if (this.candidates === undefined && queries.length > FEW_QUERIES) await this.ready;
      return this.candidates?.scan(units, k, selection, signal) ?? [];
    });
    // It is awaited later, or never when the caller has stopped.
    scan.catch(() => undefined);
    return async () => {
      const found = await untilAborted(scan, signal);
      return untilAborted(
        this.use(() => Promise.all(queries.map((query, q) => ranked(query, found[q])))),
        signal,
      );
    };
  }
}

/** Embeddings one by one, ids ascending. */
type Embeddings = Iterable<readonly [id: number, vector: Float32Array]>;

/** All embeddings of an encoder: many by several threads, where those see one state of them. */
async function readMatrix(
  embeddings: EmbeddingSource['embeddings'],
  id: number,
  dimension: number,
): Promise<RowMatrix> {
  const expected = embeddings.count(id);
  if (expected * dimension >= CODES_FROM) {
    const matrix = emptyMatrix(dimension, expected);
    if (await embeddings.readInto(id, matrix)) return matrix;
  }
  return collected(dimension, embeddings.each(id), expected);
}

/** @throws RangeError as `FlatIndex.build` */
async function collected(
  dimension: number,
  embeddings: Embeddings,
  expected?: number,
): Promise<RowMatrix> {
  const collector = new RowCollector(dimension, expected);
  // Reading many takes long: others have their turn.
  const slices = new Slices(undefined);
  for (const [id, vector] of embeddings) {
    collector.add(id, vector);
    if (!slices.over()) continue;
    tellWaiting(READ, collector.rows, expected ?? collector.rows + 1);
    await slices.pause();
  }
  tellWaiting(READ, collector.rows, collector.rows);
  return collector.finish();
}

function* batches(queries: readonly Float32Array[]): Generator<readonly Float32Array[]> {
  for (let at = 0; at < queries.length; at += BATCH) yield queries.slice(at, at + BATCH);
}
