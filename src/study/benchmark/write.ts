import { rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { toSemblanceError } from '../../domain/errors/error.ts';
import { makeFolder } from '../../files/make-folder.ts';
import { writeWhole } from '../../files/write-file.ts';
import { figureOf } from '../analyses/context.ts';
import type { Cost } from '../analyses/encode-pictures.ts';
import { ENTRIES } from '../analyses/registry.ts';
import { writeProbabilitiesCsv } from '../evaluation/probabilities-csv.ts';
import { CORRECTIONS } from '../evaluation/protocol.ts';
import { toKnn } from '../evaluation/retrieve.ts';
import {
  classificationCsv,
  classificationSummaryCsv,
  knnValidationCsv,
  retrievalCsv,
  retrievalSummaryCsv,
  trainingCsv,
} from '../evaluation/study-files.ts';
import { writeKnnCsv } from '../exchange/knn.ts';
import { PROBABILITIES, programVersion } from './facts.ts';
import type { Details, EncoderOutcome, Outcome } from './outcome.ts';

/** Version of the layout of `results.json`. */
const RESULTS_VERSION = 1;

/** Figures that differ with each run. */
const VARYING = new Set<string>(
  ENTRIES.filter(([, { varies }]) => varies).map(([figure]) => figure),
);

const write = (file: string, text: string) => writeWhole(file, (sink) => sink(text));
const json = (data: unknown) => `${JSON.stringify(data, null, 2)}\n`;

/**
 * What `results.json` holds: nothing that depends on the machine or the hour.
 * @testing
 */
export function resultsData(outcome: Outcome) {
  const { config, protocol, k, data, encoders, pairs, points, warnings, excluded, failed } =
    outcome;
  // What says where results go, not what they are, is no part of them.
  const { title, output: _, threads: __, data: ___, encoders: ____, ...rest } = config;
  const { mode, knn: _____, probabilities: ______, ...settings } = rest;
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
    encoders: encoders.map(({ figures, ...facts }, i) => ({
      rank: i + 1,
      ...facts,
      figures: Object.fromEntries(Object.entries(figures).filter(([name]) => !VARYING.has(name))),
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
export async function writeResults(
  output: string,
  outcome: Outcome,
  details: Details,
): Promise<void> {
  for (const { name } of outcome.encoders) {
    try {
      makeFolder(join(output, name));
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
    details.plan.begin(name, 'write');
    const [retrieval, knn, probe] = [retrievalIn(encoder), knnIn(encoder), probeIn(encoder)];
    place(`${name}/retrieval.csv`, retrieval && retrievalCsv(retrieval));
    place(`${name}/knn_validation_val.csv`, knn && knnValidationCsv(knn));
    place(`${name}/knn_classification.csv`, knn && classificationCsv(knn.test));
    place(`${name}/linear_probing.csv`, probe && classificationCsv(probe.test));
    place(`${name}/linear_probing_training.csv`, probe && trainingCsv(probe.epochs));
    const probabilities = details.probabilities.get(name);
    if (probabilities === undefined) place(`${name}/${PROBABILITIES}`, undefined);
    else {
      const { labels, test } = details.experiment;
      const queries = test.images.map(({ filepath }) => filepath);
      await writeProbabilitiesCsv(
        join(output, name, PROBABILITIES),
        labels,
        queries,
        probabilities(),
        details.plan.progressOf(name)('write', 'images'),
      );
    }
    const retrieved = details.retrieved.get(name);
    if (!outcome.config.knn) place(`${name}/knn.csv`, undefined);
    else if (retrieved)
      writeKnnCsv(join(output, name, 'knn.csv'), toKnn(details.experiment, retrieved()));
    details.plan.end(name, 'write');
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
  for (const [figure, { tables = [] }] of ENTRIES) {
    const found = rows<unknown>(({ figures }) => figureOf<unknown>(figures[figure]));
    for (const { file, head, rows: rowsOf } of tables) {
      const lines = found.flatMap(({ name, value }) => rowsOf(name, value));
      place(file, lines.length === 0 ? undefined : stringify([[...head], ...lines]));
    }
  }
  write(join(output, 'results.json'), json(resultsData(outcome)));
  write(join(output, 'timings.json'), json(timingsData(outcome)));
}
