import { html } from 'hono/html';
import { z } from 'zod';
import { INTERVAL_LEVEL } from '../../../domain/statistics/bootstrap.ts';
import { count, estimate, figure, percent, spread } from '../../benchmark/report/numbers.ts';
import { folded, type Html, tableOf } from '../../benchmark/report/page.ts';
import { linePlot } from '../../benchmark/report/plots.ts';
import { rowsOf } from '../../evaluation/experiment.ts';
import { findNeighbours } from '../../evaluation/neighbours.ts';
import { analysis, eachFigure, type Reported, reasonsOf } from '../analysis.ts';
import type { Context } from '../context.ts';
import { Count, EstimateSchema } from '../shapes.ts';
import { geometricSizes, precisionByIndexSize } from './index-size.ts';

/** The index is halved down to this part of it, */
const SMALLEST_PART = 64;
/** or to so many images. */
const SMALLEST = 20;

const schema = z.array(
  z.strictObject({
    size: Count,
    micro: EstimateSchema,
    macro: EstimateSchema,
    subsets: z.array(
      z.strictObject({ micro: z.number(), macro: z.number(), missingClasses: Count }),
    ),
    searched: Count,
  }),
);
type Figure = z.infer<typeof schema>;

async function run(context: Context): Promise<Figure> {
  const { retrieved, labels, clusters, bootstrap, config, experiment } = context;
  const whole = experiment.train.images.length;
  const sizes = geometricSizes(whole, Math.max(SMALLEST, context.k, whole / SMALLEST_PART));
  const show = context.progress('size of the index', 'searches');
  return precisionByIndexSize(
    retrieved.test.neighbours,
    labels,
    clusters,
    { k: context.k, protocol: context.protocol, ...bootstrap, sizes, repeats: config.repeats },
    async (queries, rows, k, { number, of }) => {
      const embeddings = context.embeddings();
      const index = rowsOf(experiment.train, embeddings);
      const asked = rowsOf(experiment.test, embeddings);
      return findNeighbours(
        embeddings,
        rows.map((row) => index[row] as number),
        queries.map((query) => asked[query] as number),
        k,
        {
          blocks: context.blocks(`${number}`),
          progress: (done, total) => show(number + done / total, of),
          ...(config.threads === undefined ? {} : { threads: config.threads }),
        },
      );
    },
  );
}

function content(report: Reported<Figure>): Html {
  const { k, names, plots, settings } = report;

  const plotOf = (average: 'micro' | 'macro') => {
    const rows = eachFigure(report, (points, name) =>
      points.map((point) => ({ encoder: name, x: point.size, ...spread(point[average]) })),
    );
    const titles = {
      title: `Precision at ${k}, ${average}`,
      x: 'Images in the index',
      y: 'Precision',
    };
    return plots.add(
      `${titles.title} against the size of the index`,
      linePlot(names, rows, titles, { log: true, points: true }),
    );
  };
  return html`<p>Random parts of the index, the smaller ones within the larger ones, in ${settings.repeats} random
orders. Where the lines still rise, more images would help. Bands are ${percent(INTERVAL_LEVEL)} intervals by patient.</p>
<div class="grid">${plotOf('micro')}${plotOf('macro')}</div>
${folded(
  'Table',
  tableOf(
    `Precision at ${k} by size of the index`,
    [
      'Encoder',
      'Images',
      'Micro',
      'Macro',
      'Lowest order (micro)',
      'Highest order (micro)',
      'Classes missing',
    ],
    eachFigure(report, (points, name) =>
      points.map(({ size, micro, macro, subsets }) => [
        name,
        count(size),
        estimate(micro),
        estimate(macro),
        figure(Math.min(...subsets.map((one) => one.micro))),
        figure(Math.max(...subsets.map((one) => one.micro))),
        figure(subsets.reduce((sum, one) => sum + one.missingClasses, 0) / subsets.length, 1),
      ]),
    ),
  ),
)}${reasonsOf(report)}`;
}

/** Precision against the size of the index. */
export const indexSize = analysis({
  id: 'index-size',
  version: 1,
  schema,
  inputs: ({ repeats }) => repeats,
  run,
  section: { id: 'index-size', title: 'Size of the index', place: 40, content },
  method: ({ repeats }) => [
    'Size of the index',
    `halved from the whole down to a ${SMALLEST_PART}th, at least ${SMALLEST} images; ${repeats} random orders, parts nested`,
  ],
});
