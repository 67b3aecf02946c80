import { Argument, type Command } from 'commander';
import { DatasetService } from '../../app/datasets.ts';
import {
  type DatasetCheck,
  OFFICIAL_DATASETS,
  type OfficialDataset,
} from '../../contract/datasets.ts';
import type { TableReport } from '../../contract/tables.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { SPLITS } from '../../domain/splits.ts';
import type { GlobalOptions } from '../options.ts';
import { errorText, print, section, table, tableText, wholeNumber } from '../output.ts';
import { CallProgress } from '../progress.ts';

interface PrepareCommandOptions {
  output: string;
  seed: number;
  asPublished?: boolean;
  ignoreList?: string;
  checkFiles: boolean;
}

interface CheckCommandOptions {
  root?: string;
  minImages: number;
  checkFiles: boolean;
  content?: boolean;
  strict?: boolean;
}

const OUTPUT = ['-o, --output <csv>', 'CSV to write'] as const;
const PATHS = ['<csv...>', 'CSVs of one experiment, or folders of them'] as const;

/** `semblance dataset`: makes, joins and checks the CSVs of an experiment. */
export function addDatasetCommand(dataset: Command): void {
  addPrepare(dataset);
  addMerge(dataset);
  addCheck(dataset);
}

function addPrepare(dataset: Command): void {
  dataset
    .command('prepare')
    .description("Make the study's CSV from the official files of a data set")
    .addArgument(new Argument('<name>', 'data set').choices(OFFICIAL_DATASETS))
    .argument('<folder>', 'folder that holds the official files')
    .requiredOption(...OUTPUT)
    .option('--seed <n>', 'chooses the patients of val', seedOf, 42)
    .option('--as-published', "keep the quirks of the study's scripts")
    .option('--ignore-list <file>', 'paths that RadImageNet leaves out, one a line')
    .option('--no-check-files', 'write rows without looking for their files')
    .action(
      async (
        name: OfficialDataset,
        folder: string,
        options: PrepareCommandOptions,
        command: Command,
      ) => {
        const { json = false } = command.optsWithGlobals<GlobalOptions>();
        const progress = new CallProgress();
        const { output, seed, asPublished, ignoreList, checkFiles } = options;
        const result = await new DatasetService().prepare(
          { progress: progress.show },
          { dataset: name, folder, output, seed, asPublished, ignoreList, checkFiles },
        );
        progress.end();
        print(json, result, () =>
          [
            `${result.written} of ${result.listed} listed images written to ${result.csv}` +
              ` (${SPLITS.map((split) => `${split} ${result.splits[split]}`).join(', ')}).`,
            result.patients === null
              ? 'The official files do not name patients.'
              : `Patients are in ${result.patients}.`,
            ...Object.entries(result.skipped).map(([why, count]) => `Left out: ${count} (${why}).`),
            ...section('Listed files that are not there', result.missing),
          ].join('\n'),
        );
      },
    );
}

function seedOf(text: string): number {
  const seed = Number(text);
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    throw new SemblanceError('USAGE', `"${text}" is not a whole number from 0 to 4294967295.`);
  }
  return seed;
}

function addMerge(dataset: Command): void {
  dataset
    .command('merge')
    .description('Join CSVs into one with the union of their labels')
    .argument(...PATHS)
    .requiredOption(...OUTPUT)
    .option('--keep-paths', 'leave paths as they are: they are the keys of embeddings')
    .action(
      async (
        paths: string[],
        options: { output: string; keepPaths?: boolean },
        command: Command,
      ) => {
        const { json = false } = command.optsWithGlobals<GlobalOptions>();
        const result = await new DatasetService().merge({}, { paths, ...options });
        const { images, labels, excluded, tables } = result;
        print(json, result, () =>
          [
            ...tables.flatMap(tableText),
            `${images} images with ${labels.length} labels written to ${result.csv}.`,
            ...notWritten(tables),
            ...section('Rows that cannot be used', excluded.map(errorText)),
          ].join('\n'),
        );
      },
    );
}

/** The columns that describe images, which an experiment's CSV has no place for. */
function notWritten(tables: readonly TableReport[]): string[] {
  const names = [...new Set(tables.flatMap(({ descriptions }) => descriptions))];
  if (names.length === 0) return [];
  const more = names.length > 5 ? ', ...' : '';
  return [
    `Columns that are no label are not written: ${names.length} (${names.slice(0, 5).join(', ')}${more}).`,
  ];
}

function addCheck(dataset: Command): void {
  dataset
    .command('check')
    .description('Look for leaks between splits, rare labels, unusable rows and absent files')
    .argument(...PATHS)
    .option('--root <folder>', 'folder that paths are relative to (default: that of each CSV)')
    .option('--min-images <n>', 'fewest images of a label in each split', wholeNumber, 10)
    .option('--content', 'compare files by content, too')
    .option('--no-check-files', 'do not look for the files')
    .option('--strict', 'end with exit code 1 when a leak is found')
    .action(async (paths: string[], options: CheckCommandOptions, command: Command) => {
      const { json = false } = command.optsWithGlobals<GlobalOptions>();
      const progress = new CallProgress();
      const { root, minImages, checkFiles, content } = options;
      const result = await new DatasetService().check(
        { progress: progress.show },
        { paths, root, minImages, checkFiles, content },
      );
      progress.end();
      const { patients, files, contents } = result.leaks;
      const leaks = patients.length + files.length + contents.length;
      print(json, result, () => checkText(result, leaks, minImages));
      if (options.strict && leaks > 0) process.exitCode = 1;
    });
}

function checkText(result: DatasetCheck, leaks: number, minImages: number): string {
  const { patients, files, contents } = result.leaks;
  const others = result.excluded.filter(({ code }) => code !== 'ROW_REPEATED_IN_SPLITS');
  return [
    ...result.tables.flatMap(tableText),
    `${result.images} images (${SPLITS.map((split) => `${split} ${result.splits[split]}`).join(', ')}),` +
      ` ${result.withoutPatient} of unknown patients.`,
    leaks === 0 ? 'No leak between splits found.' : `Leaks between splits: ${leaks}`,
    ...section(
      'Patients in several splits',
      patients.map(
        ({ dataset, patient, splits }) => `${dataset}, ${patient}: ${splits.join(', ')}`,
      ),
    ),
    ...section('Files in several splits', files.map(errorText)),
    ...section(
      'Contents in several splits',
      contents.map((content) =>
        content.files.map(({ filepath, split }) => `${filepath} (${split})`).join(' = '),
      ),
    ),
    ...section('Rows that cannot be used', others.map(errorText)),
    ...section('Files that are not there', result.missing),
    ...(result.rareLabels.length === 0
      ? []
      : [
          `Labels with fewer than ${minImages} images in a split:`,
          table(
            ['label', ...SPLITS],
            result.rareLabels.map((row) => [row.label, ...SPLITS.map((split) => row[split])]),
          ),
        ]),
  ].join('\n');
}
