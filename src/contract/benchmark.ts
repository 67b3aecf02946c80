import { z } from 'zod';
import { ErrorSchema } from './errors.ts';

const count = z.number().int().min(1);
const paths = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);
const name = z
  .string()
  .regex(/^[^/\\\p{Cc}]{1,80}$/u, 'a name has 1 to 80 characters, none of them a slash')
  .refine((text) => !/^\.|\.$/.test(text), 'a name neither begins nor ends with a dot');
/** The study's knn.csv, used instead of a search. */
const table = z.string().min(1).optional();

/** Where the embeddings or neighbours of an encoder come from. */
const EncoderEntrySchema = z.union([
  /** Name of an encoder, or its JSON file. */
  z.string().min(1),
  z.strictObject({ name: name.optional(), encoder: z.string().min(1), neighbours: table }),
  z
    .strictObject({
      name,
      /** Files of embeddings, or folders of them. */
      embeddings: paths.optional(),
      /** List of the rows' paths, for formats without one of their own. */
      paths: z.string().min(1).optional(),
      neighbours: table,
    })
    .refine(
      ({ embeddings, neighbours }) => embeddings !== undefined || neighbours !== undefined,
      'give "embeddings", "neighbours" (a knn.csv), or both',
    ),
  /** Every encoder of a folder in the layout of the study's archive. */
  z.strictObject({
    archive: z.string().min(1),
    /** Folder of `experiments/` whose knn.csv files are used; without it neighbours are searched. */
    experiment: z.string().min(1).optional(),
  }),
]);

/** The configuration of a benchmark; `docs/benchmark.md` explains every field. */
export const BenchmarkConfigurationSchema = z.strictObject({
  title: z.string().min(1).default('Benchmark'),
  data: z.strictObject({
    /** CSVs in the study's layout, or folders of them. */
    csv: paths,
    /** Folder that the images' paths are relative to; the first CSV's folder by default. */
    images: z.string().min(1).optional(),
  }),
  encoders: z.array(EncoderEntrySchema).min(1),
  /** How figures are computed: `default` is corrected. */
  mode: z.enum(['default', 'as-published']).default('default'),
  /** k of the ranking and of the analyses. */
  k: count.default(5),
  /** Neighbours that are searched for each query; by default as many as in the study. */
  neighbours: count.max(1000).optional(),
  /** Chooses every random number. */
  seed: z
    .number()
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(1),
  /** Whether a linear probe is trained. */
  linearProbe: z.boolean().default(true),
  /** Names of analyses; all by default. */
  analyses: z.array(z.string()).optional(),
  /** Draws of each interval. */
  replicates: count.min(100).default(1000),
  /** Random orders of the index whose parts are searched. */
  repeats: count.max(100).default(5),
  /** Queries that are perturbed, and images whose cost is measured. */
  samples: count.default(200),
  /** Points of a projection. */
  points: count.min(10).max(20_000).default(1500),
  /** Whether small pictures of queries and neighbours go into the report. */
  examples: z.boolean().default(false),
  /** Whether the neighbours of all queries are written too, as the study's `knn.csv` for each encoder. */
  knn: z.boolean().default(false),
  /**
   * Whether the linear probe's probabilities of each test image are written, as the study's
   * `linear_probing_results.csv` for each encoder; by default where such a file has up to about 50 MB.
   */
  probabilities: z.boolean().optional(),
  /** Folder that results are written to. */
  output: z.string().min(1).optional(),
  /** Threads of the runtime and of decoding; every core by default. */
  threads: count.optional(),
});

/** A mean with its interval, where there is one; null where the encoder has no such figure. */
const EstimateSchema = z
  .object({
    value: z.number(),
    interval: z.object({ low: z.number(), high: z.number() }).nullable(),
  })
  .nullable();

/** What encoding costs on a machine; times in seconds. */
export const BenchmarkTimingsSchema = z.object({
  machine: z.object({
    cpu: z.string(),
    cores: z.number().int(),
    threads: z.number().int().nullable().meta({ description: 'Null for every core' }),
  }),
  encoders: z.array(
    z.object({
      name: z.string(),
      images: z.number().int(),
      decode: z.number().meta({ description: 'Of all images: reading and decoding' }),
      preprocess: z.number(),
      encode: z.number(),
      batch: z.number().int(),
      bytes: z.number().meta({ description: 'Of one embedding as stored' }),
      perImage: z.object({
        decode: z.number(),
        preprocess: z.number(),
        encode: z.number(),
        total: z.number(),
      }),
    }),
  ),
  k: z.number().int(),
});

/** A benchmark that has run, or was ended before; then the same request goes on. */
export const BenchmarkRunSchema = z.discriminatedUnion('complete', [
  z.object({ complete: z.literal(false), output: z.string() }),
  z.object({
    complete: z.literal(true),
    output: z.string().meta({ description: 'Folder of results' }),
    report: z.string().meta({ description: 'The page to read' }),
    k: z.number().int(),
    ranking: z
      .array(z.object({ name: z.string(), micro: EstimateSchema, macro: EstimateSchema }))
      .meta({ description: 'Precision at k, the best first' }),
    timings: BenchmarkTimingsSchema,
    warnings: z.array(z.string()),
    excluded: z.number().int().meta({ description: 'Rows, classes and images left out' }),
    failed: z.array(ErrorSchema.extend({ name: z.string() })),
  }),
]);

/** What a benchmark left out: rows and classes, and images that an encoder lacks. */
export const BenchmarkExclusionsSchema = z.array(
  ErrorSchema.extend({ encoder: z.string().nullable() }),
);

export type BenchmarkConfiguration = z.input<typeof BenchmarkConfigurationSchema>;
export type BenchmarkEncoder = z.infer<typeof EncoderEntrySchema>;
export type BenchmarkTimings = z.infer<typeof BenchmarkTimingsSchema>;
export type BenchmarkRun = z.infer<typeof BenchmarkRunSchema>;
export type BenchmarkExclusions = z.infer<typeof BenchmarkExclusionsSchema>;
