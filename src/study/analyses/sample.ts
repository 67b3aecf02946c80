import type { Random } from '../../domain/random.ts';
import { randomFrom } from '../../domain/random.ts';
import { type Classes, countClasses } from '../../domain/statistics/classes.ts';

/** The numbers 0..count-1 in random order (Fisher and Yates). */
export function permutation(count: number, random: Random): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const swap = order[i] as number;
    order[i] = order[j] as number;
    order[j] = swap;
  }
  return order;
}

/** `size` of `count` rows, each equally likely, ascending; all of them when there are no more. */
export function simpleSample(count: number, size: number, seed: number): Int32Array {
  return permutation(count, randomFrom(seed)).slice(0, size).sort();
}

/**
 * At most about `limit` rows with every class in its share, and with at least one row of each
 * class that occurs, ascending.
 */
export function stratifiedSample(classes: Classes, limit: number, seed: number): Int32Array {
  const total = classes.of.length;
  if (total <= limit) return Int32Array.from(classes.of.keys());
  const left = countClasses(classes).map((count) =>
    count === 0 ? 0 : Math.max(1, Math.floor((count * limit) / total)),
  );
  const chosen = permutation(total, randomFrom(seed)).filter((row) => {
    const c = classes.of[row] as number;
    const take = (left[c] as number) > 0;
    if (take) left[c] = (left[c] as number) - 1;
    return take;
  });
  return chosen.sort();
}
