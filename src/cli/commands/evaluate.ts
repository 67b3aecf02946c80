import type { Command } from 'commander';
import { parseFilter } from '../../domain/search-language/filter.ts';
import { openEngine } from '../../index/engines/engine.ts';
import { DataDirectory } from '../../store/data-directory.ts';
import { evaluate } from '../../study/evaluation/evaluate.ts';
import { COLLECTION_OPTION, ENGINE_OPTION, type GlobalOptions } from '../options.ts';
import { collect, print, table } from '../output.ts';
import { chosenEncoders, type EncoderOptions, Spaces, withEncoderOptions } from '../spaces.ts';

interface EvaluateCommandOptions extends EncoderOptions {
  collection: string;
  index: string[];
  queries: string[];
  engine?: string;
}

const KS = [1, 3, 5, 10];

/** `semblance evaluate`: precision at k over the collection's own labels. */
export function addEvaluateCommand(command: Command): void {
  withEncoderOptions(command)
    .option(...COLLECTION_OPTION)
    .option('--index <field=value>', 'images to search in (default: split=train)', collect, [])
    .option('--queries <field=value>', 'images to search with (default: split=test)', collect, [])
    .option(...ENGINE_OPTION)
    .action(async (options: EvaluateCommandOptions, command: Command) => {
      const { home: folder, json = false } = command.optsWithGlobals<GlobalOptions>();
      const store = new DataDirectory(folder).open(options.collection);
      const engine = await openEngine(options.engine);
      const spaces = new Spaces(store, engine.openIndex);
      try {
        // A collection without splits is told so by the evaluation itself.
        const or = (terms: string[], other: string) =>
          terms.length > 0 ? store.fields.filter(terms) : parseFilter([other]);
        const filters = {
          index: or(options.index, 'split=train'),
          queries: or(options.queries, 'split=test'),
        };
        const space = spaces.open(chosenEncoders(options));
        const result = await evaluate(store, space, filters, KS);
        print(
          json,
          { collection: options.collection, ...result },
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
        await spaces.release();
        store.close();
        await engine.close();
      }
    });
}
