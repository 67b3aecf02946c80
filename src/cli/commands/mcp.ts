import type { Command } from 'commander';
import { Semblance } from '../../app/semblance.ts';
import type { DecodeLimits } from '../../domain/decode-limits.ts';
import { serveStdio } from '../../server/mcp/stdio.ts';
import { interruptible } from '../interruption.ts';
import { limitsOf, withLimitOptions } from '../limits.ts';
import type { GlobalOptions } from '../options.ts';
import { collect } from '../output.ts';

/** `semblance mcp`: answers the assistant that started it, which only reads. */
export function addMcpCommand(command: Command): void {
  withLimitOptions(command)
    .option(
      '-c, --collection <name>',
      'collection that it may look into; can be repeated; by default every one',
      collect,
      [],
    )
    .action(async (options: Required<DecodeLimits> & { collection: string[] }) => {
      const { home, provider } = command.optsWithGlobals<GlobalOptions>();
      const semblance = await Semblance.open({ home, provider, limits: limitsOf(options) });
      const { signal, end } = interruptible();
      try {
        await serveStdio(semblance, {
          ...(options.collection.length > 0 && { collections: options.collection }),
          signal,
          // What it was is not repeated: it may hold names.
          onGarbage: () => process.stderr.write('A message cannot be read and is passed over.\n'),
        });
      } finally {
        end();
        await semblance.close();
      }
    });
}
