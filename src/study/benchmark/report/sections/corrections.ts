import { html } from 'hono/html';
import { figureOf } from '../../../analyses/context.ts';
import { CORRECTIONS, type Protocol, STUDY } from '../../../evaluation/protocol.ts';
import type { Outcome } from '../../outcome.ts';
import { figure } from '../numbers.ts';
import { type Plots, type Section, tableOf } from '../page.ts';
import { linePlot, WAYS } from '../plots.ts';
import { each, namesOf, reasons } from './each.ts';

/** A k at which figures are compared, beside that of the analyses and the largest. */
const COMPARED_K = 20;

/** The published figures beside the corrected ones. */
export function correctionSection(outcome: Outcome, plots: Plots): Section {
  const { k } = outcome;
  const protocols = ['corrected', 'as-published'] as const;
  const rows = each(
    outcome,
    (e) => e.figures.retrieval,
    (value, { name }) =>
      protocols.flatMap((protocol, i) =>
        value[protocol].precision.map(({ k: at, macro }) => ({
          encoder: name,
          way: WAYS[i],
          x: at,
          value: macro.mean,
        })),
      ),
  );
  const pair = (a: number | undefined, b: number | undefined) => [
    figure(b),
    figure(a),
    a === undefined || b === undefined ? '–' : `${a > b ? '+' : ''}${figure(a - b)}`,
  ];
  const content = html`
<p>Both ways are computed from the same neighbours. This report shows the
${outcome.protocol === 'corrected' ? 'corrected' : 'published'} figures; here is what differs.</p>
${plots.add(
  'Macro precision at k, corrected and as published',
  linePlot(
    namesOf(outcome),
    rows,
    { title: 'Precision at k, macro', x: 'k', y: 'Precision' },
    { dash: 'way' },
  ),
)}
${tableOf(
  'As published, corrected, and the difference',
  ['Encoder', 'Figure', 'As published', 'Corrected', 'Difference'],
  outcome.encoders.flatMap(({ name, figures }) => {
    const retrieval = figureOf(figures.retrieval);
    const knn = {
      now: figureOf(figures.knn.corrected),
      before: figureOf(figures.knn['as-published']),
    };
    const at = (protocol: Protocol, average: 'micro' | 'macro', depth: number) =>
      retrieval?.[protocol].precision[depth - 1]?.[average].mean;
    const depths = [...new Set([k, COMPARED_K, STUDY.largestK])].sort((a, b) => a - b);
    return [
      ...depths.flatMap((depth) =>
        (['micro', 'macro'] as const).map((average) => [
          name,
          `precision at ${depth}, ${average}`,
          ...pair(at('corrected', average, depth), at('as-published', average, depth)),
        ]),
      ),
      [name, 'kNN F1, micro', ...pair(knn.now?.test.microF1, knn.before?.test.microF1)],
      [name, 'kNN F1, macro', ...pair(knn.now?.test.macroF1, knn.before?.test.macroF1)],
      [name, 'k of kNN', knn.before?.bestK ?? '–', knn.now?.bestK ?? '–', ''],
    ];
  }),
)}
${tableOf(
  'Where the published protocol can mislead',
  ['What', 'As published', 'Corrected', 'Effect'],
  CORRECTIONS.map(({ what, published, corrected, effect }) => [what, published, corrected, effect]),
)}${reasons(outcome, (e) => e.figures.knn['as-published'])}`;
  return { id: 'corrections', title: 'What the corrections change', content };
}
