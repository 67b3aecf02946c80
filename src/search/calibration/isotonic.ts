import { ascending } from '../../domain/ascending.ts';

/** A rising function: straight lines between points, level beyond the first and the last. */
export interface Rising {
  x: readonly number[];
  y: readonly number[];
}

interface Block {
  first: number;
  last: number;
  sum: number;
  count: number;
}

/**
 * Isotonic regression of outcomes on scores: the rising step function of least squared error, by pooling
 * adjacent violators (Barlow et al. 1972). Steps become lines between the ends of their blocks. A
 * block of one outcome alone is no certainty: its share is taken as 1 / (count + 2) from 0 or 1
 * (Laplace's rule of succession), as far as the function still rises.
 * @param scores finite numbers, one at least
 * @param hits whether the outcome happened, one a score
 */
export function fitIsotonic(scores: ArrayLike<number>, hits: ArrayLike<boolean | number>): Rising {
  const blocks = pool(scores, hits);
  const shares = blocks.map(share);
  const margin = (block: Block | undefined) => 1 / ((block?.count ?? 0) + 2);
  const last = shares.length - 1;
  if (shares[0] === 0) shares[0] = Math.min(margin(blocks[0]), shares[1] ?? 1);
  if (shares[last] === 1) {
    shares[last] = Math.max(1 - margin(blocks[last]), shares[last - 1] ?? 0);
  }
  const ends = blocks.map(({ first, last: end }) => (first === end ? [first] : [first, end]));
  return { x: ends.flat(), y: ends.flatMap((each, i) => each.map(() => shares[i] as number)) };
}

function share({ sum, count }: Block): number {
  return sum / count;
}

/** One block for each score that occurs, rising; neighbours are pooled until the shares rise. */
function pool(scores: ArrayLike<number>, hits: ArrayLike<boolean | number>): Block[] {
  const order = ascending(scores);
  const pooled: Block[] = [];
  for (let next = 0; next < order.length; ) {
    const score = scores[order[next] as number] as number;
    let block = { first: score, last: score, sum: 0, count: 0 };
    for (; scores[order[next] as number] === score; next++) {
      block.sum += Number(hits[order[next] as number]);
      block.count += 1;
    }
    for (let below = pooled.at(-1); below && share(below) >= share(block); below = pooled.at(-1)) {
      block = {
        first: below.first,
        last: block.last,
        sum: below.sum + block.sum,
        count: below.count + block.count,
      };
      pooled.pop();
    }
    pooled.push(block);
  }
  return pooled;
}

/** Value of a rising function at a score. */
export function valueAt({ x, y }: Rising, score: number): number {
  const above = x.findIndex((each) => each >= score);
  if (above === 0) return y[0] as number;
  if (above < 0) return y[y.length - 1] as number;
  const [left, right] = [x[above - 1] as number, x[above] as number];
  const [low, high] = [y[above - 1] as number, y[above] as number];
  // Rounding may not carry it above the line.
  return Math.min(high, low + ((high - low) * (score - left)) / (right - left));
}
