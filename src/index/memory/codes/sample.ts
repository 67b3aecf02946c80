/** One row of so many is looked at before all. */
const STEP = 24;

/** How a sample of rows tells what some of all will probably reach. */
export interface Sample {
  /** The first row of it, and how far the next one is away. */
  first: number;
  step: number;
  /** Which of its best rows tells what k reach, and which what a share of k reaches; from 1. */
  rank: number;
  shareRank: number;
}

/**
 * The sample of so many rows, evenly spread, as rows beside each other are often alike.
 * @param share of the k rows, 1 to k
 * @param most rows in it
 * @returns undefined where it would leave out too little to be worth it
 */
export function sampleOf(
  total: number,
  k: number,
  share: number,
  most: number,
): Sample | undefined {
  const step = Math.max(STEP, Math.ceil(total / most));
  const rank = rankOf(k / step);
  if (8 * rank * step > total) return undefined;
  return { first: step >> 1, step, rank, shareRank: rankOf(share / step) };
}

/** Where so many of the best are expected in a sample: that more are is a matter of one query in thousands (Poisson). */
export const rankOf = (expected: number) => Math.ceil(expected + 3.5 * Math.sqrt(expected)) + 1;
