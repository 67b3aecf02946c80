import { html } from 'hono/html';
import type { Outcome } from '../../outcome.ts';
import { count, estimate, figure, spread } from '../numbers.ts';
import { folded, type Plots, type Section, tableOf } from '../page.ts';
import { linePlot, occurrencePlot } from '../plots.ts';
import { each, namesOf, reasons } from './each.ts';

/** Precision against the size of the index. */
export function indexSizeSection(outcome: Outcome, plots: Plots): Section {
  const names = namesOf(outcome);
  const plotOf = (average: 'micro' | 'macro') => {
    const rows = each(
      outcome,
      (e) => e.figures.indexSize,
      (points, { name }) =>
        points.map((point) => ({ encoder: name, x: point.size, ...spread(point[average]) })),
    );
    const titles = {
      title: `Precision at ${outcome.k}, ${average}`,
      x: 'Images in the index',
      y: 'Precision',
    };
    return plots.add(
      `${titles.title} against the size of the index`,
      linePlot(names, rows, titles, { log: true, points: true }),
    );
  };
  const content = html`
<p>Random parts of the index, the smaller ones within the larger ones, in ${outcome.config.repeats} random
orders. Where the lines still rise, more images would help. Bands are 95 % intervals by patient.</p>
<div class="grid">${plotOf('micro')}${plotOf('macro')}</div>
${folded(
  'Table',
  tableOf(
    `Precision at ${outcome.k} by size of the index`,
    [
      'Encoder',
      'Images',
      'Micro',
      'Macro',
      'Lowest order (micro)',
      'Highest order (micro)',
      'Classes missing',
    ],
    each(
      outcome,
      (e) => e.figures.indexSize,
      (points, { name }) =>
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
)}${reasons(outcome, (e) => e.figures.indexSize)}`;
  return { id: 'index-size', title: 'Size of the index', content };
}

/** Images that are found too often or never. */
export function hubnessSection(outcome: Outcome, plots: Plots): Section {
  const rows = each(
    outcome,
    (e) => e.figures.hubness,
    ({ histogram }, { name }) => histogram.map((row) => ({ encoder: name, ...row })),
  );
  const content = html`
<p>Few images that are near to everything hide the others. Skewness 0 would be even; images that are never
found cannot help anyone.</p>
${plots.add('How many images are found how often', occurrencePlot(namesOf(outcome), rows))}
${tableOf(
  `Among the ${outcome.k} nearest`,
  ['Encoder', 'Skewness', 'Never found', 'By chance', 'Most frequent image', 'Times found'],
  each(
    outcome,
    (e) => e.figures.hubness,
    (h, { name }) => [
      [
        name,
        figure(h.skewness, 2),
        figure(h.antiHubs),
        figure(h.antiHubsByChance),
        h.hubs[0] ? `${h.hubs[0].filepath} (${h.hubs[0].label})` : '–',
        h.hubs[0]?.occurrences ?? '–',
      ],
    ],
  ),
)}${reasons(outcome, (e) => e.figures.hubness)}`;
  return { id: 'hubness', title: 'Hubs', content };
}

/** What images of the query's own patient give away. */
export function leakSection(outcome: Outcome): Section {
  const content = html`
<p>Another picture of the same patient is an easy hit that a new patient would not offer. Precision at
${outcome.k} with every neighbour, and when the query's own patient is left out of the index.</p>
${tableOf(
  'Own patients in the index',
  [
    'Encoder',
    'Queries',
    'Unknown',
    'Patient in index',
    'Nearest is same',
    'Precision',
    'Without own',
  ],
  each(
    outcome,
    (e) => e.figures.patientLeak,
    (leak, { name }) =>
      leak === null
        ? [[name, 0, count(outcome.data.patients.unknown), '–', '–', '–', '–']]
        : [
            [
              name,
              count(leak.queries),
              count(leak.unknown),
              count(leak.withOwnPatient),
              figure(leak.firstOfSamePatient),
              estimate(leak.precision),
              estimate(leak.withoutOwnPatient),
            ],
          ],
  ),
)}${reasons(outcome, (e) => e.figures.patientLeak)}`;
  return { id: 'leak', title: 'Same patient', content };
}
