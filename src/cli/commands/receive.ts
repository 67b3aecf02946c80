import { once } from 'node:events';
import type { Command } from 'commander';
import { Semblance } from '../../app/semblance.ts';
import type { DecodeLimits } from '../../domain/decode-limits.ts';
import { listenError } from '../../server/serve.ts';
import { type IndexingOptions, withIndexingOptions } from '../indexing-options.ts';
import { interruptible } from '../interruption.ts';
import { limitsOf, withLimitOptions } from '../limits.ts';
import { COLLECTION_OPTION, DEFAULT_COLLECTION, type GlobalOptions } from '../options.ts';
import { printable, printLine } from '../output.ts';
import {
  dimseOptions,
  portNumber,
  type ReceivingOptions,
  receivedLimits,
  receivingText,
  withReceivingOptions,
} from '../receiving-options.ts';

interface ReceiveCommandOptions extends Required<DecodeLimits>, IndexingOptions, ReceivingOptions {
  collection: string;
  host: string;
  port: number;
  insecure?: boolean;
}

/** Milliseconds from one line to the next. */
const PAUSE = 1000;

/** `semblance receive`: takes objects that others send by C-STORE, and indexes them. */
export function addReceiveCommand(command: Command): void {
  withLimitOptions(withReceivingOptions(withIndexingOptions(command)))
    .option(...COLLECTION_OPTION, DEFAULT_COLLECTION)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('-p, --port <n>', 'port; 0 for any free one', portNumber, 11112)
    .option('--insecure', 'listen for other machines, too, though a title proves nothing')
    .action(async (options: ReceiveCommandOptions) => {
      const { home, json = false, provider } = command.optsWithGlobals<GlobalOptions>();
      const { collection, host, port, insecure = false } = options;
      const { encoder, window, frames, identity, dates, burnedIn } = options;
      const { signal } = interruptible();
      const dimse = await dimseOptions(options, { host, port, insecure });
      const semblance = await Semblance.open({ home, provider, limits: limitsOf(options) });
      let timer: NodeJS.Timeout | undefined;
      let told = '';
      const tell = () => {
        clearTimeout(timer);
        timer = undefined;
        const state = receiver.state();
        const text = receivingText(state);
        if (text === told) return;
        told = text;
        if (json) printLine(state);
        else process.stdout.write(`${printable(text)}\n`);
      };
      const receiver = await semblance.receiving
        .start({
          ...{ collection, encoder, window, frames, identity, dates, burnedIn, dimse },
          ...receivedLimits(options),
          onChange: () => {
            timer ??= setTimeout(tell, PAUSE);
          },
        })
        .catch((error) => {
          throw listenError(error, `${host}:${port}`);
        });
      const at = receiver.state().dimse;
      if (!json) {
        const over = at?.tls ? ' over TLS' : '';
        process.stdout.write(
          `Receiving for collection "${collection}" as ${at?.aet} on ${host}:${at?.port}${over}\n`,
        );
      }
      tell();
      if (!signal.aborted) await once(signal, 'abort');
      await receiver.close();
      tell();
      await semblance.close();
    });
}
