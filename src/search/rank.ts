import type { Level } from '../domain/levels.ts';
import type { Hit, SearchHits, SearchOptions, VectorIndex } from '../index/vector-index.ts';
import { Slices } from '../runtime/slices.ts';
import type { ReadableCollection } from '../store/readable-collection.ts';
import { diversify, poolSize } from './diversity.ts';
import type { EmbeddingSpace } from './embedding-space.ts';

/** How results are chosen from the exact ranking. */
export interface RankRequest {
  /** Results wanted. */
  k: number;
  /** Only the best image of each patient, study or series. */
  groupBy?: Level | undefined;
  /** Lambda of maximal marginal relevance, 0 to 1: the smaller, the more the results differ. */
  diversify?: number | undefined;
  /** Ends the search. */
  signal?: AbortSignal | undefined;
}

/** Whom a result stands for, and how many more of their images could have been found. */
interface ResultGroup {
  level: Level;
  name: string;
  more: number;
}

/** What was found: how many were compared, the results, and their groups by id. */
export interface Ranked {
  candidates: number;
  hits: Hit[];
  groups: Map<number, ResultGroup>;
}

/**
 * Results of a query from the exact ranking: the first ones, the first of each group, or a diverse
 * choice of either.
 */
export async function rank(
  state: ReadableCollection,
  space: EmbeddingSpace,
  index: VectorIndex,
  vector: Float32Array,
  { k, groupBy, diversify: lambda, signal }: RankRequest,
  options: SearchOptions,
): Promise<Ranked> {
  const ranking: Ranking = (depth) => index.search([vector], depth, { ...options, signal });
  const count = lambda === undefined ? k : poolSize(k);
  const slices = new Slices(signal);
  const { candidates, hits } =
    groupBy === undefined
      ? await firstHits(ranking, count)
      : await bestOfGroups(
          ranking,
          count,
          (id) => state.images.levelOf(groupBy, id)?.key ?? null,
          slices,
        );
  const chosen =
    lambda === undefined
      ? hits
      : await diversify(hits, k, lambda, (id) => space.embeddingOf(state, id), signal);
  const groups =
    groupBy === undefined
      ? new Map()
      : await groupsOf(state, index, vector, chosen, groupBy, { ...options, signal }, slices);
  return { candidates, hits: chosen, groups };
}

/** Gives the first `k` of the exact ranking. */
type Ranking = (k: number) => Promise<SearchHits>;

async function firstHits(ranking: Ranking, count: number) {
  const { candidates, neighbours } = await ranking(count);
  return { candidates, hits: neighbours[0] ?? [] };
}

/**
 * The first of each group in the exact ranking, until there are enough: more of it is fetched while
 * there are not. An image without a group stands for itself.
 * @param count groups wanted
 * @param groupOf key of an image's group
 */
async function bestOfGroups(
  ranking: Ranking,
  count: number,
  groupOf: (id: number) => string | null,
  slices: Slices,
): Promise<{ candidates: number; hits: Hit[] }> {
  for (let depth = 4 * count; ; depth *= 4) {
    const { candidates, neighbours } = await ranking(depth);
    const ranked = neighbours[0] ?? [];
    const seen = new Set<string>();
    const hits: Hit[] = [];
    for (const hit of ranked) {
      const group = groupOf(hit.id);
      if (group === null || !seen.has(group)) hits.push(hit);
      if (group !== null) seen.add(group);
      if (slices.over()) await slices.pause();
    }
    if (hits.length >= count || ranked.length < depth) {
      return { candidates, hits: hits.slice(0, count) };
    }
  }
}

/** The groups that hits stand for, by the hits' ids. */
async function groupsOf(
  state: ReadableCollection,
  index: VectorIndex,
  vector: Float32Array,
  hits: readonly Hit[],
  level: Level,
  { allowed, excluded, signal }: SearchOptions,
  slices: Slices,
): Promise<Map<number, ResultGroup>> {
  const groups = new Map<number, ResultGroup>();
  const standsFor = new Map<number, number>();
  for (const { id } of hits) {
    if (slices.over()) await slices.pause();
    const group = state.images.levelOf(level, id);
    if (group === null) continue;
    groups.set(id, { level, name: group.name, more: 0 });
    for (const other of state.images.idsOfSame(level, id)) {
      if (other !== id && allowed?.has(other) !== false) standsFor.set(other, id);
    }
  }
  if (standsFor.size === 0) return groups;
  // Only the index knows which of them have an embedding.
  const others = { allowed: new Set(standsFor.keys()), excluded, signal };
  const { neighbours } = await index.search([vector], standsFor.size, others);
  for (const { id } of neighbours[0] ?? []) {
    const group = groups.get(standsFor.get(id) as number);
    if (group) group.more += 1;
  }
  return groups;
}
