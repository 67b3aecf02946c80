import { normalise } from '../domain/vectors.ts';
import type { Hit } from '../index/vector-index.ts';
import { Slices } from '../runtime/slices.ts';
import { DotProducts } from './dot-products.ts';

/** Candidates of a diverse choice of k: five times as many, and this many at the least. */
const POOL = 100;

/** How many of the exact ranking a diverse choice of k is made from. */
export function poolSize(k: number): number {
  return Math.max(POOL, 5 * k);
}

/** Candidates by their bounds, the largest first, of equal ones the first in the ranking. */
class BoundHeap {
  private readonly heap: number[];

  /** @param bounds of the candidates; sorted already, as hits are by their similarity */
  constructor(private readonly bounds: Float64Array) {
    this.heap = [...bounds.keys()];
  }

  get top(): number | undefined {
    return this.heap[0];
  }

  /** The largest bound beside that of the top. */
  get second(): number {
    return Math.max(this.boundAt(1), this.boundAt(2));
  }

  /** Removes the top. */
  remove(): void {
    const last = this.heap.pop();
    if (last === undefined || this.heap.length === 0) return;
    this.heap[0] = last;
    this.sink();
  }

  /** Finds the place of the top, whose bound has fallen. */
  sink(): void {
    const { heap } = this;
    for (let at = 0; ; ) {
      let best = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && this.isBefore(heap[child] as number, heap[best] as number)) {
          best = child;
        }
      }
      if (best === at) return;
      [heap[at], heap[best]] = [heap[best] as number, heap[at] as number];
      at = best;
    }
  }

  private boundAt(place: number): number {
    const candidate = this.heap[place];
    return candidate === undefined ? Number.NEGATIVE_INFINITY : (this.bounds[candidate] as number);
  }

  private isBefore(a: number, b: number): boolean {
    const difference = (this.bounds[a] as number) - (this.bounds[b] as number);
    return difference > 0 || (difference === 0 && a < b);
  }
}

/**
 * Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998): each next one has the largest
 * `lambda * similarity to the query - (1 - lambda) * largest similarity to one chosen before`.
 *
 * That score only falls while more are chosen, so an old one is a bound: a candidate is compared
 * with what was chosen meanwhile only when its bound is the largest, and only until it is not any more
 * (lazy evaluation: Minoux, 1978). The answer is the same.
 *
 * @param hits candidates, best first; the first is always chosen first
 * @param k how many are chosen
 * @param lambda 1: by similarity alone; 0: by difference alone
 * @param vectorOf embedding of a candidate
 * @param signal ends the work, which gives way to other work again and again
 * @throws the signal's reason
 */
export async function diversify(
  hits: readonly Hit[],
  k: number,
  lambda: number,
  vectorOf: (id: number) => Float32Array,
  signal?: AbortSignal,
): Promise<Hit[]> {
  const [first] = hits;
  if (first === undefined || k < 1) return [];
  const slices = new Slices(signal, 16);
  const units = await DotProducts.create(hits.length, vectorOf(first.id).length);
  for (const [i, { id }] of hits.entries()) {
    const unit = units.row(i);
    unit.set(vectorOf(id));
    normalise(unit);
    if (slices.over()) await slices.pause();
  }
  /** Largest similarity to those chosen, as far as it was compared with them. */
  const nearest = new Float64Array(hits.length).fill(Number.NEGATIVE_INFINITY);
  /** With how many of those chosen it was compared. */
  const compared = new Uint32Array(hits.length);
  const bounds = new Float64Array(hits.length).fill(Number.POSITIVE_INFINITY);
  const heap = new BoundHeap(bounds);
  const chosen: number[] = [];
  while (chosen.length < k) {
    const top = heap.top;
    if (top === undefined) break;
    if (compared[top] === chosen.length) {
      chosen.push(top);
      heap.remove();
      continue;
    }
    const { second } = heap;
    const similarity = lambda * (hits[top] as Hit).similarity;
    while ((compared[top] as number) < chosen.length && (bounds[top] as number) >= second) {
      const other = chosen[compared[top] as number] as number;
      // Most are clearly less alike than the nearest, which a quick look shows.
      if (!(units.atMost(top, other) <= (nearest[top] as number))) {
        nearest[top] = Math.max(nearest[top] as number, units.of(top, other));
      }
      compared[top] = (compared[top] as number) + 1;
      bounds[top] = similarity - (1 - lambda) * (nearest[top] as number);
      if (slices.over()) await slices.pause();
    }
    heap.sink();
  }
  return chosen.map((i) => hits[i] as Hit);
}
