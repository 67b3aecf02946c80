import type { Rows, Spec } from './page.ts';

/** Colours of encoders: they can be told apart on light and on dark paper and by most colour-blind readers. */
const PALETTE = [
  '#2f7ebc',
  '#d9822b',
  '#2f9d6b',
  '#b3589a',
  '#a08b2c',
  '#c9504e',
  '#5f6bbf',
  '#6b8790',
  '#a0613d',
  '#3fa0a6',
];
/** The one hue of heat maps, whose strength is opacity, so that it works on any paper. */
const HEAT = '#2f7ebc';

const share = { format: '.2f', grid: true, tickCount: 6, labelFlush: false };
/** Plots whose height grows with their lines. */
const growing = { autosize: { type: 'fit-x', contains: 'padding' } };
/** Both ways to compute a figure, as lines are named after them. */
export const WAYS = ['corrected', 'as published'] as const;

/** Fields of an interval, for a tooltip. */
const INTERVAL: [string, string, string][] = [
  ['low', 'Low', '.3f'],
  ['high', 'High', '.3f'],
];

const tooltip = (...fields: [field: string, title: string, format?: string][]) =>
  fields.map(([field, title, format]) => ({
    field,
    title,
    ...(format === undefined ? {} : { format }),
  }));

/** One colour for each encoder, in the order of the ranking, in every plot. */
const colourOf = (encoders: readonly string[], legend = true) => ({
  field: 'encoder',
  type: 'nominal',
  scale: { domain: encoders, range: encoders.map((_, i) => PALETTE[i % PALETTE.length]) },
  legend: legend ? { title: null, orient: 'top', columns: 4, symbolOpacity: 1 } : null,
});

/** A click on the legend brings one encoder to the front. */
const pick = { name: 'pick', select: { type: 'point', fields: ['encoder'] }, bind: 'legend' };
const picked = (value: number, other: number) => ({
  condition: { param: 'pick', value },
  value: other,
});

/** Estimates with intervals in lines below one another: rows have row, encoder, value, low, high. */
export function dotPlot(
  encoders: readonly string[],
  rows: Rows,
  order: readonly string[],
  title: string,
  options: { zero?: boolean; extra?: [string, string, string?][] } = {},
): Spec {
  const { extra = [], zero = false } = options;
  // Where each line is an encoder's own, its name stands beside it.
  const own = order === encoders;
  const several = !own && encoders.length > 1;
  const color = colourOf(encoders, !own);
  const y = {
    field: 'row',
    type: 'nominal',
    sort: order,
    title: null,
    axis: { grid: false, ticks: false, domain: false, labelPadding: 8 },
  };
  const offset = several ? { yOffset: { field: 'encoder', sort: encoders } } : {};
  const tips = tooltip(
    ['encoder', 'Encoder'],
    ['row', 'Of'],
    ['value', title, '.3f'],
    ...INTERVAL,
    ...extra,
  );
  const x = { type: 'quantitative', title, axis: share };
  const zeroLine = {
    mark: { type: 'rule', strokeDash: [3, 3], opacity: 0.5 },
    encoding: { x: { datum: 0 } },
  };
  return {
    ...growing,
    width: 'container',
    height: { step: several ? Math.max(9, 22 / Math.sqrt(encoders.length)) : 24 },
    data: { values: rows },
    layer: [
      ...(zero ? [zeroLine] : []),
      {
        mark: { type: 'rule', strokeWidth: 2, opacity: 0.6 },
        encoding: {
          x: { ...x, field: 'low' },
          x2: { field: 'high' },
          y,
          ...offset,
          color,
          tooltip: tips,
        },
      },
      {
        mark: { type: 'point', filled: true, size: 70, opacity: 1 },
        encoding: {
          x: { ...x, field: 'value' },
          y,
          ...offset,
          color,
          tooltip: tips,
        },
      },
    ],
  };
}

/** Lines with bands against a number: rows have encoder, x, value and perhaps low and high. */
export function linePlot(
  encoders: readonly string[],
  rows: Rows,
  titles: { title: string; x: string; y: string },
  options: { log?: boolean; dash?: string; points?: boolean } = {},
): Spec {
  const { log = false, dash, points = false } = options;
  const banded = rows.filter(({ low }) => typeof low === 'number');
  const x = {
    field: 'x',
    type: 'quantitative',
    title: titles.x,
    scale: log ? { type: 'log', nice: false } : { nice: false, zero: false },
    axis: log
      ? { grid: false, format: ',d', values: [...new Set(rows.map((row) => row.x))] }
      : { grid: false, format: '~s' },
  };
  const y = { type: 'quantitative', title: titles.y, scale: { zero: false }, axis: share };
  const tips = tooltip(
    ['encoder', 'Encoder'],
    ...(dash === undefined ? [] : [[dash, 'Way'] as [string, string]]),
    ['x', titles.x],
    ['value', titles.y, '.3f'],
    ...(banded.length === 0 ? [] : INTERVAL),
  );
  const colour = { color: colourOf(encoders) };
  const style =
    dash === undefined
      ? {}
      : {
          strokeDash: {
            field: dash,
            type: 'nominal',
            scale: {
              domain: WAYS,
              range: [
                [1, 0],
                [4, 3],
              ],
            },
            legend: { title: null, orient: 'top' },
          },
        };
  return {
    title: titles.title,
    width: 'container',
    height: 280,
    data: { values: rows },
    layer: [
      ...(banded.length === 0
        ? []
        : [
            {
              data: { values: banded },
              mark: { type: 'area', interpolate: 'monotone' },
              encoding: {
                x,
                y: { ...y, field: 'low' },
                y2: { field: 'high' },
                ...colour,
                opacity: picked(0.14, 0.03),
              },
            },
          ]),
      {
        params: [pick],
        mark: { type: 'line', strokeWidth: 2, interpolate: 'monotone' },
        encoding: { x, y: { ...y, field: 'value' }, ...colour, ...style, opacity: picked(1, 0.15) },
      },
      {
        mark: { type: 'point', filled: true, size: points ? 40 : 90 },
        encoding: {
          x,
          y: { ...y, field: 'value' },
          ...colour,
          tooltip: tips,
          opacity: points ? picked(1, 0.15) : { value: 0 },
        },
      },
    ],
  };
}

/** Cells with their numbers: rows have row, column and value; strength is between `domain`. */
export function heatMap(
  rows: Rows,
  order: { rows: readonly string[]; columns: readonly string[] },
  titles: { row: string; column: string; value: string },
  options: { step: number; numbers?: boolean; extra?: [string, string, string?][] },
): Spec {
  const { step, numbers = false, extra = [] } = options;
  const labelFontSize = Math.min(12, step - 2);
  const x = {
    field: 'column',
    type: 'nominal',
    sort: order.columns,
    title: titles.column,
    scale: { domain: order.columns },
    axis: {
      orient: 'top',
      labelAngle: numbers ? 0 : -60,
      labelFontSize,
      labelLimit: numbers ? 92 : 260,
      domain: false,
      ticks: false,
      grid: false,
    },
  };
  const y = {
    field: 'row',
    type: 'nominal',
    sort: order.rows,
    title: titles.row,
    scale: { domain: order.rows },
    axis: { labelFontSize, domain: false, ticks: false, grid: false },
  };
  const tips = tooltip(
    ['row', titles.row],
    ['column', titles.column],
    ['value', titles.value, '.3f'],
    ...extra,
  );
  const cells = {
    mark: { type: 'rect', color: HEAT, cornerRadius: 2 },
    encoding: {
      x,
      y,
      opacity: {
        field: 'value',
        type: 'quantitative',
        scale: { domain: [0, 1], range: [0.04, 0.75] },
        legend: null,
      },
      tooltip: tips,
    },
  };
  const text = {
    mark: { type: 'text', fontSize: 11 },
    encoding: { x, y, text: { field: 'value', format: '.2f' }, tooltip: tips },
  };
  return {
    width: { step: numbers ? 96 : step },
    height: { step },
    data: { values: rows },
    layer: numbers ? [cells, text] : [cells],
  };
}

/** Images in the plane; the signal `colour` says by what they are coloured. Rows have x, y and p. */
export function scatterPlot(rows: Rows, title: string, legend: boolean): Spec {
  const hidden = { labels: false, ticks: false, domain: false, grid: false };
  const axis = (field: string) => ({
    field,
    type: 'quantitative',
    title: null,
    scale: { zero: false },
    axis: hidden,
  });
  return {
    title,
    width: 'container',
    height: 380,
    usermeta: { points: true },
    params: [{ name: 'colour', value: 'label' }],
    data: { values: rows },
    transform: [
      {
        lookup: 'p',
        from: {
          data: { name: 'points' },
          key: 'p',
          fields: ['label', 'modality', 'region', 'split'],
        },
      },
      { calculate: 'datum[colour]', as: 'group' },
    ],
    mark: { type: 'circle', size: 22 },
    encoding: {
      x: axis('x'),
      y: axis('y'),
      opacity: { value: 0.75 },
      color: {
        field: 'group',
        type: 'nominal',
        scale: { scheme: 'tableau20' },
        legend: legend
          ? { title: null, orient: 'bottom', columns: 2, symbolOpacity: 1, labelLimit: 170 }
          : null,
      },
      tooltip: tooltip(
        ['label', 'Label'],
        ['modality', 'Modality'],
        ['region', 'Region'],
        ['split', 'Split'],
      ),
    },
  };
}

/** How many images are found how often. Rows have encoder, occurrences and images. */
export function occurrencePlot(encoders: readonly string[], rows: Rows): Spec {
  const scale = { type: 'symlog', nice: false };
  const ticks = (field: string) => {
    const largest = Math.max(...rows.map((row) => Number(row[field])));
    const powers = Array.from({ length: 8 }, (_, power) => [1, 2, 5].map((n) => n * 10 ** power));
    return { format: ',d', values: [0, ...powers.flat()].filter((value) => value <= largest) };
  };
  return {
    width: 'container',
    height: 260,
    data: { values: rows },
    params: [pick],
    mark: { type: 'point', filled: true, size: 32 },
    encoding: {
      x: {
        field: 'occurrences',
        type: 'quantitative',
        title: 'Times found',
        scale,
        axis: { grid: false, ...ticks('occurrences') },
      },
      y: {
        field: 'images',
        type: 'quantitative',
        title: 'Images of the index',
        scale,
        axis: { grid: true, ...ticks('images') },
      },
      color: colourOf(encoders),
      opacity: picked(0.9, 0.1),
      tooltip: tooltip(
        ['encoder', 'Encoder'],
        ['occurrences', 'Times found'],
        ['images', 'Images'],
      ),
    },
  };
}

/** Time against precision. Rows have encoder, x, value, low and high. */
export function costPlot(
  encoders: readonly string[],
  rows: Rows,
  titles: { x: string; y: string },
): Spec {
  const x = {
    field: 'x',
    type: 'quantitative',
    title: titles.x,
    scale: { type: 'log' },
    axis: { grid: false },
  };
  const y = { type: 'quantitative', title: titles.y, scale: { zero: false }, axis: share };
  const tips = tooltip(
    ['encoder', 'Encoder'],
    ['x', titles.x, '.2f'],
    ['value', titles.y, '.3f'],
    ...INTERVAL,
  );
  const color = colourOf(encoders);
  return {
    width: 'container',
    height: 300,
    data: { values: rows },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 2, opacity: 0.6 },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color, tooltip: tips },
      },
      {
        mark: { type: 'point', filled: true, size: 90, opacity: 1 },
        encoding: { x, y: { ...y, field: 'value' }, color, tooltip: tips },
      },
    ],
  };
}
