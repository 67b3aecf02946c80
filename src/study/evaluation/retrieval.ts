import { SemblanceError } from '../../domain/errors/error.ts';
import { mean } from '../../domain/mean.ts';
import { countLabels } from '../../domain/statistics/classes.ts';
import { type Protocol, STUDY } from './protocol.ts';
import type { Retrieved } from './retrieve.ts';

/** A mean with the standard deviation of the sample; null for a single value. */
interface Spread {
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
interface ClassPrecision {
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

/** Mean and sample standard deviation from a count, a sum and a sum of squares. */
function spread(count: number, sum: number, squares: number): Spread {
  const mean = sum / count;
  // Sums of whole numbers are exact, so this only loses what the subtraction itself rounds.
  const variance = Math.max(0, squares - sum * mean) / (count - 1);
  return { mean, std: count > 1 ? Math.sqrt(variance) : null };
}

/** Mean and standard deviation over all queries, from those of each class. */
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
  const sums = new Float64Array(labels.length * largestK);
  const squares = new Float64Array(labels.length * largestK);
  queryLabels.forEach((label, q) => {
    let hits = 0;
    for (let i = 0; i < largestK; i++) {
      if (indexLabels[neighbours.rows[q * neighbours.k + i] as number] === label) hits += 1;
      const at = label * largestK + i;
      sums[at] = (sums[at] as number) + hits;
      squares[at] = (squares[at] as number) + hits * hits;
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
  const classes = labels.flatMap((label, l): ClassPrecision[] => {
    const count = queries[l] as number;
    if (count === 0) return [];
    const precision = Array.from({ length: largestK }, (_, i) => ofClass(l, i + 1));
    return [{ label, queries: count, indexImages: available[l] as number, precision }];
  });
  const precision = Array.from({ length: largestK }, (_, i): RetrievalPrecision => {
    const at = classes.map((c) => ({ count: c.queries, at: c.precision[i] as Spread }));
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
  return { precision, classes };
}
