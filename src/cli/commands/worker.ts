import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { type Command, Option } from 'commander';
import type { DecodeLimits } from '../../images/samples.ts';
import { DEFAULT_LEASE, runWorker } from '../../indexing/worker.ts';
import { DataDirectory } from '../../store/data-directory.ts';
import { interruptible } from '../interruption.ts';
import { limitsOf, withLimitOptions } from '../limits.ts';
import { COLLECTION_OPTION, DEFAULT_COLLECTION, type GlobalOptions } from '../options.ts';
import { print, wholeNumber } from '../output.ts';

interface WorkerCommandOptions extends Required<DecodeLimits> {
  collection: string;
  threads: number;
  lease: number;
  owner: string;
}

/** `semblance worker`: helps a `semblance index --workers` that is under way, or ends one that was cut. */
export function addWorkerCommand(command: Command): void {
  withLimitOptions(command)
    .option(...COLLECTION_OPTION, DEFAULT_COLLECTION)
    .option('--threads <n>', 'cores to use', wholeNumber, availableParallelism())
    .option(
      '--lease <ms>',
      'after so long without a sign of life its images go to another worker',
      wholeNumber,
      DEFAULT_LEASE,
    )
    .addOption(new Option('--owner <name>').default(randomUUID()).hideHelp())
    .action(async (options: WorkerCommandOptions, command: Command) => {
      const { home, json = false } = command.optsWithGlobals<GlobalOptions>();
      const { collection, threads, lease, owner } = options;
      const store = new DataDirectory(home).open(collection);
      const interruption = interruptible();
      try {
        const { signal } = interruption;
        const limits = limitsOf(options);
        const result = await runWorker(store, { owner, lease, threads, limits, signal });
        print(json, { collection, ...result }, () => `${result.finished} images finished.`);
        if (signal.aborted) process.exitCode = 130;
      } finally {
        interruption.end();
        store.close();
      }
    });
}
