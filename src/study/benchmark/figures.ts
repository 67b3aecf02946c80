import { z } from 'zod';
import { errorData } from '../../domain/errors/error.ts';
import { bootstrapMean, meanScore } from '../../domain/statistics/bootstrap.ts';
import type { Context } from '../analyses/context.ts';
import { chancePrecision, scoresOf } from '../analyses/query-precision.ts';
import { Count, ErrorDataSchema, EstimateSchema } from '../analyses/shapes.ts';
import type { ClassificationScores } from '../evaluation/classification-scores.ts';
import { knnClassification } from '../evaluation/knn-classification.ts';
import { scoreProbe } from '../evaluation/linear-probe.ts';
import type { Protocol } from '../evaluation/protocol.ts';
import { retrievalPrecision } from '../evaluation/retrieval.ts';
import { EpochsSchema } from './probe.ts';
import type { Step } from './steps.ts';

/** The k whose precision gets an interval and a column, and that figures of each class are given at. */
export const MARKED_K = [1, 3, 5, 10, 20, 50, 99] as const;

const Spread = z.strictObject({ mean: z.number(), std: z.number().nullable() });
const RetrievalSchema = z.strictObject({
  precision: z.array(z.strictObject({ k: Count, micro: Spread, macro: Spread })),
  classes: z.array(
    z.strictObject({
      label: z.string(),
      queries: Count,
      indexImages: Count,
      precision: z.array(
        z.strictObject({ k: Count, mean: z.number(), std: z.number().nullable() }),
      ),
    }),
  ),
});
type Retrieval = z.infer<typeof RetrievalSchema>;

const IntervalsSchema = z.strictObject({
  points: z.array(z.strictObject({ k: Count, micro: EstimateSchema, macro: EstimateSchema })),
  chance: z.number(),
});
type Intervals = z.infer<typeof IntervalsSchema>;

const SCORES = {
  microRocAuc: z.number(),
  macroRocAuc: z.number(),
  microF1: z.number(),
  macroF1: z.number(),
  macroPrecision: z.number(),
  macroRecall: z.number(),
  accuracy: z.number(),
};
const TestScores = z.strictObject({
  ...SCORES,
  classes: z.array(
    z.strictObject({
      label: z.string(),
      images: Count,
      rocAuc: z.number().nullable(),
      precision: z.number(),
      recall: z.number(),
      f1: z.number(),
    }),
  ),
  excluded: z.array(ErrorDataSchema),
});
const KnnSchema = z.strictObject({
  bestK: Count,
  validation: z.array(z.strictObject({ k: Count, scores: z.strictObject(SCORES) })),
  test: TestScores,
});
type Knn = z.infer<typeof KnnSchema>;

const ProbeSchema = z.strictObject({
  bestEpoch: Count,
  epochs: EpochsSchema,
  test: TestScores,
});
type Probe = z.infer<typeof ProbeSchema>;

/** Precision at k = 1 to 99 by one protocol, and of the classes at some k. */
function retrievalOf({ retrieved }: Context, protocol: Protocol): Retrieval {
  const { precision, classes } = retrievalPrecision(retrieved.test, protocol);
  return {
    precision,
    classes: classes.map(({ precision: all, ...one }) => ({
      ...one,
      precision: MARKED_K.flatMap((k) => {
        const at = all[k - 1];
        return at === undefined ? [] : { k, ...at };
      }),
    })),
  };
}

/** Intervals by patient at some k, and at that of the analyses; and what chance would give. */
function intervalsOf(context: Context): Intervals {
  const { labels, clusters, bootstrap, k, retrieved, progress } = context;
  const { queries, index } = labels;
  const ks = [...new Set([...MARKED_K, k])].filter((one) => one <= retrieved.test.neighbours.k);
  const show = progress('intervals', 'values of k');
  const points = ks
    .sort((a, b) => a - b)
    .map((at, i) => {
      show(i, ks.length);
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
function knnOf({ retrieved, progress }: Context, protocol: Protocol): Knn {
  const show = progress(protocol === 'corrected' ? 'kNN' : 'kNN as published', 'values of k');
  const { val, test: queries } = retrieved;
  const { validation, bestK, test } = knnClassification(val, queries, protocol, show);
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
async function probeOf({
  experiment,
  protocol,
  config: { threads },
  embeddings,
  probe,
}: Context): Promise<Probe> {
  const { weights, bestEpoch, epochs } = await probe();
  const { scores } = await scoreProbe(experiment, embeddings(), weights, {
    protocol,
    ...(threads === undefined ? {} : { threads }),
  });
  return { bestEpoch, epochs, test: scoresData(scores) };
}

/** A figure that every benchmark has. */
interface BaseFigure<T> extends Pick<Step<T>, 'name' | 'version' | 'schema'> {
  run: (context: Context) => T | Promise<T>;
}
const figure = <T>(one: BaseFigure<T>) => one;

/** Precision by both protocols. */
export const RETRIEVAL = figure({
  name: 'retrieval',
  version: 1,
  schema: z.strictObject({ corrected: RetrievalSchema, 'as-published': RetrievalSchema }),
  run: (context) => ({
    corrected: retrievalOf(context, 'corrected'),
    'as-published': retrievalOf(context, 'as-published'),
  }),
});

export const INTERVALS = figure({
  name: 'intervals',
  version: 1,
  schema: IntervalsSchema,
  run: intervalsOf,
});

export const KNN = {
  corrected: figure({
    name: 'knn',
    version: 1,
    schema: KnnSchema,
    run: (context) => knnOf(context, 'corrected'),
  }),
  'as-published': figure({
    name: 'knn-as-published',
    version: 1,
    schema: KnnSchema,
    run: (context) => knnOf(context, 'as-published'),
  }),
};

export const PROBE = figure({
  name: 'linear-probe',
  version: 1,
  schema: ProbeSchema,
  run: probeOf,
});
