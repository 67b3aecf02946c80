/** A query, rotated and rounded to whole numbers: rotated = factor * numbers, but for `error` in length. */
export interface RoundedQuery {
  factor: number;
  error: number;
  /** 128 times the sum of the numbers: what the offset of the codes adds to every product. */
  offset: number;
}

/**
 * Rounds a query to whole numbers from -levels to levels.
 * @param finest the least factor
 * @param numbers where they are written, from place `at` on, `stride` apart
 * @param largest what becomes `levels`; by default the largest component
 */
export function round(
  query: Float64Array,
  levels: number,
  finest: number,
  numbers: Int8Array | Int16Array,
  at = 0,
  stride = 1,
  largest = query.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
): RoundedQuery {
  const factor = Math.fround(Math.max(largest / levels, finest));
  let error = 0;
  let sum = 0;
  for (let i = 0; i < query.length; i++) {
    const value = query[i] as number;
    const whole = factor > 0 ? Math.round(value / factor) : 0;
    const number = Math.max(-levels, Math.min(levels, whole));
    numbers[at + i * stride] = number;
    sum += number;
    error += (value - factor * number) ** 2;
  }
  return { factor, error: Math.sqrt(error) * (1 + 2 ** -22), offset: 128 * sum };
}
