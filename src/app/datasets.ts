import { dirname, resolve } from 'node:path';
import type {
  DatasetCheck,
  MergedDataset,
  OfficialDataset,
  PreparedDataset,
} from '../contract/datasets.ts';
import { errorData } from '../domain/errors/error.ts';
import { type Call, counting } from './call.ts';

/** The official files of a data set of the study. */
export interface PrepareDatasetRequest {
  dataset: OfficialDataset;
  /** Folder that holds them. */
  folder: string;
  /** CSV to write. */
  output: string;
  /** Chooses the patients of val; 42, that of the study, by default. */
  seed?: number | undefined;
  /** Keeps the quirks of the study's scripts. */
  asPublished?: boolean | undefined;
  /** Text file of the paths that RadImageNet leaves out. */
  ignoreList?: string | undefined;
  /** Whether only images get a row whose file is there; true by default. */
  checkFiles?: boolean | undefined;
}

/** CSVs of one experiment, or folders of them, to be joined. */
export interface MergeDatasetsRequest {
  paths: readonly string[];
  /** CSV to write. */
  output: string;
  /** Leaves paths as they are: they are the keys of embeddings. */
  keepPaths?: boolean | undefined;
}

/** CSVs of one experiment, or folders of them, to be checked. */
export interface CheckDatasetRequest {
  paths: readonly string[];
  /** Folder that paths are relative to, instead of that of each CSV. */
  root?: string | undefined;
  /** Fewest images of a label in each split; 10 by default. */
  minImages?: number | undefined;
  /** Whether the files are looked for; true by default. */
  checkFiles?: boolean | undefined;
  /** Whether files are compared by content. */
  content?: boolean | undefined;
}

/** Makes, joins and checks the CSVs of an experiment. */
export class DatasetService {
  /**
   * Makes the study's CSV from the official files of a data set.
   * @throws SemblanceError PATH_NOT_FOUND, CSV_INVALID, DISK_FULL
   */
  async prepare(call: Call, request: PrepareDatasetRequest): Promise<PreparedDataset> {
    const { prepareDataset } = await import('../study/datasets/prepare/prepare.ts');
    const { folder, output, seed = 42, asPublished = false, ignoreList } = request;
    return prepareDataset(request.dataset, folder, output, {
      seed,
      asPublished,
      checkFiles: request.checkFiles ?? true,
      ...(ignoreList !== undefined && { ignoreList }),
      onProgress: counting(call, { unit: 'files' }),
    });
  }

  /**
   * Joins CSVs into one with the union of their labels.
   * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE, CSV_INVALID, DISK_FULL
   */
  async merge(_: Call, { paths, output, keepPaths }: MergeDatasetsRequest): Promise<MergedDataset> {
    const { readLabelledSet } = await import('../tables/read-labelled.ts');
    const { writeLabelledSet } = await import('../tables/write-labelled.ts');
    const set = await readLabelledSet(
      paths,
      keepPaths ? {} : { pathsFrom: dirname(resolve(output)) },
    );
    const { images, labels, excluded, tables = [] } = set;
    const written = await writeLabelledSet(output, set);
    return {
      ...written,
      images: images.length,
      labels: [...labels],
      tables: [...tables],
      excluded: excluded.map(errorData),
    };
  }

  /**
   * Looks for leaks between splits, rare labels, unusable rows and absent files.
   * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE, CSV_INVALID
   */
  async check(call: Call, request: CheckDatasetRequest): Promise<DatasetCheck> {
    const { paths, root, minImages = 10, checkFiles = true, content = false } = request;
    const { checkDataset } = await import('../study/datasets/check.ts');
    const result = await checkDataset(paths, {
      minImages,
      checkFiles,
      content,
      ...(root !== undefined && { root }),
      onProgress: (stage, done, total) => counting(call, { unit: stage })(done, total),
    });
    return {
      ...result,
      excluded: result.excluded.map(errorData),
      leaks: { ...result.leaks, files: result.leaks.files.map(errorData) },
      tables: [...result.tables],
    };
  }
}
