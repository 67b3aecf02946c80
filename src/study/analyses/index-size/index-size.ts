import { SemblanceError } from '../../../domain/errors/error.ts';
import { randomFrom } from '../../../domain/random.ts';
import {
  type BootstrapOptions,
  bootstrapMean,
  type Estimate,
  meanScore,
} from '../../../domain/statistics/bootstrap.ts';
import { type Classes, type Clusters, countClasses } from '../../../domain/statistics/classes.ts';
import type { NeighbourTable } from '../../evaluation/neighbours.ts';
import { checkTable, filterTable } from '../neighbours.ts';
import { type PrecisionOptions, queryPrecision } from '../query-precision.ts';
import { permutation } from '../sample.ts';

/**
 * Searches some queries among some images of the index only.
 * @param queries, rows positions among the queries and in the index
 * @param place which of all subsets it is, and how many there are
 * @returns neighbours as positions in `rows`
 */
export type SubsetSearch = (
  queries: Int32Array,
  rows: Int32Array,
  k: number,
  place: { number: number; of: number },
) => Promise<NeighbourTable>;

export interface IndexSizeOptions extends PrecisionOptions, BootstrapOptions {
  /** Numbers of images, each at most the whole index. */
  sizes: readonly number[];
  /** How many random orders of the index to cut; 5 by default. */
  repeats?: number;
}

/** Precision with an index of one size. */
export interface IndexSizePoint {
  size: number;
  /** Mean over the random subsets; intervals by patient of the queries. */
  micro: Estimate;
  macro: Estimate;
  /** Each subset's own: how far apart they lie is what the choice of images does. */
  subsets: {
    micro: number;
    macro: number;
    /** Classes of the queries without an image in the subset. */
    missingClasses: number;
  }[];
  /** Lists, of all queries of all subsets, that had to be searched anew. */
  searched: number;
}

/** Sizes from the whole index down, each `ratio` times the one before, not below `smallest`; ascending. */
export function geometricSizes(whole: number, smallest: number, ratio = 0.5): number[] {
  const sizes: number[] = [];
  for (let size = whole; Math.round(size) >= Math.max(1, smallest); size *= ratio) {
    sizes.unshift(Math.round(size));
  }
  return sizes;
}

/**
 * Precision at k against the size of the index (Denner et al. 2025): nested random subsets, the
 * smaller ones part of the larger ones, in several random orders. A subset's neighbours are the
 * members among a query's neighbours in the whole index, in the same order; only lists that are
 * too short for that are searched anew.
 * @param table neighbours in the whole index; the larger its k, the fewer searches
 * @param labels classes of the same numbering
 * @param search called for small subsets
 * @throws SemblanceError as `queryPrecision`
 */
export async function precisionByIndexSize(
  table: NeighbourTable,
  labels: { queries: Classes; index: Classes },
  clusters: Clusters,
  { k, protocol = 'corrected', sizes, repeats = 5, ...bootstrap }: IndexSizeOptions,
  search: SubsetSearch,
): Promise<IndexSizePoint[]> {
  const { queries, index } = labels;
  checkTable(table, queries.of.length, index.of.length, k);
  const unfit = sizes.find((size) => !(size >= 1 && size <= index.of.length));
  if (unfit !== undefined) {
    throw new SemblanceError(
      'ANALYSIS_IMPOSSIBLE',
      `A subset of ${unfit} cannot be drawn from an index of ${index.of.length}.`,
    );
  }
  const random = randomFrom(bootstrap.seed);
  const orders = Array.from({ length: repeats }, () => permutation(index.of.length, random));
  const points: IndexSizePoint[] = [];
  let number = 0;
  for (const size of sizes) {
    const mean = new Float64Array(table.queries);
    const subsets: IndexSizePoint['subsets'] = [];
    let searched = 0;
    for (const order of orders) {
      const rows = order.slice(0, size).sort();
      const place = { number: number++, of: sizes.length * orders.length };
      const { part, short } = await searchSubset(table, index.of.length, rows, k, (queries, k) =>
        search(queries, rows, k, place),
      );
      searched += short;
      // Images outside the subset get a class of their own, so that only members are counted.
      const members = { names: [...index.names, ''], of: new Int32Array(index.of.length) };
      members.of.fill(index.names.length);
      for (const row of rows) members.of[row] = index.of[row] as number;
      const scores = queryPrecision(part, queries, members, { k, protocol });
      scores.forEach((score, q) => {
        mean[q] = (mean[q] as number) + score / repeats;
      });
      const counts = countClasses(members);
      subsets.push({
        micro: meanScore(scores),
        macro: meanScore(scores, queries),
        missingClasses: [...new Set(queries.of)].filter((c) => counts[c] === 0).length,
      });
    }
    points.push({
      size,
      micro: bootstrapMean(mean, clusters, bootstrap),
      macro: bootstrapMean(mean, clusters, bootstrap, queries),
      subsets,
      searched,
    });
  }
  return points;
}

/** Neighbours within a subset of the index, and how many queries were searched anew for them. */
async function searchSubset(
  table: NeighbourTable,
  index: number,
  rows: Int32Array,
  k: number,
  search: (queries: Int32Array, k: number) => Promise<NeighbourTable>,
): Promise<{ part: NeighbourTable; short: number }> {
  const member = new Uint8Array(index);
  for (const row of rows) member[row] = 1;
  const queries = Int32Array.from({ length: table.queries }, (_, q) => q);
  const part = filterTable(table, queries, k, (_, row) => member[row] === 0);
  const wanted = Math.min(k, rows.length);
  const short = queries.filter((q) => part.rows[q * k + wanted - 1] === -1);
  if (short.length > 0) {
    const found = await search(short, wanted);
    checkTable(found, short.length, rows.length, wanted);
    short.forEach((q, i) => {
      for (let n = 0; n < wanted; n++) {
        part.rows[q * k + n] = rows[found.rows[i * found.k + n] as number] ?? -1;
      }
    });
  }
  return { part, short: short.length };
}
