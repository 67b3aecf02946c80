import type { IdSet } from '../domain/id-bitmap.ts';
import type { SearchHits, SearchOptions, VectorIndex } from '../index/vector-index.ts';

/** Neighbours fetched beyond those wanted, because some may be excluded for a query. */
const FURTHER = 8;
/** Where more images are excluded, a query is searched with alone. */
const MOST_EXCLUDED = 256;
/** Of each of many queries no more neighbours than these are held. */
const MOST_HITS = 1000;

const NOTHING: ReadonlySet<number> = new Set();

/**
 * An index for several queries that are searched with one after the other: the first search is with all of them at
 * once, which takes less than as many searches, and the others have its answer. Answers are those of the index.
 */
export class SearchedTogether implements VectorIndex {
  private readonly found = new Map<number, Promise<SearchHits>>();

  /**
   * @param queries those that will be searched with
   * @param allowed what all of them may find
   * @param isIndexed whether an image has an embedding here
   */
  constructor(
    private readonly index: VectorIndex,
    private readonly queries: readonly Float32Array[],
    private readonly allowed: IdSet | undefined,
    private readonly isIndexed: (id: number) => boolean,
  ) {}

  get size(): number {
    return this.index.size;
  }

  get dimension(): number {
    return this.index.dimension;
  }

  async search(
    queries: readonly Float32Array[],
    k: number,
    options: SearchOptions = {},
  ): Promise<SearchHits> {
    const { allowed, excluded = NOTHING, signal } = options;
    const at = queries.length === 1 ? this.queries.indexOf(queries[0] as Float32Array) : -1;
    const isOne = at < 0 || this.queries.length === 1 || k > MOST_HITS;
    if (isOne || allowed !== this.allowed || excluded.size > MOST_EXCLUDED) {
      return this.index.search(queries, k, options);
    }
    const { candidates, neighbours } = await this.together(k, signal);
    const all = neighbours[at] ?? [];
    const hits = all.filter(({ id }) => !excluded.has(id));
    // So many are excluded that further ones may follow.
    if (hits.length < k && all.length === k + FURTHER) {
      return this.index.search(queries, k, options);
    }
    const out = [...excluded].filter((id) => allowed?.has(id) !== false && this.isIndexed(id));
    return { candidates: candidates - out.length, neighbours: [hits.slice(0, k)] };
  }

  /** Whoever made the index frees it. */
  async release(): Promise<void> {}

  private together(k: number, signal: AbortSignal | undefined): Promise<SearchHits> {
    const found =
      this.found.get(k) ??
      this.index.search(this.queries, k + FURTHER, { allowed: this.allowed, signal });
    this.found.set(k, found);
    return found;
  }
}
