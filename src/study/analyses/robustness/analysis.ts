import { html } from 'hono/html';
import { z } from 'zod';
import type { EmbeddingMatrix } from '../../../domain/embedding-matrix.ts';
import { errorData } from '../../../domain/errors/error.ts';
import { patientClusters } from '../../../domain/statistics/classes.ts';
import type { LabelledImage } from '../../../tables/labelled.ts';
import { count, estimate, figure, pValue, spread } from '../../benchmark/report/numbers.ts';
import { folded, type Html, tableOf } from '../../benchmark/report/page.ts';
import { dotPlot } from '../../benchmark/report/plots.ts';
import { rowsOf } from '../../evaluation/experiment.ts';
import { findNeighbours } from '../../evaluation/neighbours.ts';
import { type Embeddings, takeRows } from '../../exchange/kept-embeddings.ts';
import { findRows } from '../../exchange/select.ts';
import { analysis, eachFigure, encodes, type Reported, reasonsOf } from '../analysis.ts';
import type { Context } from '../context.ts';
import { encodePictures } from '../encode-pictures.ts';
import { filterTable } from '../neighbours.ts';
import { filesOf, sampledQueries } from '../sampled-queries.ts';
import { Count, ErrorDataSchema, EstimateSchema, PairedSchema } from '../shapes.ts';
import { PERTURBATIONS, perturb, perturbationName } from './perturb.ts';
import { robustness as compareSearches, rowSimilarities } from './robustness.ts';

const schema = z.array(
  z.strictObject({
    kind: z.enum(['crop', 'rotation', 'noise', 'windowing', 'jpeg']),
    name: z.string(),
    queries: Count,
    failed: z.array(ErrorDataSchema),
    k: Count,
    original: EstimateSchema,
    perturbed: EstimateSchema,
    loss: PairedSchema,
    similarity: EstimateSchema,
    overlap: EstimateSchema,
  }),
);
type Figure = z.infer<typeof schema>;

/** Rows of a matrix in another order, as one of their own. */
function take(embeddings: Embeddings, rows: Int32Array): EmbeddingMatrix {
  const { paths, dimension } = embeddings;
  return {
    paths: Array.from(rows, (row) => paths[row] as string),
    dimension,
    values: takeRows(embeddings, rows),
  };
}

/** Two matrices of one dimension, one below the other. */
function stack(above: EmbeddingMatrix, below: EmbeddingMatrix): EmbeddingMatrix {
  const values = new Float32Array(above.values.length + below.values.length);
  values.set(above.values);
  values.set(below.values, above.values.length);
  return { paths: [...above.paths, ...below.paths], dimension: above.dimension, values };
}

async function run(context: Context): Promise<Figure> {
  const encoder = await context.encoder();
  const { config, experiment, labels, bootstrap, k, progress, signal } = context;
  const matrix = context.embeddings();
  const index = take(matrix, rowsOf(experiment.train, matrix));
  // Perturbed queries are searched exactly, so the originals they are compared with are too.
  const exact = (await context.exact()).test.neighbours;
  const sampled = sampledQueries(context);
  const images = sampled.map((q) => experiment.test.images[q] as LabelledImage);
  const show = progress('robustness', 'images');
  const total = images.length * PERTURBATIONS.length;
  const kinds: Figure = [];
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
      ...compareSearches(
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

function content(report: Reported<Figure>): Html {
  const { k, names, plots } = report;

  const rows = eachFigure(report, (kinds, name) =>
    kinds.map((kind) => ({
      encoder: name,
      row: kind.name,
      ...spread(kind.loss.difference),
      similarity: kind.similarity.value,
      overlap: kind.overlap.value,
      kind,
    })),
  );
  const order = [...new Set(rows.map(({ row }) => row))];
  return html`<p>Queries are changed as pictures are changed in daily work, the index is not. A loss of 0 means that
precision at ${k} stays as it was.</p>
${plots.add(
  'Loss of precision by perturbation',
  dotPlot(
    names,
    rows.map(({ kind: _, ...row }) => row),
    order,
    `Loss of precision at ${k}`,
    {
      zero: true,
      extra: [
        ['similarity', 'Similarity to the original', '.3f'],
        ['overlap', 'Neighbours that stay', '.3f'],
      ],
    },
  ),
)}
${folded(
  'Table',
  tableOf(
    `Precision at ${k} of perturbed queries`,
    [
      'Encoder',
      'Change',
      'Queries',
      'Original',
      'Changed',
      'Loss',
      'p',
      'Similarity',
      'Neighbours that stay',
    ],
    rows.map(({ encoder, kind }) => [
      encoder,
      kind.name,
      kind.queries,
      figure(kind.original.value),
      figure(kind.perturbed.value),
      estimate(kind.loss.difference),
      pValue(kind.loss.p),
      figure(kind.similarity.value),
      figure(kind.overlap.value),
    ]),
  ),
)}${reasonsOf(report)}`;
}

/** What crops, rotations, noise, windows and compression of the queries do to their search. */
export const robustness = analysis({
  id: 'robustness',
  version: 1,
  schema,
  inputs: ({ samples }) => samples,
  applies: encodes,
  run,
  section: { id: 'robustness', title: 'Robustness', place: 80, content },
  method: ({ samples }) => [
    'Robustness',
    `at most about ${count(samples)} queries, every class in its share; precision by k in either protocol, as for the same patient; crop: share of width and height that is cut off; rotation: clockwise, size kept, corners black; noise: Gaussian, standard deviation in grey values of 255; window: shares of the full range that become black and white; JPEG: quality`,
  ],
});
