import { html } from 'hono/html';
import { z } from 'zod';
import { count } from '../../benchmark/report/numbers.ts';
import { folded, type Html } from '../../benchmark/report/page.ts';
import { scatterPlot } from '../../benchmark/report/plots.ts';
import { findNeighbours } from '../../evaluation/neighbours.ts';
import { analysis, eachFigure, type Reported, reasonsOf } from '../analysis.ts';
import type { Context } from '../context.ts';
import { sampleImages, threadsOf, unitRows } from '../sampled-space.ts';
import { Count } from '../shapes.ts';
import { pca } from './pca.ts';
import { MIN_DISTANCE, umap } from './umap.ts';

/** Neighbours that UMAP looks at. */
const UMAP_NEIGHBOURS = 15;

const schema = z.strictObject({
  points: Count,
  neighbours: Count,
  explained: z.array(z.number()),
  /** x and y of each point. */
  umap: z.array(z.number()),
  pca: z.array(z.number()),
});
type Figure = z.infer<typeof schema>;

/** Five digits, which is more than a plot shows. */
const short = (value: number | undefined) => Number((value ?? 0).toPrecision(5));

async function run(context: Context): Promise<Figure> {
  const { config, experiment, progress, signal } = context;
  const images = sampleImages(experiment, config.points, config.seed);
  const matrix = unitRows(context.embeddings(), images);
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

function content(report: Reported<Figure>): Html {
  const { plots } = report;
  const scatters = eachFigure(report, (value, name) => {
    const rows = (xy: number[]) =>
      Array.from({ length: value.points }, (_, p) => ({ p, x: xy[2 * p], y: xy[2 * p + 1] }));
    const explained = value.explained.map((share) => `${(100 * share).toFixed(0)} %`).join(' and ');
    return [
      {
        name,
        plot: html`<div class="grid">${plots.add(`Images of ${name} laid out by UMAP`, scatterPlot(rows(value.umap), `UMAP, ${name}`, true))}${plots.add(`Images of ${name} laid out by PCA`, scatterPlot(rows(value.pca), `PCA, ${name} (${explained} of the variance)`, false))}</div>`,
      },
    ];
  });
  const [first, ...others] = scatters;
  return html`${
    first === undefined
      ? html``
      : html`<h3>Images in the plane</h3>
<p>${count(report.points)} images, every class in its share. Distances between far
groups of UMAP mean nothing. <label>Colour by <select data-signal="colour"><option value="label">label</option><option value="modality">modality</option><option value="region">region</option><option value="split">split</option></select></label></p>
${first.plot}${others.map(({ name, plot }) => folded(name, plot))}`
  }${reasonsOf(report)}`;
}

/** Images laid out in the plane, in the order of `sampleImages`: by UMAP and by PCA. */
export const projection = analysis({
  id: 'projection',
  version: 1,
  schema,
  inputs: ({ points }) => points,
  run,
  section: { id: 'space', title: 'Embedding space', place: 50, content },
  method: ({ points }) => [
    'Images in the plane',
    `at most ${count(points)}; UMAP over ${UMAP_NEIGHBOURS} exact neighbours by cosine distance, smallest distance ${MIN_DISTANCE}; PCA of embeddings of length 1`,
  ],
});
