import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { type Command, Option } from 'commander';
import { Semblance } from '../../app/semblance.ts';
import { DEFAULT_LEASE } from '../../contract/indexing.ts';
import type { DecodeLimits } from '../../domain/decode-limits.ts';
import { toSemblanceError } from '../../domain/errors/error.ts';
import { createLog } from '../../server/log.ts';
import { interruptible } from '../interruption.ts';
import { limitsOf, withLimitOptions } from '../limits.ts';
import { type LoggingOptions, withLoggingOptions } from '../logging-options.ts';
import { COLLECTION_OPTION, DEFAULT_COLLECTION, type GlobalOptions } from '../options.ts';
import { print, wholeNumber } from '../output.ts';

interface WorkerCommandOptions extends Required<DecodeLimits>, LoggingOptions {
  collection: string;
  threads: number;
  lease: number;
  owner: string;
  server?: string;
  stay?: boolean;
}

/** `semblance worker`: helps a `semblance index --workers` that is under way, or ends one that was cut. */
export function addWorkerCommand(command: Command): void {
  withLoggingOptions(withLimitOptions(command))
    .option(...COLLECTION_OPTION, DEFAULT_COLLECTION)
    .option('--threads <n>', 'cores to use', wholeNumber, availableParallelism())
    .option(
      '--lease <ms>',
      'after so long without a sign of life its images go to another worker',
      wholeNumber,
      DEFAULT_LEASE,
    )
    .option(
      '--server <url>',
      'encode for this server, whose files stay there; a key of an editor is given by $SEMBLANCE_KEY',
    )
    .option('--stay', 'with --server: wait for more when there is nothing')
    .addOption(new Option('--owner <name>').default(randomUUID()).hideHelp())
    .action(async (options: WorkerCommandOptions, command: Command) => {
      const { home, json = false, provider } = command.optsWithGlobals<GlobalOptions>();
      const { collection, threads, lease, owner, server, stay } = options;
      const { logLevel: level, logFormat: format } = options;
      const log = createLog({ level, format });
      const semblance = await Semblance.open({
        ...{ home, provider, limits: limitsOf(options), logger: log },
      });
      const { signal, end } = interruptible();
      log.event({ level: 'info', event: 'worker', state: 'begun', threads });
      try {
        const request = { collection, threads, lease, owner };
        const done =
          server === undefined
            ? await semblance.indexing.work({ signal }, request)
            : await semblance.indexing.workFor(
                { signal },
                { ...request, server, stay, key: process.env.SEMBLANCE_KEY },
              );
        const { finished, late } = done;
        log.event({ level: 'info', event: 'worker', state: 'ended', finished, late });
        print(json, done, () => `${done.finished} images finished.`);
        if (signal.aborted) process.exitCode = 130;
      } catch (error) {
        const { code } = toSemblanceError(error);
        log.event({ level: 'error', event: 'worker', state: 'failed', code });
        throw error;
      } finally {
        end();
        await semblance.close();
        await log.end();
      }
    });
}
