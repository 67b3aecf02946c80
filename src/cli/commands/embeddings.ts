import type { Command } from 'commander';
import { SemblanceError } from '../../domain/errors/error.ts';
import { readSource } from '../../indexing/read-source.ts';
import { chooseEncoder } from '../../search/choose-encoder.ts';
import { DataDirectory } from '../../store/data-directory.ts';
import { collectionEmbeddings, normaliseRows } from '../../study/exchange/export-collection.ts';
import { formatOf, readEmbeddings } from '../../study/exchange/formats.ts';
import { importEmbeddings } from '../../study/exchange/import-collection.ts';
import { interruptible } from '../interruption.ts';
import {
  COLLECTION_OPTION,
  DEFAULT_COLLECTION,
  type GlobalOptions,
  WHERE_OPTION,
} from '../options.ts';
import { collect, errorData, errorText, firstOf, print, tableText } from '../output.ts';
import { ProgressLine } from '../progress.ts';

const ENCODER_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

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

/** Shows how far the file under way is read: its rate and time left are its own. */
function readingProgress(): (done: number, total: number) => void {
  let line = new ProgressLine('embeddings');
  let last = 0;
  return (done, total) => {
    if (done <= last) line = new ProgressLine('embeddings');
    last = done;
    line.update(done, total);
    if (done === total) line.end();
  };
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
      const format = formatOf(options.to);
      const store = new DataDirectory(home).open(options.collection);
      try {
        const encoder = chooseEncoder(store, options.encoder);
        const filter = store.fields.filter(options.filter, options.where);
        const { matrix, excluded } = await store.snapshot(async (state) =>
          collectionEmbeddings(state, encoder, filter),
        );
        if (options.normalise || format.name === 'faiss') normaliseRows(matrix);
        await format.write(options.to, matrix);
        const result = {
          file: options.to,
          format: format.name,
          encoder: encoder.name,
          embeddings: matrix.paths.length,
          dimension: matrix.dimension,
        };
        print(json, { ...result, excluded: excluded.map(errorData) }, () =>
          [
            `${result.embeddings} embeddings of "${result.encoder}" (${result.dimension} values each) in ${result.file}.`,
            ...firstOf(excluded.map(errorText)),
          ].join('\n'),
        );
      } finally {
        store.close();
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
      if (!ENCODER_NAME.test(options.encoderName)) {
        throw new SemblanceError(
          'USAGE',
          `"${options.encoderName}" cannot be the name of an encoder.`,
        );
      }
      if (options.csv.length === 0) {
        throw new SemblanceError('USAGE', 'Give the data set that describes the images: --csv.');
      }
      const sources = await Promise.all(options.csv.map((csv) => readSource(csv)));
      const { matrix, excluded } = await readEmbeddings(files, {
        ...(options.paths === undefined ? {} : { paths: options.paths }),
        onProgress: readingProgress(),
      });
      const store = new DataDirectory(home).open(options.collection, { create: true });
      const writing = new ProgressLine('images');
      const interruption = interruptible();
      try {
        const { encoderName } = options;
        const result = await importEmbeddings(store, encoderName, sources, matrix, {
          signal: interruption.signal,
          onProgress: (done, total) => writing.update(done, total),
        });
        writing.end();
        const rows = sources.flatMap(({ failures, table }) => [
          ...failures,
          ...(table?.problems ?? []),
        ]);
        const left = [...excluded, ...result.missing, ...rows];
        print(
          json,
          {
            collection: options.collection,
            encoder: encoderName,
            dimension: matrix.dimension,
            imported: result.imported,
            complete: result.complete,
            unused: result.unused,
            tables: sources.flatMap(({ table }) => {
              if (table === undefined) return [];
              const { problems: _, ...report } = table;
              return [report];
            }),
            excluded: left.map(errorData),
          },
          () =>
            [
              `${result.imported} images in collection "${options.collection}" with embeddings of "${encoderName}".`,
              ...(result.unused.length > 0
                ? [`${result.unused.length} embeddings belong to no image of the data set.`]
                : []),
              ...sources.flatMap(({ table }) => (table === undefined ? [] : tableText(table))),
              ...firstOf(left.map(errorText)),
              ...(result.complete ? [] : ['Interrupted: run the same command again to go on.']),
            ].join('\n'),
        );
        if (!result.complete) process.exitCode = 130;
        else if (options.strict && left.length > 0) process.exitCode = 1;
      } finally {
        interruption.end();
        store.close();
      }
    });
}
