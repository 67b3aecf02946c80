import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { SemblanceError } from '../../domain/errors/error.ts';
import { Encoder } from '../../encoding/encoders/encoder.ts';
import { DEFAULT_ENCODER, findEncoder } from '../../encoding/encoders/registry.ts';
import type { DecodeLimits } from '../../images/samples.ts';
import { registerEncoder } from '../../indexing/image-processor.ts';
import { type IndexProgress, indexImages } from '../../indexing/index-images.ts';
import { indexWithWorkers } from '../../indexing/index-with-workers.ts';
import { leftOutText, missedCount } from '../../indexing/left-out.ts';
import { prune } from '../../indexing/missing.ts';
import { readSource } from '../../indexing/read-source.ts';
import { requireImages, type Source } from '../../indexing/source.ts';
import type { CollectionStore } from '../../store/collection-store.ts';
import { DataDirectory } from '../../store/data-directory.ts';
import { interruptible } from '../interruption.ts';
import { limitsOf, withLimitOptions } from '../limits.ts';
import { COLLECTION_OPTION, DEFAULT_COLLECTION, type GlobalOptions } from '../options.ts';
import {
  errorData,
  errorText,
  firstOf,
  print,
  section,
  tableText,
  wholeNumber,
} from '../output.ts';
import { ProgressLine } from '../progress.ts';

interface IndexCommandOptions extends Required<DecodeLimits> {
  collection: string;
  encoder: string;
  again?: boolean;
  strict?: boolean;
  prune?: boolean;
  all?: boolean;
  workers?: number;
}

/** `semblance index`: reads, encodes and stores the images of a folder or CSV. */
export function addIndexCommand(command: Command): void {
  withLimitOptions(command)
    .argument('[folder|csv]', 'a folder of images, a folder with dataset.csv, or a CSV')
    .option(...COLLECTION_OPTION, DEFAULT_COLLECTION)
    .option('-e, --encoder <name|file.json>', 'encoder to use', DEFAULT_ENCODER)
    .option('--again', 'all images that the collection knows, from where they were indexed')
    .option('--prune', 'then remove the images of this folder whose files are gone')
    .option('--all', 'also hidden files and folders, and what systems leave behind')
    .option('--workers <n>', 'encode in so many processes of their own', wholeNumber)
    .option('--strict', 'end with exit code 1 when a file had to be skipped or left out')
    .action(async (path: string | undefined, options: IndexCommandOptions, command: Command) => {
      const { home: folder, json = false } = command.optsWithGlobals<GlobalOptions>();
      const { again = false } = options;
      if ((path === undefined) !== again) {
        throw new SemblanceError('USAGE', 'Name a folder or a CSV, or give --again.');
      }
      const home = new DataDirectory(folder);
      const given = path === undefined ? undefined : await listSource(path, options.all);
      const definition = await findEncoder(options.encoder, home.encodersFolder);
      const encoder = await Encoder.load(definition);
      const store = home.open(options.collection, { create: !again });
      const sources = given
        ? [given]
        : store.sources.list().map(({ id, root }) => ({
            root,
            images: store.images.descriptions(id),
            failures: [],
            leftOut: [],
            linked: [],
          }));
      const total = sources.reduce((sum, { images }) => sum + images.length, 0);
      if (total === 0) {
        store.close();
        await encoder.release();
        throw new SemblanceError('SOURCE_EMPTY', 'The collection knows no image.', {
          subject: options.collection,
        });
      }
      const leftOut = given?.leftOut ?? [];
      const linked = given?.linked ?? [];
      const progress = new ProgressLine('images');
      const interruption = interruptible();
      try {
        const sum = {
          total,
          done: 0,
          added: 0,
          renamed: 0,
          reread: 0,
          unchanged: 0,
          failed: 0,
          complete: true,
        };
        const failures: SemblanceError[] = [];
        for (const source of sources) {
          const { signal } = interruption;
          const onProgress = ({ done, failed }: IndexProgress) => {
            const skipped = sum.failed + failed;
            progress.update(sum.done + done, total, skipped > 0 ? `, ${skipped} skipped` : '');
          };
          const { workers } = options;
          const result =
            workers === undefined
              ? await indexImages(store, encoder, source, {
                  limits: limitsOf(options),
                  signal,
                  onProgress,
                })
              : await indexWithWorkers(store, registerEncoder(store, encoder), source, {
                  workers,
                  start: (owner) => startWorker(command, options, workers, owner),
                  signal,
                  onProgress,
                });
          for (const key of [
            'done',
            'added',
            'renamed',
            'reread',
            'unchanged',
            'failed',
          ] as const) {
            sum[key] += result[key];
          }
          sum.complete &&= result.complete;
          failures.push(...result.failures);
        }
        progress.end();
        const pruned =
          options.prune && sum.complete ? pruneAll(store, sources) : { removed: 0, unclear: [] };
        const standing = standingOf(store, encoder.fingerprint);
        print(
          json,
          {
            collection: options.collection,
            encoder: encoder.name,
            ...sum,
            removed: pruned.removed,
            unclear: pruned.unclear.length,
            ...standing,
            leftOut,
            linked,
            ...(given?.table === undefined ? {} : { table: tableData(given.table) }),
            failures: failures.map(errorData),
          },
          () =>
            [
              `${sum.added} added, ${sum.renamed} renamed, ${sum.unchanged} unchanged, ` +
                `${sum.failed} skipped of ${total} in collection "${options.collection}" ` +
                `with encoder "${encoder.name}".`,
              ...(sum.reread > 0 ? [rereadText(sum.reread)] : []),
              ...linked.map((link) => `Linked folder: ${link.path} leads to ${link.target}.`),
              ...leftOut.map((entries) => `Left out: ${leftOutText(entries)}`),
              ...(options.prune ? [prunedText(pruned)] : []),
              ...(given?.table === undefined ? [] : readingText(given.table)),
              ...firstOf(failures.map(errorText)),
              ...(sum.complete ? [] : ['Interrupted: run the same command again to go on.']),
              ...adviceFor(encoder.name, options.collection, standing),
            ].join('\n'),
        );
        if (!sum.complete) process.exitCode = 130;
        else if (sum.added + sum.renamed + sum.reread + sum.unchanged === 0) process.exitCode = 1;
        else if (options.strict && sum.failed + missedCount(leftOut) > 0) process.exitCode = 1;
      } finally {
        interruption.end();
        store.close();
        await encoder.release();
      }
    });
}

/**
 * Lists a source, and shows how far that is when it takes long.
 * @throws SemblanceError SOURCE_EMPTY and those of `readSource`
 */
async function listSource(path: string, all = false): Promise<Source> {
  const progress = new ProgressLine('files');
  const onProgress = ({ done, total }: { done: number; total: number | undefined }) => {
    if (total === undefined) progress.count(done);
    else if (done < total) progress.update(done, total, ' to look at');
  };
  const source = await readSource(path, { all, onProgress });
  progress.end();
  requireImages(source, path);
  return source;
}

function rereadText(count: number): string {
  return (
    `${count} encoded again: an earlier version read other pixels from these files. ` +
    'Their embeddings of other encoders are removed: run `semblance index --again -e <name>` for each.'
  );
}

/** How an encoder stands in its collection. */
interface Standing {
  /** The encoder that answers when none is named; null while the collection is empty. */
  default: string | null;
  /** Whether that is this one. */
  isDefault: boolean;
  /** Images without an embedding of this one. */
  missingEmbeddings: number;
}

function standingOf(store: CollectionStore, fingerprint: string): Standing {
  const answers = store.encoders.default();
  const own = store.encoders.list().find((encoder) => encoder.fingerprint === fingerprint);
  return {
    default: answers?.name ?? null,
    isDefault: answers?.fingerprint === fingerprint,
    missingEmbeddings: own ? store.encoders.countMissing(own.id) : store.images.count(),
  };
}

/** What there is to do until the encoder answers, if anything. */
function adviceFor(encoder: string, collection: string, standing: Standing): string[] {
  if (standing.isDefault || standing.default === null) return [];
  const named = collection === DEFAULT_COLLECTION ? '' : ` -c ${collection}`;
  const todo =
    standing.missingEmbeddings > 0
      ? `${standing.missingEmbeddings} images have no embedding of "${encoder}" yet: semblance index --again -e ${encoder}${named}`
      : `Make "${encoder}" the default: semblance encoders use ${encoder}${named}`;
  return [`Searches are answered with "${standing.default}". ${todo}`];
}

/** Starts this program as a worker that shares the cores with its like. */
function startWorker(
  command: Command,
  { collection, ...options }: IndexCommandOptions,
  workers: number,
  owner: string,
): ChildProcess {
  const { home, provider } = command.optsWithGlobals<GlobalOptions & { provider: string }>();
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

type Reading = NonNullable<Source['table']>;

function tableData(table: Reading) {
  return { ...table, problems: table.problems.map(errorData) };
}

/** How the CSV was read, and rows that are not used with all that they say. */
function readingText(table: Reading): string[] {
  return [
    ...tableText(table),
    ...section('Rows with values that cannot be used', table.problems.map(errorText)),
  ];
}

type Pruned = ReturnType<typeof prune>;

function pruneAll(store: CollectionStore, sources: readonly Source[]): Pruned {
  const parts = sources.map(({ root }) => prune(store, store.sources.register(root), root));
  return {
    removed: parts.reduce((sum, { removed }) => sum + removed, 0),
    unclear: parts.flatMap(({ unclear }) => unclear),
  };
}

/** What was removed because its file is gone, and what was not. */
function prunedText({ removed, unclear }: Pruned): string {
  const kept =
    unclear.length === 0
      ? ''
      : ` ${unclear.length} missing images stay, because their folder is unreachable or empty ` +
        `(is its disk mounted?), for instance ${unclear[0]?.file}.`;
  return `${removed} removed, because their files are gone.${kept}`;
}
