import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { z } from 'zod';
import type { EmbeddingMatrix } from '../../domain/embedding-matrix.ts';
import { type ErrorData, errorData, SemblanceError } from '../../domain/errors/error.ts';
import { SPLITS, type Split } from '../../domain/splits.ts';
import { countLabels, patientClusters } from '../../domain/statistics/classes.ts';
import { compareEncoders } from '../../domain/statistics/paired-test.ts';
import type { LoadOptions } from '../../encoding/encoders/model.ts';
import { fileHashes } from '../../tables/files.ts';
import type { LabelledImage } from '../../tables/labelled.ts';
import { readLabelledSet } from '../../tables/read-labelled.ts';
import { attempt, type Context, type Report } from '../analyses/context.ts';
import { scoresOf } from '../analyses/query-precision.ts';
import { describePoints, sampleImages } from '../analyses/sampled-space.ts';
import { attemptSchema, PairedFields } from '../analyses/shapes.ts';
import { sharedPatients } from '../datasets/check.ts';
import { prepareExperiment } from '../evaluation/experiment.ts';
import {
  divideTable,
  type RetrievedSplits,
  retrieve,
  retrievedFromKnn,
} from '../evaluation/retrieve.ts';
import { readKnnCsv } from '../exchange/knn.ts';
import type { Configured } from './config.ts';
import { measureEncoder } from './measure-encoder.ts';
import type { Details, EncoderOutcome, Outcome } from './outcome.ts';
import { loadMatrix, type Prepared, prepareEncoder } from './prepare.ts';
import { findSources } from './sources.ts';
import { hashRows, type Step, StepStore } from './steps.ts';
import { readTable, writeTables } from './table-file.ts';
import { warningsOf } from './warnings.ts';

interface RunOptions extends Pick<LoadOptions, 'provider'> {
  /** Folder of results. */
  output: string;
  /** Folder of the user's own encoders. */
  encodersFolder: string;
  /** Make every step again. */
  fresh?: boolean;
  /** Ends the run between two batches; what is finished stays. */
  signal?: AbortSignal;
  report?: Report;
  /** Called with one sentence about each kept step that cannot be trusted and is made again. */
  warn?: (sentence: string) => void;
}

const PairsSchema = z.array(
  z.strictObject({ first: z.string(), second: z.string(), ...PairedFields, pHolm: z.number() }),
);
const PAIRS: Step<Outcome['pairs']> = {
  name: 'pairs',
  version: 1,
  schema: attemptSchema(z.strictObject({ micro: PairsSchema, macro: PairsSchema })),
};

/** Numbers of each split. */
const bySplit = (of: (split: Split) => number) =>
  Object.fromEntries(SPLITS.map((split) => [split, of(split)])) as Record<Split, number>;

/**
 * Runs a benchmark: embeddings of every encoder, the images that all of them have, their neighbours and
 * figures, and the comparison. Every finished step is kept in `output/.cache`.
 * @throws SemblanceError of the configuration, the CSVs (CSV_INVALID, PATH_NOT_FOUND), SPLIT_EMPTY, and the
 *   first encoder's error when none is left; AbortError when the signal ends it
 */
export async function runBenchmark(
  configured: Configured,
  options: RunOptions,
): Promise<{ outcome: Outcome; details: Details }> {
  const { config, base } = configured;
  const { signal, report, warn, provider } = options;
  const protocol = config.mode === 'default' ? 'corrected' : 'as-published';
  const sources = await findSources(configured, options.encodersFolder);
  const given = typeof config.data.csv === 'string' ? [config.data.csv] : config.data.csv;
  const csv = given.map((path) => resolve(base, path));
  const root = config.data.images === undefined ? undefined : resolve(base, config.data.images);
  const set = await readLabelledSet(csv, root === undefined ? {} : { root });
  const images = root ?? folderOf(csv[0] as string);
  const store = new StepStore(join(options.output, '.cache'), {
    ...(options.fresh === undefined ? {} : { fresh: options.fresh }),
    ...(signal === undefined ? {} : { signal }),
    ...(warn === undefined ? {} : { warn }),
  });
  const failed: Outcome['failed'] = [];
  const progressOf =
    (name: string) => (what: string, unit: string) => (done: number, total: number) => {
      signal?.throwIfAborted();
      report?.(`${name}: ${what}`, unit, done, total);
    };
  const fails = (name: string, error: unknown) => {
    if (!(error instanceof SemblanceError) || error.code === 'DISK_FULL') throw error;
    failed.push({ name, error: errorData(error) });
    if (failed.length === sources.length) throw error;
  };

  const prepared: Prepared[] = [];
  for (const source of sources) {
    try {
      const progress = progressOf(source.name);
      const one = await prepareEncoder(source, set, images, store, config, progress, options);
      requireSplits(set.images, one);
      prepared.push(one);
    } catch (error) {
      fails(source.name, error);
    }
  }

  // Encoders are compared on the images that all of them have.
  const lost = new Map<string, Outcome['excluded'][number]>();
  for (const { source, lost: paths } of prepared) {
    for (const { path, error } of paths) {
      if (!lost.has(path)) lost.set(path, { ...error, encoder: source.name });
    }
  }
  const common = { ...set, images: set.images.filter(({ filepath }) => !lost.has(filepath)) };
  const experiment = prepareExperiment(common);
  if (experiment.test.images.length === 0) {
    throw new SemblanceError('SPLIT_EMPTY', 'There is no query.', { subject: 'test' });
  }
  const used = [...experiment.train.images, ...experiment.val.images, ...experiment.test.images];
  const dataHash = hashRows([experiment.labels, ...used]);
  const k = Math.min(config.k, experiment.train.images.length);
  const clusters = patientClusters(experiment.test.images);
  const labels = {
    queries: { names: experiment.labels, of: experiment.test.labels },
    index: { names: experiment.labels, of: experiment.train.labels },
  };

  const encoders: EncoderOutcome[] = [];
  const keys = new Map<string, unknown>();
  const scores: { name: string; scores: Float64Array }[] = [];
  // Read when they are needed: the tables of all encoders together may not fit into memory.
  const retrieved = new Map<string, () => RetrievedSplits>();
  for (const one of prepared) {
    const { source, embedded, knn } = one;
    try {
      const keyWith = (table: string | null) => [
        dataHash,
        embedded?.sha256 ?? null,
        table,
        config.neighbours,
      ];
      const key = keyWith(knn);
      const progress = progressOf(source.name);
      let matrix: EmbeddingMatrix | undefined;
      const load = async () => {
        matrix ??= await loadMatrix(source.name, embedded, store);
        return matrix;
      };
      const search = async () =>
        retrieve(experiment, await load(), {
          k: config.neighbours,
          progress: progress('neighbours', 'comparisons'),
          ...(config.threads === undefined ? {} : { threads: config.threads }),
        });
      const keep = async (tableKey: unknown, find: () => Promise<RetrievedSplits>) => {
        const file = store.file({ name: 'neighbours', version: 1 }, tableKey, '.bin');
        const hashOf = async () => (await fileHashes([file])).get(file);
        const step: Step<string> = {
          ...{ name: 'neighbours', version: 1, schema: z.string() },
          intact: async (sha256) => (await hashOf()) === sha256,
        };
        await store.json(step, tableKey, async () => {
          const { test, val } = await find();
          writeTables(file, [test.neighbours, val.neighbours]);
          return (await hashOf()) as string;
        });
        return () => divideTable(experiment, readTable(file));
      };
      const { knn: knnFile } = source;
      const read = await keep(
        key,
        knnFile === undefined
          ? search
          : async () => retrievedFromKnn(experiment, await readKnnCsv(knnFile)),
      );
      const table = read();
      if (table.test.neighbours.k < k) {
        throw new SemblanceError(
          'NEIGHBOURS_INVALID',
          `It has ${table.test.neighbours.k} neighbours of each query; k is ${k}.`,
          { subject: knnFile ?? source.name },
        );
      }
      const context: Omit<Context, 'encoder'> = {
        source,
        config,
        protocol,
        experiment,
        retrieved: table,
        exact: async () => (knnFile === undefined ? table : (await keep(keyWith(null), search))()),
        k,
        matrix: load,
        labels,
        clusters,
        bootstrap: { seed: config.seed, replicates: config.replicates },
        images,
        progress,
        signal,
      };
      const figures = await measureEncoder(context, config, store, key, provider);
      encoders.push({ ...factsOf(one, base), figures });
      keys.set(source.name, key);
      scores.push({ name: source.name, scores: scoresOf(context) });
      retrieved.set(source.name, read);
    } catch (error) {
      fails(source.name, error);
    }
  }

  const bootstrap = { seed: config.seed, replicates: config.replicates };
  const pairs = await store.json(
    PAIRS,
    [encoders.map(({ name }) => [name, keys.get(name)]), protocol, k, bootstrap],
    () =>
      attempt(() => ({
        micro: compareEncoders(scores, clusters, bootstrap),
        macro: compareEncoders(scores, clusters, bootstrap, labels.queries),
      })),
  );
  encoders.sort((a, b) => precisionOf(b, k) - precisionOf(a, k));

  const count = (split: Split) => countLabels(experiment[split].labels, experiment.labels.length);
  const counts = { train: count('train'), val: count('val'), test: count('test') };
  const leaks = sharedPatients(used);
  const shared = [...new Set(leaks.map(({ dataset }) => dataset))].map((dataset) => ({
    dataset,
    patients: leaks.filter((leak) => leak.dataset === dataset).length,
  }));
  const local = (text: string) => text.replaceAll(base + sep, '');
  const relative = (error: ErrorData): ErrorData => ({
    ...error,
    detail: local(error.detail),
    subject: error.subject === null ? null : local(error.subject),
  });
  const outcome: Outcome = {
    config,
    protocol,
    k,
    data: {
      csv: given,
      sha256: dataHash,
      splits: bySplit((split) => experiment[split].images.length),
      datasets: [...new Set(used.map(({ dataset }) => dataset))],
      labels: experiment.labels.map((label, i) => ({
        label,
        ...bySplit((split) => counts[split][i] as number),
      })),
      patients: { test: clusters.count - clusters.unknown, unknown: clusters.unknown, shared },
    },
    encoders,
    pairs,
    points: describePoints(experiment, sampleImages(experiment, config.points, config.seed)),
    warnings: [],
    excluded: [
      ...experiment.excluded.map((error) => ({ ...relative(errorData(error)), encoder: null })),
      ...[...lost.values()].map((error) => ({ ...error, ...relative(error) })),
    ],
    failed: failed.map(({ name, error }) => ({ name, error: relative(error) })),
  };
  outcome.warnings = [
    ...warningsOf(outcome),
    ...(set.tables ?? []).flatMap(({ file, notes }) =>
      notes.map((note) => `${local(file)}: ${note}`),
    ),
    ...sharedContents(prepared, used),
  ];
  return { outcome, details: { experiment, images, retrieved } };
}

/**
 * Fails an encoder that would leave nothing to search in or with for all of them.
 * @throws SemblanceError SPLIT_EMPTY
 */
function requireSplits(images: readonly LabelledImage[], { lost }: Prepared): void {
  const without = new Set(lost.map(({ path }) => path));
  for (const split of ['train', 'test']) {
    const part = images.filter((image) => image.split === split);
    if (part.length > 0 && part.every(({ filepath }) => without.has(filepath))) {
      throw new SemblanceError('SPLIT_EMPTY', 'The encoder has no usable embedding of it.', {
        subject: split,
      });
    }
  }
}

/** Files of one content under several names in several splits, where contents were read to encode them. */
function sharedContents(prepared: readonly Prepared[], images: readonly LabelledImage[]): string[] {
  const contents = prepared.find(({ embedded }) => embedded?.contents)?.embedded?.contents;
  if (contents === undefined) return [];
  const imageOf = new Map(images.map((image) => [image.filepath, image]));
  const first = new Map<string, LabelledImage>();
  const pairs: string[] = [];
  for (const [path, content] of contents) {
    const image = imageOf.get(path);
    if (image === undefined) continue;
    const known = first.get(content);
    if (known === undefined) first.set(content, image);
    else if (known.split !== image.split) {
      pairs.push(`${known.filepath} (${known.split}) = ${image.filepath} (${image.split})`);
    }
  }
  return pairs.length === 0
    ? []
    : [
        `Files whose content is in another split under another name: ${pairs.length} (${pairs[0]}). ` +
          'Figures are too good; `semblance dataset check --content` lists them.',
      ];
}

/** The folder of a CSV, or the folder itself that was named. */
function folderOf(path: string): string {
  return statSync(path).isDirectory() ? path : dirname(path);
}

/** Micro precision at k, by which encoders are ranked. */
function precisionOf({ figures }: EncoderOutcome, k: number): number {
  const { intervals } = figures;
  if ('error' in intervals) return -1;
  return intervals.value.points.find((point) => point.k === k)?.micro.value ?? -1;
}

/** What is known of an encoder beside its figures. */
function factsOf(
  { source, embedded, fingerprint, knn }: Prepared,
  base: string,
): Omit<EncoderOutcome, 'figures'> {
  const { definition, files = [], list, knn: table } = source;
  const named = [...files, ...[list, table].filter((path) => path !== undefined)];
  return {
    name: source.name,
    from: definition !== undefined ? 'images' : embedded !== null ? 'embeddings' : 'neighbours',
    title: definition?.title ?? null,
    licence: definition?.licence ?? null,
    origin: definition?.source ?? null,
    fingerprint,
    files: named.map((path) => path.replace(base + sep, '')),
    dimension: embedded?.dimension ?? null,
    embeddings: embedded?.count ?? null,
    sha256: {
      embeddings: embedded?.sha256 ?? null,
      images: embedded?.images ?? null,
      neighbours: knn,
    },
  };
}

/** Version of the program. */
export function programVersion(): string {
  const file = new URL('../../../package.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).version;
}
