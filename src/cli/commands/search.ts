import type { Command } from 'commander';
import { SemblanceError, toSemblanceError } from '../../errors/error.ts';
import { DEFAULT_LIMITS } from '../../images/decode.ts';
import { readImageFile } from '../../images/read.ts';
import { chooseEncoder } from '../../search/choose-encoder.ts';
import { EncoderSpace } from '../../search/encoder-space.ts';
import { DEFAULT_TEXT_WEIGHT, partsOf, type QueryPart } from '../../search/query.ts';
import { Searcher } from '../../search/searcher.ts';
import { parseFilter } from '../../store/filter.ts';
import { Home } from '../../store/home.ts';
import {
  COLLECTION_OPTION,
  DEFAULT_COLLECTION,
  type GlobalOptions,
  WHERE_OPTION,
} from '../options.ts';
import { collect, print, table, wholeNumber } from '../output.ts';

interface SearchCommandOptions {
  text?: string;
  textWeight?: number;
  collection: string;
  encoder?: string;
  k: number;
  filter: string[];
  where?: string;
  excludePatient?: boolean;
}

/** `semblance search`: the most similar images of a collection. */
export function addSearchCommand(program: Command): void {
  program
    .command('search')
    .description('Find the images that look most like a picture, or fit a text best, or both')
    .argument('[image]', 'the picture to search with')
    .option('-t, --text <words>', 'what the images should show; the encoder needs a text tower')
    .option(
      '--text-weight <w>',
      `share of the text beside a picture, 0 to 1 (default: ${DEFAULT_TEXT_WEIGHT})`,
      share,
    )
    .option(...COLLECTION_OPTION, DEFAULT_COLLECTION)
    .option(
      '-e, --encoder <name>',
      'encoder; by default that of the collection (see `semblance encoders use`)',
    )
    .option('-k, --k <n>', 'how many', wholeNumber, 10)
    .option(
      '-f, --filter <field=value>',
      'only images with this value; repeat a field for "or", another field for "and"',
      collect,
      [],
    )
    .option(...WHERE_OPTION)
    .option('--exclude-patient', 'leave out images of the same patient, when the picture is known')
    .action(async (path: string | undefined, options: SearchCommandOptions, command: Command) => {
      const { home: folder, json = false } = command.optsWithGlobals<GlobalOptions>();
      const { text, textWeight } = options;
      if (path === undefined && text === undefined) {
        throw new SemblanceError('USAGE', 'Name a picture to search with, or give --text.');
      }
      if (textWeight !== undefined && (path === undefined || text === undefined)) {
        throw new SemblanceError('USAGE', '--text-weight needs a picture and --text.');
      }
      const picture: QueryPart | undefined =
        path === undefined ? undefined : { kind: 'picture', bytes: await readImageFile(path) };
      const store = new Home(folder).open(options.collection);
      const filter = [...parseFilter(options.filter), ...store.where(options.where ?? '')];
      const encoder = chooseEncoder(store, options.encoder, text !== undefined);
      const searcher = new Searcher(store, new EncoderSpace(store, encoder, DEFAULT_LIMITS));
      try {
        const answer = await searcher
          .search(partsOf(picture, text, textWeight), {
            k: options.k,
            filter,
            excludePatient: options.excludePatient ?? false,
          })
          .catch((error) => {
            throw toSemblanceError(error, path);
          });
        for (const { tokens, used } of json ? [] : answer.texts) {
          if (used < tokens) {
            process.stderr.write(
              `The text is too long: ${used} of its ${tokens} tokens are used.\n`,
            );
          }
        }
        print(json, { collection: options.collection, encoder: encoder.name, ...answer }, () =>
          table(
            ['rank', 'similarity', 'label', 'path'],
            answer.neighbours.map(({ rank, similarity, image }) => [
              rank,
              similarity.toFixed(4),
              image.labels.join(', '),
              image.path,
            ]),
          ),
        );
      } finally {
        store.close();
        await searcher.release();
      }
    });
}

/** A share from the command line. */
function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new SemblanceError('USAGE', `"${text}" is not a number of 0 to 1.`);
}
