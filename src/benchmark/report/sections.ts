import { html } from 'hono/html';
import { CORRECTIONS, type Protocol } from '../../evaluation/protocol.ts';
import { type Attempt, figureOf } from '../context.ts';
import type { Grouping } from '../measure.ts';
import type { EncoderOutcome, Outcome } from '../run.ts';
import { count, estimate, figure, pValue, spread } from './numbers.ts';
import { folded, type Html, type Plots, type Section, tableOf } from './page.ts';
import { dotPlot, heatMap, linePlot, occurrencePlot, scatterPlot, WAYS } from './plots.ts';

/** Labels of a heat map up to which its cells are large. */
const MANY = 40;

const namesOf = ({ encoders }: Outcome) => encoders.map(({ name }) => name);

/** Rows of each encoder that has a figure. */
function each<T, R>(
  outcome: Outcome,
  of: (encoder: EncoderOutcome) => Attempt<T> | undefined,
  rows: (value: T, encoder: EncoderOutcome) => R[],
): R[] {
  return outcome.encoders.flatMap((encoder) => {
    const value = figureOf(of(encoder));
    return value === undefined ? [] : rows(value, encoder);
  });
}

/** Why encoders have no figure; nothing when all have one or it was not asked for. */
function reasons(
  outcome: Outcome,
  of: (encoder: EncoderOutcome) => Attempt<unknown> | undefined,
): Html {
  const missing = outcome.encoders.flatMap((encoder) => {
    const one = of(encoder);
    return one !== undefined && 'error' in one ? { name: encoder.name, error: one.error } : [];
  });
  if (missing.length === 0) return html``;
  return html`<div class="note"><ul>${missing.map(
    ({ name, error }) => html`<li>${name}: ${error.code}, ${error.title}. ${error.detail}</li>`,
  )}</ul></div>`;
}

/** Whether any encoder was asked for a figure. */
const asked = (outcome: Outcome, of: (encoder: EncoderOutcome) => unknown) =>
  outcome.encoders.some((encoder) => of(encoder) !== undefined);

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
  const alike = encoders.slice(1).filter(({ name }) => (against(name)?.pHolm ?? 0) >= 0.05);
  const content = html`
<p>Encoders are ordered by micro precision at ${k}: the share of the ${k} nearest images of the index that
have the query's label, over ${count(outcome.data.splits.test)} queries. Intervals cover 95 % of draws of
patients with all their images. Neighbours drawn by chance would have ${figure(chance)}.</p>
${
  alike.length > 0
    ? html`<p>Not told apart from ${best} by these images: ${alike.map(({ name }) => name).join(', ')}.</p>`
    : html``
}
<div class="grid">${plotOf('micro')}${plotOf('macro')}</div>
${tableOf(
  `Precision at ${k} with 95 % intervals by patient`,
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
  const ks = [1, 3, 5, 10, 20, 50, 99];
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
common ones. Bands are 95 % intervals by patient at the k in the table, joined by lines. A click on a name
brings its line to the front.</p>
<div class="grid">${plotOf('micro')}${plotOf('macro')}</div>
${folded('Table', [table('micro'), table('macro')])}`;
  return { id: 'precision', title: 'Precision at k', content };
}

export function classificationSection(outcome: Outcome, plots: Plots): Section {
  const { protocol } = outcome;
  const knn = (e: EncoderOutcome) => e.figures.knn[protocol];
  const validation = each(outcome, knn, ({ validation: rows }, { name }) =>
    rows.map(({ k, scores }) => ({ encoder: name, x: k, value: scores.microF1 })),
  );
  const epochs = each(
    outcome,
    (e) => e.figures.linearProbe,
    ({ epochs: rows }, { name }) =>
      rows.map(({ accuracy }, i) => ({ encoder: name, x: i + 1, value: accuracy })),
  );
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
    epochs.length > 0
      ? plots.add(
          'Accuracy of the linear probe on val against the epoch',
          linePlot(names, epochs, { title: 'Linear probe on val', x: 'Epoch', y: 'Accuracy' }),
        )
      : html``
  }</div>`;
  return { id: 'classification', title: 'Classification', content };
}

const GROUP_TITLES: Record<Grouping, string> = {
  label: 'By class',
  modality: 'By modality',
  region: 'By region',
  dataset: 'By data set',
};

export function groupSection(outcome: Outcome, plots: Plots): Section {
  const { k } = outcome;
  const names = namesOf(outcome);
  const groupsOf = (grouping: Grouping) =>
    each(
      outcome,
      (e) => e.figures.groups,
      (value, { name }) =>
        value[grouping].groups.map((group) => ({
          encoder: name,
          row: group.name,
          ...spread(group.precision),
          queries: group.queries,
          indexImages: group.indexImages,
          precision: group.precision,
          patients: group.patients,
        })),
    );
  const part = (grouping: Grouping) => {
    const rows = groupsOf(grouping);
    const order = [...new Set(rows.map(({ row }) => row))].sort();
    if (order.length < (grouping === 'label' ? 1 : 2)) return html``;
    const table = folded(
      'Table',
      tableOf(
        `Precision at ${k} ${GROUP_TITLES[grouping].toLowerCase()}`,
        ['Group', 'Queries', 'Patients', 'In the index', ...names],
        order.map((name) => {
          const all = rows.filter(({ row }) => row === name);
          const [first] = all;
          return [
            name,
            count(first?.queries ?? 0),
            count(first?.patients ?? 0),
            count(first?.indexImages ?? 0),
            ...names.map((encoder) =>
              estimate(all.find((one) => one.encoder === encoder)?.precision),
            ),
          ];
        }),
      ),
    );
    const extra: [string, string][] = [
      ['queries', 'Queries'],
      ['indexImages', 'In the index'],
    ];
    const shown = rows.map(({ precision: _, patients: __, ...row }) => row);
    const plot =
      grouping === 'label'
        ? html`<div class="tall">${plots.add(
            `Precision at ${k} of each class and encoder`,
            heatMap(
              shown.map(({ encoder, ...row }) => ({ ...row, column: encoder })),
              { rows: order, columns: names },
              { row: 'Class', column: 'Encoder', value: 'Precision' },
              {
                step: 24,
                numbers: true,
                extra: [['low', 'Low', '.3f'], ['high', 'High', '.3f'], ...extra],
              },
            ),
          )}</div>`
        : plots.add(
            `Precision at ${k} ${GROUP_TITLES[grouping].toLowerCase()}`,
            dotPlot(names, shown, order, `Precision at ${k}`, { extra }),
          );
    return html`<h3>${GROUP_TITLES[grouping]}</h3>${plot}${table}`;
  };
  const content = html`
<p>Precision at ${k} of the queries of each group, among all images of the index.</p>
${part('label')}${part('modality')}${part('region')}${part('dataset')}${reasons(outcome, (e) => e.figures.groups)}`;
  return { id: 'groups', title: 'Classes and modalities', content };
}

export function levelSection(outcome: Outcome, plots: Plots): Section {
  const names = namesOf(outcome);
  const titles = { modality: 'Same modality', region: 'Same region', finding: 'Same finding' };
  const rows = each(
    outcome,
    (e) => e.figures.levels,
    (levels, { name }) =>
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
  const content = html`
<p>What neighbours have in common with the query: the kind of picture, the part of the body, or the
finding itself. A large step from region to finding means that anatomy is found, not pathology.</p>
${plots.add(
  'Precision at three levels',
  dotPlot(
    names,
    rows.map(({ micro: _, macro: __, ...row }) => row),
    order,
    `Precision at ${outcome.k}`,
    {
      extra: [
        ['chance', 'By chance', '.3f'],
        ['classes', 'Classes'],
      ],
    },
  ),
)}
${tableOf(
  `Precision at ${outcome.k} at each level`,
  ['Encoder', 'Level', 'Micro', 'Macro', 'By chance', 'Classes'],
  rows.map((row) => [
    row.encoder,
    row.row,
    estimate(row.micro),
    estimate(row.macro),
    figure(row.chance),
    row.classes,
  ]),
)}${reasons(outcome, (e) => e.figures.levels)}`;
  return { id: 'levels', title: 'Anatomy or pathology', content };
}

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

export function spaceSection(outcome: Outcome, plots: Plots): Section {
  const space = (e: EncoderOutcome) => e.figures.space;
  const projection = (e: EncoderOutcome) => e.figures.projection;
  const scatters = each(outcome, projection, (value, { name }) => {
    const rows = (xy: number[]) =>
      Array.from({ length: value.points }, (_, p) => ({ p, x: xy[2 * p], y: xy[2 * p + 1] }));
    const explained = value.explained.map((share) => `${(100 * share).toFixed(0)} %`).join(' and ');
    return [
      {
        name,
        plot: html`<div class="grid">${plots.add(`Images of ${name} laid out by UMAP`, scatterPlot(rows(value.umap), `UMAP, ${name}`, true))}${plots.add(`Images of ${name} laid out by PCA`, scatterPlot(rows(value.pca), `PCA, ${name} (${explained} of the variance)`, false))}</div>`,
      },
    ];
  });
  const [first, ...others] = scatters;
  const sizes = each(outcome, space, ({ images }) => [images]);
  const content = html`
${
  asked(outcome, space)
    ? html`<p>How well the classes lie apart in the space of the embeddings${
        sizes[0] === undefined ? '' : ` (${count(sizes[0])} images of all splits)`
      }. Larger is better for silhouette, Calinski-Harabasz and purity; smaller for Davies-Bouldin,
alignment and uniformity.</p>
${tableOf(
  'Quality of the embedding space',
  [
    'Encoder',
    'Silhouette (cosine)',
    'Davies-Bouldin',
    'Calinski-Harabasz',
    `Purity at ${outcome.k}`,
    'By chance',
    'Alignment',
    'Uniformity',
  ],
  each(outcome, space, (s, { name }) => [
    [
      name,
      figure(s.silhouette.mean),
      figure(s.daviesBouldin, 2),
      figure(s.calinskiHarabasz, 1),
      figure(s.purity.mean),
      figure(s.purity.chance),
      figure(s.alignment),
      figure(s.uniformity, 2),
    ],
  ]),
)}${reasons(outcome, space)}`
    : html``
}
${
  first === undefined
    ? html``
    : html`<h3>Images in the plane</h3>
<p>${count(outcome.points.label.of.length)} images, every class in its share. Distances between far
groups of UMAP mean nothing. <label>Colour by <select data-signal="colour"><option value="label">label</option><option value="modality">modality</option><option value="region">region</option><option value="split">split</option></select></label></p>
${first.plot}${others.map(({ name, plot }) => folded(name, plot))}`
}${reasons(outcome, projection)}`;
  return { id: 'space', title: 'Embedding space', content };
}

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
    const depths = [...new Set([k, 20, 99])].sort((a, b) => a - b);
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

/** The sections of the figures, in the order of a reader's questions; those not asked for are left out. */
export function figureSections(outcome: Outcome, plots: Plots): Section[] {
  const has = (of: (encoder: EncoderOutcome) => unknown) => asked(outcome, of);
  return [
    rankingSection(outcome, plots),
    curveSection(outcome, plots),
    classificationSection(outcome, plots),
    ...(has((e) => e.figures.groups) ? [groupSection(outcome, plots)] : []),
    ...(has((e) => e.figures.levels) ? [levelSection(outcome, plots)] : []),
    ...(has((e) => e.figures.confusion) ? [confusionSection(outcome, plots)] : []),
    ...(has((e) => e.figures.indexSize) ? [indexSizeSection(outcome, plots)] : []),
    ...(has((e) => e.figures.space ?? e.figures.projection) ? [spaceSection(outcome, plots)] : []),
    ...(has((e) => e.figures.hubness) ? [hubnessSection(outcome, plots)] : []),
    ...(has((e) => e.figures.robustness) ? [robustnessSection(outcome, plots)] : []),
    ...(has((e) => e.figures.patientLeak) ? [leakSection(outcome)] : []),
    correctionSection(outcome, plots),
  ];
}
