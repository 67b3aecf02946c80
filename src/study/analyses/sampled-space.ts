import type { EmbeddingMatrix } from '../../domain/embedding-matrix.ts';
import { classesOf } from '../../domain/statistics/classes.ts';
import { normalise } from '../../domain/vectors.ts';
import type { LabelledImage } from '../../tables/labelled.ts';
import type { Experiment } from '../evaluation/experiment.ts';
import { type Embeddings, takeRows } from '../exchange/kept-embeddings.ts';
import { findRows } from '../exchange/select.ts';
import type { Context } from './context.ts';
import { stratifiedSample } from './sample.ts';

/** A sample of all images with every class in its share; the same for every encoder. */
export function sampleImages(experiment: Experiment, size: number, seed: number): LabelledImage[] {
  const { train, val, test, labels } = experiment;
  const images = [...train.images, ...val.images, ...test.images];
  const of = Int32Array.from(images, ({ label }) => label);
  const rows = stratifiedSample({ names: labels, of }, size, seed);
  return Array.from(rows, (row) => images[row] as LabelledImage);
}

/** The embeddings of some images as a matrix of their own, each of length 1. */
export function unitRows(matrix: Embeddings, images: readonly LabelledImage[]): EmbeddingMatrix {
  const { dimension } = matrix;
  const paths = images.map(({ filepath }) => filepath);
  const { rows, missing } = findRows(matrix, paths);
  if (missing[0] !== undefined) throw missing[0];
  const values = Float32Array.from(takeRows(matrix, rows));
  for (let at = 0; at < values.length; at += dimension) {
    normalise(values.subarray(at, at + dimension));
  }
  return { paths, dimension, values };
}

/** Threads of the runtime, where the configuration limits them. */
export const threadsOf = ({ config }: Pick<Context, 'config'>) =>
  config.threads === undefined ? {} : { threads: config.threads };

/** Modality, region and label of the sampled images, numbered by their first appearance. */
export function describePoints(experiment: Experiment, images: readonly LabelledImage[]) {
  const named = (of: (image: LabelledImage) => string) => {
    const { names, of: numbers } = classesOf(images.map(of));
    return { names, of: Array.from(numbers) };
  };
  return {
    label: named(({ label }) => experiment.labels[label] as string),
    modality: named(({ modality }) => modality || 'unknown'),
    region: named(({ anatomicRegion }) => anatomicRegion || 'unknown'),
    split: named(({ split }) => split),
  };
}
