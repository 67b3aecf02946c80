import type { Command } from 'commander';
import { Semblance } from '../../app/semblance.ts';
import { tellImages } from '../audited.ts';
import { interruptible } from '../interruption.ts';
import {
  COLLECTION_OPTION,
  DEFAULT_COLLECTION,
  type GlobalOptions,
  WHERE_OPTION,
} from '../options.ts';
import { collect, errorText, firstOf, print, tableText } from '../output.ts';
import { CallProgress } from '../progress.ts';
import { WholeProgress } from '../whole-progress.ts';

interface ExportOptions {
  collection: string;
  encoder?: string;
  to: string;
  filter: string[];
  where?: string;
  normalise?: boolean;
}

interface ImportCommandOptions {
  collection: string;
  encoderName: string;
  csv: string[];
  paths?: string;
  strict?: boolean;
}

/** `semblance embeddings`: embeddings to and from the files of other programs. */
export function addEmbeddingsCommand(embeddings: Command): void {
  embeddings
    .command('export')
    .description('Write the embeddings of a collection to a file')
    .requiredOption('--to <file>', 'its ending decides: .h5, .index (faiss), .npy, .csv, .parquet')
    .option(...COLLECTION_OPTION)
    .option('-e, --encoder <name>', 'encoder; by default that of the collection')
    .option('-f, --filter <field=value>', 'only images with this value', collect, [])
    .option(...WHERE_OPTION)
    .option('--normalise', 'scale to length 1; always done for a faiss index of inner products')
    .action(async (options: ExportOptions, command: Command) => {
      const { home, json = false } = command.optsWithGlobals<GlobalOptions>();
      const semblance = await Semblance.open({ home });
      const lines = new CallProgress();
      const interruption = interruptible();
      try {
        const call = { signal: interruption.signal, progress: lines.show, gave: tellImages };
        const result = await semblance.exchange.export(call, options);
        lines.end();
        print(json, result, () =>
          [
            `${result.embeddings} embeddings of "${result.encoder}" (${result.dimension} values each) in ${result.file}.`,
            ...firstOf(result.excluded.map(errorText)),
          ].join('\n'),
        );
      } catch (error) {
        if (!interruption.signal.aborted) throw error;
        process.stderr.write('Interrupted: nothing was written.\n');
        process.exitCode = 130;
      } finally {
        lines.end();
        interruption.end();
        await semblance.close();
      }
    });

  embeddings
    .command('import')
    .description('Put embeddings of another program into a collection; no image file is needed')
    .argument('<files...>', 'files of embeddings: .h5, .index (faiss), .npy, .csv, .parquet')
    .requiredOption('--encoder-name <name>', 'what to call the encoder that made them')
    .option('--csv <file>', 'data set that describes the images; may be repeated', collect, [])
    .option('--paths <file>', "list of the rows' paths, where the format has none of its own")
    .option(...COLLECTION_OPTION, DEFAULT_COLLECTION)
    .option('--strict', 'end with exit code 1 when anything had to be left out')
    .action(async (files: string[], options: ImportCommandOptions, command: Command) => {
      const { home, json = false } = command.optsWithGlobals<GlobalOptions>();
      const { collection, encoderName: encoder, csv, paths, strict } = options;
      const semblance = await Semblance.open({ home });
      const lines = new WholeProgress();
      const interruption = interruptible();
      try {
        const call = { signal: interruption.signal, progress: lines.show };
        const request = { collection, files, encoder, csv, paths };
        const result = await semblance.exchange.import(call, request);
        lines.end();
        const { imported, complete, unused, tables, excluded } = result;
        print(json, result, () =>
          [
            `${imported} images in collection "${collection}" with embeddings of "${encoder}".`,
            ...(unused.length > 0
              ? [`${unused.length} embeddings belong to no image of the data set.`]
              : []),
            ...tables.flatMap(tableText),
            ...firstOf(excluded.map(errorText)),
            ...(complete ? [] : ['Interrupted: run the same command again to go on.']),
          ].join('\n'),
        );
        if (!complete) process.exitCode = 130;
        else if (strict && excluded.length > 0) process.exitCode = 1;
      } finally {
        lines.end();
        interruption.end();
        await semblance.close();
      }
    });
}
