import { html } from 'hono/html';
import { z } from 'zod';
import type { LabelledImage } from '../../../tables/labelled.ts';
import { figure } from '../../benchmark/report/numbers.ts';
import { type Html, tableOf } from '../../benchmark/report/page.ts';
import { occurrencePlot } from '../../benchmark/report/plots.ts';
import { analysis, eachFigure, type Reported, reasonsOf } from '../analysis.ts';
import type { Context } from '../context.ts';
import { Count } from '../shapes.ts';
import { hubness as countHubs } from './hubness.ts';

const schema = z.strictObject({
  k: Count,
  skewness: z.number().nullable(),
  antiHubs: z.number(),
  antiHubsByChance: z.number(),
  hubs: z.array(z.strictObject({ filepath: z.string(), label: z.string(), occurrences: Count })),
  histogram: z.array(z.strictObject({ occurrences: Count, images: Count })),
});
type Figure = z.infer<typeof schema>;

function run({ retrieved, experiment, k }: Context): Figure {
  const { occurrences, hubs, ...figures } = countHubs(
    retrieved.test.neighbours,
    experiment.train.images.length,
    { k },
  );
  const images = new Map<number, number>();
  for (const count of occurrences) images.set(count, (images.get(count) ?? 0) + 1);
  return {
    ...figures,
    hubs: hubs.map(({ row, occurrences: found }) => {
      const { filepath, label } = experiment.train.images[row] as LabelledImage;
      return { filepath, label: experiment.labels[label] as string, occurrences: found };
    }),
    /** How many images are found how often. */
    histogram: [...images]
      .sort(([a], [b]) => a - b)
      .map(([found, count]) => ({ occurrences: found, images: count })),
  };
}

function content(report: Reported<Figure>): Html {
  const { k, names, plots } = report;
  const rows = eachFigure(report, ({ histogram }, name) =>
    histogram.map((row) => ({ encoder: name, ...row })),
  );
  return html`<p>Few images that are near to everything hide the others. Skewness 0 would be even; images that are never
found cannot help anyone.</p>
${plots.add('How many images are found how often', occurrencePlot(names, rows))}
${tableOf(
  `Among the ${k} nearest`,
  ['Encoder', 'Skewness', 'Never found', 'By chance', 'Most frequent image', 'Times found'],
  eachFigure(report, (h, name) => [
    [
      name,
      figure(h.skewness, 2),
      figure(h.antiHubs),
      figure(h.antiHubsByChance),
      h.hubs[0] ? `${h.hubs[0].filepath} (${h.hubs[0].label})` : '–',
      h.hubs[0]?.occurrences ?? '–',
    ],
  ]),
)}${reasonsOf(report)}`;
}

/** How unevenly the index's images are found. */
export const hubness = analysis({
  id: 'hubness',
  version: 1,
  schema,
  run,
  section: { id: 'hubness', title: 'Hubs', place: 70, content },
});
