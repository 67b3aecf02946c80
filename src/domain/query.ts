import { SemblanceError } from './errors/error.ts';
import type { UnitLevel } from './levels.ts';
import type { Region } from './region.ts';
import { normalise } from './vectors.ts';

/**
 * What a part of a query is for: `query` is what is searched with, `more` and `less` are marks of
 * results as relevant or not.
 */
export const ROLES = ['query', 'more', 'less'] as const;
export type Role = (typeof ROLES)[number];

/** How marks of results enter a query. */
export const FEEDBACK_METHODS = ['rocchio', 'logistic'] as const;
export type FeedbackMethod = (typeof FEEDBACK_METHODS)[number];

/** One part of a query, with its weight (1 by default) among those of its role (`query` by default). */
export type QueryPart = { weight?: number; role?: Role } & (
  | {
      kind: 'picture';
      bytes: Uint8Array;
      /** Which picture of the file, from 1; the first by default. */
      frame?: number | undefined;
      /** Where series or studies are searched for: which of its pictures, as `parseFrames` reads it. */
      frames?: string | undefined;
      region?: Region | undefined;
    }
  /** The files of one series or study, where these are searched for. */
  | {
      kind: 'folder';
      files: readonly { path: string; name: string }[];
      /** What is to be said of the rest of it. */
      notes: readonly string[];
      frames?: string | undefined;
    }
  /** An image of the collection, by its stored embedding; a region of it is encoded anew. */
  | {
      kind: 'image';
      id: number;
      region?: Region | undefined;
      /** Where series or studies are searched for: with all images of its own. */
      whole?: UnitLevel | undefined;
      frames?: string | undefined;
    }
  | { kind: 'text'; text: string }
);

/** Share of the text in a query of a picture and a text. */
export const DEFAULT_TEXT_WEIGHT = 0.5;

/**
 * Shares of the three roles: Rocchio's alpha, beta and gamma (Manning, Raghavan, Schütze:
 * Introduction to Information Retrieval, 2008, section 9.1.1). The usual gamma is 0.15; embeddings
 * have much in common, so that half does better (`npm run bench:feedback`).
 */
const ROLE_WEIGHTS: Readonly<Record<Role, number>> = { query: 1, more: 0.75, less: -0.5 };

/**
 * The parts of a query by pictures, a text, or both. Pictures count alike.
 * @param textWeight share of the text beside pictures, 0 to 1; the pictures have the rest
 */
export function partsOf<P extends object>(
  pictures: readonly P[],
  text: string | undefined,
  textWeight = DEFAULT_TEXT_WEIGHT,
): ((P | { text: string }) & { weight?: number })[] {
  if (text === undefined) return [...pictures];
  if (pictures.length === 0) return [{ text }];
  const weight = (1 - textWeight) / pictures.length;
  return [...pictures.map((picture) => ({ ...picture, weight })), { text, weight: textWeight }];
}

/**
 * The weight that each part's embedding has in the sum: its share of the weights of its role, times
 * that of the role (Rocchio).
 * @throws SemblanceError REQUEST_INVALID when nothing is left to look like
 */
export function effectiveWeights(parts: readonly Pick<QueryPart, 'role' | 'weight'>[]): number[] {
  const sums: Record<Role, number> = { query: 0, more: 0, less: 0 };
  for (const { role = 'query', weight = 1 } of parts) sums[role] += weight;
  if (sums.query + sums.more === 0) {
    throw new SemblanceError('REQUEST_INVALID', 'A search needs something to look like.');
  }
  return parts.map(({ role = 'query', weight = 1 }) =>
    weight === 0 ? 0 : (ROLE_WEIGHTS[role] * weight) / sums[role],
  );
}

/**
 * One embedding for several: each scaled to length 1, their weighted sum scaled again. A single one
 * stays as it is.
 * @throws SemblanceError REQUEST_INVALID when the parts cancel each other out
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
  if (Math.hypot(...sum) < 1e-6) {
    throw new SemblanceError('REQUEST_INVALID', 'The parts of the query cancel each other out.');
  }
  normalise(sum);
  return sum;
}
