import {
  type BootstrapOptions,
  bootstrapMean,
  type Estimate,
  meanScore,
} from '../../../domain/statistics/bootstrap.ts';
import {
  type Classes,
  type Clusters,
  classesOf,
  patientClusters,
} from '../../../domain/statistics/classes.ts';
import type { LabelledImage } from '../../../tables/labelled.ts';
import type { NeighbourTable } from '../../evaluation/neighbours.ts';
import { chancePrecision, type PrecisionOptions, queryPrecision } from '../query-precision.ts';

/** What two images must share to count as alike, from the coarsest to the finest. */
export const LEVELS = ['modality', 'region', 'finding'] as const;
type Level = (typeof LEVELS)[number];

const named = (name: string) => (name === '' ? 'unknown' : name);

/**
 * An image's class at each level. Labels like `XR/chest/pneumonia` say modality and region by
 * themselves; for others the CSV's columns do. A region counts within its modality. The finding
 * is the whole label, so that its precision is the benchmark's own.
 * @testing
 */
export function levelNames(image: LabelledImage, label: string): Record<Level, string> {
  const [modality, region, ...finding] = label.split('/');
  const spoken = finding.length > 0;
  const top = named(spoken ? (modality as string) : image.modality);
  const part = named(spoken ? (region as string) : image.anatomicRegion);
  return { modality: top, region: `${top}/${part}`, finding: label };
}

/** Classes of queries and index at a level, numbered alike. */
function levelClasses(
  queries: readonly LabelledImage[],
  index: readonly LabelledImage[],
  labels: readonly string[],
  level: Level,
): { queries: Classes; index: Classes } {
  const all = [...queries, ...index];
  const { names, of } = classesOf(
    all.map((image) => levelNames(image, labels[image.label] as string)[level]),
  );
  return {
    queries: { names, of: of.subarray(0, queries.length) },
    index: { names, of: of.subarray(queries.length) },
  };
}

/** Precision when images count as alike at one level. */
export interface LevelPrecision {
  level: Level;
  /** Classes among the queries. */
  classes: number;
  /** Mean over queries, and over classes of the mean of each. */
  micro: Estimate;
  macro: Estimate;
  /** Micro precision of neighbours drawn at random from the index. */
  chance: number;
}

/**
 * Anatomy against pathology: whether an encoder finds the same kind of picture, the same part of
 * the body, or the same finding (Denner et al. 2025).
 * @throws SemblanceError as `queryPrecision`
 */
export function precisionByLevel(
  table: NeighbourTable,
  queries: readonly LabelledImage[],
  index: readonly LabelledImage[],
  labels: readonly string[],
  options: PrecisionOptions & BootstrapOptions,
  clusters: Clusters = patientClusters(queries),
): LevelPrecision[] {
  return LEVELS.map((level) => {
    const classes = levelClasses(queries, index, labels, level);
    const scores = queryPrecision(table, classes.queries, classes.index, options);
    const chance = chancePrecision(classes.queries, classes.index);
    return {
      level,
      classes: new Set(classes.queries.of).size,
      micro: bootstrapMean(scores, clusters, options),
      macro: bootstrapMean(scores, clusters, options, classes.queries),
      chance: meanScore(chance),
    };
  });
}
