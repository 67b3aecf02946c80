import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Archive } from './archive.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** Where the steps work. */
export interface Place {
  archive: Archive;
  scale: number;
  /** Data directory. */
  home: string;
  /** Folder of the benchmarks' configurations and results. */
  benchmarks: string;
}

/** One thing that is measured, in a process of its own. */
export interface Step {
  name: string;
  /** Program and arguments. */
  ours: (place: Place) => string[];
  /** Arguments of reference.py, which does the same as one would in Python. */
  theirs?: (place: Place) => string[];
  /** What its bytes on disk are of: a file or a folder. */
  makes?: (place: Place) => string;
  /** Rows whose rate is told. */
  rows?: (place: Place) => number;
  /** The phase that its standard error tells of. */
  phaseOf?: (text: string) => string | undefined;
  /** Bytes that those it makes are compared with. */
  vectors?: (place: Place) => number;
}

const COLLECTION = 'study';

const allImages = ({ archive: { images } }: Place) => images.train + images.val + images.test;
const encoder = ({ archive }: Place) => archive.encoders[0] as Archive['encoders'][number];
const csvs = ({ archive }: Place) => archive.csvs;

/** A command of the program on the collection of the bench. */
const command =
  (...args: string[]): Step['ours'] =>
  ({ home }) => [process.execPath, PROGRAM, '--home', home, ...args, '-c', COLLECTION];

/** Configurations of benchmarks by the name of their step: all encoders searched, with more and more of the rest. */
export function configurations({ archive }: Place): Record<string, object> {
  const data = { csv: archive.csvs };
  const encoders = archive.encoders.map(({ name, files }) => ({ name, embeddings: files }));
  const published = archive.encoders
    .filter(({ knn }) => knn !== null)
    .map(({ name, files, knn }) => ({ name, embeddings: files, neighbours: knn }));
  return {
    neighbours: { data, encoders, analyses: [], linearProbe: false },
    // What a benchmark has by default.
    benchmark: { data, encoders },
    // Every step that goes on where it was killed, of one encoder.
    killed: { data, encoders: encoders.slice(0, 1), analyses: ['index-size', 'hubness', 'groups'] },
    published: { data, encoders: published, mode: 'as-published', analyses: [] },
  };
}

/** The last step that a benchmark's bar names, behind the bar or at the beginning of a line. */
const stepOf = (text: string) =>
  text.match(/(?<=^|left {2}|% {2})[\w-]+: [A-Za-z][A-Za-z -]*[A-Za-z](?![^ \n])/gm)?.at(-1);

const benchmark = (name: string): Pick<Step, 'name' | 'ours' | 'makes' | 'phaseOf'> => ({
  ...{ name, phaseOf: stepOf },
  ours: ({ benchmarks }) => [
    ...[process.execPath, PROGRAM, 'benchmark', 'run', `${benchmarks}/${name}.json`],
    // One folder: what a step has kept is not made again by the next.
    ...['-o', `${benchmarks}/results`],
  ],
  makes: ({ benchmarks }) => `${benchmarks}/results`,
});

const exported = ({ home }: Place) => join(home, 'exported.npy');

const queries = ({ archive: { images, encoders } }: Place) =>
  (images.val + images.test) * encoders.length;

/** The steps in their order; each may use what those before it made. */
export const STEPS: readonly Step[] = [
  {
    name: 'import',
    ours: (place) => [
      ...command('embeddings', 'import', ...encoder(place).files)(place),
      ...['--encoder-name', encoder(place).name],
      ...csvs(place).flatMap((csv) => ['--csv', csv]),
    ],
    theirs: (place) => ['import', ...csvs(place), ...encoder(place).files],
    makes: ({ home }) => `${home}/${COLLECTION}.db`,
    rows: allImages,
    vectors: (place) => 4 * encoder(place).dimension * allImages(place),
  },
  {
    name: 'evaluate',
    ours: command('evaluate'),
    theirs: (place) => ['evaluate', ...csvs(place), ...encoder(place).files],
  },
  { name: 'calibrate', ours: command('calibrate') },
  { name: 'duplicates', ours: command('duplicates') },
  {
    name: 'export',
    ours: (place) => command('embeddings', 'export', '--to', exported(place))(place),
    makes: exported,
    rows: allImages,
    vectors: (place) => 4 * encoder(place).dimension * allImages(place),
  },
  // Says how many images have each value of each field.
  {
    name: 'facets',
    ours: ({ home }) => [process.execPath, PROGRAM, '--home', home, 'info', COLLECTION],
  },
  {
    name: 'search',
    ours: command('search', '--image', '1'),
    theirs: (place) => ['search', ...csvs(place), ...encoder(place).files],
  },
  {
    name: 'filtered search',
    ours: command('search', '--image', '1', '--where', 'modality:MR split:train label:*normal'),
  },
  {
    ...benchmark('neighbours'),
    theirs: (place) => [
      ...['neighbours', ...csvs(place)],
      ...place.archive.encoders.flatMap(({ files }) => [':', ...files]),
    ],
    rows: queries,
  },
  benchmark('benchmark'),
  benchmark('published'),
];
