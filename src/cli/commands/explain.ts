import { type Command, Option } from 'commander';
import { Semblance } from '../../app/semblance.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { DEFAULT_GRID, MAX_GRID, METHODS, type Method, rangeOf } from '../../domain/explanation.ts';
import { COLLECTION_OPTION, type GlobalOptions } from '../options.ts';
import { print, wholeNumber } from '../output.ts';
import { CallProgress } from '../progress.ts';

interface ExplainCommandOptions {
  image: number;
  query?: number;
  output: string;
  collection: string;
  encoder?: string;
  method?: Method;
  grid: number;
}

/** What the maps are, for people who read them. */
const READING: Record<Method, string> = {
  tokens:
    'Bright: places with a close counterpart in the other picture, to the encoder (cosine of patch tokens).',
  occlusion:
    'Bright: places without which the encoder finds the pictures less alike (covered with the mean colour).',
};

/** `semblance explain`: maps of what a query and a result share. */
export function addExplainCommand(command: Command): void {
  command
    .argument('[picture]', 'the query')
    .requiredOption('--image <id>', 'the result: an image of the collection', wholeNumber)
    .option('--query <id>', 'the query, when it is an image of the collection', wholeNumber)
    .requiredOption('-o, --output <folder>', 'where query.png, result.png and map.json are written')
    .option(...COLLECTION_OPTION)
    .option('-e, --encoder <name>', 'encoder; by default that of the collection')
    .addOption(
      new Option(
        '--method <name>',
        'by default tokens where the encoder has them, else occlusion',
      ).choices(METHODS),
    )
    .option(
      '--grid <n>',
      `covered places of a side, at most ${MAX_GRID}: n x n encodings of each picture`,
      gridSize,
      DEFAULT_GRID,
    )
    .action(async (path: string | undefined, options: ExplainCommandOptions, command: Command) => {
      const { home, json = false, provider } = command.optsWithGlobals<GlobalOptions>();
      if ((path === undefined) === (options.query === undefined)) {
        throw new SemblanceError('USAGE', 'Name a picture or give --query, not both.');
      }
      const { collection, image: result, encoder: name, method: wanted, grid } = options;
      const query = path === undefined ? (options.query as number) : { path };
      const semblance = await Semblance.open({ home, provider });
      const line = new CallProgress();
      try {
        const { explanation, files } = await semblance.explain.save(
          { progress: line.show },
          {
            collection,
            query,
            result,
            encoder: name,
            method: wanted,
            grid,
            output: options.output,
          },
        );
        line.end();
        const range = rangeOf(explanation);
        const { method, encoder, similarity } = explanation;
        print(
          json,
          { collection: options.collection, method, encoder, similarity, range, files },
          () =>
            [
              `Similarity ${similarity.toFixed(4)} by ${encoder}; ${files.join(' and ')}.`,
              READING[method],
              `Colours from ${range.low.toFixed(3)} (dark blue) to ${range.high.toFixed(3)} (yellow).`,
              'An aid to see what the encoder compares, not a diagnosis.',
            ].join('\n'),
        );
      } finally {
        await semblance.close();
      }
    });
}

function gridSize(text: string): number {
  const size = wholeNumber(text);
  if (size >= 2 && size <= MAX_GRID) return size;
  throw new SemblanceError('USAGE', `"${text}" is not a number of 2 to ${MAX_GRID}.`);
}
