import { z } from 'zod';

/** Null where it is a figure of nothing. */
const figure = z.number().nullable();
const count = z.number().int().nonnegative();

/** A rising step function, by its points. */
const points = z.array(z.number()).readonly();
const RisingSchema = z
  .object({ x: points, y: points })
  .refine(({ x, y }) => x.length === y.length, 'x and y have different lengths');

/**
 * The fields of a calibration, as it leaves the program and as a collection keeps it.
 * @param figure how a figure is read that may be one of nothing
 * @internal
 */
export function calibrationFields<Figure extends z.ZodType<number | null>>(figure: Figure) {
  const selective = z.object({
    /** Share of the queries that have a good match. */
    coverage: figure,
    /** Share of these whose nearest image shares nothing; null where there is none. */
    error: z.number().nullable(),
  });
  /** How far stated probabilities can be relied on. */
  const reliability = z.object({
    count,
    expectedCalibrationError: figure,
    brier: figure,
    bins: z.array(z.object({ count, stated: z.number(), observed: z.number() })),
  });
  const figures = z.object({
    queries: count,
    patients: count,
    /** Of the nearest image alone, and of the nearest ones. */
    nearest: reliability,
    neighbours: reliability,
    /** The latter by similarity alone, for comparison. */
    bySimilarity: reliability,
  });
  return {
    encoder: z.string(),
    fingerprint: z.string(),
    /** What is shared: `label`, or a metadata field. */
    field: z.string(),
    made: z.string(),
    generation: count,
    images: count,
    /** Images searched in. */
    index: count,
    /** Whose queries it was fitted on, the thresholds were chosen on, and all was measured on. */
    roles: z.object({ fit: z.string(), choose: z.string(), measure: z.string().nullable() }),
    fitted: z.object({ queries: count, patients: count }),
    similarity: RisingSchema,
    score: RisingSchema,
    familiar: z.number(),
    confidence: z.number(),
    /** The wanted rate of errors, one of the levels. */
    error: z.number(),
    levels: z.array(
      z.object({
        error: z.number(),
        /** Null when none can be guaranteed. */
        threshold: z.number().nullable(),
        chosenOn: selective,
        measured: selective.nullable(),
      }),
    ),
    figures: z.object({ choose: figures, measure: figures.nullable() }),
  };
}

/** How similarities in a collection become probabilities; docs/calibration.md explains the figures. */
export const StoredCalibrationSchema = z.object({
  collection: z.string(),
  ...calibrationFields(figure),
  /** Share of the images that have changed since. */
  changed: z.number(),
  /** Too many have changed to rely on it. */
  stale: z.boolean(),
});

const EstimateSchema = z.object({
  value: z.number(),
  /** Null when there is nothing to draw from. */
  interval: z.object({ low: z.number(), high: z.number() }).nullable(),
});

/** Plain and adapted embeddings on the same queries. */
const AdaptedComparisonSchema = z.object({
  on: z.enum(['cross-validation', 'val', 'test']),
  queries: count,
  patients: count,
  precision: z.array(
    z.object({
      /** Null for the mean over the depths. */
      k: count.nullable(),
      plain: EstimateSchema,
      adapted: EstimateSchema,
      difference: z.object({ difference: EstimateSchema, p: z.number(), exact: z.boolean() }),
    }),
  ),
});

/** An encoder that was adapted to the labels of a collection; docs/adapt.md explains the figures. */
export const AdaptationSchema = z.object({
  collection: z.string(),
  /** The encoder that was adapted, and the name of the adapted one. */
  encoder: z.string(),
  name: z.string(),
  field: z.string(),
  images: count,
  classes: count,
  settings: z.object({
    root: z.boolean(),
    shrinkage: z.number(),
    weights: z.object({ embedding: z.number(), axes: z.number(), classes: z.number() }),
  }),
  dimension: count,
  crossValidation: AdaptedComparisonSchema,
  /** Whether the mean precision rises beyond the interval of the difference. */
  better: z.boolean(),
  seconds: z.object({ choose: z.number(), fit: z.number() }),
  /** Size of the projection. */
  bytes: count,
  /** The same on the parts val and test. */
  parts: z.array(AdaptedComparisonSchema),
  saved: z.boolean(),
  /** Whether it answers now. */
  used: z.boolean(),
});

export type StoredCalibration = z.infer<typeof StoredCalibrationSchema>;
export type CalibrationFigures = StoredCalibration['figures']['choose'];
export type Adaptation = z.infer<typeof AdaptationSchema>;
export type AdaptedComparison = z.infer<typeof AdaptedComparisonSchema>;
