import { mean } from '../../domain/mean.ts';

/** Precision at one k. */
export interface PrecisionAtK {
  k: number;
  /** Mean over the queries. */
  micro: number;
  /** Mean over the labels of the mean over each label's queries. */
  macro: number;
}

/** A query's labels and those of its neighbours, nearest first. */
export interface Judged {
  labels: readonly string[];
  neighbours: readonly (readonly string[])[];
}

/**
 * Precision at k: the share of the k nearest neighbours that have a label of the query
 * (Denner et al. 2025, without the published cap of k by the true class's size).
 * Queries without a label are left out; fewer than k neighbours count as misses.
 */
export function precisionAtK(queries: readonly Judged[], ks: readonly number[]): PrecisionAtK[] {
  const labelled = queries.filter(({ labels }) => labels.length > 0);
  return ks.map((k) => {
    const byLabel = new Map<string, number[]>();
    const all = labelled.map(({ labels, neighbours }) => {
      const hits = neighbours.slice(0, k).filter((found) => found.some((l) => labels.includes(l)));
      const precision = hits.length / k;
      for (const label of labels) {
        const list = byLabel.get(label);
        if (list) list.push(precision);
        else byLabel.set(label, [precision]);
      }
      return precision;
    });
    return { k, micro: mean(all), macro: mean([...byLabel.values()].map(mean)) };
  });
}
