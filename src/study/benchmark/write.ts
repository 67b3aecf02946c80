import { mkdirSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { toSemblanceError } from '../../domain/errors/error.ts';
import { writeWhole } from '../../files/write-file.ts';
import type { Cost } from '../analyses/encode-pictures.ts';
import { CORRECTIONS } from '../evaluation/protocol.ts';
import { toKnn } from '../evaluation/retrieve.ts';
import {
  classificationCsv,
  classificationSummaryCsv,
  knnValidationCsv,
  retrievalCsv,
  retrievalSummaryCsv,
} from '../evaluation/study-files.ts';
import { writeKnnCsv } from '../exchange/knn.ts';
import { figureOf } from './context.ts';
import type { Details, EncoderOutcome, Outcome } from './outcome.ts';
import { programVersion } from './run.ts';

/** Version of the layout of `results.json`. */
const RESULTS_VERSION = 1;

const write = (file: string, text: string) => writeWhole(file, (sink) => sink(text));
const json = (data: unknown) => `${JSON.stringify(data, null, 2)}\n`;

/** What `results.json` holds: nothing that depends on the machine or the hour. */
export function resultsData(outcome: Outcome) {
  const { config, protocol, k, data, encoders, pairs, points, warnings, excluded, failed } =
    outcome;
  const { title, output: _, threads: __, data: ___, encoders: ____, mode, ...settings } = config;
  return {
    format: 'semblance-benchmark',
    version: RESULTS_VERSION,
    program: { name: 'semblance', version: programVersion() },
    title,
    mode,
    protocol,
    k,
    settings,
    data,
    encoders: encoders.map(({ figures: { cost: _, ...figures }, ...facts }, i) => ({
      rank: i + 1,
      ...facts,
      figures,
    })),
    pairs,
    points,
    corrections: CORRECTIONS,
    warnings,
    excluded,
    failed,
  };
}

/** What `timings.json` holds: the cost of each encoder on this machine. */
export function timingsData({ encoders, config, k }: Outcome) {
  const [cpu] = cpus();
  return {
    machine: {
      cpu: cpu?.model ?? 'unknown',
      cores: cpus().length,
      threads: config.threads ?? null,
    },
    encoders: encoders.flatMap(({ name, figures }) => {
      const cost = figureOf(figures.cost);
      return cost === undefined ? [] : { name, ...cost, ...perImage(cost) };
    }),
    k,
  };
}

/** Seconds of one image. */
function perImage({ images, decode, preprocess, encode }: Cost) {
  const one = (seconds: number) => seconds / Math.max(1, images);
  return {
    perImage: {
      decode: one(decode),
      preprocess: one(preprocess),
      encode: one(encode),
      total: one(decode + preprocess + encode),
    },
  };
}

/**
 * Writes the files of results, in the layout of the study's archive: summaries, and a folder for each
 * encoder. A file whose figures do not exist is removed, so that none of an earlier run stays.
 * @throws SemblanceError DISK_FULL, PATH_NOT_READABLE
 */
export function writeResults(output: string, outcome: Outcome, details: Details): void {
  for (const { name } of outcome.encoders) {
    try {
      mkdirSync(join(output, name), { recursive: true });
    } catch (error) {
      throw toSemblanceError(error, join(output, name));
    }
  }
  const { encoders, protocol } = outcome;
  const place = (file: string, text: string | undefined) =>
    text === undefined
      ? rmSync(join(output, file), { force: true })
      : write(join(output, file), text);
  const retrievalIn = ({ figures }: EncoderOutcome) => figureOf(figures.retrieval)?.[protocol];
  const knnIn = ({ figures }: EncoderOutcome) => figureOf(figures.knn[protocol]);
  const probeIn = ({ figures }: EncoderOutcome) => figureOf(figures.linearProbe);
  for (const encoder of encoders) {
    const { name } = encoder;
    const [retrieval, knn, probe] = [retrievalIn(encoder), knnIn(encoder), probeIn(encoder)];
    place(`${name}/retrieval.csv`, retrieval && retrievalCsv(retrieval));
    place(`${name}/knn_validation_val.csv`, knn && knnValidationCsv(knn));
    place(`${name}/knn_classification.csv`, knn && classificationCsv(knn.test));
    place(`${name}/linear_probing.csv`, probe && classificationCsv(probe.test));
    const retrieved = details.retrieved.get(name);
    if (retrieved)
      writeKnnCsv(join(output, name, 'knn.csv'), toKnn(details.experiment, retrieved()));
  }
  const rows = <T>(of: (encoder: EncoderOutcome) => T | undefined) =>
    encoders.flatMap((encoder) => {
      const value = of(encoder);
      return value === undefined ? [] : { name: encoder.name, value };
    });
  const retrieval = rows(retrievalIn);
  place(
    'retrieval.csv',
    retrievalSummaryCsv(retrieval.map(({ name, value }) => ({ name, retrieval: value }))),
  );
  for (const [file, of] of [
    ['knn_classification.csv', knnIn],
    ['linear_probing.csv', probeIn],
  ] as const) {
    const found = rows<{ test: Parameters<typeof classificationCsv>[0] }>(of);
    const scores = found.map(({ name, value }) => ({ name, scores: value.test }));
    place(file, scores.length === 0 ? undefined : classificationSummaryCsv(scores));
  }
  place('groups.csv', groupsCsv(encoders));
  write(join(output, 'results.json'), json(resultsData(outcome)));
  write(join(output, 'timings.json'), json(timingsData(outcome)));
}

/** Precision of each label, modality, region and data set; undefined without these figures. */
function groupsCsv(encoders: readonly EncoderOutcome[]): string | undefined {
  const rows = encoders.flatMap(({ name, figures }) =>
    Object.entries(figureOf(figures.groups) ?? {}).flatMap(([grouping, { groups }]) =>
      groups.map((group) => [
        name,
        grouping,
        group.name,
        group.queries,
        group.patients,
        group.indexImages,
        group.precision.value,
        group.precision.interval?.low ?? '',
        group.precision.interval?.high ?? '',
      ]),
    ),
  );
  if (rows.length === 0) return undefined;
  const head = 'encoder,grouping,name,queries,patients,index_images,precision,low,high'.split(',');
  return stringify([head, ...rows]);
}
