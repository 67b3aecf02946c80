import { type Command, Option } from 'commander';
import { SemblanceError, toSemblanceError } from '../../domain/errors/error.ts';
import { LEVELS, type Level, levelNamed } from '../../domain/levels.ts';
import { formatProbability } from '../../domain/probability.ts';
import {
  DEFAULT_TEXT_WEIGHT,
  FEEDBACK_METHODS,
  type FeedbackMethod,
  partsOf,
  type QueryPart,
} from '../../domain/query.ts';
import type { Region } from '../../domain/region.ts';
import { PreprocessPool } from '../../encoding/preprocess/pool.ts';
import { readImageFile } from '../../images/read.ts';
import { openEngine } from '../../index/engines/engine.ts';
import { type Comparison, compareAnswers } from '../../search/compare.ts';
import { type SearchAnswer, Searcher } from '../../search/searcher.ts';
import { DataDirectory } from '../../store/data-directory.ts';
import { COLLECTION_OPTION, ENGINE_OPTION, type GlobalOptions, WHERE_OPTION } from '../options.ts';
import { collect, print, printable, table, wholeNumber } from '../output.ts';
import { chosenEncoders, type EncoderOptions, Spaces, withEncoderOptions } from '../spaces.ts';
import { staleText } from './calibrate.ts';

interface SearchCommandOptions extends EncoderOptions {
  image: number[];
  not: string[];
  more: number[];
  less: number[];
  feedback?: FeedbackMethod;
  region?: Region;
  text?: string;
  textWeight?: number;
  collection: string;
  compare?: string;
  k: number;
  filter: string[];
  where?: string;
  exclude: Level[];
  groupBy?: Level;
  diversify?: number;
  engine?: string;
}

/** `semblance search`: the most similar images of a collection. */
export function addSearchCommand(command: Command): void {
  withEncoderOptions(command)
    .argument('[pictures...]', 'pictures to search with; of several, what they have in common')
    .option('--image <id>', 'search with an image of the collection; repeatable', ids, [])
    .option(
      '--not <picture>',
      'a picture that results should not look like; repeatable',
      collect,
      [],
    )
    .option('--more <id>', 'mark an image as relevant; repeatable', ids, [])
    .option('--less <id>', 'mark an image as irrelevant; repeatable', ids, [])
    .addOption(
      new Option('--feedback <method>', 'how marks enter: by weights, or by a model fitted to them')
        .choices(FEEDBACK_METHODS)
        .default('rocchio'),
    )
    .option('--region <x,y,w,h>', 'search with this part of the picture, in its pixels', region)
    .option('-t, --text <words>', 'what the images should show; the encoder needs a text tower')
    .option(
      '--text-weight <w>',
      `share of the text beside a picture, 0 to 1 (default: ${DEFAULT_TEXT_WEIGHT})`,
      share,
    )
    .option(...COLLECTION_OPTION)
    .option(
      '--compare <A,B>',
      'show the results of two encoders beside each other; of one, beside those of --encoder or --fuse',
    )
    .option('-k, --k <n>', 'how many', wholeNumber, 10)
    .option(
      '-f, --filter <field=value>',
      'only images with this value; repeat a field for "or", another field for "and"',
      collect,
      [],
    )
    .option(...WHERE_OPTION)
    .addOption(
      new Option(
        '--exclude <level>',
        "leave out the query's own patient, study or series; repeatable",
      )
        .choices(LEVELS)
        .argParser((value, before: Level[]) => [...before, level(value)])
        .default([]),
    )
    .addOption(new Option('--group-by <level>', 'only the best of each').choices(LEVELS))
    .option(
      '--diversify <lambda>',
      'results that differ from one another: 1 not at all, 0 as much as possible (MMR)',
      share,
    )
    .option(...ENGINE_OPTION)
    .action(async (paths: string[], options: SearchCommandOptions, command: Command) => {
      const { home: folder, json = false } = command.optsWithGlobals<GlobalOptions>();
      const parts = await partsFrom(paths, options);
      const store = new DataDirectory(folder).open(options.collection);
      const filter = store.fields.filter(options.filter, options.where);
      const engine = await openEngine(options.engine);
      const spaces = new Spaces(store, engine.openIndex);
      const pictures = new PreprocessPool();
      try {
        const { k, exclude, groupBy, diversify, feedback } = options;
        const request = { k, filter, exclude, groupBy, diversify, feedback };
        const [first, second] = comparedEncoders(options);
        const search = async (encoders: string | undefined) => {
          const space = spaces.open(encoders, options.text !== undefined);
          const answer = await new Searcher(store, space, pictures)
            .search(parts, request)
            .catch((error) => {
              const coded = toSemblanceError(error);
              const { code, message, subject } = coded;
              const [path] = paths;
              // Which of several pictures it is, is not known here.
              if (subject !== undefined || paths.length > 1 || !code.startsWith('IMAGE_')) {
                throw coded;
              }
              throw new SemblanceError(code, message, {
                ...(path !== undefined && { subject: path }),
                cause: error,
              });
            });
          if (!json) {
            for (const note of notes(answer))
              process.stderr.write(
                printable(`${second === undefined ? '' : `${space.name}: `}${note}\n`),
              );
          }
          return { encoder: space.name, ...answer };
        };
        const answer = await search(first);
        if (second === undefined) {
          print(json, { collection: options.collection, ...answer }, () =>
            [...verdictText(answer), resultTable(answer)].join('\n'),
          );
          return;
        }
        const other = await search(second);
        const comparison = { ...other, ...compareAnswers(answer, other) };
        print(json, { collection: options.collection, ...answer, comparison }, () =>
          comparisonTable(answer, comparison),
        );
      } finally {
        store.close();
        await spaces.release();
        await pictures.close();
        await engine.close();
      }
    });
}

/** The parts of the query, from pictures and options. */
async function partsFrom(paths: string[], options: SearchCommandOptions): Promise<QueryPart[]> {
  const { image, not, more, region, text, textWeight } = options;
  const queries = paths.length + image.length;
  if (queries + more.length === 0 && text === undefined) {
    throw new SemblanceError('USAGE', 'Name a picture to search with, or give --text or --image.');
  }
  if (textWeight !== undefined && (queries === 0 || text === undefined)) {
    throw new SemblanceError('USAGE', '--text-weight needs a picture and --text.');
  }
  if (region !== undefined && queries !== 1) {
    throw new SemblanceError('USAGE', '--region needs one picture to search with.');
  }
  const pictures: QueryPart[] = [];
  for (const path of paths) {
    pictures.push({ kind: 'picture', bytes: await readImageFile(path), region });
  }
  pictures.push(...image.map((id) => ({ kind: 'image', id, region }) as const));
  const parts = partsOf(pictures, text, textWeight);
  for (const path of not) {
    parts.push({ kind: 'picture', bytes: await readImageFile(path), role: 'less' });
  }
  for (const role of ['more', 'less'] as const) {
    parts.push(...options[role].map((id) => ({ kind: 'image', id, role }) as const));
  }
  return parts;
}

/** What people should know of an answer beside its results. */
function notes({ texts, copies, feedback, missingEmbeddings, notes }: SearchAnswer): string[] {
  return [
    ...notes,
    ...(missingEmbeddings > 0
      ? [
          `${missingEmbeddings} images have no embedding of it and cannot be found (\`semblance encoders missing\` lists them).`,
        ]
      : []),
    ...texts
      .filter(({ used, tokens }) => used < tokens)
      .map(({ used, tokens }) => `The text is too long: ${used} of its ${tokens} tokens are used.`),
    ...copies.map(
      ({ id, path }) => `The collection has a copy of the picture: ${path} (image ${id})`,
    ),
    ...(feedback?.method === 'logistic'
      ? [
          `Ranked by a model fitted to ${feedback.relevant} relevant and ${feedback.irrelevant} ` +
            'irrelevant pictures; similarity is that to its direction.',
        ]
      : []),
  ];
}

/** What the calibration says, where there is one. */
function verdictText({ verdict, calibration }: SearchAnswer): string[] {
  return [
    ...(verdict ? [`${verdict.good ? 'Good match' : 'No good match'}. ${verdict.reason}`] : []),
    ...(calibration?.stale ? [staleText(calibration.changed)] : []),
  ];
}

function resultTable({ neighbours, calibration }: SearchAnswer): string {
  const grouped = neighbours.find(({ group }) => group !== null)?.group;
  const marked = neighbours.some(({ nearDuplicate }) => nearDuplicate);
  return table(
    [
      'rank',
      'image',
      'similarity',
      ...(calibration ? [`shares ${calibration.field}`] : []),
      'label',
      'path',
      ...(grouped ? [grouped.level, 'more of it'] : []),
      ...(marked ? ['note'] : []),
    ],
    neighbours.map(({ rank, similarity, probability, image, nearDuplicate, group }) => [
      rank,
      image.id,
      similarity.toFixed(4),
      ...(calibration ? [formatProbability(probability)] : []),
      image.labels.join(', '),
      image.path,
      ...(grouped ? [group?.name ?? '', group?.more ?? ''] : []),
      ...(marked ? [nearDuplicate ? 'near-duplicate' : ''] : []),
    ]),
  );
}

/** The encoders to search with: one choice, or two to compare. */
function comparedEncoders(
  options: SearchCommandOptions,
): [first: string | undefined, second: string | undefined] {
  const chosen = chosenEncoders(options);
  if (options.compare === undefined) return [chosen, undefined];
  const names = options.compare.split(',');
  if (names.length === 1) return [chosen, names[0]];
  if (names.length > 2 || chosen !== undefined) {
    throw new SemblanceError(
      'USAGE',
      '--compare takes two encoders, or one beside those of --encoder or --fuse.',
    );
  }
  return [names[0], names[1]];
}

type Named = SearchAnswer & { encoder: string };

/** Both results rank by rank, each with its rank in the other. */
function comparisonTable(first: Named, second: Named & Comparison): string {
  const side = ({ neighbours }: SearchAnswer, ranks: (number | null)[], i: number) => {
    const found = neighbours[i];
    if (found === undefined) return ['', '', '', ''];
    const move = ranks[i] === null ? '-' : `${ranks[i]}`;
    return [found.image.id, found.similarity.toFixed(4), found.image.path, move];
  };
  const length = Math.max(first.neighbours.length, second.neighbours.length);
  const rows = Array.from({ length }, (_, i) => [
    i + 1,
    ...side(first, second.ranks, i),
    ...side(second, second.otherRanks, i),
  ]);
  return [
    table(
      [
        'rank',
        ...['image', 'similarity', first.encoder, 'there'],
        ...['image', 'similarity', second.encoder, 'there'],
      ],
      rows,
    ),
    `${second.shared} of ${length} images are found by both; "there" is the rank of the image with the other.`,
  ].join('\n');
}

/** Adds an image's number to those before. */
function ids(text: string, before: number[]): number[] {
  return [...before, wholeNumber(text)];
}

function level(text: string): Level {
  const found = levelNamed(text);
  if (found !== undefined) return found;
  throw new SemblanceError('USAGE', `"${text}" is none of ${LEVELS.join(', ')}.`);
}

/** A rectangle from the command line. */
function region(text: string): Region {
  const numbers = text.split(',').map(Number);
  const [x, y, width, height] = numbers;
  if (/^\d+(,\d+){3}$/.test(text)) return { x, y, width, height } as Region;
  throw new SemblanceError('USAGE', `"${text}" is not four whole numbers, as in 10,20,300,200.`);
}

/** A share from the command line. */
function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new SemblanceError('USAGE', `"${text}" is not a number of 0 to 1.`);
}
