/** A query, rotated and rounded to whole numbers: rotated = factor * numbers, but for `error` in length. */
export interface RoundedQuery {
  factor: number;
  error: number;
  /** 128 times the sum of the numbers: what the offset of the codes adds to every product. */
  offset: number;
}

/** Added to a small number and subtracted again, it leaves the nearest whole number. */
const WHOLE = 1.5 * 2 ** 52;

/**
 * Rounds a query to whole numbers from -levels to levels.
 * @param finest the least factor
 * @param numbers where they are written; always of one kind, as code for two is slow
 * @param largest what becomes `levels`; by default the largest component
 */
export function round(
  query: Float64Array,
  levels: number,
  finest: number,
  numbers: Int16Array,
  largest = largestOf(query),
): RoundedQuery {
  const factor = Math.fround(Math.max(largest / levels, finest));
  const inverse = factor > 0 ? 1 / factor : 0;
  let error = 0;
  let sum = 0;
  for (let i = 0; i < query.length; i++) {
    const value = query[i] as number;
    let number = value * inverse + WHOLE - WHOLE;
    if (number > levels) number = levels;
    else if (number < -levels) number = -levels;
    numbers[i] = number;
    sum += number;
    const off = value - factor * number;
    error += off * off;
  }
  return { factor, error: Math.sqrt(error) * (1 + 2 ** -22), offset: 128 * sum };
}

function largestOf(query: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < query.length; i++) {
    largest = Math.max(largest, Math.abs(query[i] as number));
  }
  return largest;
}
