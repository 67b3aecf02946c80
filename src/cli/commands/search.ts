import { type Command, Option } from 'commander';
import { Semblance } from '../../app/semblance.ts';
import { DOCUMENT_KINDS } from '../../contract/documents.ts';
import type { Answer, Comparison, SearchQuery, SearchResult } from '../../contract/shapes.ts';
import { SemblanceError, toSemblanceError } from '../../domain/errors/error.ts';
import { leftOutText } from '../../domain/left-out.ts';
import { LEVELS, type Level, levelNamed, SEARCH_LEVELS, UNIT_LEVELS } from '../../domain/levels.ts';
import { formatProbability } from '../../domain/probability.ts';
import {
  DEFAULT_TEXT_WEIGHT,
  FEEDBACK_METHODS,
  type FeedbackMethod,
  partsOf,
} from '../../domain/query.ts';
import type { Region } from '../../domain/region.ts';
import { chosenEncoders, withEncoderOptions } from '../encoder-options.ts';
import { COLLECTION_OPTION, ENGINE_OPTION, type GlobalOptions, WHERE_OPTION } from '../options.ts';
import { collect, print, printable, table, wholeNumber } from '../output.ts';
import { staleText } from './calibrate.ts';
import { type EachOptions, searchEach } from './search-each.ts';

type Part = SearchQuery['parts'][number];

interface SearchCommandOptions extends EachOptions {
  feedback?: FeedbackMethod;
  each?: string;
  frame?: number;
  keyObjects?: string;
  report?: string;
  send?: string;
}

/** `semblance search`: the most similar images of a collection. */
export function addSearchCommand(command: Command): void {
  withEncoderOptions(command)
    .argument('[pictures...]', 'pictures to search with; of several, what they have in common')
    .addOption(
      new Option(
        '--level <level>',
        'what is found: images, or series or studies by their images; pictures may then have several frames, or be folders of one series',
      )
        .choices(SEARCH_LEVELS)
        .default('image'),
    )
    .option('--image <id>', 'search with an image of the collection; repeatable', ids, [])
    .addOption(
      new Option(
        '--whole <level>',
        'search with all images of the series or study of --image',
      ).choices(UNIT_LEVELS),
    )
    .option(
      '--frames <which>',
      'with --level: the frames searched with: all, middle, every:10, 1,5-9 (default: all)',
    )
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
    .option('--frame <n>', 'search with this frame of the picture, from 1', wholeNumber)
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
    .option('--key-objects <file>', 'write the results as a Key Object Selection of DICOM')
    .option('--report <file>', 'write the results as a text report of DICOM (SR)')
    .option(
      '--send <address>',
      'send these documents, or both, to a PACS: dicomweb+https://... or dimse://TITLE@host:port',
    )
    .option(...ENGINE_OPTION)
    .option('--each <folder>', 'search with each picture of a folder and its folders, one by one')
    .option('--csv <file>', 'with --each: file of a row for each neighbour (default: -, as output)')
    .action(async (paths: string[], options: SearchCommandOptions, command: Command) => {
      const { home, json = false, provider } = command.optsWithGlobals<GlobalOptions>();
      if (options.each !== undefined) requireNoDocuments(options);
      if (options.each !== undefined) return searchEach(options.each, paths, options, command);
      if (options.csv !== undefined) throw new SemblanceError('USAGE', '--csv needs --each.');
      const { parts, files } = partsFrom(paths, options);
      const { collection, k, level, filter, where, exclude, groupBy } = options;
      const { diversify, feedback } = options;
      const [encoder, compare] = comparedEncoders(options);
      const asked = {
        k,
        level,
        filter,
        where,
        exclude,
        groupBy,
        diversify,
        feedback,
        encoder,
        compare,
      };
      const semblance = await Semblance.open({ home, provider, engine: options.engine });
      try {
        if (options.send !== undefined) semblance.documents.checkAddress(options.send);
        const answer = await semblance.search
          .search({}, { collection, parts, files, ...asked })
          .catch((error) => {
            throw withPath(error, paths);
          });
        const { comparison } = answer;
        const documents = await documentsOf(semblance, answer, files[0], options);
        if (documents !== undefined && !json) {
          process.stderr.write(printable(`${documentsText(documents)}\n`));
        }
        if (!json) {
          for (const each of comparison ? [answer, comparison] : [answer]) {
            const by = comparison ? `${each.encoder}: ` : '';
            for (const note of notes(each)) process.stderr.write(printable(`${by}${note}\n`));
          }
        }
        print(json, { ...answer, ...(documents && { documents }) }, () =>
          comparison
            ? comparisonTable(answer, comparison)
            : [...verdictText(answer), resultTable(answer)].join('\n'),
        );
      } finally {
        await semblance.close();
      }
    });
}

/** @throws SemblanceError USAGE */
function requireNoDocuments({ keyObjects, report, send }: SearchCommandOptions): void {
  if ((keyObjects ?? report ?? send) === undefined) return;
  const why = '--key-objects, --report and --send tell of one search, and --each makes many.';
  throw new SemblanceError('USAGE', why);
}

/** Writes and sends the documents that are asked for; undefined where none is. */
async function documentsOf(
  semblance: Semblance,
  answer: SearchResult,
  query: string | undefined,
  { keyObjects, report, send }: SearchCommandOptions,
) {
  const files = { 'key-objects': keyObjects, report };
  const asked = DOCUMENT_KINDS.filter((kind) => files[kind] !== undefined);
  if (asked.length === 0 && send === undefined) return undefined;
  const kinds = asked.length > 0 ? asked : DOCUMENT_KINDS;
  const { documents, ...counts } = await semblance.documents.make(
    {},
    { answer, ...(query !== undefined && { query: { path: query } }), kinds },
  );
  for (const document of documents) {
    const path = files[document.kind];
    if (path !== undefined) semblance.documents.save({ document, path });
  }
  if (send !== undefined) await semblance.documents.send({}, { documents, to: send });
  return { kinds, ...counts, sent: send !== undefined };
}

function documentsText({
  kinds,
  references,
  leftOut,
  sent,
}: NonNullable<Awaited<ReturnType<typeof documentsOf>>>): string {
  return [
    `${kinds.join(' and ')}: ${references} results are referred to${sent ? ', sent' : ''}.`,
    ...leftOut.map((each) => `Not referred to: ${leftOutText(each)}`),
  ].join('\n');
}

/** An error of the one picture searched with names its file. Of several it is not known which it is. */
function withPath(thrown: unknown, paths: readonly string[]): SemblanceError {
  const error = toSemblanceError(thrown);
  const { code, message, subject: known } = error;
  const [subject, ...others] = paths;
  if (known !== undefined || others.length > 0 || !/^(IMAGE|DICOM)_/.test(code)) return error;
  return new SemblanceError(code, message, { ...(subject && { subject }), cause: thrown });
}

/** The parts of the query, from pictures and options. */
function partsFrom(
  paths: string[],
  options: SearchCommandOptions,
): { parts: Part[]; files: string[] } {
  const { image, not, more, frame, frames, region, text, textWeight, whole } = options;
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
  if (frame !== undefined && paths.length === 0) {
    throw new SemblanceError('USAGE', '--frame needs a picture to search with.');
  }
  if (whole !== undefined && image.length === 0) {
    throw new SemblanceError('USAGE', '--whole needs --image.');
  }
  const files: string[] = [];
  const upload = (path: string) => files.push(path) - 1;
  const pictures: Part[] = [];
  for (const path of paths) pictures.push({ file: upload(path), frame, frames, region });
  pictures.push(...image.map((id) => ({ image: id, region, whole, frames })));
  const parts: Part[] = partsOf(pictures, text, textWeight);
  for (const path of not) parts.push({ file: upload(path), role: 'less' });
  for (const role of ['more', 'less'] as const) {
    parts.push(...options[role].map((id) => ({ image: id, role })));
  }
  return { parts, files };
}

/** What people should know of an answer beside its results. */
function notes({ texts, copies, feedback, missingEmbeddings, notes }: Answer): string[] {
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
function verdictText({ verdict, calibration }: Answer): string[] {
  return [
    ...(verdict ? [`${verdict.good ? 'Good match' : 'No good match'}. ${verdict.reason}`] : []),
    ...(calibration?.stale ? [staleText(calibration.changed)] : []),
  ];
}

function resultTable({ neighbours, calibration }: Answer): string {
  const grouped = neighbours.find(({ group }) => group !== null)?.group;
  const marked = neighbours.some(({ nearDuplicate }) => nearDuplicate);
  const matched = neighbours.some(({ matches }) => matches !== undefined);
  return table(
    [
      'rank',
      'image',
      'similarity',
      ...(calibration ? [`shares ${calibration.field}`] : []),
      'label',
      'path',
      ...(grouped ? [grouped.level, 'more of it'] : []),
      ...(matched ? ['frame: most similar image'] : []),
      ...(marked ? ['note'] : []),
    ],
    neighbours.map(({ rank, similarity, probability, image, nearDuplicate, group, matches }) => [
      rank,
      image.id,
      similarity.toFixed(4),
      ...(calibration ? [formatProbability(probability)] : []),
      image.labels.join(', '),
      image.path,
      ...(grouped ? [group?.name ?? '', group?.more ?? ''] : []),
      ...(matched ? [matchText(matches)] : []),
      ...(marked ? [nearDuplicate ? 'near-duplicate' : ''] : []),
    ]),
  );
}

/** So many frames of the query are shown with what is like them; `--json` has all. */
const SHOWN_MATCHES = 4;

/** Which image of a series or study is like which frame of the query. */
function matchText(matches: Answer['neighbours'][number]['matches'] = []): string {
  const shown = matches
    .slice(0, SHOWN_MATCHES)
    .map(({ query, image, similarity }) => `${query + 1}: ${image} (${similarity.toFixed(3)})`);
  const more = matches.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(', ');
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

/** Both results rank by rank, each with its rank in the other. */
function comparisonTable(first: Answer, second: Comparison): string {
  const side = ({ neighbours }: Answer, ranks: (number | null)[], i: number) => {
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
