import type { Command } from 'commander';
import type { FolderSearchRequest } from '../../app/folder-search-request.ts';
import { Semblance } from '../../app/semblance.ts';
import type { FolderSearch, PictureSearch } from '../../contract/folder-search.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { leftOutText } from '../../domain/left-out.ts';
import type { Level, SearchLevel, UnitLevel } from '../../domain/levels.ts';
import type { Region } from '../../domain/region.ts';
import { chosenEncoders, type EncoderOptions } from '../encoder-options.ts';
import { interruptible } from '../interruption.ts';
import type { GlobalOptions } from '../options.ts';
import { errorText, firstOf, printable, printLine } from '../output.ts';
import { CallProgress } from '../progress.ts';

/** `--csv -` is standard output, as is no `--csv`. */
const STANDARD_OUTPUT = '-';

/** Options of a search; some say nothing of each picture of a folder. */
export interface EachOptions extends EncoderOptions {
  image: number[];
  not: string[];
  more: number[];
  less: number[];
  region?: Region;
  level: SearchLevel;
  whole?: UnitLevel;
  frames?: string;
  text?: string;
  textWeight?: number;
  compare?: string;
  collection: string;
  k: number;
  filter: string[];
  where?: string;
  exclude: Level[];
  groupBy?: Level;
  diversify?: number;
  engine?: string;
  csv?: string;
}

/** What `--each` is asked for, unless it is asked for with what it does not go with. */
function requestOf(
  folder: string,
  paths: readonly string[],
  options: EachOptions,
): FolderSearchRequest {
  const { collection, k, filter, where, exclude, groupBy, diversify } = options;
  const { image, not, more, less, text, textWeight, region, compare } = options;
  const others = {
    'another picture': paths.length + image.length + not.length > 0,
    marks: more.length + less.length > 0,
    '--text': text !== undefined || textWeight !== undefined,
    '--region': region !== undefined,
    '--compare': compare !== undefined,
    '--level, --whole or --frames':
      options.level !== 'image' || (options.whole ?? options.frames) !== undefined,
  };
  const beside = Object.entries(others).flatMap(([name, given]) => (given ? [name] : []));
  if (beside.length > 0) {
    throw new SemblanceError(
      'USAGE',
      `--each searches with each picture of a folder alone; it does not go with ${beside.join(', ')}.`,
    );
  }
  const encoder = chosenEncoders(options);
  return { collection, folder, k, filter, where, exclude, groupBy, diversify, encoder };
}

/**
 * `semblance search --each`: rows of a CSV, or with `--json` a line for each picture and one for all of them; what
 * people should know of it stands on standard error, where the rows do not go.
 */
export async function searchEach(
  folder: string,
  paths: readonly string[],
  options: EachOptions,
  command: Command,
): Promise<void> {
  const { home, json = false, provider } = command.optsWithGlobals<GlobalOptions>();
  const { csv, engine } = options;
  const request = requestOf(folder, paths, options);
  const file = csv === STANDARD_OUTPUT ? undefined : csv;
  if (json && csv === STANDARD_OUTPUT) {
    throw new SemblanceError('USAGE', 'Standard output takes either the CSV or --json.');
  }
  const semblance = await Semblance.open({ home, provider, engine });
  const { signal, end } = interruptible();
  const line = new CallProgress(({ unit, skipped = 0 }) => {
    if (unit === 'files') return ' to look at';
    return skipped > 0 ? `, ${skipped} could not be read` : '';
  });
  const rows = (text: string) => process.stdout.write(text);
  const take = (found: PictureSearch) => printLine(found);
  try {
    const result = await semblance.search.each(
      { signal, progress: line.show },
      { ...request, csv: file ?? (json ? undefined : rows) },
      json ? take : undefined,
    );
    line.end();
    if (json) printLine(result);
    else {
      const output = file === undefined ? process.stderr : process.stdout;
      output.write(printable(`${summaryText(result)}\n`));
    }
    if (!result.complete) process.exitCode = 130;
    else if (result.failed > 0) process.exitCode = 1;
  } finally {
    end();
    line.end();
    await semblance.close();
  }
}

function summaryText(result: FolderSearch): string {
  const { pictures, searched, inCollection, failed, collection, encoder, leftOut } = result;
  return [
    `${searched} of ${pictures} pictures searched with in collection "${collection}" with encoder "${encoder}", ` +
      `${failed} could not be; ${inCollection} are in the collection themselves.`,
    ...leftOut.map((entries) => `Left out: ${leftOutText(entries)}`),
    ...firstOf(result.failures.map(errorText)),
    ...(result.complete ? [] : [interruptedText(result)]),
    ...(result.complete && result.csv !== null ? [`Rows: ${result.csv}`] : []),
  ].join('\n');
}

function interruptedText({ csv }: FolderSearch): string {
  return csv === null
    ? 'Interrupted.'
    : 'Interrupted: run the same command again to go on; until then the rows are in ' +
        `${csv}.part.`;
}
