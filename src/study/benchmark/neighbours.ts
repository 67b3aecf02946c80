import { z } from 'zod';
import { SemblanceError } from '../../domain/errors/error.ts';
import { fileHashes } from '../../tables/files.ts';
import type { Experiment } from '../evaluation/experiment.ts';
import {
  divideTable,
  type RetrievedSplits,
  retrieve,
  retrievedFromKnn,
} from '../evaluation/retrieve.ts';
import type { KeptEmbeddings } from '../exchange/kept-embeddings.ts';
import type { BenchmarkConfig } from './config.ts';
import { KeptBlocks } from './kept-arrays.ts';
import { readGivenNeighbours } from './prepare.ts';
import type { Step, StepStore } from './steps.ts';
import { readTable, writeTables } from './table-file.ts';

/** What the neighbours of an encoder are searched or read with. */
export interface NeighbourSource {
  experiment: Experiment;
  /** The table that is given, and the SHA-256 of its file. */
  given: { file: string; sha256: string } | undefined;
  embeddings: () => KeptEmbeddings;
  config: BenchmarkConfig;
  progress: (done: number, total: number) => void;
}

/** Makes a table of neighbours that is kept; the file that it is in. */
async function keepTable(
  store: StepStore,
  key: unknown,
  find: () => Promise<RetrievedSplits>,
): Promise<string> {
  const file = store.file({ name: 'neighbours', version: 1 }, key, '.bin');
  const hashOf = async () => (await fileHashes([file])).get(file);
  const step: Step<string> = {
    ...{ name: 'neighbours', version: 1, schema: z.string() },
    intact: async (sha256) => (await hashOf()) === sha256,
  };
  await store.json(step, key, async () => {
    const { test, val } = await find();
    writeTables(file, [test.neighbours, val.neighbours]);
    return (await hashOf()) as string;
  });
  return file;
}

/**
 * Searches the neighbours of all queries exactly, block by block, each of which is kept until all are.
 * @returns the file of the table
 */
export async function searchNeighbours(
  store: StepStore,
  key: unknown,
  { experiment, embeddings, config, progress }: NeighbourSource,
): Promise<string> {
  const blocks = new KeptBlocks((block) =>
    store.file({ name: 'neighbours-found', version: 1 }, [key, block], '.bin'),
  );
  const file = await keepTable(store, key, () =>
    retrieve(experiment, embeddings(), {
      k: config.neighbours,
      progress,
      blocks,
      ...(config.threads === undefined ? {} : { threads: config.threads }),
    }),
  );
  blocks.remove();
  return file;
}

/**
 * The neighbours that are given, or those that a search finds.
 * @returns the file of the table
 * @throws SemblanceError NEIGHBOURS_INVALID
 */
export function findTable(
  store: StepStore,
  key: unknown,
  source: NeighbourSource,
): Promise<string> {
  const { given, experiment } = source;
  return given === undefined
    ? searchNeighbours(store, key, source)
    : keepTable(store, key, async () =>
        retrievedFromKnn(experiment, await readGivenNeighbours(given, store)),
      );
}

/** What reads a table anew each time, so that the tables of all encoders need not fit into memory. */
export const tableReader = (experiment: Experiment, file: string) => (): RetrievedSplits =>
  divideTable(experiment, readTable(file));

/** @throws SemblanceError NEIGHBOURS_INVALID when lists are too short for the analyses */
export function requireLength({ test }: RetrievedSplits, k: number, subject: string): void {
  if (test.neighbours.k >= k) return;
  throw new SemblanceError(
    'NEIGHBOURS_INVALID',
    `It has ${test.neighbours.k} neighbours of each query; k is ${k}.`,
    { subject },
  );
}
