import { join, resolve, sep } from 'node:path';
import { z } from 'zod';
import { type ErrorData, errorData, SemblanceError } from '../../domain/errors/error.ts';
import { SPLITS, type Split } from '../../domain/splits.ts';
import { countLabels, patientClusters } from '../../domain/statistics/classes.ts';
import { compareEncoders } from '../../domain/statistics/paired-test.ts';
import type { LoadOptions } from '../../encoding/encoders/model.ts';
import { readLabelledSet } from '../../tables/read-labelled.ts';
import { attempt, type Context, figureOf, type Report } from '../analyses/context.ts';
import { scoresOf } from '../analyses/query-precision.ts';
import { describePoints, sampleImages } from '../analyses/sampled-space.ts';
import { attemptSchema, PairedFields } from '../analyses/shapes.ts';
import { sharedPatients } from '../datasets/check.ts';
import { prepareExperiment } from '../evaluation/experiment.ts';
import { trainProbe } from '../evaluation/linear-probe.ts';
import type { Protocol } from '../evaluation/protocol.ts';
import type { KeptEmbeddings } from '../exchange/kept-embeddings.ts';
import type { BenchmarkConfig, Configured } from './config.ts';
import {
  factsOf,
  folderOf,
  precisionOf,
  probabilitiesOf,
  requireSplits,
  sharedContents,
} from './facts.ts';
import { measureEncoder } from './measure-encoder.ts';
import { findTable, requireLength, searchNeighbours, tableReader } from './neighbours.ts';
import type { Details, EncoderOutcome, Outcome } from './outcome.ts';
import { ALL, Plan } from './plan.ts';
import {
  givenNeighbours,
  openEmbeddings,
  type Prepared,
  type PreparedImages,
  prepareEncoder,
} from './prepare.ts';
import { classifierOf, trainedProbe } from './probe.ts';
import { findSources } from './sources.ts';
import { hashRows, type Step, StepStore } from './steps.ts';
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
  const protocol: Protocol = config.mode === 'default' ? 'corrected' : 'as-published';
  const sources = await findSources(configured, options.encodersFolder);
  const given = typeof config.data.csv === 'string' ? [config.data.csv] : config.data.csv;
  const csv = given.map((path) => resolve(base, path));
  const root = config.data.images === undefined ? undefined : resolve(base, config.data.images);
  const plan = new Plan(report, signal);
  const set = await readLabelledSet(csv, {
    ...(root !== undefined && { root }),
    onBytes: (file, done, total) => plan.reading(file, done, total),
  });
  const images = root ?? folderOf(csv[0] as string);
  const store = new StepStore(join(options.output, '.cache'), {
    ...(options.fresh === undefined ? {} : { fresh: options.fresh }),
    ...(signal === undefined ? {} : { signal }),
    ...(warn === undefined ? {} : { warn }),
  });
  const failed: Outcome['failed'] = [];
  plan.open(
    bySplit((split) => set.images.filter((image) => image.split === split).length),
    config,
    sources,
  );
  const fails = (name: string, error: unknown) => {
    if (!(error instanceof SemblanceError) || error.code === 'DISK_FULL') throw error;
    failed.push({ name, error: errorData(error) });
    if (failed.length === sources.length) throw error;
  };

  const prepared: Prepared[] = [];
  // Encoders are compared on the images that all of them have.
  const lost = new Map<string, Outcome['excluded'][number]>();
  let contents: PreparedImages['contents'];
  for (const source of sources) {
    try {
      const one = await prepareEncoder(source, set, images, store, config, plan, options);
      requireSplits(set.images, one.images);
      prepared.push(one.prepared);
      contents ??= one.images.contents;
      for (const { path, error } of one.images.lost) {
        if (!lost.has(path)) lost.set(path, { ...error, encoder: source.name });
      }
    } catch (error) {
      plan.endAll(source.name);
      fails(source.name, error);
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
  const retrieved: Details['retrieved'] = new Map();
  const probabilities: Details['probabilities'] = new Map();
  const shared = { config, protocol, experiment, dataHash, k, labels, clusters, images, store };
  for (const one of prepared) {
    const { name } = one.source;
    try {
      const measured = await measureOne(one, { ...shared, provider }, plan, signal);
      encoders.push({ ...factsOf(one, base), figures: measured.figures });
      keys.set(name, measured.key);
      scores.push({ name, scores: measured.scores });
      retrieved.set(name, measured.table);
      if (measured.probabilities) probabilities.set(name, measured.probabilities);
    } catch (error) {
      fails(name, error);
    }
    plan.endAll(name, ['write']);
  }

  const bootstrap = { seed: config.seed, replicates: config.replicates };
  const pairs = await store.json(
    PAIRS,
    [encoders.map(({ name }) => [name, keys.get(name)]), protocol, k, bootstrap],
    () =>
      attempt(() => {
        const pairs = (scores.length * (scores.length - 1)) / 2;
        const progress = plan.progressOf(ALL)('comparison', 'pairs');
        const onPair = (before: number) => (done: number) => progress(before + done, 2 * pairs);
        return {
          micro: compareEncoders(scores, clusters, { ...bootstrap, onPair: onPair(0) }),
          macro: compareEncoders(
            scores,
            clusters,
            { ...bootstrap, onPair: onPair(pairs) },
            labels.queries,
          ),
        };
      }),
  );
  plan.end(ALL, 'comparison');
  encoders.sort((a, b) => precisionOf(b, k) - precisionOf(a, k));

  const count = (split: Split) => countLabels(experiment[split].labels, experiment.labels.length);
  const counts = { train: count('train'), val: count('val'), test: count('test') };
  const leaks = sharedPatients(used);
  const leaking = [...new Set(leaks.map(({ dataset }) => dataset))].map((dataset) => ({
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
      patients: {
        test: clusters.count - clusters.unknown,
        unknown: clusters.unknown,
        shared: leaking,
      },
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
    ...sharedContents(contents, used),
  ];
  return { outcome, details: { experiment, images, retrieved, probabilities, plan } };
}

/** What opens the embeddings of an encoder whenever it is called, and holds nothing until then. */
const openLater = (...of: Parameters<typeof openEmbeddings>) => {
  return () => openEmbeddings(...of);
};

/** What is the same for all encoders of a run. */
interface Shared
  extends Pick<Context, 'protocol' | 'experiment' | 'k' | 'labels' | 'clusters' | 'images'> {
  config: BenchmarkConfig;
  dataHash: string;
  store: StepStore;
  provider: LoadOptions['provider'];
}

/**
 * Everything of one encoder. Its embeddings and neighbours are in memory for that time only: what is given back
 * reads the table anew.
 */
async function measureOne(
  { source, embedded, knn }: Prepared,
  { dataHash, store, config, provider, ...shared }: Shared,
  plan: Plan,
  signal: AbortSignal | undefined,
) {
  const progress = plan.progressOf(source.name);
  const { experiment, k } = shared;
  const keyWith = (table: string | null) => [
    dataHash,
    embedded?.sha256 ?? null,
    table,
    config.neighbours,
  ];
  const key = keyWith(knn);
  let opened: KeptEmbeddings | undefined;
  const embeddings = () => {
    opened ??= openEmbeddings(source.name, embedded, store);
    return opened;
  };
  const given = givenNeighbours(source, knn);
  const neighbours = {
    ...{ experiment, given, embeddings, config },
    progress: progress('neighbours', 'queries'),
  };
  try {
    const table = tableReader(experiment, await findTable(store, key, neighbours));
    plan.end(source.name, 'neighbours');
    const retrieved = table();
    requireLength(retrieved, k, source.knn ?? source.name);
    const exact = async () =>
      given === undefined
        ? retrieved
        : tableReader(experiment, await searchNeighbours(store, keyWith(null), neighbours))();
    const threads = config.threads === undefined ? {} : { threads: config.threads };
    const probe = () =>
      trainedProbe(store, [dataHash, embedded?.sha256 ?? null, config.seed], (states) =>
        trainProbe(experiment, embeddings(), {
          ...{ seed: config.seed, protocol: shared.protocol, states, ...threads },
          progress: progress('linear probe', 'images'),
        }),
      );
    const context: Omit<Context, 'encoder' | 'blocks'> = {
      ...shared,
      ...{ source, config, retrieved, exact, embeddings, progress, signal },
      bootstrap: { seed: config.seed, replicates: config.replicates },
      probe,
    };
    const figures = await measureEncoder(context, config, store, key, provider, plan);
    // Made elsewhere: a function of this scope would hold on to the neighbours and the opened embeddings.
    const { test, labels } = experiment;
    const { written } = probabilitiesOf(config, test.images.length, labels.length);
    const probabilities =
      figureOf(figures.linearProbe) === undefined || !written
        ? undefined
        : classifierOf(
            experiment,
            openLater(source.name, embedded, store),
            (await probe()).weights,
            threads,
          );
    return { key, figures, scores: scoresOf(context), table, probabilities };
  } finally {
    opened?.close();
  }
}
