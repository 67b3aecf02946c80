import type { Command } from 'commander';
import { SemblanceError } from '../../domain/errors/error.ts';
import { connectEngine } from '../../index/engines/engine.ts';
import { chooseEncoder } from '../../search/choose-encoder.ts';
import type { CollectionStore } from '../../store/collection-store.ts';
import { DataDirectory } from '../../store/data-directory.ts';
import type { StoredEncoder } from '../../store/records.ts';
import { interruptible } from '../interruption.ts';
import { COLLECTION_OPTION, ENGINE_OPTION, type GlobalOptions } from '../options.ts';
import { print, table, wholeNumber } from '../output.ts';
import { ProgressLine } from '../progress.ts';

interface EngineCommandOptions {
  engine: string;
  collection: string;
  encoder?: string;
  index?: 'flat' | 'hnsw';
  replicas?: number;
  shards?: number;
  replace?: boolean;
}

type Migration = typeof import('../../index/engines/weaviate/migrate.ts');

/** What a subcommand works on. */
interface Work {
  migration: Migration;
  hosts: Awaited<ReturnType<typeof connectEngine>>;
  store: CollectionStore;
  encoder: StoredEncoder;
  watch: {
    signal: AbortSignal;
    onProgress: (step: string, done: number, total: number) => void;
  };
  json: boolean;
}

const STEPS: Record<string, string> = {
  compare: 'embeddings compared',
  verify: 'embeddings verified',
  read: 'embeddings read',
};

/** Opens what a subcommand needs, runs it, and closes everything; SIGINT ends it after the writes under way. */
async function withEngine(
  command: Command,
  options: EngineCommandOptions,
  anyEncoder: boolean,
  work: (work: Work) => Promise<void>,
): Promise<void> {
  const { home, json = false } = command.optsWithGlobals<GlobalOptions>();
  const hosts = await connectEngine(options.engine);
  const store = new DataDirectory(home).open(options.collection);
  const interruption = interruptible();
  let line: { step: string; progress: ProgressLine } | undefined;
  const onProgress = (step: string, done: number, total: number) => {
    if (line?.step !== step) {
      line?.progress.end();
      line = { step, progress: new ProgressLine(STEPS[step] ?? step) };
    }
    line.progress.update(done, total);
  };
  try {
    const encoder = anyEncoder
      ? registered(store, options.encoder)
      : chooseEncoder(store, options.encoder);
    const migration = await import('../../index/engines/weaviate/migrate.ts');
    const watch = { signal: interruption.signal, onProgress };
    await work({ migration, hosts, store, encoder, watch, json });
  } finally {
    line?.progress.end();
    interruption.end();
    store.close();
    await hosts.close();
  }
}

/** An encoder that the collection knows, with or without embeddings. */
function registered(store: CollectionStore, name: string | undefined): StoredEncoder {
  const known = store.encoders
    .list()
    .filter((encoder) => name === undefined || encoder.name === name);
  const [found, ...others] = known.sort((a, b) => b.embeddings - a.embeddings);
  if (found === undefined || (name === undefined && others.length > 0)) {
    const names = store.encoders.list().map((encoder) => encoder.name);
    throw new SemblanceError(
      'ENCODER_NOT_FOUND',
      `Name one of the encoders that the collection knows: ${names.join(', ')}.`,
      name === undefined ? {} : { subject: name },
    );
  }
  return found;
}

function interrupted(complete: boolean): string[] {
  if (complete) return [];
  process.exitCode = 130;
  return ['Interrupted: run the same command again to go on.'];
}

/** `semblance engine`: embeddings to and from a search engine. */
export function addEngineCommand(engine: Command): void {
  const subcommand = (name: string, description: string) =>
    engine
      .command(name)
      .description(description)
      .requiredOption(...ENGINE_OPTION)
      .option(...COLLECTION_OPTION)
      .option('-e, --encoder <name>', 'encoder; by default that of the collection');

  subcommand('push', 'Bring the engine to the state of the collection, and verify it')
    .option('--index <kind>', 'flat (exact, the default) or hnsw (a graph, may miss)', indexKind)
    .option('--replicas <n>', 'copies of each row (default: 3, or all nodes)', wholeNumber)
    .option('--shards <n>', 'parts that are searched side by side (default: 1)', wholeNumber)
    .option('--replace', 'make the collection in the engine anew')
    .action((options: EngineCommandOptions, command: Command) =>
      withEngine(command, options, false, async (work) => {
        const { migration, hosts, store, encoder, watch, json } = work;
        const result = await migration.push(hosts, store, encoder, { ...options, ...watch });
        const notes = interrupted(result.complete);
        print(json, { collection: options.collection, encoder: encoder.name, ...result }, () =>
          [
            `${result.written} embeddings of "${encoder.name}" written, ${result.removed} removed; ${result.count} in all, ${result.index} index, ${result.replicas} copies.`,
            ...(result.complete ? [`Verified, checksum ${result.checksum}.`] : []),
            ...result.nodes
              .filter(({ checksum }) => checksum !== result.checksum)
              .map(
                ({ node, error, count }) => `${node} is behind: ${error ?? `${count} embeddings`}.`,
              ),
            ...notes,
          ].join('\n'),
        );
      }),
    );

  subcommand(
    'pull',
    'Bring embeddings back from the engine, for the images of the collection',
  ).action((options: EngineCommandOptions, command: Command) =>
    withEngine(command, options, true, async (work) => {
      const { migration, hosts, store, encoder, watch, json } = work;
      const result = await migration.pull(hosts, store, encoder, watch);
      const notes = interrupted(result.complete);
      print(json, { collection: options.collection, encoder: encoder.name, ...result }, () =>
        [
          `${result.written} embeddings of "${encoder.name}" written, ${result.unchanged} were here already.`,
          ...(result.foreign > 0
            ? [`${result.foreign} belong to images that are not here or have changed.`]
            : []),
          ...(result.complete ? [`Verified, checksum ${result.checksum}.`] : []),
          ...notes,
        ].join('\n'),
      );
    }),
  );

  subcommand('verify', 'Compare all embeddings of every node with those of the collection').action(
    (options: EngineCommandOptions, command: Command) =>
      withEngine(command, options, true, async (work) => {
        const { migration, hosts, store, encoder, watch, json } = work;
        const result = await migration.verify(hosts, store, encoder, watch);
        if (result.nodes.some(({ same }) => !same)) process.exitCode = 1;
        print(json, { collection: options.collection, encoder: encoder.name, ...result }, () =>
          [
            `${result.count} embeddings of "${encoder.name}", checksum ${result.checksum}, ${result.manifest.index} index.`,
            ...(result.recall === null
              ? []
              : [
                  `Recall at ${result.recall.k} of ${result.recall.queries} queries: ${result.recall.value.toFixed(4)}.`,
                ]),
            table(
              ['node', 'embeddings', 'state'],
              result.nodes.map(({ node, count, same, error }) => [
                node,
                count,
                error ?? (same ? 'the same' : 'differs'),
              ]),
            ),
          ].join('\n'),
        );
      }),
  );
}

function indexKind(text: string): 'flat' | 'hnsw' {
  if (text === 'flat' || text === 'hnsw') return text;
  throw new SemblanceError('USAGE', `"${text}" is neither flat nor hnsw.`);
}
