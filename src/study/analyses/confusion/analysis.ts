import { html } from 'hono/html';
import { z } from 'zod';
import { figure } from '../../benchmark/report/numbers.ts';
import { folded, type Html, tableOf } from '../../benchmark/report/page.ts';
import { heatMap } from '../../benchmark/report/plots.ts';
import { analysis, eachFigure, type Reported, reasonsOf } from '../analysis.ts';
import type { Context } from '../context.ts';
import { Count } from '../shapes.ts';
import { confusion as countConfusion } from './confusion.ts';

/** Labels of a heat map up to which its cells are large. */
const MANY = 40;
/** Confusions that are listed, the most frequent first. */
const FREQUENT = 10;

const schema = z.strictObject({
  k: Count,
  cells: z.array(z.strictObject({ truth: Count, found: Count, images: Count })),
  unanswered: Count,
});
type Figure = z.infer<typeof schema>;

/** Which class was taken for which: only the pairs that occur. */
function run({ retrieved, labels, k }: Context): Figure {
  const { names, counts, unanswered } = countConfusion(
    retrieved.test.neighbours,
    labels.queries,
    labels.index,
    k,
  );
  const cells = [...counts.keys()].flatMap((cell) => {
    const images = counts[cell] as number;
    if (images === 0) return [];
    return { truth: Math.floor(cell / names.length), found: cell % names.length, images };
  });
  return { k, cells, unanswered };
}

function content(report: Reported<Figure>): Html {
  const { k, plots } = report;
  const labels = report.labels
    .filter(({ test, train }) => test + train > 0)
    .map(({ label }) => label);
  const all = report.labels.map(({ label }) => label);
  const tests = new Map(report.labels.map(({ label, test }) => [label, test]));
  const parts = eachFigure(report, ({ cells, unanswered }, name) => {
    const rows = cells.map(({ truth, found, images }) => ({
      row: all[truth] as string,
      column: all[found] as string,
      images,
      value: images / (tests.get(all[truth] as string) || 1),
    }));
    const worst = rows
      .filter(({ row, column }) => row !== column)
      .sort((a, b) => b.images - a.images || (a.row < b.row ? -1 : 1))
      .slice(0, FREQUENT);
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
  `Table of the ${FREQUENT} most frequent confusions`,
  tableOf(
    name,
    ['Class', 'Taken for', 'Images', 'Share of the class'],
    worst.map((row) => [row.row, row.column, row.images, figure(row.value)]),
  ),
)}
${unanswered > 0 ? html`<p class="soft">${unanswered} queries have no neighbour.</p>` : html``}`;
    return [{ name, plot }];
  });
  const [first, ...others] = parts;
  return html`<p>The class that most of the ${k} nearest neighbours have, of each query; of equal votes the nearer
one. Rows add up to 1.</p>
${first === undefined ? html`` : html`<h3>${first.name}</h3>${first.plot}`}
${others.map(({ name, plot }) => folded(name, plot))}${reasonsOf(report)}`;
}

/** Which class was taken for which. */
export const confusion = analysis({
  id: 'confusion',
  version: 1,
  schema,
  run,
  section: { id: 'confusion', title: 'Confusion', place: 30, content },
});
