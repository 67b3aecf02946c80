import { html } from 'hono/html';
import { INTERVAL_LEVEL } from '../../../../domain/statistics/bootstrap.ts';
import { figureOf } from '../../../analyses/context.ts';
import type { Outcome } from '../../outcome.ts';
import { count, estimate, figure, percent, pValue, spread } from '../numbers.ts';
import { type Plots, type Section, tableOf } from '../page.ts';
import { dotPlot } from '../plots.ts';
import { each, namesOf, reasons } from './each.ts';

/** Encoders whose difference has a p from here on are not told apart. */
const SIGNIFICANCE = 0.05;

/** Which encoder is first, and which ones cannot be told apart. */
export function rankingSection(outcome: Outcome, plots: Plots): Section {
  const { k, encoders, pairs } = outcome;
  const names = namesOf(outcome);
  const points = each(
    outcome,
    (e) => e.figures.intervals,
    ({ points: all }, { name }) =>
      all.filter((point) => point.k === k).map((point) => ({ ...point, name })),
  );
  const plotOf = (average: 'micro' | 'macro') => {
    const title = `Precision at ${k}, ${average}`;
    const rows = points.map((point) => ({
      encoder: point.name,
      row: point.name,
      ...spread(point[average]),
    }));
    return plots.add(`${title} of each encoder with its interval`, {
      title,
      ...dotPlot(names, rows, names, title),
    });
  };
  const chance = figureOf(encoders[0]?.figures.intervals)?.chance;
  const tests = figureOf(pairs);
  const best = encoders[0]?.name ?? '';
  const against = (name: string) =>
    tests?.micro.find(
      ({ first, second }) => [first, second].includes(best) && [first, second].includes(name),
    );
  const alike = encoders.slice(1).filter(({ name }) => (against(name)?.pHolm ?? 0) >= SIGNIFICANCE);
  const content = html`
<p>Encoders are ordered by micro precision at ${k}: the share of the ${k} nearest images of the index that
have the query's label, over ${count(outcome.data.splits.test)} queries. Intervals cover ${percent(INTERVAL_LEVEL)} of draws of
patients with all their images. Neighbours drawn by chance would have ${figure(chance)}.</p>
${
  alike.length > 0
    ? html`<p>Not told apart from ${best} by these images (p of ${SIGNIFICANCE} or more): ${alike.map(({ name }) => name).join(', ')}.</p>`
    : html``
}
<div class="grid">${plotOf('micro')}${plotOf('macro')}</div>
${tableOf(
  `Precision at ${k} with ${percent(INTERVAL_LEVEL)} intervals by patient`,
  ['Encoder', 'Micro', 'Macro', 'kNN F1 macro', 'Linear probe F1 macro', 'Dimension'],
  encoders.map(({ name, dimension, figures }) => {
    const point = points.find((one) => one.name === name);
    return [
      name,
      estimate(point?.micro),
      estimate(point?.macro),
      figure(figureOf(figures.knn[outcome.protocol])?.test.macroF1),
      figure(figureOf(figures.linearProbe)?.test.macroF1),
      dimension === null ? '–' : count(dimension),
    ];
  }),
)}
${
  tests !== undefined && tests.micro.length > 0
    ? html`<h3>Tests between encoders</h3>
<p>Each pair on the same queries. p is of a sign-flip test by patient, corrected by Holm for all pairs.</p>
${tableOf(
  `Difference of precision at ${k}`,
  ['Pair', 'Micro', 'p', 'Macro', 'p (macro)'],
  tests.micro.map((pair, i) => [
    `${pair.first} − ${pair.second}`,
    estimate(pair.difference),
    pValue(pair.pHolm),
    estimate(tests.macro[i]?.difference),
    pValue(tests.macro[i]?.pHolm ?? 1),
  ]),
)}`
    : html``
}
${reasons(outcome, (e) => e.figures.retrieval)}`;
  return { id: 'ranking', title: 'Ranking', content };
}
