import type { Command } from 'commander';
import { Encoder } from '../../encoders/encoder.ts';
import { DEFAULT_ENCODER, findEncoder } from '../../encoders/registry.ts';
import { DEFAULT_LIMITS } from '../../images/decode.ts';
import { indexImages } from '../../indexing/index-images.ts';
import { readSource } from '../../indexing/source.ts';
import { Home } from '../../store/home.ts';
import { COLLECTION_OPTION, DEFAULT_COLLECTION, type GlobalOptions } from '../options.ts';
import { errorData, errorText, print, wholeNumber } from '../output.ts';
import { ProgressLine } from '../progress.ts';

interface IndexCommandOptions {
  collection: string;
  encoder: string;
  strict?: boolean;
  maxPixels: number;
}

/** `semblance index`: reads, encodes and stores the images of a folder or CSV. */
export function addIndexCommand(program: Command): void {
  program
    .command('index')
    .description('Add the images of a folder or CSV to a collection')
    .argument('<folder|csv>', 'a folder of images, a folder with dataset.csv, or a CSV')
    .option(...COLLECTION_OPTION, DEFAULT_COLLECTION)
    .option('-e, --encoder <name|file.json>', 'encoder to use', DEFAULT_ENCODER)
    .option('--strict', 'end with exit code 1 when a file had to be skipped')
    .option(
      '--max-pixels <n>',
      'largest picture that is decoded',
      wholeNumber,
      DEFAULT_LIMITS.maxPixels,
    )
    .action(async (path: string, options: IndexCommandOptions, command: Command) => {
      const { home: folder, json = false } = command.optsWithGlobals<GlobalOptions>();
      const home = new Home(folder);
      const source = await readSource(path);
      const definition = await findEncoder(options.encoder, home.encodersFolder);
      const encoder = await Encoder.load(definition);
      const store = home.open(options.collection, { create: true });
      const progress = new ProgressLine('images');
      const interruption = new AbortController();
      const interrupt = () => interruption.abort();
      process.once('SIGINT', interrupt);
      process.once('SIGTERM', interrupt);
      try {
        const result = await indexImages(store, encoder, source, {
          limits: { maxPixels: options.maxPixels },
          signal: interruption.signal,
          onProgress: ({ done, total, failed }) =>
            progress.update(done, total, failed > 0 ? `, ${failed} skipped` : ''),
        });
        progress.end();
        const { failures, ...counts } = result;
        print(
          json,
          {
            collection: options.collection,
            encoder: encoder.name,
            ...counts,
            failures: failures.map(errorData),
          },
          () =>
            [
              `${counts.added} added, ${counts.unchanged} unchanged, ${counts.failed} skipped ` +
                `of ${counts.total} in collection "${options.collection}" with encoder "${encoder.name}".`,
              ...failures.map(errorText),
              ...(counts.complete ? [] : ['Interrupted: run the same command again to go on.']),
            ].join('\n'),
        );
        if (!result.complete) process.exitCode = 130;
        else if (options.strict && counts.failed > 0) process.exitCode = 1;
      } finally {
        process.off('SIGINT', interrupt);
        process.off('SIGTERM', interrupt);
        store.close();
        await encoder.release();
      }
    });
}
