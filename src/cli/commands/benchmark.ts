import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { SemblanceError, toSemblanceError } from '../../domain/errors/error.ts';
import { suggestion } from '../../domain/errors/suggest.ts';
import { chooseProvider } from '../../runtime/provider.ts';
import { DataDirectory } from '../../store/data-directory.ts';
import { figureOf } from '../../study/analyses/context.ts';
import { ANALYSES, type Analysis } from '../../study/analyses/registry.ts';
import {
  ARCHIVE_CONFIG,
  type ConfigChanges,
  EXAMPLE_CONFIG,
  readConfig,
} from '../../study/benchmark/config.ts';
import type { Outcome } from '../../study/benchmark/outcome.ts';
import { writeReports } from '../../study/benchmark/report/write-reports.ts';
import { runBenchmark } from '../../study/benchmark/run.ts';
import { timingsData, writeResults } from '../../study/benchmark/write.ts';
import { interruptible } from '../interruption.ts';
import type { GlobalOptions } from '../options.ts';
import { errorText, print, table, wholeNumber } from '../output.ts';
import { ProgressLine } from '../progress.ts';

interface RunCommandOptions {
  output?: string;
  asPublished?: boolean;
  k?: number;
  seed?: number;
  analyses?: string;
  examples?: boolean;
  threads?: number;
  force?: boolean;
}

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
    .action((options: { for: string }) => {
      print(true, options.for === 'archive' ? ARCHIVE_CONFIG : EXAMPLE_CONFIG, () => '');
    });
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
    .option('--threads <n>', 'threads (default: every core)', wholeNumber)
    .option('--force', 'make every step again')
    .action(runCommand);
}

/** What the options change of the configuration. */
function changesOf(options: RunCommandOptions): ConfigChanges {
  const { output, asPublished, k, seed, analyses, examples, threads } = options;
  const named = analyses === 'none' ? [] : analyses?.split(',');
  const unknown = named?.find((name) => !(ANALYSES as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw new SemblanceError(
      'USAGE',
      `"${unknown}" is none of ${ANALYSES.join(', ')}. ${suggestion(unknown, ANALYSES, 'analysis')}`,
    );
  }
  return {
    ...(output === undefined ? {} : { output: resolve(output) }),
    ...(asPublished ? { mode: 'as-published' } : {}),
    ...(k === undefined ? {} : { k }),
    ...(seed === undefined ? {} : { seed }),
    ...(named === undefined ? {} : { analyses: named as Analysis[] }),
    ...(examples ? { examples } : {}),
    ...(threads === undefined ? {} : { threads }),
  };
}

async function runCommand(
  file: string,
  options: RunCommandOptions,
  command: Command,
): Promise<void> {
  const { home: folder, json = false, provider } = command.optsWithGlobals<GlobalOptions>();
  const home = new DataDirectory(folder);
  const configured = readConfig(file, changesOf(options));
  const { output } = configured.config;
  if (output === undefined) {
    throw new SemblanceError(
      'USAGE',
      'Give a folder of results: --output, or "output" in the file.',
    );
  }
  try {
    mkdirSync(output, { recursive: true });
  } catch (error) {
    throw toSemblanceError(error, output);
  }
  const interruption = interruptible();
  let shown = '';
  let line: ProgressLine | undefined;
  try {
    const { outcome, details } = await runBenchmark(configured, {
      output,
      encodersFolder: home.encodersFolder,
      provider: chooseProvider(provider, home.logger),
      fresh: options.force ?? false,
      signal: interruption.signal,
      warn: (sentence) => {
        line?.end();
        line = undefined;
        process.stderr.write(`${sentence}\n`);
      },
      report: (what, unit, done, total) => {
        if (what !== shown) {
          line?.end();
          // Parts that were done before count for no rate.
          line = new ProgressLine(unit, done < total ? done : 0);
          process.stderr.write(`${what}\n`);
          shown = what;
        }
        line?.update(done, total);
      },
    });
    line?.end();
    writeResults(output, outcome, details);
    await writeReports(output, outcome, details);
    print(json, summary(output, outcome), () => summaryText(output, outcome));
    if (outcome.failed.length > 0) process.exitCode = 1;
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    line?.end();
    print(
      json,
      { complete: false, output },
      () => 'Interrupted: run the same command again to go on.',
    );
    process.exitCode = 130;
  } finally {
    interruption.end();
  }
}

function precisionRows({ encoders, k }: Outcome) {
  return encoders.map(({ name, figures }) => {
    const point = figureOf(figures.intervals)?.points.find((one) => one.k === k);
    return { name, micro: point?.micro ?? null, macro: point?.macro ?? null };
  });
}

function summary(output: string, outcome: Outcome) {
  return {
    complete: true,
    output,
    report: join(output, 'report.html'),
    k: outcome.k,
    ranking: precisionRows(outcome),
    timings: timingsData(outcome),
    warnings: outcome.warnings,
    excluded: outcome.excluded.length,
    failed: outcome.failed.map(({ name, error }) => ({ name, ...error })),
  };
}

/** How many exclusions have each code. */
function countCodes(excluded: Outcome['excluded']): string {
  const counts = new Map<string, number>();
  for (const { code } of excluded) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts].map(([code, count]) => `${count} ${code}`).join(', ');
}

function summaryText(output: string, outcome: Outcome): string {
  const { k, failed, warnings, excluded } = outcome;
  const costs = new Map(timingsData(outcome).encoders.map((one) => [one.name, one.perImage.total]));
  const estimate = (one: ReturnType<typeof precisionRows>[number]['micro']) => {
    if (one === null) return 'none';
    const { value, interval } = one;
    const range = interval ? ` (${interval.low.toFixed(3)} to ${interval.high.toFixed(3)})` : '';
    return value.toFixed(3) + range;
  };
  return [
    table(
      ['encoder', `precision@${k} micro`, `precision@${k} macro`, 'ms per image'],
      precisionRows(outcome).map(({ name, micro, macro }) => {
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
    ...failed.map(({ name, error: { code, detail, subject } }) => {
      const concerned = subject === null ? name : `${name}: ${subject}`;
      return errorText(new SemblanceError(code, detail, { subject: concerned }));
    }),
    `Report: ${join(output, 'report.html')}`,
  ].join('\n');
}
