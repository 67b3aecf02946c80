import { normalise } from '../encoders/normalise.ts';
import type { Hit } from '../vector-index/vector-index.ts';

/** Candidates of a diverse choice of k: five times as many, and this many at the least. */
const POOL = 100;

/** How many of the exact ranking a diverse choice of k is made from. */
export function poolSize(k: number): number {
  return Math.max(POOL, 5 * k);
}

/**
 * Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998): each next one has the largest
 * `lambda * similarity to the query - (1 - lambda) * largest similarity to one chosen before`.
 * @param hits candidates, best first; the first is always chosen first
 * @param k how many are chosen
 * @param lambda 1: by similarity alone; 0: by difference alone
 * @param vectorOf embedding of a candidate
 */
export function diversify(
  hits: readonly Hit[],
  k: number,
  lambda: number,
  vectorOf: (id: number) => Float32Array,
): Hit[] {
  const left = hits.map((hit) => {
    const unit = Float32Array.from(vectorOf(hit.id));
    normalise(unit);
    return { hit, unit, nearest: Number.NEGATIVE_INFINITY };
  });
  const chosen: Hit[] = [];
  while (chosen.length < k && left.length > 0) {
    const score = ({ hit, nearest }: (typeof left)[number]) =>
      lambda * hit.similarity - (1 - lambda) * (chosen.length === 0 ? 0 : nearest);
    let best = 0;
    if (chosen.length > 0) {
      for (let i = 1; i < left.length; i++) {
        if (score(left[i] as never) > score(left[best] as never)) best = i;
      }
    }
    const [{ hit, unit }] = left.splice(best, 1) as [(typeof left)[number]];
    chosen.push(hit);
    for (const each of left) {
      const similarity = each.unit.reduce((sum, value, i) => sum + value * (unit[i] as number), 0);
      each.nearest = Math.max(each.nearest, similarity);
    }
  }
  return chosen;
}
