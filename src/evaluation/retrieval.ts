import { SemblanceError } from '../errors/error.ts';
import { countLabels } from './experiment.ts';
import { type Protocol, STUDY } from './protocol.ts';
import type { Retrieved } from './retrieve.ts';

/** A mean with the standard deviation of the sample; null for a single value. */
export interface Spread {
  mean: number;
  std: number | null;
}

/** Precision at one k. */
export interface RetrievalPrecision {
  k: number;
  /** Over the queries. */
  micro: Spread;
  /** Mean over the classes of each class's mean, and of each class's standard deviation. */
  macro: Spread;
}

/** Precision of the queries of one class. */
export interface ClassPrecision {
  label: string;
  queries: number;
  indexImages: number;
  /** Element k - 1 belongs to k. */
  precision: Spread[];
}

export interface RetrievalResult {
  /** For k = 1, 2, ..., 99 (fewer when there are fewer neighbours). */
  precision: RetrievalPrecision[];
  /** The classes that have queries. */
  classes: ClassPrecision[];
}

/**
 * How many of the first k neighbours have the query's label.
 * @returns queries x `largestK` counts; element k - 1 of a query belongs to k
 */
export function cumulativeHits(
  { indexLabels, queryLabels, neighbours }: Retrieved,
  largestK: number,
): Uint16Array {
  const hits = new Uint16Array(queryLabels.length * largestK);
  const { k: width, rows } = neighbours;
  for (let q = 0; q < queryLabels.length; q++) {
    const label = queryLabels[q];
    let count = 0;
    for (let i = 0; i < largestK; i++) {
      if (indexLabels[rows[q * width + i] as number] === label) count += 1;
      hits[q * largestK + i] = count;
    }
  }
  return hits;
}

/** Mean and sample standard deviation from a count, a sum and a sum of squares. */
function spread(count: number, sum: number, squares: number): Spread {
  const mean = sum / count;
  // Sums of whole numbers are exact, so this only loses what the subtraction itself rounds.
  const variance = Math.max(0, squares - sum * mean) / (count - 1);
  return { mean, std: count > 1 ? Math.sqrt(variance) : null };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The mean of the class's values about another centre needs these parts of its variance. */
function overQueries(classes: readonly { count: number; at: Spread }[]): Spread {
  const count = classes.reduce((sum, { count: n }) => sum + n, 0);
  const centre = classes.reduce((sum, { count: n, at }) => sum + n * at.mean, 0) / count;
  const squares = classes.reduce(
    (sum, { count: n, at }) => sum + (n - 1) * (at.std ?? 0) ** 2 + n * (at.mean - centre) ** 2,
    0,
  );
  return { mean: centre, std: count > 1 ? Math.sqrt(squares / (count - 1)) : null };
}

/**
 * Precision at k = 1 to 99: the share of the first k neighbours that have the query's label, with
 * standard deviations (Denner et al. 2025). `as-published` looks at min(k, n) neighbours, n being
 * the number of index images of the query's own class; see `CORRECTIONS`.
 *
 * One pass over the table: all queries of a class share their denominator, so that sums of hits
 * and of their squares for each class and k suffice.
 * @throws SemblanceError SPLIT_EMPTY without queries
 */
export function retrievalPrecision(
  retrieved: Retrieved,
  protocol: Protocol = 'corrected',
): RetrievalResult {
  const { labels, indexLabels, queryLabels, neighbours } = retrieved;
  if (queryLabels.length === 0) throw new SemblanceError('SPLIT_EMPTY', 'There are no queries.');
  const largestK = Math.min(STUDY.largestK, neighbours.k);
  const queries = countLabels(queryLabels, labels.length);
  const available = countLabels(indexLabels, labels.length);
  const hits = cumulativeHits(retrieved, largestK);
  const sums = new Float64Array(labels.length * largestK);
  const squares = new Float64Array(labels.length * largestK);
  queryLabels.forEach((label, q) => {
    for (let i = 0; i < largestK; i++) {
      const count = hits[q * largestK + i] as number;
      const at = label * largestK + i;
      sums[at] = (sums[at] as number) + count;
      squares[at] = (squares[at] as number) + count * count;
    }
  });
  const ofClass = (label: number, k: number): Spread => {
    // A class that is not in the index has no hits at any depth: its precision is 0.
    const n =
      protocol === 'as-published' ? Math.max(1, Math.min(k, available[label] as number)) : k;
    const at = label * largestK + n - 1;
    const { mean: m, std } = spread(
      queries[label] as number,
      sums[at] as number,
      squares[at] as number,
    );
    return { mean: m / n, std: std === null ? null : std / n };
  };
  const classes = labels.flatMap((label, l): (ClassPrecision & { count: number })[] => {
    const count = queries[l] as number;
    if (count === 0) return [];
    const precision = Array.from({ length: largestK }, (_, i) => ofClass(l, i + 1));
    return [{ label, queries: count, indexImages: available[l] as number, precision, count }];
  });
  const precision = Array.from({ length: largestK }, (_, i): RetrievalPrecision => {
    const at = classes.map(({ count, precision: p }) => ({ count, at: p[i] as Spread }));
    const deviations = at.flatMap(({ at: { std } }) => (std === null ? [] : std));
    return {
      k: i + 1,
      micro: overQueries(at),
      macro: {
        mean: mean(at.map(({ at: { mean: m } }) => m)),
        std: deviations.length === 0 ? null : mean(deviations),
      },
    };
  });
  return { precision, classes: classes.map(({ count: _, ...rest }) => rest) };
}
