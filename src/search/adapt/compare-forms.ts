import { bootstrapMean, type Estimate } from '../../domain/statistics/bootstrap.ts';
import { comparePaired, type PairedComparison } from '../../domain/statistics/paired-test.ts';
import type { LabelledRows } from '../../store/labelled-rows.ts';
import { KS, type Precisions } from './cross-validate.ts';

const SEED = 8;

/** Plain and adapted precision at one depth; `k` null stands for the mean over the depths. */
interface Compared {
  k: number | null;
  plain: Estimate;
  adapted: Estimate;
  /** Adapted minus plain on the same queries. */
  difference: PairedComparison;
}

/** Plain and adapted embeddings on the same queries. */
export interface AdaptedComparison {
  /** Cross-validation over patients, or the part that was searched with. */
  on: 'cross-validation' | 'val' | 'test';
  queries: number;
  patients: number;
  precision: Compared[];
}

/** Both on the same queries, at each depth and in the mean over the depths, by bootstrap over patients. */
export function compare(
  on: AdaptedComparison['on'],
  rows: LabelledRows,
  plain: Precisions,
  adapted: Precisions,
): AdaptedComparison {
  const clusters = rows.patients();
  const at = (all: Precisions, depth: number | null) =>
    Float64Array.from(rows.ids, (_, query) => {
      const own = all.subarray(query * KS.length, (query + 1) * KS.length);
      return depth === null
        ? own.reduce((sum, p) => sum + p, 0) / KS.length
        : (own[depth] as number);
    });
  const options = { seed: SEED };
  return {
    on,
    queries: rows.length,
    patients: clusters.count,
    precision: [...KS.keys(), null].map((depth): Compared => {
      const [before, after] = [at(plain, depth), at(adapted, depth)];
      return {
        k: depth === null ? null : (KS[depth] as number),
        plain: bootstrapMean(before, clusters, options),
        adapted: bootstrapMean(after, clusters, options),
        difference: comparePaired(after, before, clusters, options),
      };
    }),
  };
}
