import { html } from 'hono/html';
import { z } from 'zod';
import { count, figure } from '../../benchmark/report/numbers.ts';
import { type Html, tableOf } from '../../benchmark/report/page.ts';
import { findNeighbours } from '../../evaluation/neighbours.ts';
import { analysis, eachFigure, type Reported, reasonsOf } from '../analysis.ts';
import type { Context } from '../context.ts';
import { simpleSample } from '../sample.ts';
import { sampleImages, threadsOf, unitRows } from '../sampled-space.ts';
import { Count } from '../shapes.ts';
import { alignmentUniformity } from './alignment.ts';
import { clusterScores } from './cluster-scores.ts';
import { neighbourhoodPurity } from './purity.ts';
import { silhouette } from './silhouette.ts';
import { labelledSpace } from './space.ts';

/** Images that a space is judged by at the most, so that its memory and time are bounded. */
const SPACE_POINTS = 50_000;
/** Images whose neighbourhood's purity is looked at, at the most. */
const PURITY_QUERIES = 5000;

const schema = z.strictObject({
  images: Count,
  silhouette: z.strictObject({
    metric: z.enum(['euclidean', 'cosine']),
    mean: z.number(),
    standardError: z.number(),
    evaluated: Count,
    points: Count,
    singletons: z.array(z.string()).readonly(),
  }),
  daviesBouldin: z.number().nullable(),
  calinskiHarabasz: z.number().nullable(),
  alignment: z.number(),
  uniformity: z.number(),
  purity: z.strictObject({
    k: Count,
    mean: z.number(),
    chance: z.number(),
    evaluated: Count,
    points: Count,
  }),
});
type Figure = z.infer<typeof schema>;

async function run(context: Context): Promise<Figure> {
  const { config, experiment } = context;
  const { seed } = config;
  const images = sampleImages(experiment, SPACE_POINTS, seed);
  const matrix = unitRows(context.embeddings(), images);
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

function content(report: Reported<Figure>): Html {
  const { k } = report;
  const sizes = eachFigure(report, ({ images }) => [images]);
  return html`<p>How well the classes lie apart in the space of the embeddings${
    sizes[0] === undefined ? '' : ` (${count(sizes[0])} images of all splits)`
  }. Larger is better for silhouette, Calinski-Harabasz and purity; smaller for Davies-Bouldin,
alignment and uniformity.</p>
${tableOf(
  'Quality of the embedding space',
  [
    'Encoder',
    'Silhouette (cosine)',
    'Davies-Bouldin',
    'Calinski-Harabasz',
    `Purity at ${k}`,
    'By chance',
    'Alignment',
    'Uniformity',
  ],
  eachFigure(report, (s, name) => [
    [
      name,
      figure(s.silhouette.mean),
      figure(s.daviesBouldin, 2),
      figure(s.calinskiHarabasz, 1),
      figure(s.purity.mean),
      figure(s.purity.chance),
      figure(s.alignment),
      figure(s.uniformity, 2),
    ],
  ]),
)}${reasonsOf(report)}`;
}

/** Scores of how well the classes lie apart in the space of the embeddings. */
export const space = analysis({
  id: 'space',
  version: 1,
  schema,
  run,
  section: { id: 'space', title: 'Embedding space', place: 50, content },
  method: () => [
    'Embedding space',
    `embeddings of length 1; at most ${count(SPACE_POINTS)} images, every class in its share; silhouette by cosine distance, purity of at most ${count(PURITY_QUERIES)} of them`,
  ],
});
