import { html } from 'hono/html';
import type { Outcome } from '../../outcome.ts';
import { estimate, figure, pValue, spread } from '../numbers.ts';
import { folded, type Plots, type Section, tableOf } from '../page.ts';
import { dotPlot } from '../plots.ts';
import { each, namesOf, reasons } from './each.ts';

/** What changes of the queries cost. */
export function robustnessSection(outcome: Outcome, plots: Plots): Section {
  const names = namesOf(outcome);
  const rows = each(
    outcome,
    (e) => e.figures.robustness,
    (kinds, { name }) =>
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
  const content = html`
<p>Queries are changed as pictures are changed in daily work, the index is not. A loss of 0 means that
precision at ${outcome.k} stays as it was.</p>
${plots.add(
  'Loss of precision by perturbation',
  dotPlot(
    names,
    rows.map(({ kind: _, ...row }) => row),
    order,
    `Loss of precision at ${outcome.k}`,
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
    `Precision at ${outcome.k} of perturbed queries`,
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
)}${reasons(outcome, (e) => e.figures.robustness)}`;
  return { id: 'robustness', title: 'Robustness', content };
}
