import { randomFrom } from '../random.ts';
import { type BootstrapOptions, bootstrapMean, checkScores, type Estimate } from './bootstrap.ts';
import { type Classes, type Clusters, countClasses } from './classes.ts';

/** How two encoders differ on the same queries. */
export interface PairedComparison {
  /** Mean of first minus second, with its interval by the paired cluster bootstrap. */
  difference: Estimate;
  /** Two-sided p of the sign-flip test by patient. */
  p: number;
  /** Whether every assignment of signs was looked at instead of a random sample of them. */
  exact: boolean;
}

/** Sign assignments that are looked at, where all of them would be more. */
export const PERMUTATIONS = 10_000;

export interface PairedOptions extends BootstrapOptions {
  /** Sign assignments; `PERMUTATIONS` by default. Fewer possible ones are all looked at. */
  permutations?: number;
}

/** Each query's share in the mean: 1 / queries, or 1 / (classes x queries of its class). */
function weightsOf(queries: number, classes?: Classes): Float64Array {
  if (classes === undefined) return new Float64Array(queries).fill(1 / queries);
  const counts = countClasses(classes);
  const present = counts.filter((count) => count > 0).length;
  return Float64Array.from(classes.of, (c) => 1 / (present * (counts[c] as number)));
}

/** Two-sided p of the sum of differences when each one's sign is a coin's throw. */
function signFlip(
  differences: Float64Array,
  permutations: number,
  seed: number,
): { p: number; exact: boolean } {
  const total = differences.reduce((sum, d) => sum + d, 0);
  const count = differences.length;
  // Sums that are equal but for rounding count as equal.
  const scale = differences.reduce((sum, d) => sum + Math.abs(d), 0);
  const reach = Math.abs(total) - 1e-12 * scale;
  const exact = 2 ** count <= permutations;
  const random = randomFrom(seed);
  const rounds = exact ? 2 ** count : permutations;
  let extreme = 0;
  for (let round = 0; round < rounds; round++) {
    let flipped = 0;
    for (let at = 0; at < count; at += 32) {
      let bits = exact ? round : Math.floor(random() * 2 ** 32);
      for (let i = at; i < Math.min(count, at + 32); i++, bits >>>= 1) {
        if (bits & 1) flipped += differences[i] as number;
      }
    }
    if (Math.abs(total - 2 * flipped) >= reach) extreme += 1;
  }
  // The observed assignment is one of the sampled ones (Phipson & Smyth 2010), so p is never 0.
  return { p: exact ? extreme / rounds : (extreme + 1) / (rounds + 1), exact };
}

/**
 * Compares two encoders on the same queries. The interval draws patients; the test asks how often
 * a difference at least as large arises when each patient's difference has a random sign, which
 * holds whatever the scores' distribution is.
 * @param classes when given, macro means over these classes are compared
 * @throws SemblanceError ANALYSIS_IMPOSSIBLE: no scores, or one that is no finite number
 */
export function comparePaired(
  first: Float64Array,
  second: Float64Array,
  clusters: Clusters,
  options: PairedOptions,
  classes?: Classes,
): PairedComparison {
  checkScores(second, first.length);
  const differences = first.map((score, i) => score - (second[i] as number));
  const difference = bootstrapMean(differences, clusters, options, classes);
  const weights = weightsOf(differences.length, classes);
  const byCluster = new Float64Array(clusters.count);
  differences.forEach((d, i) => {
    const cluster = clusters.of[i] as number;
    byCluster[cluster] = (byCluster[cluster] as number) + d * (weights[i] as number);
  });
  // A difference of 0 is the same with either sign.
  const moving = byCluster.filter((d) => d !== 0);
  return { difference, ...signFlip(moving, options.permutations ?? PERMUTATIONS, options.seed) };
}

/**
 * Holm's step-down correction for several tests (Holm 1979).
 * @returns adjusted p values in the order given
 * @testing
 */
export function holm(ps: readonly number[]): number[] {
  const order = [...ps.keys()].sort((a, b) => (ps[a] as number) - (ps[b] as number));
  const adjusted = new Array<number>(ps.length);
  let largest = 0;
  order.forEach((i, rank) => {
    largest = Math.max(largest, Math.min(1, (ps.length - rank) * (ps[i] as number)));
    adjusted[i] = largest;
  });
  return adjusted;
}

/** A pair of encoders compared, with p corrected for all pairs. */
export interface EncoderPair extends PairedComparison {
  first: string;
  second: string;
  pHolm: number;
}

/**
 * Compares every pair of encoders on the same queries.
 * @param encoders scores of the queries in the same order
 * @param options `onPair` is told the pairs that are compared already, before each
 * @throws SemblanceError as `comparePaired`
 */
export function compareEncoders(
  encoders: readonly { name: string; scores: Float64Array }[],
  clusters: Clusters,
  { onPair, ...options }: PairedOptions & { onPair?: (done: number) => void },
  classes?: Classes,
): EncoderPair[] {
  let done = 0;
  const pairs = encoders.flatMap((first, i) =>
    encoders.slice(i + 1).map((second) => {
      onPair?.(done);
      done += 1;
      return {
        first: first.name,
        second: second.name,
        ...comparePaired(first.scores, second.scores, clusters, options, classes),
      };
    }),
  );
  const adjusted = holm(pairs.map(({ p }) => p));
  return pairs.map((pair, i) => ({ ...pair, pHolm: adjusted[i] as number }));
}
