import { normalise } from '../encoders/normalise.ts';

/** One part of a query, with its weight (1 by default) among the others. */
export type QueryPart = { weight?: number } & (
  | { kind: 'picture'; bytes: Uint8Array }
  /** An image of the collection, by its stored embedding. */
  | { kind: 'image'; id: number }
  | { kind: 'text'; text: string }
);

/** Share of the text in a query of a picture and a text. */
export const DEFAULT_TEXT_WEIGHT = 0.5;

/**
 * The parts of a query by a picture, a text, or both.
 * @param textWeight share of the text beside a picture, 0 to 1; the picture has the rest
 */
export function partsOf(
  picture: QueryPart | undefined,
  text: string | undefined,
  textWeight = DEFAULT_TEXT_WEIGHT,
): QueryPart[] {
  const parts: QueryPart[] = picture === undefined ? [] : [{ ...picture, weight: 1 - textWeight }];
  if (text !== undefined) parts.push({ kind: 'text', text, weight: textWeight });
  return parts.length === 1 ? parts.map((part) => ({ ...part, weight: 1 })) : parts;
}

/**
 * One embedding for several: each scaled to length 1, their weighted sum scaled again. A single one
 * stays as it is.
 */
export function combine(
  embeddings: readonly { vector: Float32Array; weight: number }[],
): Float32Array {
  const [first, ...others] = embeddings.filter(({ weight }) => weight !== 0);
  if (first === undefined) throw new RangeError('A query needs a part of a weight other than 0.');
  if (others.length === 0) return first.vector;
  const sum = new Float32Array(first.vector.length);
  for (const { vector, weight } of [first, ...others]) {
    const unit = Float32Array.from(vector);
    normalise(unit);
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + weight * (unit[i] as number);
  }
  normalise(sum);
  return sum;
}
