import type { Command } from 'commander';
import { Semblance } from '../../app/semblance.ts';
import { chosenEncoders, type EncoderOptions, withEncoderOptions } from '../encoder-options.ts';
import { interruptible } from '../interruption.ts';
import { COLLECTION_OPTION, ENGINE_OPTION, type GlobalOptions } from '../options.ts';
import { collect, print, table } from '../output.ts';
import { WholeProgress } from '../whole-progress.ts';

interface EvaluateCommandOptions extends EncoderOptions {
  collection: string;
  index: string[];
  queries: string[];
  engine?: string;
}

/** `semblance evaluate`: precision at k over the collection's own labels. */
export function addEvaluateCommand(command: Command): void {
  withEncoderOptions(command)
    .option(...COLLECTION_OPTION)
    .option('--index <field=value>', 'images to search in (default: split=train)', collect, [])
    .option('--queries <field=value>', 'images to search with (default: split=test)', collect, [])
    .option(...ENGINE_OPTION)
    .action(async (options: EvaluateCommandOptions, command: Command) => {
      const { home, json = false } = command.optsWithGlobals<GlobalOptions>();
      const { collection, index, queries, engine } = options;
      const encoder = chosenEncoders(options);
      const semblance = await Semblance.open({ home, engine });
      const line = new WholeProgress();
      const { signal, end } = interruptible();
      try {
        const result = await semblance.evaluation
          .precision({ signal, progress: line.show }, { collection, encoder, index, queries })
          .catch((error) => {
            if (!signal.aborted) throw error;
          });
        line.end();
        if (result === undefined) {
          process.exitCode = 130;
          return;
        }
        print(
          json,
          result,
          () =>
            `${result.encoder}: ${result.queries} queries in ${result.index} images\n` +
            (result.unlabelled === 0
              ? ''
              : `${result.unlabelled} of the queries have no label and are left out.\n`) +
            table(
              ['k', 'precision micro', 'precision macro'],
              result.precision.map(({ k, micro, macro }) => [
                k,
                micro.toFixed(3),
                macro.toFixed(3),
              ]),
            ),
        );
      } finally {
        end();
        line.end();
        await semblance.close();
      }
    });
}
