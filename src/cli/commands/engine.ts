import type { Command } from 'commander';
import type { Call } from '../../app/call.ts';
import type { EngineService } from '../../app/engine.ts';
import { Semblance } from '../../app/semblance.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { interruptible } from '../interruption.ts';
import { COLLECTION_OPTION, ENGINE_OPTION, type GlobalOptions } from '../options.ts';
import { print, table, wholeNumber } from '../output.ts';
import { CallProgress } from '../progress.ts';

interface EngineCommandOptions {
  engine: string;
  collection: string;
  encoder?: string;
  index?: 'flat' | 'hnsw';
  replicas?: number;
  shards?: number;
  replace?: boolean;
}

/** Asks the service, and prints what it answers; the first Ctrl-C ends a call after the writes under way. */
async function ask<Answer extends { complete: boolean }>(
  command: Command,
  { engine, ...request }: EngineCommandOptions,
  call: (
    service: EngineService,
    call: Call,
    request: Omit<EngineCommandOptions, 'engine'>,
  ) => Promise<Answer>,
  text: (answer: Answer) => string[],
): Promise<void> {
  const { home, json = false } = command.optsWithGlobals<GlobalOptions>();
  const semblance = await Semblance.open({ home, engine });
  const { signal, end } = interruptible();
  const line = new CallProgress();
  try {
    const answer = await call(semblance.engine, { signal, progress: line.show }, request);
    line.end();
    const ended = answer.complete ? [] : ['Interrupted: run the same command again to go on.'];
    print(json, answer, () => [...text(answer), ...ended].join('\n'));
    if (!answer.complete) process.exitCode = 130;
  } finally {
    line.end();
    end();
    await semblance.close();
  }
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
      ask(
        command,
        options,
        (service, call, request) => service.push(call, request),
        (result) => [
          `${result.written} embeddings of "${result.encoder}" written, ${result.removed} removed; ${result.count} in all, ${result.index} index, ${result.replicas} copies.`,
          ...(result.complete ? [`Verified, checksum ${result.checksum}.`] : []),
          ...result.nodes
            .filter(({ checksum }) => checksum !== result.checksum)
            .map(
              ({ node, error, count }) => `${node} is behind: ${error ?? `${count} embeddings`}.`,
            ),
        ],
      ),
    );

  subcommand(
    'pull',
    'Bring embeddings back from the engine, for the images of the collection',
  ).action((options: EngineCommandOptions, command: Command) =>
    ask(
      command,
      options,
      (service, call, request) => service.pull(call, request),
      (result) => [
        `${result.written} embeddings of "${result.encoder}" written, ${result.unchanged} were here already.`,
        ...(result.foreign > 0
          ? [`${result.foreign} belong to images that are not here or have changed.`]
          : []),
        ...(result.complete ? [`Verified, checksum ${result.checksum}.`] : []),
      ],
    ),
  );

  subcommand('verify', 'Compare all embeddings of every node with those of the collection').action(
    (options: EngineCommandOptions, command: Command) => verify(command, options),
  );
}

/** It writes nothing, so that Ctrl-C may end the program. */
async function verify(command: Command, { engine, collection, encoder }: EngineCommandOptions) {
  const { home, json = false } = command.optsWithGlobals<GlobalOptions>();
  const semblance = await Semblance.open({ home, engine });
  const line = new CallProgress();
  try {
    const result = await semblance.engine.verify({ progress: line.show }, { collection, encoder });
    line.end();
    print(json, result, () =>
      [
        `${result.count} embeddings of "${result.encoder}", checksum ${result.checksum}, ${result.manifest.index} index.`,
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
    if (result.nodes.some(({ same }) => !same)) process.exitCode = 1;
  } finally {
    line.end();
    await semblance.close();
  }
}

function indexKind(text: string): 'flat' | 'hnsw' {
  if (text === 'flat' || text === 'hnsw') return text;
  throw new SemblanceError('USAGE', `"${text}" is neither flat nor hnsw.`);
}
