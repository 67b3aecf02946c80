import { resolve } from 'node:path';
import type { EmbeddingMatrix } from '../../domain/embedding-matrix.ts';
import { errorData } from '../../domain/errors/error.ts';
import { patientClusters } from '../../domain/statistics/classes.ts';
import type { Encoder } from '../../encoding/encoders/encoder.ts';
import type { LabelledImage } from '../../tables/labelled.ts';
import { encodePictures } from '../analyses/encode-pictures.ts';
import { filterTable } from '../analyses/neighbours.ts';
import { PERTURBATIONS, perturb, perturbationName } from '../analyses/perturb.ts';
import { robustness, rowSimilarities } from '../analyses/robustness.ts';
import { stratifiedSample } from '../analyses/sample.ts';
import { rowsOf } from '../evaluation/experiment.ts';
import { findNeighbours } from '../evaluation/neighbours.ts';
import { findRows } from '../exchange/select.ts';
import type { Context } from './context.ts';

/** Positions of the test images that are perturbed: every class in its share. */
function sampledQueries({ labels, config }: Context): number[] {
  return [...stratifiedSample(labels.queries, config.samples, config.seed)];
}

const filesOf = (images: readonly LabelledImage[], folder: string) =>
  images.map(({ filepath }) => ({ path: resolve(folder, filepath), key: filepath }));

/** Rows of a matrix in another order, as one of their own. */
function take({ paths, dimension, values }: EmbeddingMatrix, rows: Int32Array): EmbeddingMatrix {
  const out = new Float32Array(rows.length * dimension);
  rows.forEach((row, i) => {
    out.set(values.subarray(row * dimension, (row + 1) * dimension), i * dimension);
  });
  return { paths: Array.from(rows, (row) => paths[row] as string), dimension, values: out };
}

/** Two matrices of one dimension, one below the other. */
function stack(above: EmbeddingMatrix, below: EmbeddingMatrix): EmbeddingMatrix {
  const values = new Float32Array(above.values.length + below.values.length);
  values.set(above.values);
  values.set(below.values, above.values.length);
  return { paths: [...above.paths, ...below.paths], dimension: above.dimension, values };
}

/**
 * What crops, rotations, noise, windows and compression of the queries do to their search.
 * @param encoder loaded; the index stays as it is
 */
export async function robustnessOf(context: Context, encoder: Encoder) {
  const { config, experiment, labels, bootstrap, k, progress, signal } = context;
  const matrix = await context.matrix();
  const index = take(matrix, rowsOf(experiment.train, matrix));
  // Perturbed queries are searched exactly, so the originals they are compared with are too.
  const exact = (await context.exact()).test.neighbours;
  const sampled = sampledQueries(context);
  const images = sampled.map((q) => experiment.test.images[q] as LabelledImage);
  const show = progress('robustness', 'images');
  const total = images.length * PERTURBATIONS.length;
  const kinds = [];
  for (const [number, perturbation] of PERTURBATIONS.entries()) {
    const { embeddings, failed } = await encodePictures(encoder, filesOf(images, context.images), {
      change: (pixels, at) => perturb(pixels, perturbation, config.seed + at),
      progress: (done) => show(number * images.length + done, total),
      ...(signal === undefined ? {} : { signal }),
    });
    // A picture that cannot be encoded when it is perturbed is left out of this kind.
    const found = new Set(embeddings.paths);
    const kept = sampled.filter((_, i) => found.has((images[i] as LabelledImage).filepath));
    const asked = kept.map((q) => experiment.test.images[q] as LabelledImage);
    const originals = take(matrix, findRows(matrix, embeddings.paths).rows);
    const joined = stack(index, embeddings);
    const table = await findNeighbours(
      joined,
      Int32Array.from(index.paths.keys()),
      Int32Array.from(embeddings.paths, (_, i) => index.paths.length + i),
      k,
      config.threads === undefined ? {} : { threads: config.threads },
    );
    kinds.push({
      kind: perturbation.kind,
      name: perturbationName(perturbation),
      queries: kept.length,
      failed: failed.map(errorData),
      ...robustness(
        {
          original: filterTable(exact, kept, k, () => false),
          perturbed: table,
        },
        rowSimilarities(originals, embeddings),
        {
          queries: {
            names: labels.queries.names,
            of: Int32Array.from(kept, (q) => labels.queries.of[q] as number),
          },
          index: labels.index,
        },
        patientClusters(asked),
        { ...bootstrap, k },
      ),
    });
  }
  return kinds;
}

/** Time of each step of encoding some of the images, one after another. */
export async function costOf(context: Context, encoder: Encoder) {
  const { experiment, progress, signal } = context;
  const images = sampledQueries(context).map((q) => experiment.test.images[q] as LabelledImage);
  const { cost } = await encodePictures(encoder, filesOf(images, context.images), {
    progress: progress('cost', 'images'),
    ...(signal === undefined ? {} : { signal }),
  });
  return cost;
}
