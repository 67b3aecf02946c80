import { availableParallelism } from 'node:os';
import type { WeaviateClient } from 'weaviate-client';
import { SemblanceError } from '../../../domain/errors/error.ts';
import { rankAll } from '../../memory/candidates.ts';
import { rowMatrix, unitQuery } from '../../memory/row-matrix.ts';
import { find } from '../../memory/row-selection.ts';
import type { Hit, SearchHits, SearchOptions, VectorIndex } from '../../vector-index.ts';
import type { EngineCollection, HeldCollection, Manifest } from './engine-collection.ts';

/** Candidates fetched beyond k, so that the exact rescoring can settle near-ties. */
const MARGIN = 16;
/** Most results of one request: Weaviate's default of QUERY_MAXIMUM_RESULTS. */
const MOST_RESULTS = 10_000;
/** Most bytes of vectors in one answer; gRPC of Weaviate takes about 100 MB. */
const MOST_BYTES = 48e6;
/** Above this many results, handing over the allowed ids is the quicker way. */
const WORTH_FETCHING = 1000;
/** Searches under way at a time. */
const CONCURRENCY = Math.max(2, availableParallelism());

/** What one node found, best first. */
interface Found {
  /** Whether there was nothing else to find. */
  exhausted: boolean;
  rows: { id: number; similarity: number; updated: number; vector: Float32Array }[];
}

/** Candidates of one query as the nodes that were asked see them together. */
interface Candidates {
  /** Rows on which all agree. */
  vectors: Map<number, Float32Array>;
  /** Rows on which they differ, with the highest similarity that any of them computed. */
  doubtful: Map<number, number>;
  /** No other row has a higher similarity, as the engine computes it. */
  bound: number;
}

/**
 * Search in a Weaviate cluster. The engine finds candidates in 32-bit arithmetic; they are rescored in
 * double precision as the embedded index does it, and more are fetched until the error bound of the
 * engine's arithmetic excludes every row left out. With a flat index the answer is that of the embedded
 * index, id by id and digit by digit; with hnsw the graph may miss neighbours, and only the similarities
 * are exact.
 *
 * A node answers from its own replica, which lacks what it missed while it was down. So enough nodes
 * are asked that every write that a quorum confirmed is known to one of them, and the rows on which they
 * differ are looked up with quorum before they count.
 */
export class WeaviateIndex implements VectorIndex {
  private readonly collection: EngineCollection;
  private readonly manifest: Manifest;
  private readonly nodes: number;
  private readonly roundingError: number;
  private readonly mostResults: number;

  /**
   * @param held holds exactly the embeddings of `ids`
   * @param ids ascending
   * @param mostResults QUERY_MAXIMUM_RESULTS of the engine, where it is not the default
   * @throws SemblanceError USAGE when too few nodes are known to see every confirmed write
   */
  constructor(
    held: HeldCollection,
    private readonly ids: Int32Array,
    mostResults = MOST_RESULTS,
  ) {
    const { collection, manifest, replicas } = held;
    this.collection = collection;
    this.manifest = manifest;
    const { dimension } = collection.set;
    // A write is on floor(replicas / 2) + 1 nodes at least, so one of these has it.
    this.nodes = replicas - Math.floor(replicas / 2);
    if (collection.hosts.count < this.nodes) {
      throw new SemblanceError(
        'USAGE',
        `The engine keeps ${replicas} copies: name at least ${this.nodes} of its nodes in --engine.`,
      );
    }
    // Errors of 32-bit arithmetic (Higham 2002, section 3.1), in units of 2^-24: both vectors are scaled
    // to length 1, with half the error of a sum of squares, a root and a division each (dimension + 4);
    // then their product (dimension), 1 - product and back (4). As much as the scaling once more is for
    // rounding the query, and for terms of second order.
    this.roundingError = (3 * dimension + 16) * 2 ** -24;
    this.mostResults = Math.min(mostResults, Math.floor(MOST_BYTES / (dimension * 4 + 64)));
  }

  get size(): number {
    return this.ids.length;
  }

  get dimension(): number {
    return this.collection.set.dimension;
  }

  async search(
    queries: readonly Float32Array[],
    k: number,
    { allowed, excluded, signal }: SearchOptions = {},
  ): Promise<SearchHits> {
    const selected =
      allowed === undefined && excluded === undefined
        ? this.ids
        : this.ids.filter((id) => (allowed?.has(id) ?? true) && !excluded?.has(id));
    const neighbours: Hit[][] = new Array(queries.length);
    let next = 0;
    const work = async () => {
      while (next < queries.length) {
        const at = next++;
        neighbours[at] = await this.searchOne(queries[at] as Float32Array, k, selected, signal);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    await this.assertUnchanged(signal);
    return { candidates: selected.length, neighbours };
  }

  /** A push, perhaps from a copy of the collection, may have begun since: it says so before its first change. */
  private async assertUnchanged(signal: AbortSignal | undefined): Promise<void> {
    const now = (await this.collection.manifest(signal))?.manifest;
    if (now?.state !== 'complete' || now.checksum !== this.manifest.checksum) {
      throw this.outdated('Another state was pushed meanwhile.');
    }
  }

  private outdated(detail: string): SemblanceError {
    return new SemblanceError('ENGINE_OUTDATED', detail, { subject: this.collection.name });
  }

  /** Holds nothing: the connections belong to whoever made them. */
  async release(): Promise<void> {}

  /**
   * Two ways, both exact. Without a filter in the engine: results that are not selected are dropped here,
   * which is quick while most rows are selected. With the selected ids as the filter: in portions,
   * whose answers are merged.
   */
  private async searchOne(
    query: Float32Array,
    k: number,
    selected: Int32Array,
    signal: AbortSignal | undefined,
  ): Promise<Hit[]> {
    const wanted = Math.min(k, selected.length);
    if (wanted === 0) return [];
    const first = Math.ceil(((wanted + MARGIN) * this.ids.length) / selected.length);
    if (selected.length === this.ids.length || first <= WORTH_FETCHING) {
      const hits = await this.settle(query, wanted, selected, first, signal);
      if (hits !== undefined) return hits;
    }
    // One result more than ids can be asked for, which shows that there are no others.
    const portion = this.mostResults - 1;
    const hits: Hit[] = [];
    for (let at = 0; at < selected.length; at += portion) {
      const part = selected.subarray(at, at + portion);
      const count = Math.min(wanted, part.length);
      hits.push(...((await this.settle(query, count, part, count + MARGIN, signal, part)) ?? []));
    }
    return hits.sort((a, b) => b.similarity - a.similarity || a.id - b.id).slice(0, wanted);
  }

  /**
   * The `k` best selected rows.
   * @param first results to ask for at first
   * @param filter ids that the engine may find; all by default
   * @returns undefined when more results are needed than a request may have
   */
  private async settle(
    query: Float32Array,
    k: number,
    selected: Int32Array,
    first: number,
    signal: AbortSignal | undefined,
    filter?: Int32Array,
  ): Promise<Hit[] | undefined> {
    for (let fetch = first; ; fetch *= 4) {
      const limit = Math.min(fetch, this.mostResults);
      const candidates = await this.candidates(query, limit, filter, signal);
      const hits = await this.rankCertain(query, candidates, selected, k, signal);
      const last = hits.length < k ? Number.NEGATIVE_INFINITY : (hits[k - 1] as Hit).similarity;
      if (last > candidates.bound + this.roundingError) return hits;
      if (candidates.bound === Number.NEGATIVE_INFINITY) {
        if (this.manifest.index === 'hnsw') return hits;
        throw this.outdated(`The engine has ${hits.length} of ${k} rows that it should have.`);
      }
      if (limit === this.mostResults) return undefined;
    }
  }

  /** Asks the nodes and puts their answers together. */
  private async candidates(
    query: Float32Array,
    limit: number,
    filter: Int32Array | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Candidates> {
    const answers = await this.collection.hosts.several(
      this.nodes,
      (client) => this.ask(client, query, limit, filter),
      { signal },
    );
    const seen = new Map<number, Found['rows']>();
    let bound = Number.NEGATIVE_INFINITY;
    for (const { answer } of answers) {
      const last = answer.rows.at(-1);
      if (!answer.exhausted && last) bound = Math.max(bound, last.similarity);
      for (const row of answer.rows) {
        const others = seen.get(row.id);
        if (others === undefined) seen.set(row.id, [row]);
        else others.push(row);
      }
    }
    const candidates: Candidates = { vectors: new Map(), doubtful: new Map(), bound };
    for (const [id, rows] of seen) {
      const [one] = rows as [Found['rows'][number]];
      if (rows.length === answers.length && rows.every(({ updated }) => updated === one.updated)) {
        candidates.vectors.set(id, one.vector);
      } else {
        candidates.doubtful.set(id, Math.max(...rows.map(({ similarity }) => similarity)));
      }
    }
    return candidates;
  }

  private async ask(
    client: WeaviateClient,
    query: Float32Array,
    limit: number,
    filter: Int32Array | undefined,
  ): Promise<Found> {
    const collection = this.collection.on(client);
    const { objects } = await collection.query.nearVector(Array.from(unitQuery(query)), {
      limit,
      includeVector: true,
      returnMetadata: ['distance', 'updateTime'],
      returnProperties: ['image'],
      ...(filter === undefined
        ? {}
        : { filters: collection.filter.byProperty('image').containsAny(Array.from(filter)) }),
    });
    return {
      exhausted: objects.length < limit,
      rows: objects.map(({ properties, metadata, vectors }) => ({
        id: properties.image,
        similarity: 1 - (metadata?.distance as number),
        updated: metadata?.updateTime?.getTime() ?? 0,
        vector: Float32Array.from(vectors.default as number[]),
      })),
    };
  }

  /** The `k` best candidates, after the look-up of every doubtful one that could be among them. */
  private async rankCertain(
    query: Float32Array,
    { vectors, doubtful }: Candidates,
    selected: Int32Array,
    k: number,
    signal: AbortSignal | undefined,
  ): Promise<Hit[]> {
    for (;;) {
      const hits = await this.rank(query, vectors, selected, k);
      const least = hits.length < k ? Number.NEGATIVE_INFINITY : (hits[k - 1] as Hit).similarity;
      const open = [...doubtful].filter(
        ([id, most]) => most + this.roundingError >= least && find(selected, id) >= 0,
      );
      if (open.length === 0) return hits;
      await Promise.all(
        open.map(async ([id]) => {
          const vector = await this.collection.current(id, signal);
          doubtful.delete(id);
          if (vector !== undefined) vectors.set(id, vector);
        }),
      );
    }
  }

  /** Ranks candidates as the embedded index does. */
  private async rank(
    query: Float32Array,
    vectors: ReadonlyMap<number, Float32Array>,
    selected: Int32Array,
    k: number,
  ): Promise<Hit[]> {
    const ids = Int32Array.from(vectors.keys())
      .sort()
      .filter((id) => find(selected, id) >= 0);
    const values = new Float32Array(ids.length * this.dimension);
    ids.forEach((id, i) => {
      values.set(vectors.get(id) as Float32Array, i * this.dimension);
    });
    const matrix = rowMatrix(this.dimension, values, ids);
    const selection = { available: ids.length };
    const { rows, similarities } = await rankAll(
      matrix,
      unitQuery(query),
      selection,
      Math.min(k, ids.length),
    );
    return Array.from(rows, (row, i) => ({
      id: ids[row] as number,
      similarity: similarities[i] as number,
    }));
  }
}
