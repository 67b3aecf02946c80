import { html } from 'hono/html';
import { z } from 'zod';
import { estimate, figure, spread } from '../../benchmark/report/numbers.ts';
import { type Html, tableOf } from '../../benchmark/report/page.ts';
import { dotPlot } from '../../benchmark/report/plots.ts';
import { analysis, eachFigure, type Reported, reasonsOf } from '../analysis.ts';
import type { Context } from '../context.ts';
import { Count, EstimateSchema } from '../shapes.ts';
import { LEVELS, precisionByLevel } from './levels.ts';

const schema = z.array(
  z.strictObject({
    level: z.enum(LEVELS),
    classes: Count,
    micro: EstimateSchema,
    macro: EstimateSchema,
    chance: z.number(),
  }),
);
type Figure = z.infer<typeof schema>;

function run({ retrieved, experiment, clusters, bootstrap, k, protocol }: Context): Figure {
  return precisionByLevel(
    retrieved.test.neighbours,
    experiment.test.images,
    experiment.train.images,
    experiment.labels,
    { k, protocol, ...bootstrap },
    clusters,
  );
}

function content(report: Reported<Figure>): Html {
  const { k, names, plots } = report;

  const titles = { modality: 'Same modality', region: 'Same region', finding: 'Same finding' };
  const rows = eachFigure(report, (levels, name) =>
    levels.map((level) => ({
      encoder: name,
      row: titles[level.level],
      ...spread(level.micro),
      chance: level.chance,
      classes: level.classes,
      micro: level.micro,
      macro: level.macro,
    })),
  );
  const order = Object.values(titles);
  return html`<p>What neighbours have in common with the query: the kind of picture, the part of the body, or the
finding itself. A large step from region to finding means that anatomy is found, not pathology.</p>
${plots.add(
  'Precision at three levels',
  dotPlot(
    names,
    rows.map(({ micro: _, macro: __, ...row }) => row),
    order,
    `Precision at ${k}`,
    {
      extra: [
        ['chance', 'By chance', '.3f'],
        ['classes', 'Classes'],
      ],
    },
  ),
)}
${tableOf(
  `Precision at ${k} at each level`,
  ['Encoder', 'Level', 'Micro', 'Macro', 'By chance', 'Classes'],
  rows.map((row) => [
    row.encoder,
    row.row,
    estimate(row.micro),
    estimate(row.macro),
    figure(row.chance),
    row.classes,
  ]),
)}${reasonsOf(report)}`;
}

/** Precision at the levels of modality, region and finding. */
export const levels = analysis({
  id: 'levels',
  version: 1,
  schema,
  run,
  section: { id: 'levels', title: 'Anatomy or pathology', place: 20, content },
});
