import { html } from 'hono/html';
import { z } from 'zod';
import { classesOf } from '../../../domain/statistics/classes.ts';
import type { LabelledImage } from '../../../tables/labelled.ts';
import { count, estimate, spread } from '../../benchmark/report/numbers.ts';
import { folded, type Html, tableOf } from '../../benchmark/report/page.ts';
import { dotPlot, heatMap } from '../../benchmark/report/plots.ts';
import { analysis, eachFigure, type Reported, reasonsOf } from '../analysis.ts';
import type { Context } from '../context.ts';
import { scoresOf } from '../query-precision.ts';
import { Count, EstimateSchema } from '../shapes.ts';
import { precisionByGroup } from './by-group.ts';

const GROUP_TITLES: Record<Grouping, string> = {
  label: 'By class',
  modality: 'By modality',
  region: 'By region',
  dataset: 'By data set',
};

const PrecisionByGroup = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      queries: Count,
      patients: Count,
      indexImages: Count,
      precision: EstimateSchema,
    }),
  ),
  withoutQueries: z.array(z.string()),
});
const schema = z.strictObject({
  label: PrecisionByGroup,
  modality: PrecisionByGroup,
  region: PrecisionByGroup,
  dataset: PrecisionByGroup,
});
type Figure = z.infer<typeof schema>;

/** What images are grouped by. */
const GROUPINGS = {
  label: null,
  modality: ({ modality }: LabelledImage) => modality || 'unknown',
  region: ({ anatomicRegion }: LabelledImage) => anatomicRegion || 'unknown',
  dataset: ({ dataset }: LabelledImage) => dataset || 'unknown',
} as const;
type Grouping = keyof typeof GROUPINGS;

/** Precision of each label, modality, region and data set. */
function run(context: Context): Figure {
  const { experiment, labels, clusters, bootstrap } = context;
  const scores = scoresOf(context);
  const queries = experiment.test.images;
  const by = (grouping: Grouping) => {
    const key = GROUPINGS[grouping];
    if (key === null) {
      return precisionByGroup(scores, labels.queries, labels.index, clusters, bootstrap);
    }
    const { names, of } = classesOf([...queries, ...experiment.train.images].map(key));
    const part = (from: number, to?: number) => ({ names, of: of.subarray(from, to) });
    const [asked, index] = [part(0, queries.length), part(queries.length)];
    return precisionByGroup(scores, asked, index, clusters, bootstrap);
  };
  return {
    label: by('label'),
    modality: by('modality'),
    region: by('region'),
    dataset: by('dataset'),
  };
}

function content(report: Reported<Figure>): Html {
  const { k, names, plots } = report;
  const groupsOf = (grouping: Grouping) =>
    eachFigure(report, (value, name) =>
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
  return html`<p>Precision at ${k} of the queries of each group, among all images of the index.</p>
${part('label')}${part('modality')}${part('region')}${part('dataset')}${reasonsOf(report)}`;
}

/** Precision of each label, modality, region and data set. */
export const groups = analysis({
  id: 'groups',
  version: 1,
  schema,
  run,
  tables: [
    {
      file: 'groups.csv',
      head: 'encoder,grouping,name,queries,patients,index_images,precision,low,high'.split(','),
      rows: (encoder, figure) =>
        Object.entries(figure).flatMap(([grouping, { groups: all }]) =>
          all.map((group) => [
            encoder,
            grouping,
            group.name,
            group.queries,
            group.patients,
            group.indexImages,
            group.precision.value,
            group.precision.interval?.low ?? '',
            group.precision.interval?.high ?? '',
          ]),
        ),
    },
  ],
  section: { id: 'groups', title: 'Classes and modalities', place: 10, content },
});
