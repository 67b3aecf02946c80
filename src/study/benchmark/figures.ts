import { errorData } from '../../domain/errors/error.ts';
import { bootstrapMean, type Estimate, meanScore } from '../../domain/statistics/bootstrap.ts';
import { classesOf } from '../../domain/statistics/classes.ts';
import type { LabelledImage } from '../../tables/labelled.ts';
import { type PrecisionByGroup, precisionByGroup } from '../analyses/by-group.ts';
import { confusion } from '../analyses/confusion.ts';
import { hubness } from '../analyses/hubness.ts';
import { geometricSizes, precisionByIndexSize } from '../analyses/index-size.ts';
import { precisionByLevel } from '../analyses/levels.ts';
import { patientLeak } from '../analyses/patient-leak.ts';
import { chancePrecision, queryPrecision } from '../analyses/query-precision.ts';
import { recallAtK } from '../analyses/recall.ts';
import type { ClassificationScores } from '../evaluation/classification-scores.ts';
import { rowsOf } from '../evaluation/experiment.ts';
import { knnClassification } from '../evaluation/knn-classification.ts';
import { linearProbe, STUDY_PROBE } from '../evaluation/linear-probe.ts';
import { findNeighbours } from '../evaluation/neighbours.ts';
import type { Protocol } from '../evaluation/protocol.ts';
import { retrievalPrecision } from '../evaluation/retrieval.ts';
import type { Context } from './context.ts';

/** The k whose precision gets an interval, and that figures of each class are given at. */
const MARKED_K = [1, 3, 5, 10, 20, 50, 99] as const;

/** The k at which given neighbours are compared with an exact search, as far as their lists reach. */
const RECALL_K = [1, 3, 5, 10, 100] as const;

const options = ({ k, protocol }: Context) => ({ k, protocol });

/** Precision of each test image at k. */
export function scoresOf(context: Context, k = context.k): Float64Array {
  const { labels, retrieved } = context;
  const { queries, index } = labels;
  return queryPrecision(retrieved.test.neighbours, queries, index, { ...options(context), k });
}

/** Precision at k = 1 to 99 by one protocol, and of the classes at some k. */
export function retrievalOf({ retrieved }: Context, protocol: Protocol) {
  const { precision, classes } = retrievalPrecision(retrieved.test, protocol);
  return {
    precision,
    classes: classes.map(({ precision: all, ...one }) => ({
      ...one,
      precision: MARKED_K.flatMap((k) => (all[k - 1] === undefined ? [] : { k, ...all[k - 1] })),
    })),
  };
}

/** Precision with its interval at one k. */
interface PrecisionEstimate {
  k: number;
  micro: Estimate;
  macro: Estimate;
}

/** Intervals by patient at some k, and at that of the analyses; and what chance would give. */
export function intervalsOf(context: Context): { points: PrecisionEstimate[]; chance: number } {
  const { labels, clusters, bootstrap, k, retrieved } = context;
  const { queries, index } = labels;
  const ks = [...new Set([...MARKED_K, k])].filter((one) => one <= retrieved.test.neighbours.k);
  const points = ks
    .sort((a, b) => a - b)
    .map((at) => {
      const scores = scoresOf(context, at);
      return {
        k: at,
        micro: bootstrapMean(scores, clusters, bootstrap),
        macro: bootstrapMean(scores, clusters, bootstrap, queries),
      };
    });
  return { points, chance: meanScore(chancePrecision(queries, index)) };
}

function scoresData({ excluded, ...scores }: ClassificationScores) {
  return { ...scores, excluded: excluded.map(errorData) };
}

/** kNN classification by one protocol. */
export function knnOf({ retrieved }: Context, protocol: Protocol) {
  const { validation, bestK, test } = knnClassification(retrieved.val, retrieved.test, protocol);
  return {
    bestK,
    validation: validation.map(({ k, scores: { classes: _, excluded: __, ...scores } }) => ({
      k,
      scores,
    })),
    test: scoresData(test.scores),
  };
}

/** The linear probe. */
export async function probeOf(context: Context) {
  const { experiment, protocol, config, progress } = context;
  const epochs = progress('linear probe', 'epochs');
  const probe = await linearProbe(experiment, await context.matrix(), {
    seed: config.seed,
    protocol,
    ...(config.threads === undefined ? {} : { threads: config.threads }),
    progress: (_, number) => epochs(number, STUDY_PROBE.epochs),
  });
  epochs(STUDY_PROBE.epochs, STUDY_PROBE.epochs);
  return { bestEpoch: probe.bestEpoch, epochs: probe.epochs, test: scoresData(probe.scores) };
}

/** What images are grouped by. */
const GROUPINGS = {
  label: null,
  modality: ({ modality }: LabelledImage) => modality || 'unknown',
  region: ({ anatomicRegion }: LabelledImage) => anatomicRegion || 'unknown',
  dataset: ({ dataset }: LabelledImage) => dataset || 'unknown',
} as const;
export type Grouping = keyof typeof GROUPINGS;

/** Precision of each label, modality, region and data set. */
export function groupsOf(context: Context): Record<Grouping, PrecisionByGroup> {
  const { experiment, labels, clusters, bootstrap } = context;
  const scores = scoresOf(context);
  const queries = experiment.test.images;
  const by = (grouping: Grouping) => {
    const key = GROUPINGS[grouping];
    if (key === null) {
      return precisionByGroup(scores, labels.queries, labels.index, clusters, bootstrap);
    }
    const { names, of } = classesOf([...queries, ...experiment.train.images].map(key));
    const part = (from: number, to?: number) => ({ names, of: of.subarray(from, to) });
    const [asked, index] = [part(0, queries.length), part(queries.length)];
    return precisionByGroup(scores, asked, index, clusters, bootstrap);
  };
  return {
    label: by('label'),
    modality: by('modality'),
    region: by('region'),
    dataset: by('dataset'),
  };
}

/** Precision at the levels of modality, region and finding. */
export function levelsOf(context: Context) {
  const { retrieved, experiment, clusters, bootstrap } = context;
  return precisionByLevel(
    retrieved.test.neighbours,
    experiment.test.images,
    experiment.train.images,
    experiment.labels,
    { ...options(context), ...bootstrap },
    clusters,
  );
}

/** Which class was taken for which: only the pairs that occur. */
export function confusionOf({ retrieved, labels, k }: Context) {
  const { names, counts, unanswered } = confusion(
    retrieved.test.neighbours,
    labels.queries,
    labels.index,
    k,
  );
  const cells = [...counts.keys()].flatMap((cell) => {
    const images = counts[cell] as number;
    if (images === 0) return [];
    return { truth: Math.floor(cell / names.length), found: cell % names.length, images };
  });
  return { k, cells, unanswered };
}

/** Precision against the size of the index, down to a 64th or 20 images. */
export async function indexSizeOf(context: Context) {
  const { retrieved, labels, clusters, bootstrap, config, experiment, signal } = context;
  const whole = experiment.train.images.length;
  const sizes = geometricSizes(whole, Math.max(20, context.k, whole / 64));
  return precisionByIndexSize(
    retrieved.test.neighbours,
    labels,
    clusters,
    { ...options(context), ...bootstrap, sizes, repeats: config.repeats },
    async (queries, rows, k) => {
      signal?.throwIfAborted();
      const matrix = await context.matrix();
      const index = rowsOf(experiment.train, matrix);
      const asked = rowsOf(experiment.test, matrix);
      return findNeighbours(
        matrix,
        rows.map((row) => index[row] as number),
        queries.map((query) => asked[query] as number),
        k,
        config.threads === undefined ? {} : { threads: config.threads },
      );
    },
  );
}

/** How unevenly the index's images are found. */
export function hubnessOf({ retrieved, experiment, k }: Context) {
  const { occurrences, hubs, ...figures } = hubness(
    retrieved.test.neighbours,
    experiment.train.images.length,
    { k },
  );
  const images = new Map<number, number>();
  for (const count of occurrences) images.set(count, (images.get(count) ?? 0) + 1);
  return {
    ...figures,
    hubs: hubs.map(({ row, occurrences: found }) => {
      const { filepath, label } = experiment.train.images[row] as LabelledImage;
      return { filepath, label: experiment.labels[label] as string, occurrences: found };
    }),
    /** How many images are found how often. */
    histogram: [...images]
      .sort(([a], [b]) => a - b)
      .map(([found, count]) => ({ occurrences: found, images: count })),
  };
}

/** What images of the query's own patient in the index do. */
export function patientLeakOf({ retrieved, experiment, labels, k, bootstrap }: Context) {
  return patientLeak(
    retrieved.test.neighbours,
    { queries: experiment.test.images, index: experiment.train.images },
    labels,
    { k, ...bootstrap },
  );
}

/** How much of the exact answer the given neighbours of the test images hold. */
export async function recallOf({ retrieved, exact, experiment }: Context) {
  const given = retrieved.test.neighbours;
  const right = (await exact()).test.neighbours;
  const longest = Math.min(given.k, right.k);
  return RECALL_K.filter((k) => k <= longest).map((k) =>
    recallAtK(given, right, experiment.train.images.length, k),
  );
}
