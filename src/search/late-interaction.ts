import type { IdSet } from '../domain/id-bitmap.ts';
import { mean } from '../domain/mean.ts';
import type { Hit, SearchOptions, VectorIndex } from '../index/vector-index.ts';

/** A series or study that was found. */
export interface Unit {
  /** Mean, over the queries, of the similarity of the most similar of its images. */
  score: number;
  /** That image for each query; of equally similar ones the first. */
  matches: Hit[];
  /** Its images that were compared. */
  images: number;
  /** The smallest number of these. */
  first: number;
}

/** So many neighbours of each query are looked at first, for each unit wanted. */
const FIRST = 4;
/** So many neighbours of all queries are in memory at once, but for the nearest of each. */
const MOST = 1_000_000;

/**
 * The `k` units of the highest scores, exactly: late interaction (Khattab and Zaharia 2020, ColBERT) with the threshold of
 * Fagin, Lotem and Naor 2001. In each round the nearest images of every query are looked for among the images of all
 * units that are not settled. A unit whose score cannot reach the k best ones is settled by that; of the others every
 * image is compared with every query. No unit that was not seen can score more than the mean of the queries' nearest
 * such images: when that is less than the k-th score, nothing is missing. Sums of parts that are not smaller, added in
 * the same order, are not smaller in floating point either, so the bounds hold for the scores as they are computed.
 *
 * Equal scores are ordered by the smallest number of an image.
 * @param queries one or more
 * @param membersOf all images of the unit of an image, itself among them
 * @throws the signal's reason, and those of the index
 */
export async function findUnits(
  index: VectorIndex,
  queries: readonly Float32Array[],
  k: number,
  membersOf: (id: number) => readonly number[],
  { allowed, excluded = new Set<number>(), signal }: SearchOptions,
): Promise<{ candidates: number; units: Unit[] }> {
  const settled = new Set(excluded);
  const mayBeFound = (id: number) => !excluded.has(id) && allowed?.has(id) !== false;
  const most = Math.max(1, Math.floor(MOST / queries.length));
  let candidates: number | undefined;
  let units: Unit[] = [];
  for (let depth = Math.min(most, FIRST * k); ; depth = Math.min(most, 2 * depth)) {
    const options = { allowed, excluded: new Set(settled), signal };
    const { candidates: left, neighbours } = await index.search(queries, depth, options);
    candidates ??= left;
    const least = () =>
      units.length < k ? Number.NEGATIVE_INFINITY : (units[k - 1] as Unit).score;
    // Without any image left this is NaN, or that of none.
    const bound = mean(neighbours.map(([nearest]) => nearest?.similarity ?? -1));
    if (left === 0 || bound < least()) return { candidates, units };
    for (const { members, reached } of seenUnits(neighbours, membersOf)) {
      signal?.throwIfAborted();
      for (const id of members) settled.add(id);
      if (reached < least()) continue;
      const compared = new Set(members.filter(mayBeFound));
      units.push(await compare(index, queries, compared, signal));
      units = units.sort((a, b) => b.score - a.score || a.first - b.first).slice(0, k);
    }
  }
}

/** The units of some images, with what their scores are at most; the highest first. */
function seenUnits(
  neighbours: readonly (readonly Hit[])[],
  membersOf: (id: number) => readonly number[],
): { members: readonly number[]; reached: number }[] {
  const units = new Map<number, { members: readonly number[]; best: number[] }>();
  // What was not seen is not more similar than the last that was.
  const last = neighbours.map((hits) => hits.at(-1)?.similarity ?? -1);
  for (const [query, hits] of neighbours.entries()) {
    for (const { id, similarity } of hits) {
      let unit = units.get(id);
      if (unit === undefined) {
        unit = { members: membersOf(id), best: [...last] };
        for (const member of unit.members) units.set(member, unit);
      }
      unit.best[query] = Math.max(unit.best[query] as number, similarity);
    }
  }
  return [...new Set(units.values())]
    .map(({ members, best }) => ({ members, reached: mean(best) }))
    .sort((a, b) => b.reached - a.reached);
}

/** A unit with all that it has to be ranked by. */
async function compare(
  index: VectorIndex,
  queries: readonly Float32Array[],
  allowed: IdSet,
  signal: AbortSignal | undefined,
): Promise<Unit> {
  const { candidates, neighbours } = await index.search(queries, 1, { allowed, signal });
  const matches = neighbours.map(([nearest]) => nearest as Hit);
  let first = Number.POSITIVE_INFINITY;
  for (const id of allowed) first = Math.min(first, id);
  const score = mean(matches.map(({ similarity }) => similarity));
  return { score, matches, images: candidates, first };
}
