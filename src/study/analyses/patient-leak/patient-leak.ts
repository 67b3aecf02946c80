import {
  type BootstrapOptions,
  bootstrapMean,
  type Estimate,
} from '../../../domain/statistics/bootstrap.ts';
import { type Classes, patientClusters, patientKey } from '../../../domain/statistics/classes.ts';
import type { LabelledImage } from '../../../tables/labelled.ts';
import type { NeighbourTable } from '../../evaluation/neighbours.ts';
import { checkTable, filterTable } from '../neighbours.ts';
import { queryPrecision } from '../query-precision.ts';

/** What images of the query's own patient in the index do to precision. */
export interface PatientLeak {
  k: number;
  /** Queries whose patient is known, and those left out because he is not. */
  queries: number;
  unknown: number;
  /** Queries whose patient has an image in the index. */
  withOwnPatient: number;
  /** Share of the queries whose nearest neighbour is of the same patient. */
  firstOfSamePatient: number;
  /** Precision with every neighbour, and when those of the query's patient are left out. */
  precision: Estimate;
  withoutOwnPatient: Estimate;
  /** Queries whose list has fewer than k left then; what lacks counts as misses. */
  short: number;
}

/**
 * Same-patient leak: another image of the same patient is an easy hit that a new patient would
 * not offer. Use a table with k well above the k asked for.
 * @param labels classes of the same numbering
 * @returns null when no query's patient is known
 * @throws SemblanceError as `queryPrecision`
 */
export function patientLeak(
  table: NeighbourTable,
  images: { queries: readonly LabelledImage[]; index: readonly LabelledImage[] },
  labels: { queries: Classes; index: Classes },
  { k, ...options }: { k: number } & BootstrapOptions,
): PatientLeak | null {
  checkTable(table, images.queries.length, images.index.length, k);
  const queryKeys = images.queries.map(patientKey);
  const indexKeys = images.index.map(patientKey);
  const known = [...queryKeys.keys()].filter((q) => queryKeys[q] !== null);
  if (known.length === 0) return null;
  const inIndex = new Set(indexKeys);
  const same = (q: number, row: number) => queryKeys[q] === indexKeys[row];
  const all = filterTable(table, known, k, () => false);
  const others = filterTable(table, known, k, same);
  const classes = {
    names: labels.queries.names,
    of: Int32Array.from(known, (q) => labels.queries.of[q] as number),
  };
  const clusters = patientClusters(known.map((q) => images.queries[q] as LabelledImage));
  const estimate = (part: NeighbourTable) =>
    bootstrapMean(queryPrecision(part, classes, labels.index, { k }), clusters, options);
  const count = (test: (q: number, i: number) => boolean) => known.filter(test).length;
  return {
    k,
    queries: known.length,
    unknown: queryKeys.length - known.length,
    withOwnPatient: count((q) => inIndex.has(queryKeys[q] as string)),
    firstOfSamePatient: count((q) => same(q, table.rows[q * table.k] as number)) / known.length,
    precision: estimate(all),
    withoutOwnPatient: estimate(others),
    short: count((_, i) => others.rows[i * others.k + k - 1] === -1),
  };
}
