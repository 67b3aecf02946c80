import { html } from 'hono/html';
import type { Outcome } from '../../outcome.ts';
import { figure } from '../numbers.ts';
import { type Plots, type Section, tableOf } from '../page.ts';
import { linePlot } from '../plots.ts';
import { each, namesOf, reasons } from './each.ts';

/** How much of the exact answer the engine has found that made a given table of neighbours. */
export function recallSection(outcome: Outcome, plots: Plots): Section {
  const plotOf = (of: 'mean' | 'complete', title: string, y: string) => {
    const rows = each(
      outcome,
      (e) => e.figures.recall,
      (points, { name }) =>
        points.map((point) => ({ encoder: name, x: point.k, value: point[of] })),
    );
    const titles = { title, x: 'k', y };
    return plots.add(title, linePlot(namesOf(outcome), rows, titles, { log: true, points: true }));
  };
  const content = html`
<p>Share of the exact k nearest images, by the embeddings, that the first k of the given list hold. Precision,
kNN classification and what else is counted from neighbours is counted from the given ones.</p>
<div class="grid">${plotOf('mean', 'Recall at k', 'Recall')}${plotOf(
    'complete',
    'Queries with complete lists',
    'Share of queries',
  )}</div>
${tableOf(
  'Given neighbours against an exact search',
  ['Encoder', 'k', 'Recall', 'Worst query', 'Queries with complete lists'],
  each(
    outcome,
    (e) => e.figures.recall,
    (points, { name }) =>
      points.map(({ k, mean, lowest, complete }) => [
        name,
        k,
        figure(mean, 4),
        figure(lowest, 4),
        figure(complete, 4),
      ]),
  ),
)}${reasons(outcome, (e) => e.figures.recall)}`;
  return { id: 'recall', title: 'Recall of the given neighbours', content };
}
