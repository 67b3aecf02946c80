import { SemblanceError } from '../../domain/errors/error.ts';
import type { Embeddings } from '../exchange/kept-embeddings.ts';
import type { KnnTable } from '../exchange/knn.ts';
import { type Experiment, rowsOf } from './experiment.ts';
import {
  type FoundBlocks,
  findNeighbours,
  type NeighbourTable,
  type SearchProgress,
} from './neighbours.ts';
import { STUDY } from './protocol.ts';

/** Queries with their neighbours, and everyone's label: what the figures are computed from. */
export interface Retrieved {
  /** Names of the classes. */
  labels: readonly string[];
  /** Label of each index image. */
  indexLabels: Int32Array;
  /** Label of each query, in the order of the table. */
  queryLabels: Int32Array;
  neighbours: NeighbourTable;
}

/** The neighbours in `train` of the images of `val` and of `test`. */
export interface RetrievedSplits {
  val: Retrieved;
  test: Retrieved;
}

/** Divides a table of the queries of test, then val, which is the order of the study's `knn.csv`. */
export function divideTable(
  { labels, train, val, test }: Experiment,
  table: NeighbourTable,
): RetrievedSplits {
  const part = (queryLabels: Int32Array, start: number): Retrieved => {
    const { k, rows, similarities } = table;
    const [from, to] = [start * k, (start + queryLabels.length) * k];
    const neighbours = {
      queries: queryLabels.length,
      k,
      rows: rows.subarray(from, to),
      similarities: similarities?.subarray(from, to) ?? null,
    };
    return { labels, indexLabels: train.labels, queryLabels, neighbours };
  };
  return { test: part(test.labels, 0), val: part(val.labels, test.labels.length) };
}

/**
 * Searches the 100 nearest images of `train` for each image of `val` and `test`, exactly.
 * @throws SemblanceError EMBEDDING_MISSING: see `withEmbeddings`
 */
export async function retrieve(
  experiment: Experiment,
  embeddings: Embeddings,
  options: { k?: number; threads?: number; progress?: SearchProgress; blocks?: FoundBlocks } = {},
): Promise<RetrievedSplits> {
  const { k = STUDY.neighbours, ...rest } = options;
  const index = rowsOf(experiment.train, embeddings);
  const [test, val] = [rowsOf(experiment.test, embeddings), rowsOf(experiment.val, embeddings)];
  const queries = new Int32Array(test.length + val.length);
  queries.set(test);
  queries.set(val, test.length);
  return divideTable(experiment, await findNeighbours(embeddings, index, queries, k, rest));
}

/**
 * Takes the neighbours from a table of paths, as a `knn.csv` has it.
 * @throws SemblanceError NEIGHBOURS_INVALID when a query has no row or too few neighbours, or when a
 *   neighbour is not in `train`
 */
export function retrievedFromKnn(experiment: Experiment, table: KnnTable): RetrievedSplits {
  const { train, val, test } = experiment;
  const { k, neighbours, paths } = table;
  const invalid = (detail: string, subject: string) =>
    new SemblanceError('NEIGHBOURS_INVALID', detail, { subject });
  const position = new Map(train.images.map(({ filepath }, row) => [filepath, row]));
  const positions = paths.map((path) => position.get(path));
  const place = new Map(table.queries.map((path, row) => [path, row]));
  const queries = [...test.images, ...val.images];
  const rows = new Int32Array(queries.length * k);
  queries.forEach(({ filepath }, q) => {
    const from = place.get(filepath);
    if (from === undefined) throw invalid('The table has no row for this query.', filepath);
    for (let i = 0; i < k; i++) {
      const neighbour = neighbours[from * k + i] as number;
      if (neighbour < 0) throw invalid(`It has ${i} neighbours, not ${k}.`, filepath);
      const row = positions[neighbour];
      if (row === undefined) {
        throw invalid(
          `Its neighbour ${paths[neighbour]} is not in train, or was left out.`,
          filepath,
        );
      }
      rows[q * k + i] = row;
    }
  });
  return divideTable(experiment, { queries: queries.length, k, rows, similarities: null });
}

/** The neighbours as a table of paths, to be written as the study's `knn.csv`. */
export function toKnn(experiment: Experiment, { val, test }: RetrievedSplits): KnnTable {
  const neighbours = new Int32Array(test.neighbours.rows.length + val.neighbours.rows.length);
  neighbours.set(test.neighbours.rows);
  neighbours.set(val.neighbours.rows, test.neighbours.rows.length);
  return {
    queries: [...experiment.test.images, ...experiment.val.images].map(({ filepath }) => filepath),
    paths: experiment.train.images.map(({ filepath }) => filepath),
    k: test.neighbours.k,
    neighbours,
  };
}
