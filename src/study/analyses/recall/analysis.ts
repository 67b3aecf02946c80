import { html } from 'hono/html';
import { z } from 'zod';
import { figure } from '../../benchmark/report/numbers.ts';
import { type Html, tableOf } from '../../benchmark/report/page.ts';
import { linePlot } from '../../benchmark/report/plots.ts';
import { analysis, eachFigure, encodes, type Reported, reasonsOf } from '../analysis.ts';
import type { Context } from '../context.ts';
import { Count } from '../shapes.ts';
import { recallAtK } from './recall.ts';

/** The k at which given neighbours are compared with an exact search, as far as their lists reach. */
const RECALL_K = [1, 3, 5, 10, 100] as const;

const schema = z.array(
  z.strictObject({ k: Count, mean: z.number(), lowest: z.number(), complete: z.number() }),
);
type Figure = z.infer<typeof schema>;

async function run({ retrieved, exact, experiment }: Context): Promise<Figure> {
  const given = retrieved.test.neighbours;
  const right = (await exact()).test.neighbours;
  const longest = Math.min(given.k, right.k);
  return RECALL_K.filter((k) => k <= longest).map((k) =>
    recallAtK(given, right, experiment.train.images.length, k),
  );
}

function content(report: Reported<Figure>): Html {
  const { names, plots } = report;
  const plotOf = (of: 'mean' | 'complete', title: string, y: string) => {
    const rows = eachFigure(report, (points, name) =>
      points.map((point) => ({ encoder: name, x: point.k, value: point[of] })),
    );
    const titles = { title, x: 'k', y };
    return plots.add(title, linePlot(names, rows, titles, { log: true, points: true }));
  };
  return html`<p>Share of the exact k nearest images, by the embeddings, that the first k of the given list hold. Precision,
kNN classification and what else is counted from neighbours is counted from the given ones.</p>
<div class="grid">${plotOf('mean', 'Recall at k', 'Recall')}${plotOf(
    'complete',
    'Queries with complete lists',
    'Share of queries',
  )}</div>
${tableOf(
  'Given neighbours against an exact search',
  ['Encoder', 'k', 'Recall', 'Worst query', 'Queries with complete lists'],
  eachFigure(report, (points, name) =>
    points.map(({ k, mean, lowest, complete }) => [
      name,
      k,
      figure(mean, 4),
      figure(lowest, 4),
      figure(complete, 4),
    ]),
  ),
)}${reasonsOf(report)}`;
}

/** How much of the exact answer the given neighbours of the test images hold. */
export const recall = analysis({
  id: 'recall',
  version: 1,
  schema,
  applies: (source) => source.knn !== undefined && (encodes(source) || source.files !== undefined),
  run,
  section: { id: 'recall', title: 'Recall of the given neighbours', place: 60, content },
  method: ({ neighbours }) => [
    'Recall of the given neighbours',
    `queries of test; an exact search of ${neighbours} neighbours. Of images as similar as the k-th, to the last bit and as far as that list shows them, either is right`,
  ],
});
