import { type Command, Option } from 'commander';
import { ANALYSES } from '../../app/analyses.ts';
import type { BenchmarkRequest, BenchmarkService } from '../../app/benchmark.ts';
import { Semblance } from '../../app/semblance.ts';
import type { BenchmarkExclusions, BenchmarkRun } from '../../contract/benchmark.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { suggestion } from '../../domain/errors/suggest.ts';
import { interruptible } from '../interruption.ts';
import type { GlobalOptions } from '../options.ts';
import { errorText, print, table, wholeNumber } from '../output.ts';
import { WholeProgress } from '../whole-progress.ts';

interface RunCommandOptions {
  output?: string;
  asPublished?: boolean;
  k?: number;
  seed?: number;
  analyses?: string;
  examples?: boolean;
  knn?: boolean;
  probabilities?: boolean;
  threads?: number;
  force?: boolean;
}

type Finished = Extract<BenchmarkRun, { complete: true }>;

/** `semblance benchmark`: compares encoders on a data set with labels. */
export function addBenchmarkCommand(benchmark: Command): void {
  benchmark
    .command('init')
    .description('Print a configuration to begin with')
    .addOption(
      new Option('--for <data>', 'images to encode, or an archive in the layout of the study')
        .choices(['images', 'archive'])
        .default('images'),
    )
    .action((options: { for: 'images' | 'archive' }, command: Command) =>
      withBenchmark(command, async (service) =>
        print(true, await service.configuration(options), () => ''),
      ),
    );
  benchmark
    .command('run')
    .description('Run a benchmark; an interrupted run goes on where it stopped')
    .argument('<config.json>', 'configuration; docs/benchmark.md explains every field')
    .option('-o, --output <folder>', 'folder of results')
    .option('--as-published', 'compute figures as the study has published them, quirks included')
    .option('-k <n>', 'k of the ranking and of the analyses', wholeNumber)
    .option('--seed <n>', 'chooses every random number', Number)
    .option('--analyses <names>', `some of ${ANALYSES.join(',')}; or none`)
    .option('--examples', 'put small pictures of queries and neighbours into the report')
    .option('--knn', 'write the neighbours of all queries too, a knn.csv for each encoder: large')
    .option(
      '--probabilities',
      "write the linear probe's probabilities of each test image (default: where that is not large)",
    )
    .option('--no-probabilities', 'do not write them')
    .option('--threads <n>', 'threads (default: every core)', wholeNumber)
    .option('--force', 'make every step again')
    .action(runCommand);
}

/** Runs the work of a subcommand with the service; what is told beside it gets a line of its own. */
async function withBenchmark(
  command: Command,
  work: (service: BenchmarkService, json: boolean) => Promise<void>,
  line?: WholeProgress,
): Promise<void> {
  const { home, json = false, provider } = command.optsWithGlobals<GlobalOptions>();
  const warn = (sentence: string) => {
    line?.end();
    process.stderr.write(`${sentence}\n`);
  };
  const semblance = await Semblance.open({ home, provider, logger: { warn } });
  try {
    await work(semblance.benchmark, json);
  } finally {
    line?.end();
    await semblance.close();
  }
}

/** What the options ask for. */
function requestOf(configuration: string, options: RunCommandOptions): BenchmarkRequest {
  const { output, asPublished, k, seed, examples, knn, probabilities, threads, force } = options;
  const analyses = options.analyses === 'none' ? [] : options.analyses?.split(',');
  const unknown = analyses?.find((name) => !(ANALYSES as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw new SemblanceError(
      'USAGE',
      `"${unknown}" is none of ${ANALYSES.join(', ')}. ${suggestion(unknown, ANALYSES, 'analysis')}`,
    );
  }
  return {
    ...{ configuration, output, k, seed, analyses, examples, knn, probabilities, threads },
    fresh: force,
    ...(asPublished && { mode: 'as-published' }),
  };
}

async function runCommand(
  file: string,
  options: RunCommandOptions,
  command: Command,
): Promise<void> {
  const request = requestOf(file, options);
  const line = new WholeProgress();
  const { signal, end } = interruptible();
  try {
    await withBenchmark(
      command,
      async (service, json) => {
        const result = await service.run({ signal, progress: line.show }, request);
        line.end();
        print(json, result, () =>
          result.complete
            ? summaryText(result, result.excluded > 0 ? service.exclusions(result) : [])
            : 'Interrupted: run the same command again to go on.',
        );
        if (!result.complete) process.exitCode = 130;
        else if (result.failed.length > 0) process.exitCode = 1;
      },
      line,
    );
  } finally {
    end();
  }
}

/** How many exclusions have each code. */
function countCodes(excluded: BenchmarkExclusions): string {
  const counts = new Map<string, number>();
  for (const { code } of excluded) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts].map(([code, count]) => `${count} ${code}`).join(', ');
}

function summaryText(
  { k, ranking, timings, failed, warnings, report }: Finished,
  excluded: BenchmarkExclusions,
): string {
  const costs = new Map(timings.encoders.map((one) => [one.name, one.perImage.total]));
  const estimate = (one: Finished['ranking'][number]['micro']) => {
    if (one === null) return 'none';
    const { value, interval } = one;
    const range = interval ? ` (${interval.low.toFixed(3)} to ${interval.high.toFixed(3)})` : '';
    return value.toFixed(3) + range;
  };
  return [
    table(
      ['encoder', `precision@${k} micro`, `precision@${k} macro`, 'ms per image'],
      ranking.map(({ name, micro, macro }) => {
        const cost = costs.get(name);
        return [
          name,
          estimate(micro),
          estimate(macro),
          cost === undefined ? '' : (1000 * cost).toFixed(1),
        ];
      }),
    ),
    ...warnings.map((warning) => `Warning: ${warning}`),
    ...(excluded.length > 0 ? [`Left out, listed in the report: ${countCodes(excluded)}.`] : []),
    ...failed.map(({ name, ...error }) => {
      const subject = error.subject === null ? name : `${name}: ${error.subject}`;
      return errorText({ ...error, subject });
    }),
    `Report: ${report}`,
  ].join('\n');
}
