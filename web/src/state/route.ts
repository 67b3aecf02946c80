import {
  type Level,
  levelNamed,
  type SearchLevel,
  searchLevelNamed,
} from '../../../src/domain/levels.ts';
import type { FeedbackMethod } from '../../../src/domain/query.ts';
import type { Region } from '../../../src/domain/region.ts';

/** How many results are offered; an address may ask for any number up to the limit. */
export const RESULT_COUNTS = [12, 24, 48, 100] as const;

/** So many results may be asked for; the server gives no more. */
const COUNT_LIMIT = 1000;

/** How many results are shown when the address does not say. */
const DEFAULT_COUNT = 24;

/** Share of the text beside a picture when the address does not say. */
const DEFAULT_TEXT_WEIGHT = 0.5;

/** What is searched with: nothing (browsing), an image of the collection, an own picture, or a text alone. */
export type Query =
  | { kind: 'none' }
  | { kind: 'image'; id: number }
  | { kind: 'upload' }
  | { kind: 'text' };

/** A second encoder: fused with the first, or its results beside those of the first. */
export interface Beside {
  kind: 'fuse' | 'versus';
  encoder: string;
}

/** What is set, in place of searching. */
export const SETTINGS = [
  'users',
  'keys',
  'collections',
  'encoders',
  'password',
  'sessions',
] as const;
export type Setting = (typeof SETTINGS)[number];

/** What can be done with a collection, or the server, beside adding images. */
export const JOB_NAMES = [
  'encode',
  'default',
  'calibrate',
  'adapt',
  'map',
  'export',
  'remove',
  'prune',
  'copy-collection',
  'rename-collection',
  'delete-collection',
  'add-encoder',
  'benchmark',
] as const;
export type Job = (typeof JOB_NAMES)[number];

/** What can be begun, in place of searching; `add`: what of this the server takes. @testing */
export const ERRANDS = ['add', 'folder', 'files', 'archive', ...JOB_NAMES] as const;
export type Errand = (typeof ERRANDS)[number];

/** Whether it is something else than adding images. */
export const isJob = (errand: Errand): errand is Job =>
  (JOB_NAMES as readonly string[]).includes(errand);

/** Everything the address says. An own picture itself is never in the address. */
export interface Route {
  /** What is begun in the background, in place of searching; null for nothing. */
  tasks: Errand | null;
  /** What is set, in place of searching; null for nothing. */
  settings: Setting | null;
  /** Whether the images are shown in the plane, in place of searching. */
  map: boolean;
  collection: string | null;
  encoder: string | null;
  /** A second encoder, or null. */
  beside: Beside | null;
  query: Query;
  /** Which of the own files is searched with, and which picture of it, from 1. */
  file: number;
  frame: number;
  /** The words searched with, alone or beside a picture; empty for none. */
  text: string;
  /** Share of the text beside a picture, 0 to 1. */
  textWeight: number;
  /** A query of the filter language; empty for none. */
  where: string;
  count: number;
  /** What is found: images, or the series or studies that they are of. */
  level: SearchLevel;
  /** Results that were marked as relevant. */
  more: readonly number[];
  /** Results that were marked as irrelevant. */
  less: readonly number[];
  /** How the marks enter. */
  feedback: FeedbackMethod;
  /** The part of the query's picture that is searched with; null for all of it. */
  region: Region | null;
  /** What of the query's own is left out. */
  exclude: Level | null;
  /** Of what only the best image is shown. */
  groupBy: Level | null;
  /** Whether results should differ from one another. */
  varied: boolean;
  /** The image that is compared with the query, or null. */
  compare: number | null;
}

/** The start: the first collection, browsing. */
export const START: Route = {
  tasks: null,
  settings: null,
  map: false,
  collection: null,
  encoder: null,
  beside: null,
  query: { kind: 'none' },
  file: 1,
  frame: 1,
  text: '',
  textWeight: DEFAULT_TEXT_WEIGHT,
  where: '',
  count: DEFAULT_COUNT,
  level: 'image',
  more: [],
  less: [],
  feedback: 'rocchio',
  region: null,
  exclude: null,
  groupBy: null,
  varied: false,
  compare: null,
};

/** What belongs to one query only and ends with it. */
export const FRESH = {
  file: START.file,
  frame: START.frame,
  more: START.more,
  less: START.less,
  feedback: START.feedback,
  region: START.region,
  compare: null,
} as const;

/** What is of no meaning where series and studies are found. */
export const OF_IMAGES = {
  more: START.more,
  less: START.less,
  feedback: START.feedback,
  groupBy: null,
  varied: false,
} as const;

/** Lambda of maximal marginal relevance where results should differ. */
export const VARIED_LAMBDA = 0.5;

/** Whether a picture is searched with, so that results can be compared with it. */
export function hasPicture(query: Query): boolean {
  return query.kind === 'image' || query.kind === 'upload';
}

/** Reads the query part of an address; what is not understood is left at its default (`misread`). */
export function parseRoute(search: string): Route {
  const parameters = new URLSearchParams(search);
  const image = readId(parameters.get('image'));
  const text = parameters.get('text')?.trim() ?? '';
  let query: Query = { kind: 'none' };
  if (image !== null) query = { kind: 'image', id: image };
  else if (parameters.get('upload') === '1') query = { kind: 'upload' };
  else if (text !== '') query = { kind: 'text' };
  const count = readId(parameters.get('k')) ?? DEFAULT_COUNT;
  const weight = Number(parameters.get('textWeight')?.trim() || Number.NaN);
  const level = (query.kind !== 'none' && searchLevelNamed(parameters.get('level'))) || 'image';
  return {
    tasks: ERRANDS.find((each) => each === parameters.get('tasks')) ?? null,
    settings: SETTINGS.find((each) => each === parameters.get('settings')) ?? null,
    map: parameters.get('map') === 'true',
    collection: parameters.get('collection') || null,
    encoder: parameters.get('encoder') || null,
    beside: readBeside(parameters),
    query,
    file: (query.kind === 'upload' && readId(parameters.get('file'))) || START.file,
    frame: (query.kind === 'upload' && readId(parameters.get('frame'))) || START.frame,
    text,
    textWeight: weight >= 0 && weight <= 1 ? weight : DEFAULT_TEXT_WEIGHT,
    where: parameters.get('where')?.trim() ?? '',
    count: count <= COUNT_LIMIT ? count : DEFAULT_COUNT,
    ...readMarks(parameters, query),
    region: hasPicture(query) ? readRegion(parameters.get('region')) : null,
    exclude: levelNamed(parameters.get('exclude')) ?? null,
    groupBy: levelNamed(parameters.get('groupBy')) ?? null,
    varied: parameters.get('varied') === 'true',
    compare: !hasPicture(query) ? null : readId(parameters.get('compare')),
    level,
    ...(level !== 'image' && OF_IMAGES),
  };
}

/** Whether a route says what a parameter of its address does. */
const UNDERSTOOD: Readonly<Record<string, (value: string, route: Route) => boolean>> = {
  tasks: (value, { tasks }) => value === tasks,
  settings: (value, { settings }) => value === settings,
  map: (value, { map }) => value === String(map),
  collection: (value, { collection }) => value === (collection ?? ''),
  encoder: (value, { encoder }) => value === (encoder ?? ''),
  fuse: (value, { beside }) => beside?.kind === 'fuse' && beside.encoder === value,
  versus: (value, { beside }) => beside?.kind === 'versus' && beside.encoder === value,
  image: (value, { query }) => query.kind === 'image' && query.id === readId(value),
  upload: (value, { query }) => query.kind === 'upload' && value === '1',
  file: (value, { query, file }) => query.kind === 'upload' && readId(value) === file,
  frame: (value, { query, frame }) => query.kind === 'upload' && readId(value) === frame,
  text: (value, { text }) => value.trim() === text,
  textWeight: (value, { textWeight }) => value !== '' && Number(value) === textWeight,
  where: (value, { where }) => value.trim() === where,
  level: (value, { level }) => value === level,
  k: (value, { count }) => readId(value) === count,
  more: (value, { more }) => areMarks(value, more),
  less: (value, { less }) => areMarks(value, less),
  feedback: (value, { feedback }) => value === feedback,
  region: (value, { region }) => region !== null && value === regionText(region),
  exclude: (value, { exclude }) => value === (exclude ?? ''),
  groupBy: (value, { groupBy }) => value === (groupBy ?? ''),
  varied: (value, { varied }) => value === String(varied),
  compare: (value, { compare }) => compare !== null && readId(value) === compare,
};

/** What an address says that its route does not: as `name=value`, for the reader to be told. */
export function misread(search: string): string[] {
  const route = parseRoute(search);
  return [...new URLSearchParams(search)].flatMap(([name, value]) => {
    const understood = Object.hasOwn(UNDERSTOOD, name) && UNDERSTOOD[name]?.(value, route);
    return understood ? [] : [`${name}=${value}`];
  });
}

function areMarks(value: string, marks: readonly number[]): boolean {
  return value.split(',').every((each) => marks.includes(readId(each) ?? Number.NaN));
}

/** The query part of the route's address, with its `?`; empty for the start. */
export function formatRoute(route: Route): string {
  const parameters = new URLSearchParams();
  if (route.tasks) parameters.set('tasks', route.tasks);
  if (route.settings) parameters.set('settings', route.settings);
  if (route.map) parameters.set('map', 'true');
  if (route.collection) parameters.set('collection', route.collection);
  if (route.encoder) parameters.set('encoder', route.encoder);
  if (route.beside) parameters.set(route.beside.kind, route.beside.encoder);
  if (route.query.kind === 'image') parameters.set('image', String(route.query.id));
  if (route.query.kind === 'upload') {
    parameters.set('upload', '1');
    if (route.file !== START.file) parameters.set('file', String(route.file));
    if (route.frame !== START.frame) parameters.set('frame', String(route.frame));
  }
  if (route.text !== '') parameters.set('text', route.text);
  if (route.textWeight !== DEFAULT_TEXT_WEIGHT) {
    parameters.set('textWeight', String(route.textWeight));
  }
  if (route.where !== '') parameters.set('where', route.where);
  if (route.count !== DEFAULT_COUNT) parameters.set('k', String(route.count));
  if (route.level !== 'image') parameters.set('level', route.level);
  if (route.more.length > 0) parameters.set('more', route.more.join());
  if (route.less.length > 0) parameters.set('less', route.less.join());
  if (route.feedback !== 'rocchio') parameters.set('feedback', route.feedback);
  if (route.region) parameters.set('region', regionText(route.region));
  if (route.exclude) parameters.set('exclude', route.exclude);
  if (route.groupBy) parameters.set('groupBy', route.groupBy);
  if (route.varied) parameters.set('varied', 'true');
  if (route.compare !== null && hasPicture(route.query)) {
    parameters.set('compare', String(route.compare));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

function readBeside(parameters: URLSearchParams): Beside | null {
  for (const kind of ['fuse', 'versus'] as const) {
    const encoder = parameters.get(kind);
    if (encoder) return { kind, encoder };
  }
  return null;
}

function readMarks(
  parameters: URLSearchParams,
  query: Query,
): Pick<Route, 'more' | 'less' | 'feedback'> {
  if (query.kind === 'none') return { more: [], less: [], feedback: 'rocchio' };
  const ids = (name: string) =>
    (parameters.get(name) ?? '').split(',').flatMap((each) => readId(each) ?? []);
  const more = [...new Set(ids('more'))];
  const less = [...new Set(ids('less'))].filter((id) => !more.includes(id));
  // A model needs both kinds.
  const model = parameters.get('feedback') === 'logistic' && less.length > 0;
  return { more, less, feedback: model ? 'logistic' : 'rocchio' };
}

function regionText({ x, y, width, height }: Region): string {
  return [x, y, width, height].join();
}

function readRegion(text: string | null): Region | null {
  if (text === null || !/^\d{1,6}(,\d{1,6}){3}$/.test(text)) return null;
  const [x = 0, y = 0, width = 0, height = 0] = text.split(',').map(Number);
  return width === 0 || height === 0 ? null : { x, y, width, height };
}

/** A number of an image, or of results: from 1 on. */
function readId(text: string | null): number | null {
  if (text === null || !/^[1-9]\d{0,14}$/.test(text)) return null;
  return Number(text);
}
