import type { EmbeddingMatrix } from '../../domain/embedding-matrix.ts';
import { classesOf } from '../../domain/statistics/classes.ts';
import { normalise } from '../../domain/vectors.ts';
import type { LabelledImage } from '../../tables/labelled.ts';
import { alignmentUniformity } from '../analyses/alignment.ts';
import { clusterScores } from '../analyses/cluster-scores.ts';
import { pca } from '../analyses/pca.ts';
import { neighbourhoodPurity } from '../analyses/purity.ts';
import { simpleSample, stratifiedSample } from '../analyses/sample.ts';
import { silhouette } from '../analyses/silhouette.ts';
import { labelledSpace } from '../analyses/space.ts';
import { umap } from '../analyses/umap.ts';
import type { Experiment } from '../evaluation/experiment.ts';
import { findNeighbours } from '../evaluation/neighbours.ts';
import { findRows } from '../exchange/select.ts';
import type { Context } from './context.ts';

/** Images that a space is judged by at the most, so that its memory and time are bounded. */
const SPACE_POINTS = 50_000;
/** Images whose neighbourhood's purity is looked at, at the most. */
const PURITY_QUERIES = 5000;
/** Neighbours that UMAP looks at. */
const UMAP_NEIGHBOURS = 15;

/** A sample of all images with every class in its share; the same for every encoder. */
export function sampleImages(experiment: Experiment, size: number, seed: number): LabelledImage[] {
  const { train, val, test, labels } = experiment;
  const images = [...train.images, ...val.images, ...test.images];
  const of = Int32Array.from(images, ({ label }) => label);
  const rows = stratifiedSample({ names: labels, of }, size, seed);
  return Array.from(rows, (row) => images[row] as LabelledImage);
}

/** The embeddings of some images as a matrix of their own, each of length 1. */
function unitRows(matrix: EmbeddingMatrix, images: readonly LabelledImage[]): EmbeddingMatrix {
  const { dimension } = matrix;
  const paths = images.map(({ filepath }) => filepath);
  const { rows, missing } = findRows(matrix, paths);
  if (missing[0] !== undefined) throw missing[0];
  const values = new Float32Array(rows.length * dimension);
  rows.forEach((row, i) => {
    const vector = matrix.values.slice(row * dimension, (row + 1) * dimension);
    normalise(vector);
    values.set(vector, i * dimension);
  });
  return { paths, dimension, values };
}

const threadsOf = ({ config }: Context) =>
  config.threads === undefined ? {} : { threads: config.threads };

/** Scores of how well the classes lie apart in the space of the embeddings. */
export async function spaceOf(context: Context) {
  const { config, experiment } = context;
  const { seed } = config;
  const images = sampleImages(experiment, SPACE_POINTS, seed);
  const matrix = unitRows(await context.matrix(), images);
  const classes = {
    names: experiment.labels,
    of: Int32Array.from(images, ({ label }) => label),
  };
  const space = labelledSpace(matrix, classes);
  const rows = simpleSample(images.length, PURITY_QUERIES, seed);
  const k = Math.min(context.k, images.length - 1);
  const all = Int32Array.from(images.keys());
  const table = await findNeighbours(matrix, all, rows, k + 1, threadsOf(context));
  const { alignment, uniformity } = await alignmentUniformity(space, { seed });
  const { byClass: _, ...silhouetteScores } = await silhouette(space, 'cosine', { seed });
  return {
    images: images.length,
    silhouette: silhouetteScores,
    ...clusterScores(space),
    alignment,
    uniformity,
    purity: neighbourhoodPurity(table, rows, classes, k),
  };
}

/** Five digits, which is more than a plot shows. */
const short = (value: number | undefined) => Number((value ?? 0).toPrecision(5));

/** Images laid out in the plane, in the order of `sampleImages`: by UMAP and by PCA. */
export async function projectionOf(context: Context) {
  const { config, experiment, progress, signal } = context;
  const images = sampleImages(experiment, config.points, config.seed);
  const matrix = unitRows(await context.matrix(), images);
  const all = Int32Array.from(images.keys());
  const neighbours = Math.min(UMAP_NEIGHBOURS, images.length);
  const table = await findNeighbours(matrix, all, all, neighbours, threadsOf(context));
  const layout = await umap(table, {
    seed: config.seed,
    progress: progress('UMAP', 'epochs'),
    ...(signal === undefined ? {} : { signal }),
  });
  const components = pca(matrix.values, matrix.dimension, 2, config.seed);
  return {
    points: images.length,
    neighbours,
    explained: components.explained,
    umap: Array.from(layout, short),
    pca: Array.from(components.coordinates, short),
  };
}

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
