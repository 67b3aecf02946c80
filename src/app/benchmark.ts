import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  type BenchmarkConfiguration,
  type BenchmarkExclusions,
  BenchmarkExclusionsSchema,
  type BenchmarkRun,
} from '../contract/benchmark.ts';
import { SemblanceError, toSemblanceError } from '../domain/errors/error.ts';
import { makeFolder } from '../files/make-folder.ts';
import type { ProviderChoice } from '../runtime/provider.ts';
import type { DataDirectory } from '../store/data-directory.ts';
import type { Whole } from '../study/analyses/context.ts';
import type { Outcome } from '../study/benchmark/outcome.ts';
import type { Call } from './call.ts';

/** What is compared; values beside the configuration replace those in it. */
export interface BenchmarkRequest
  extends Pick<
    BenchmarkConfiguration,
    'mode' | 'k' | 'seed' | 'analyses' | 'examples' | 'knn' | 'probabilities' | 'threads'
  > {
  /**
   * A file, which its paths are relative to, or the configuration itself, whose paths are relative to the
   * working directory.
   */
  configuration: string | BenchmarkConfiguration;
  /** Folder of results; by default that of the configuration. */
  output?: string | undefined;
  /** Makes every step again. */
  fresh?: boolean | undefined;
}

/** Compares encoders on a data set with labels. */
export class BenchmarkService {
  /** @internal */
  constructor(
    private readonly directory: DataDirectory,
    private readonly provider: ProviderChoice,
  ) {}

  /**
   * A configuration to begin with.
   * @param request `for`: images to encode (by default), or an archive in the layout of the study
   */
  async configuration(request: {
    for?: 'images' | 'archive' | undefined;
  }): Promise<BenchmarkConfiguration> {
    const { ARCHIVE_CONFIG, EXAMPLE_CONFIG } = await import('../study/benchmark/config.ts');
    return request.for === 'archive' ? ARCHIVE_CONFIG : EXAMPLE_CONFIG;
  }

  /**
   * Runs a benchmark and writes its results. One that is ended by its signal is not complete; it keeps its
   * finished steps, and the same request goes on behind them, as it does after the end of the process.
   * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE, CONFIG_INVALID, USAGE (no folder of results),
   *   DISK_FULL and those of `runBenchmark`
   */
  async run(call: Call, request: BenchmarkRequest): Promise<BenchmarkRun> {
    const { parseConfig, readConfig } = await import('../study/benchmark/config.ts');
    const { configuration, fresh = false } = request;
    const changes = changesOf(request);
    const configured =
      typeof configuration === 'string'
        ? readConfig(configuration, changes)
        : parseConfig(configuration, 'the configuration', changes);
    const { output } = configured.config;
    if (output === undefined) {
      throw new SemblanceError(
        'USAGE',
        'Give a folder of results: --output, or "output" in the file.',
      );
    }
    try {
      makeFolder(output);
    } catch (error) {
      throw toSemblanceError(error, output);
    }
    const { runBenchmark } = await import('../study/benchmark/run.ts');
    const { writeReports } = await import('../study/benchmark/report/write-reports.ts');
    const { writeResults } = await import('../study/benchmark/write.ts');
    const { signal } = call;
    try {
      const { outcome, details } = await runBenchmark(configured, {
        output,
        encodersFolder: this.directory.encodersFolder,
        provider: this.provider,
        fresh,
        ...(signal && { signal }),
        warn: (sentence) => this.directory.logger.warn(sentence),
        report: reportTo(call),
      });
      await writeResults(output, outcome, details);
      await writeReports(output, outcome, details);
      return await summaryOf(output, outcome);
    } catch (error) {
      if (!signal?.aborted) throw error;
      return { complete: false, output };
    }
  }

  /**
   * What the benchmark of a folder of results left out, and why.
   * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE
   */
  exclusions({ output }: { output: string }): BenchmarkExclusions {
    const file = join(output, 'results.json');
    try {
      return BenchmarkExclusionsSchema.parse(JSON.parse(readFileSync(file, 'utf8')).excluded);
    } catch (error) {
      throw toSemblanceError(error, file);
    }
  }
}

/** The values of a request that replace those of its configuration. */
function changesOf(request: BenchmarkRequest): Partial<BenchmarkConfiguration> {
  const { mode, k, seed, analyses, examples, knn, probabilities, threads } = request;
  const output = request.output === undefined ? undefined : resolve(request.output);
  const given = Object.entries({
    ...{ output, mode, k, seed, analyses, examples, knn, probabilities, threads },
  });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** Tells the progress of the parts of a run; what of a part was done before counts for no rate. */
function reportTo({ progress }: Call) {
  let part: { of: string; before: number } | undefined;
  return (of: string, unit: string, done: number, total: number, whole: Whole): void => {
    if (part?.of !== of) part = { of, before: done < total ? done : 0 };
    progress?.(done, total, { unit, ...part, whole });
  };
}

async function summaryOf(output: string, outcome: Outcome): Promise<BenchmarkRun> {
  const { figureOf } = await import('../study/analyses/context.ts');
  const { timingsData } = await import('../study/benchmark/write.ts');
  const { k, encoders, warnings, excluded, failed } = outcome;
  return {
    complete: true,
    output,
    report: join(output, 'report.html'),
    k,
    ranking: encoders.map(({ name, figures }) => {
      const point = figureOf(figures.intervals)?.points.find((one) => one.k === k);
      return { name, micro: point?.micro ?? null, macro: point?.macro ?? null };
    }),
    timings: timingsData(outcome),
    warnings,
    excluded: excluded.length,
    failed: failed.map(({ name, error }) => ({ name, ...error })),
  };
}
