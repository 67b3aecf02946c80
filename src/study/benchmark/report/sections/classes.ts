import { html } from 'hono/html';
import type { Grouping } from '../../figures.ts';
import type { Outcome } from '../../outcome.ts';
import { count, estimate, figure, spread } from '../numbers.ts';
import { folded, type Plots, type Section, tableOf } from '../page.ts';
import { dotPlot, heatMap } from '../plots.ts';
import { each, namesOf, reasons } from './each.ts';

const GROUP_TITLES: Record<Grouping, string> = {
  label: 'By class',
  modality: 'By modality',
  region: 'By region',
  dataset: 'By data set',
};

/** Precision by class, modality, region and data set. */
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

/** Precision at the levels of modality, region and finding. */
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
