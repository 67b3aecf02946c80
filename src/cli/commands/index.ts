import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Progress } from '../../app/call.ts';
import { Semblance } from '../../app/semblance.ts';
import type { Indexing, TableReading } from '../../contract/indexing.ts';
import type { BurnedIn } from '../../domain/burned-in.ts';
import type { DecodeLimits } from '../../domain/decode-limits.ts';
import { SemblanceError, toSemblanceError } from '../../domain/errors/error.ts';
import { leftOutText, missedCount } from '../../domain/left-out.ts';
import { type IndexingOptions, withIndexingOptions } from '../indexing-options.ts';
import { interruptible } from '../interruption.ts';
import { limitsOf, withLimitOptions } from '../limits.ts';
import { COLLECTION_OPTION, DEFAULT_COLLECTION, type GlobalOptions } from '../options.ts';
import {
  errorText,
  firstOf,
  print,
  printable,
  printLine,
  section,
  tableText,
  wholeNumber,
} from '../output.ts';
import { WholeProgress } from '../whole-progress.ts';

interface IndexCommandOptions extends Required<DecodeLimits>, IndexingOptions {
  collection: string;
  again?: boolean;
  strict?: boolean;
  poll?: number;
  prune?: boolean;
  all?: boolean;
  workers?: number;
}

/** `semblance index`: reads, encodes and stores the images of a folder or CSV. */
export function addIndexCommand(command: Command): void {
  withLimitOptions(withIndexingOptions(command))
    .argument(
      '[source]',
      'a folder of images, a folder with dataset.csv, a CSV, a ZIP archive, a DICOMDIR or a PACS (dicomweb+https://host/path, dimse://TITLE@host:port)',
    )
    .option(...COLLECTION_OPTION, DEFAULT_COLLECTION)
    .option('--again', 'all images that the collection knows, from where they were indexed')
    .option('--prune', 'then remove the images of this folder whose files are gone')
    .option('--all', 'also hidden files and folders, and what systems leave behind')
    .option('--workers <n>', 'encode in so many processes of their own', wholeNumber)
    .option(
      '--poll <seconds>',
      'look again for what is new so long after each time, until it is ended',
      wholeNumber,
    )
    .option('--strict', 'end with exit code 1 when a file had to be skipped or left out')
    .action(async (path: string | undefined, options: IndexCommandOptions, command: Command) => {
      const { home, json = false, provider } = command.optsWithGlobals<GlobalOptions>();
      const { again = false, collection, encoder, all, prune, poll, workers: count } = options;
      const { frames, window, identity, dates, burnedIn } = options;
      if ((path === undefined) !== again) {
        throw new SemblanceError('USAGE', 'Name a folder or a CSV, or give --again.');
      }
      const semblance = await Semblance.open({ home, provider, limits: limitsOf(options) });
      const { signal, end } = interruptible();
      const line = new WholeProgress(({ unit, skipped = 0, reasons = {}, studies }) => {
        if (unit === 'files') return ' to look at';
        const codes = Object.entries(reasons).map(([code, count]) => `${code} ${count}`);
        const why = codes.length > 0 ? ` (${codes.join(', ')})` : '';
        return [
          studies ? `, ${studies.done}/${studies.total} studies` : '',
          skipped > 0 ? `, ${skipped} skipped${why}` : '',
        ].join('');
      });
      const progress: Progress = (done, total, phase) => {
        if (phase.unit !== 'files' || done !== total) line.show(done, total, phase);
      };
      const workers = count && {
        count,
        start: (owner: string) => startWorker(command, options, count, owner),
      };
      let before: Indexing | undefined;
      const look = async () => {
        const result = await semblance.indexing.index(
          { signal, progress },
          {
            ...{ collection, path, encoder, all, prune, frames, window, identity, dates, burnedIn },
            ...(workers && { workers }),
          },
        );
        line.end();
        const { unclear } = result;
        const example =
          unclear > 0 ? (await semblance.indexing.unclear({ collection, path, limit: 1 }))[0] : '';
        const told = () => resultText(result, prune ? prunedText(result, example) : undefined);
        if (poll === undefined) print(json, result, told);
        else if (json) printLine(result);
        else if (isNews(result, before)) print(false, result, told);
        before = result;
        return result;
      };
      try {
        const result = await (poll === undefined ? look() : polled(look, poll, signal));
        if (result === undefined) return;
        const { added, renamed, reread, unchanged, failed, leftOut } = result;
        if (!result.complete) process.exitCode = 130;
        else if (added + renamed + reread + unchanged === 0) process.exitCode = 1;
        else if (options.strict && failed + missedCount(leftOut) > 0) process.exitCode = 1;
      } finally {
        end();
        line.end();
        await semblance.close();
      }
    });
}

/** What people read of a result. */
function resultText(result: Indexing, pruned: string | undefined): string {
  return [
    ...countsText(result),
    ...(pruned === undefined ? [] : [pruned]),
    ...(result.table === undefined ? [] : readingText(result.table)),
    ...result.warnings.map(errorText),
    ...burnedInText(result.burnedIn),
    ...firstOf(result.failures.map(errorText)),
    ...(result.complete ? [] : ['Interrupted: run the same command again to go on.']),
    ...adviceFor(result),
  ].join('\n');
}

/** Whether something came or went, or other images failed than before. */
function isNews(result: Indexing, before: Indexing | undefined): boolean {
  const { complete, added, renamed, reread, removed, failed } = result;
  if (!complete || before === undefined || failed !== before.failed) return true;
  return added + renamed + reread + removed > 0;
}

/**
 * Looks again and again. A source that cannot be reached is told, and looked at the next time; but the first time has to
 * work, since what is wrong with a command is not to be told every minute.
 * @returns what an interruption cut off; undefined where it came between two times
 */
async function polled(
  look: () => Promise<Indexing>,
  seconds: number,
  signal: AbortSignal,
): Promise<Indexing | undefined> {
  let last: Indexing | undefined = await look();
  while (!signal.aborted) {
    await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return undefined;
    last = await look().catch((error) => {
      if (!signal.aborted)
        process.stderr.write(`${printable(errorText(toSemblanceError(error)))}\n`);
      return undefined;
    });
  }
  return last;
}

function countsText(result: Indexing): string[] {
  const { added, renamed, unchanged, failed, total, reread, linked, leftOut } = result;
  return [
    `${added} added, ${renamed} renamed, ${unchanged} unchanged, ` +
      `${failed} skipped of ${total} in collection "${result.collection}" ` +
      `with encoder "${result.encoder}".`,
    ...(reread > 0 ? [rereadText(reread)] : []),
    ...linked.map((link) => `Linked folder: ${link.path} leads to ${link.target}.`),
    ...leftOut.map((entries) => `Left out: ${leftOutText(entries)}`),
  ];
}

function rereadText(count: number): string {
  return (
    `${count} encoded again: other pixels of these files are used now (an earlier version read them otherwise, or ` +
    'burned-in text is masked now, or no longer). ' +
    'Their embeddings of other encoders are removed: run `semblance index --again -e <name>` for each.'
  );
}

const STATES: Record<BurnedIn, string> = {
  text: 'have burned-in text',
  masked: 'have burned-in text that is masked',
  none: 'were looked at without finding any',
  declared: 'are said by their files to have text, and none was found',
  unscanned: 'are said by their files to have none, and were not looked at',
};

/** What is known of burned-in text in the collection; nothing where there is nothing to say. */
function burnedInText({ policy, images, notLookedAt }: Indexing['burnedIn']): string[] {
  const lines = images.map(({ state, count, examples }) => {
    const more = count > examples.length ? ', ...' : '';
    const which = state === 'none' ? '' : ` (${examples.join(', ')}${more})`;
    return `Burned-in text: ${count} of the collection's images ${STATES[state]}${which}.`;
  });
  if (notLookedAt === 0 || policy === 'off') return lines;
  const which = policy === 'auto' ? ' of kinds that often have some' : '';
  const advice = policy === 'auto' ? '--burned-in warn' : '--again';
  lines.push(`Burned-in text: ${notLookedAt} images${which} were not looked at; ${advice} does.`);
  return lines;
}

/** What there is to do until the encoder answers, if anything. */
function adviceFor(result: Indexing): string[] {
  const { encoder, collection, missingEmbeddings } = result;
  if (result.isDefault || result.default === null) return [];
  const named = collection === DEFAULT_COLLECTION ? '' : ` -c ${collection}`;
  const todo =
    missingEmbeddings > 0
      ? `${missingEmbeddings} images have no embedding of "${encoder}" yet: semblance index --again -e ${encoder}${named}`
      : `Make "${encoder}" the default: semblance encoders use ${encoder}${named}`;
  return [`Searches are answered with "${result.default}". ${todo}`];
}

/** Starts this program as a worker that shares the cores with its like. */
function startWorker(
  command: Command,
  { collection, ...options }: IndexCommandOptions,
  workers: number,
  owner: string,
): ChildProcess {
  const { home, provider } = command.optsWithGlobals<GlobalOptions>();
  const threads = Math.max(1, Math.floor(availableParallelism() / workers));
  return spawn(
    process.execPath,
    [
      ...[...process.execArgv, process.argv[1] as string, '--json', '--provider', provider],
      ...(home === undefined ? [] : ['--home', home]),
      ...['worker', '--collection', collection, '--owner', owner],
      ...['--threads', `${threads}`, ...limitArguments(options)],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
}

/** The limits of a picture as a worker's options. */
function limitArguments(options: Required<DecodeLimits>): string[] {
  const { maxPixels, maxSide, maxSeconds, maxMemory } = options;
  return [
    ...['--max-pixels', `${maxPixels}`, '--max-side', `${maxSide}`],
    ...['--max-seconds', `${maxSeconds}`, '--max-memory', `${maxMemory}`],
  ];
}

/** How the CSV was read, and rows that are not used with all that they say. */
function readingText(table: TableReading): string[] {
  return [
    ...tableText(table),
    ...section('Rows with values that cannot be used', table.problems.map(errorText)),
  ];
}

/** What was removed because its file is gone, and what was not, for instance a file. */
function prunedText({ removed, unclear }: Indexing, example = ''): string {
  const kept =
    unclear === 0
      ? ''
      : ` ${unclear} missing images stay, because their folder is unreachable or empty ` +
        `(is its disk mounted?), for instance ${example}.`;
  return `${removed} removed, because their files are gone.${kept}`;
}
