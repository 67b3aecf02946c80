import { dot, normalise } from '../domain/vectors.ts';
import { Slices } from '../runtime/slices.ts';

/** An example that a model is fitted to. */
export interface Example {
  vector: Float32Array;
  relevant: boolean;
}

/** Strength of the ridge. */
const RIDGE = 0.01;
/** Length of the expected direction that the ridge pulls to. */
const PRIOR = 10;
const STEPS = 300;

/**
 * A logistic regression fitted to marked examples: the direction in which the log odds of being
 * relevant rise. Embeddings count with length 1, both kinds weigh the same in all, and the constant is
 * free. A few examples leave most directions open: a ridge pulls them to the expected direction.
 * Ranking by the fitted odds is ranking by the cosine with the result, so one exact search answers it.
 * @param examples at least one of each kind
 * @param expected the direction without a model, for instance Rocchio's; of any length
 * @param signal ends the work, which gives way to other work again and again
 * @returns the direction, of length 1
 * @throws the signal's reason
 */
export async function fitDirection(
  examples: readonly Example[],
  expected: Float32Array,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const slices = new Slices(signal);
  const rows = examples.map(({ vector, relevant }) => {
    const unit = Float32Array.from(vector);
    normalise(unit);
    return { unit, sign: relevant ? 1 : -1 };
  });
  const relevant = rows.filter(({ sign }) => sign === 1).length;
  const shares = { 1: 0.5 / relevant, [-1]: 0.5 / (rows.length - relevant) };
  const dimension = rows[0]?.unit.length ?? 0;
  const mean = new Float64Array(dimension);
  for (const { unit, sign } of rows) {
    for (let i = 0; i < dimension; i++) {
      mean[i] = (mean[i] as number) + shares[sign as 1 | -1] * (unit[i] as number);
    }
  }
  // About the middle of both kinds the constant and the direction do not disturb each other.
  const centred = rows.map(({ unit, sign }) => ({
    sign,
    share: shares[sign as 1 | -1],
    values: Float64Array.from(unit, (value, i) => value - (mean[i] as number)),
  }));
  const largest = Math.max(...centred.map(({ values }) => dot(values, values)));
  // The loss is convex, its curvature at most this.
  const step = 1 / (0.25 * (largest + 1) + RIDGE);
  const unit = Float32Array.from(expected);
  normalise(unit);
  const prior = Float64Array.from(unit, (value) => PRIOR * value);
  const direction = Float64Array.from(prior);
  let constant = 0;
  for (let round = 0; round < STEPS; round++) {
    if (slices.over()) await slices.pause();
    const gradient = direction.map((value, i) => RIDGE * (value - (prior[i] as number)));
    let slope = 0;
    for (const { values, sign, share } of centred) {
      const pull = (share * sign) / (1 + Math.exp(sign * (dot(values, direction) + constant)));
      slope -= pull;
      for (let i = 0; i < dimension; i++) {
        gradient[i] = (gradient[i] as number) - pull * (values[i] as number);
      }
    }
    constant -= step * slope;
    for (let i = 0; i < dimension; i++) {
      direction[i] = (direction[i] as number) - step * (gradient[i] as number);
    }
  }
  const result = Float32Array.from(direction);
  normalise(result);
  return result;
}
