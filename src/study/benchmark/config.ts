import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { SemblanceError, toSemblanceError } from '../../domain/errors/error.ts';
import { suggestion } from '../../domain/errors/suggest.ts';
import { ANALYSES, type Analysis } from '../analyses/registry.ts';
import { STUDY } from '../evaluation/protocol.ts';

const paths = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);
const name = z
  .string()
  .regex(/^[^/\\\p{Cc}]{1,80}$/u, 'a name has 1 to 80 characters, none of them a slash')
  .refine((text) => !/^\.|\.$/.test(text), 'a name neither begins nor ends with a dot');
const seed = z
  .number()
  .int()
  .min(0)
  .max(2 ** 32 - 1);
const count = z.number().int().min(1);
const analysisName = z.enum(ANALYSES as [Analysis, ...Analysis[]], {
  error: ({ input }) =>
    `"${input}" is no analysis. ${suggestion(String(input), ANALYSES, 'analysis')}`,
});
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
export type EncoderEntry = z.infer<typeof EncoderEntrySchema>;

/** The configuration of a benchmark; `docs/benchmark.md` explains every field. */
const ConfigSchema = z.strictObject({
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
  k: count.max(STUDY.largestK).default(5),
  /** Neighbours that are searched for each query. */
  neighbours: count.max(1000).default(STUDY.neighbours),
  /** Chooses every random number. */
  seed: seed.default(1),
  /** Whether a linear probe is trained. */
  linearProbe: z.boolean().default(true),
  analyses: z.array(analysisName).default([...ANALYSES]),
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
  /** Folder that results are written to. */
  output: z.string().min(1).optional(),
  /** Threads of the runtime and of decoding; every core by default. */
  threads: count.optional(),
});

/** A validated configuration. */
export type BenchmarkConfig = z.infer<typeof ConfigSchema>;

/** What the command line changes of a configuration. */
export type ConfigChanges = Partial<
  Pick<BenchmarkConfig, 'mode' | 'k' | 'seed' | 'examples' | 'output' | 'threads' | 'analyses'>
>;

/** A configuration with the folder that its paths are relative to. */
export interface Configured {
  config: BenchmarkConfig;
  /** Absolute path of the file's folder. */
  base: string;
}

/**
 * Reads and checks a configuration.
 * @param changes values that replace those of the file
 * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE, CONFIG_INVALID that names the field
 */
export function readConfig(file: string, changes: ConfigChanges = {}): Configured {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw toSemblanceError(cause, file);
    throw new SemblanceError('CONFIG_INVALID', `It is not JSON: ${cause.message}`, {
      subject: file,
    });
  }
  return parseConfig(json, file, changes);
}

/**
 * Checks a configuration.
 * @param file its path, for errors and as the base of its paths
 * @throws SemblanceError CONFIG_INVALID
 */
export function parseConfig(json: unknown, file: string, changes: ConfigChanges = {}): Configured {
  const invalid = (why: string) => new SemblanceError('CONFIG_INVALID', why, { subject: file });
  const changed = json instanceof Object ? { ...json, ...changes } : json;
  const parsed = ConfigSchema.safeParse(changed);
  if (!parsed.success) throw invalid(z.prettifyError(parsed.error));
  const base = dirname(resolve(file));
  const config = parsed.data;
  // An absolute path, as the command line gives it, stays as it is.
  if (config.output !== undefined) config.output = resolve(base, config.output);
  if (config.k > config.neighbours) {
    throw invalid(`k is ${config.k}, more than the ${config.neighbours} neighbours.`);
  }
  return { config, base };
}

/** A configuration to begin with. */
export const EXAMPLE_CONFIG = {
  title: 'Which encoder finds our images best?',
  data: { csv: 'dataset.csv', images: '.' },
  encoders: ['baseline'],
  k: 5,
  seed: 1,
  mode: 'default',
  analyses: ANALYSES,
  examples: false,
  output: 'benchmark',
};

/** A configuration for a folder in the layout of the study's archive. */
export const ARCHIVE_CONFIG = {
  title: "The study's archive",
  data: { csv: ['train.csv', 'val.csv', 'test.csv'] },
  encoders: [{ archive: '.', experiment: 'all' }],
  mode: 'as-published',
  analyses: ['groups', 'levels', 'confusion', 'index-size', 'space', 'projection', 'hubness'],
  output: 'benchmark',
};
