import {
  type BootstrapOptions,
  bootstrapMean,
  type Estimate,
  subsetOf,
} from '../../../domain/statistics/bootstrap.ts';
import { type Classes, type Clusters, countClasses } from '../../../domain/statistics/classes.ts';

/** Precision of the queries of one group: a class, a modality, a data set. */
interface GroupPrecision {
  name: string;
  queries: number;
  patients: number;
  /** Images of the group in the index; with none, a query of a class cannot be answered. */
  indexImages: number;
  precision: Estimate;
}

/** Groups, and those that have no query and therefore no precision. */
export interface PrecisionByGroup {
  groups: GroupPrecision[];
  withoutQueries: string[];
}

/**
 * Mean precision of each group of queries, with its interval by patient.
 * @param scores of each query, as `queryPrecision` gives them
 * @param queries, index groups of the same numbering
 * @throws SemblanceError ANALYSIS_IMPOSSIBLE: no scores, or one that is no finite number
 */
export function precisionByGroup(
  scores: Float64Array,
  queries: Classes,
  index: Classes,
  clusters: Clusters,
  options: BootstrapOptions,
): PrecisionByGroup {
  const rows = queries.names.map(() => [] as number[]);
  queries.of.forEach((group, i) => {
    rows[group]?.push(i);
  });
  const indexImages = countClasses(index);
  const groups: GroupPrecision[] = [];
  const withoutQueries: string[] = [];
  queries.names.forEach((name, group) => {
    const own = rows[group] as number[];
    if (own.length === 0) {
      withoutQueries.push(name);
      return;
    }
    const part = subsetOf(own, scores, clusters);
    groups.push({
      name,
      queries: own.length,
      patients: part.clusters.count,
      indexImages: indexImages[group] as number,
      precision: bootstrapMean(part.scores, part.clusters, options),
    });
  });
  return { groups, withoutQueries };
}
