import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { EmbeddingMatrix } from '../../domain/embedding-matrix.ts';
import { readLabelledSet } from '../../tables/read-labelled.ts';
import { csvDifference } from '../../testing/same-csv.ts';
import { hasShared, sharedPath } from '../../testing/shared.ts';
import { readEmbeddings } from '../exchange/formats.ts';
import { readKnnCsv } from '../exchange/knn.ts';
import { type Experiment, prepareExperiment, withEmbeddings } from './experiment.ts';
import { knnClassification } from './knn-classification.ts';
import { retrievalPrecision } from './retrieval.ts';
import { type RetrievedSplits, retrieve, retrievedFromKnn, toKnn } from './retrieve.ts';
import {
  classificationCsv,
  classificationSummaryCsv,
  knnValidationCsv,
  retrievalCsv,
  retrievalSummaryCsv,
} from './study-files.ts';

const PROTOCOL = 'goldens/protocol/';
const golden = (path: string) => sharedPath(PROTOCOL + path);
const EXPERIMENT = 'experiments/all/Synthetic/';

/** Equal header and names, numbers to 1e-9. */
function expectSameFile(text: string, file: string): void {
  expect(csvDifference(text, readFileSync(golden(file), 'utf8')), file).toBeLessThan(1e-9);
}

describe.skipIf(!hasShared(PROTOCOL))("the study's protocol, as published", () => {
  let embeddings: EmbeddingMatrix;
  let experiment: Experiment;
  let published: RetrievedSplits;

  beforeAll(async () => {
    const files = ['chexpert', 'mimic', 'nih14', 'radimagenet'];
    const archive = files.map((name) => golden(`embeddings/Synthetic/${name}.h5`));
    embeddings = (await readEmbeddings(archive)).matrix;
    const csvs = ['train', 'val', 'test'].map((name) => golden(`${name}.csv`));
    experiment = prepareExperiment(withEmbeddings(await readLabelledSet(csvs), embeddings));
    published = retrievedFromKnn(experiment, await readKnnCsv(golden(`${EXPERIMENT}knn.csv`)));
  });

  it('gives the published figures from the published neighbours', () => {
    expect(experiment.excluded).toEqual([]);
    const { val, test } = published;
    const retrieval = retrievalPrecision(test, 'as-published');
    const knn = knnClassification(val, test, 'as-published');
    expectSameFile(retrievalCsv(retrieval), `${EXPERIMENT}retrieval.csv`);
    expectSameFile(knnValidationCsv(knn), `${EXPERIMENT}knn_validation_val.csv`);
    const { scores } = knn.test;
    expectSameFile(classificationCsv(scores), `${EXPERIMENT}knn_classification.csv`);
    const name = 'Synthetic';
    expectSameFile(retrievalSummaryCsv([{ name, retrieval }]), 'experiments/all/retrieval.csv');
    expectSameFile(
      classificationSummaryCsv([{ name, scores }]),
      'experiments/all/knn_classification.csv',
    );
  });

  it('finds the published neighbours from the embeddings', async () => {
    const whole = await retrieve(experiment, embeddings);
    const { neighbours } = toKnn(experiment, whole);
    const expected = toKnn(experiment, published).neighbours;
    const different = neighbours.filter((row, i) => row !== expected[i]).length;
    // faiss compares 32-bit sums, so that neighbours of almost equal similarity may change places.
    expect(different / neighbours.length).toBeLessThan(0.001);
    const figures = retrievalPrecision(whole.test, 'as-published');
    expectSameFile(retrievalCsv(figures), `${EXPERIMENT}retrieval.csv`);
  });

  it('corrected: no figure knows the class of the query, and the chosen k is used', () => {
    const { val, test } = published;
    const before = retrievalPrecision(test, 'as-published');
    const after = retrievalPrecision(test);
    after.classes.forEach(({ indexImages, precision }, c) => {
      precision.forEach(({ mean }, i) => {
        const published = before.classes[c]?.precision[i]?.mean as number;
        if (i < indexImages) expect(mean).toBe(published);
        else expect(mean).toBeLessThanOrEqual(indexImages / (i + 1));
      });
    });
    const knn = knnClassification(val, test);
    const best = knn.validation.find(({ k }) => k === knn.bestK)?.scores.microF1;
    expect(best).toBe(Math.max(...knn.validation.map(({ scores }) => scores.microF1)));
    expect(knn.test.k).toBe(knn.bestK);
    // A vote of k neighbours cannot depend on the query's label.
    const relabelled = { ...test, queryLabels: test.queryLabels.toReversed() };
    expect(knnClassification(val, relabelled).test.predicted).toEqual(knn.test.predicted);
  });
});
