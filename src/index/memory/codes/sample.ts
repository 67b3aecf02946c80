/** One row of so many is looked at before all. */
const STEP = 24;

/** How a sample of rows tells what k of all will probably reach. */
export interface Sample {
  /** The first row of it, and how far the next one is away. */
  first: number;
  step: number;
  /** Which of its best rows tells it, from 1. */
  rank: number;
}

/**
 * The sample of so many rows, evenly spread, as rows beside each other are often alike.
 * @param most rows in it; 0 for none
 * @returns undefined where it would leave out too little to be worth it
 */
export function sampleOf(total: number, k: number, most: number): Sample | undefined {
  if (most === 0) return undefined;
  const step = Math.max(STEP, Math.ceil(total / most));
  // So many of the k best are expected in it; that this many are is a matter of one query in thousands (Poisson).
  const expected = k / step;
  const rank = Math.ceil(expected + 3.5 * Math.sqrt(expected)) + 1;
  return 8 * rank * step > total ? undefined : { first: step >> 1, step, rank };
}
