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

/** Products of a sample and queries, as `select` of the kernel takes them. */
export interface SampleProducts {
  rows: number;
  queries: number;
  /** Row-major; of each row `stride`. */
  sums: Int32Array;
  stride: number;
  /** Of the queries. */
  offsets: Int32Array;
  factors: Float32Array;
  /** Of the rows. */
  scales: Float32Array;
}

/** Places in the sample of the `rank` best rows of each query, in no order, query after query. */
export function bestOfSample(products: SampleProducts, rank: number): Int32Array {
  const { rows, queries, sums, stride, offsets, factors, scales } = products;
  const scores = new Float64Array(queries * rank).fill(Number.NEGATIVE_INFINITY);
  const places = new Int32Array(queries * rank);
  for (let row = 0; row < rows; row++) {
    const scale = scales[row] as number;
    for (let q = 0; q < queries; q++) {
      const product = (sums[row * stride + q] as number) - (offsets[q] as number);
      const score = scale * (factors[q] as number) * product;
      let at = (q + 1) * rank - 1;
      if (score <= (scores[at] as number)) continue;
      for (; at > q * rank && (scores[at - 1] as number) < score; at--) {
        scores[at] = scores[at - 1] as number;
        places[at] = places[at - 1] as number;
      }
      scores[at] = score;
      places[at] = row;
    }
  }
  return places;
}
