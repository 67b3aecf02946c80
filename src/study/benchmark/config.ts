import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import {
  type BenchmarkConfiguration,
  BenchmarkConfigurationSchema,
} from '../../contract/benchmark.ts';
import { SemblanceError, toSemblanceError } from '../../domain/errors/error.ts';
import { suggestion } from '../../domain/errors/suggest.ts';
import { ANALYSES, type Analysis } from '../analyses/registry.ts';
import { STUDY } from '../evaluation/protocol.ts';

const analysisName = z.enum(ANALYSES as [Analysis, ...Analysis[]], {
  error: ({ input }) =>
    `"${input}" is no analysis. ${suggestion(String(input), ANALYSES, 'analysis')}`,
});

/** A configuration, with what the study alone knows of its fields. */
const ConfigSchema = BenchmarkConfigurationSchema.extend({
  k: BenchmarkConfigurationSchema.shape.k.unwrap().max(STUDY.largestK).default(5),
  neighbours: BenchmarkConfigurationSchema.shape.neighbours.unwrap().default(STUDY.neighbours),
  analyses: z.array(analysisName).default([...ANALYSES]),
});

/** A validated configuration. */
export type BenchmarkConfig = z.infer<typeof ConfigSchema>;

/** What replaces values of a configuration. */
export type ConfigChanges = Partial<
  Pick<
    BenchmarkConfiguration,
    'mode' | 'k' | 'seed' | 'examples' | 'output' | 'threads' | 'analyses'
  >
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
export const EXAMPLE_CONFIG: BenchmarkConfiguration = {
  title: 'Which encoder finds our images best?',
  data: { csv: 'dataset.csv', images: '.' },
  encoders: ['baseline'],
  k: 5,
  seed: 1,
  mode: 'default',
  analyses: [...ANALYSES],
  examples: false,
  output: 'benchmark',
};

/** A configuration for a folder in the layout of the study's archive. */
export const ARCHIVE_CONFIG: BenchmarkConfiguration = {
  title: "The study's archive",
  data: { csv: ['train.csv', 'val.csv', 'test.csv'] },
  encoders: [{ archive: '.', experiment: 'all' }],
  mode: 'as-published',
  analyses: ['groups', 'levels', 'confusion', 'index-size', 'space', 'projection', 'hubness'],
  output: 'benchmark',
};
