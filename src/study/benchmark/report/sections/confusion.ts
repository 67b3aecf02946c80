import { html } from 'hono/html';
import type { Outcome } from '../../outcome.ts';
import { figure } from '../numbers.ts';
import { folded, type Plots, type Section, tableOf } from '../page.ts';
import { heatMap } from '../plots.ts';
import { each, reasons } from './each.ts';

/** Labels of a heat map up to which its cells are large. */
const MANY = 40;

/** Which class was taken for which. */
export function confusionSection(outcome: Outcome, plots: Plots): Section {
  const labels = outcome.data.labels
    .filter(({ test, train }) => test + train > 0)
    .map(({ label }) => label);
  const all = outcome.data.labels.map(({ label }) => label);
  const tests = new Map(outcome.data.labels.map(({ label, test }) => [label, test]));
  const parts = each(
    outcome,
    (e) => e.figures.confusion,
    ({ cells, unanswered }, { name }) => {
      const rows = cells.map(({ truth, found, images }) => ({
        row: all[truth] as string,
        column: all[found] as string,
        images,
        value: images / (tests.get(all[truth] as string) || 1),
      }));
      const worst = rows
        .filter(({ row, column }) => row !== column)
        .sort((a, b) => b.images - a.images || (a.row < b.row ? -1 : 1))
        .slice(0, 10);
      const plot = html`<div class="tall">${plots.add(
        `Which class was taken for which by ${name}`,
        heatMap(
          rows,
          { rows: labels, columns: labels },
          { row: 'Class', column: 'Taken for', value: 'Share of the class' },
          { step: labels.length > MANY ? 11 : 24, extra: [['images', 'Images']] },
        ),
      )}</div>
${folded(
  'Table of the ten most frequent confusions',
  tableOf(
    name,
    ['Class', 'Taken for', 'Images', 'Share of the class'],
    worst.map((row) => [row.row, row.column, row.images, figure(row.value)]),
  ),
)}
${unanswered > 0 ? html`<p class="soft">${unanswered} queries have no neighbour.</p>` : html``}`;
      return [{ name, plot }];
    },
  );
  const [first, ...others] = parts;
  const content = html`
<p>The class that most of the ${outcome.k} nearest neighbours have, of each query; of equal votes the nearer
one. Rows add up to 1.</p>
${first === undefined ? html`` : html`<h3>${first.name}</h3>${first.plot}`}
${others.map(({ name, plot }) => folded(name, plot))}${reasons(outcome, (e) => e.figures.confusion)}`;
  return { id: 'confusion', title: 'Confusion', content };
}
