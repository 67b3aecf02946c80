/** An answered query, as it is judged. */
export interface Judged {
  /** The higher, the surer. */
  score: number;
  /** Whether the nearest image has none of the query's labels. */
  wrong: boolean;
}

/** A threshold and what it is worth on the queries that it was not chosen on. */
export interface Selective {
  /** Share of the queries that are answered. */
  coverage: number;
  /** Share of the answered ones that are wrong; null when none is answered. */
  error: number | null;
}

/** Errors that must be possible when the first threshold is tried, so that one stray error ends nothing. */
const FIRST_ERRORS = 2;
/** Thresholds tried at the most. */
const STEPS = 50;

/** Probability of at most `errors` of `count` when each happens with probability `p`. */
function binomialTail(errors: number, count: number, p: number): number {
  if (p <= 0) return 1;
  if (p >= 1) return errors >= count ? 1 : 0;
  let log = count * Math.log1p(-p);
  let sum = Math.exp(log);
  for (let i = 1; i <= errors; i++) {
    log += Math.log((count - i + 1) / i) + Math.log(p) - Math.log1p(-p);
    sum += Math.exp(log);
  }
  return Math.min(1, sum);
}

/**
 * Whether a rate of errors above `error` can be ruled out: with so few errors or fewer its exact
 * one-sided binomial test is significant (equivalently, the upper limit of Clopper and Pearson 1934
 * is at most `error`).
 */
function ruledOut(errors: number, count: number, error: number, confidence: number): boolean {
  return binomialTail(errors, count, error) <= 1 - confidence;
}

/**
 * The lowest threshold on the score for which a rate of errors above `error` among the answered
 * queries is ruled out: thresholds are tested from strict to loose until one fails, so that the chance
 * that any accepted one is wrong is at most 1 - confidence, however many are tried (fixed-sequence
 * testing; Angelopoulos et al. 2021, "Learn then test"). Where the tests begin depends on the number
 * of queries only.
 * @param queries independent of each other, and not those that the score was fitted on
 * @returns null when too few queries are there, or too many are wrong
 */
export function chooseThreshold(
  queries: readonly Judged[],
  error: number,
  confidence: number,
): number | null {
  const sorted = [...queries].sort((a, b) => b.score - a.score);
  const enough = (errors: number) => {
    let count = 1;
    while (count <= sorted.length && !ruledOut(errors, count, error, confidence)) count += 1;
    return count;
  };
  const first = [FIRST_ERRORS, 0].map(enough).find((count) => count <= sorted.length);
  if (first === undefined) return null;
  const step = Math.max(1, Math.floor(sorted.length / STEPS));
  let chosen: number | null = null;
  for (let wanted = first; ; wanted = Math.min(sorted.length, wanted + step)) {
    const threshold = (sorted[wanted - 1] as Judged).score;
    const answered = sorted.filter(({ score }) => score >= threshold);
    const errors = answered.filter(({ wrong }) => wrong).length;
    if (!ruledOut(errors, answered.length, error, confidence)) return chosen;
    chosen = threshold;
    if (wanted === sorted.length) return chosen;
  }
}

/** What a threshold does on queries. */
export function selective(queries: readonly Judged[], threshold: number | null): Selective {
  const answered =
    threshold === null ? [] : queries.filter(({ score }) => score >= (threshold as number));
  const wrong = answered.filter((query) => query.wrong).length;
  return {
    coverage: answered.length / queries.length,
    error: answered.length === 0 ? null : wrong / answered.length,
  };
}
