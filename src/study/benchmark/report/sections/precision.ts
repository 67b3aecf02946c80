import { html } from 'hono/html';
import { INTERVAL_LEVEL } from '../../../../domain/statistics/bootstrap.ts';
import { figureOf } from '../../../analyses/context.ts';
import { MARKED_K } from '../../figures.ts';
import type { EncoderOutcome, Outcome } from '../../outcome.ts';
import { figure, percent } from '../numbers.ts';
import { folded, type Plots, type Section, tableOf } from '../page.ts';
import { linePlot } from '../plots.ts';
import { asked, each, namesOf, reasons } from './each.ts';

/** Precision at every k. */
export function curveSection(outcome: Outcome, plots: Plots): Section {
  const { protocol } = outcome;
  const plotOf = (average: 'micro' | 'macro') => {
    const rows = each(
      outcome,
      (e) => e.figures.retrieval,
      (value, { name, figures }) => {
        const intervals = new Map(
          figureOf(figures.intervals)?.points.map((p) => [p.k, p[average].interval]),
        );
        return value[protocol].precision.map(({ k, [average]: { mean } }) => {
          const interval = intervals.get(k);
          return { encoder: name, x: k, value: mean, ...(interval ? interval : {}) };
        });
      },
    );
    const titles = { title: `Precision at k, ${average}`, x: 'k', y: 'Precision' };
    return plots.add(
      `${titles.title}, a line for each encoder`,
      linePlot(namesOf(outcome), rows, titles),
    );
  };
  const ks = MARKED_K;
  const table = (average: 'micro' | 'macro') =>
    tableOf(
      `Precision at k, ${average}: mean (standard deviation)`,
      ['Encoder', ...ks.map((k) => `k = ${k}`)],
      each(
        outcome,
        (e) => e.figures.retrieval,
        (value, { name }) => [
          [
            name,
            ...ks.map((k) => {
              const at = value[protocol].precision[k - 1]?.[average];
              return at === undefined ? '–' : `${figure(at.mean)} (${figure(at.std)})`;
            }),
          ],
        ],
      ),
    );
  const content = html`
<p>Micro is the mean over queries, macro the mean over classes, in which rare classes weigh as much as
common ones. Bands are ${percent(INTERVAL_LEVEL)} intervals by patient at the k in the table, joined by lines. A click on a name
brings its line to the front.</p>
<div class="grid">${plotOf('micro')}${plotOf('macro')}</div>
${folded('Table', [table('micro'), table('macro')])}`;
  return { id: 'precision', title: 'Precision at k', content };
}

/** kNN classification and linear probe. */
export function classificationSection(outcome: Outcome, plots: Plots): Section {
  const { protocol } = outcome;
  const knn = (e: EncoderOutcome) => e.figures.knn[protocol];
  const validation = each(outcome, knn, ({ validation: rows }, { name }) =>
    rows.map(({ k, scores }) => ({ encoder: name, x: k, value: scores.microF1 })),
  );
  const epochs = (of: 'loss' | 'accuracy') =>
    each(
      outcome,
      (e) => e.figures.linearProbe,
      ({ epochs: rows }, { name }) =>
        rows.flatMap(({ [of]: value }, i) =>
          value === null ? [] : [{ encoder: name, x: i + 1, value }],
        ),
    );
  const [losses, accuracies] = [epochs('loss'), epochs('accuracy')];
  const head = [
    'Encoder',
    'ROC AUC micro',
    'ROC AUC macro',
    'F1 micro',
    'F1 macro',
    'Precision macro',
    'Recall macro',
  ];
  const row = (name: string, s: NonNullable<ReturnType<typeof scores>>) => [
    name,
    ...[s.microRocAuc, s.macroRocAuc, s.microF1, s.macroF1, s.macroPrecision, s.macroRecall].map(
      (v) => figure(v),
    ),
  ];
  const scores = (e: EncoderOutcome) => figureOf(knn(e))?.test;
  const names = namesOf(outcome);
  const content = html`
<p>The neighbours' labels vote; the k with the best F1 on val is used on test. The linear probe is a
logistic regression on the embeddings, which shows what a trained classifier could get out of them. Micro
F1 is the accuracy.</p>
${tableOf(
  'kNN classification of test',
  [...head, 'k'],
  each(outcome, knn, ({ test, bestK }, { name }) => [[...row(name, test), bestK]]),
)}
${reasons(outcome, knn)}
${
  asked(outcome, (e) => e.figures.linearProbe)
    ? html`${tableOf(
        'Linear probe of test',
        [...head, 'Best epoch'],
        each(
          outcome,
          (e) => e.figures.linearProbe,
          ({ test, bestEpoch }, { name }) => [[...row(name, test), bestEpoch + 1]],
        ),
      )}${reasons(outcome, (e) => e.figures.linearProbe)}`
    : html``
}
<div class="grid">${
    validation.length > 0
      ? plots.add(
          'F1 of kNN classification of val against k',
          linePlot(names, validation, { title: 'kNN on val', x: 'k', y: 'F1 micro' }),
        )
      : html``
  }${
    losses.length > 0
      ? html`${plots.add(
          'Loss of the linear probe on train against the epoch',
          linePlot(names, losses, { title: 'Linear probe on train', x: 'Epoch', y: 'Loss' }),
        )}${plots.add(
          'Accuracy of the linear probe on val against the epoch',
          linePlot(names, accuracies, { title: 'Linear probe on val', x: 'Epoch', y: 'Accuracy' }),
        )}`
      : html``
  }</div>`;
  return { id: 'classification', title: 'Classification', content };
}
