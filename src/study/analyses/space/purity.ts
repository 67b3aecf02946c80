import { meanScore } from '../../../domain/statistics/bootstrap.ts';
import { type Classes, countClasses } from '../../../domain/statistics/classes.ts';
import type { NeighbourTable } from '../../evaluation/neighbours.ts';
import { checkTable, filterTable } from '../neighbours.ts';
import { queryPrecision } from '../query-precision.ts';

/** How pure the neighbourhoods of one set of images are. */
export interface Purity {
  k: number;
  /** Mean share of the k nearest other images that are of the image's class. */
  mean: number;
  /** That share for neighbours drawn at random. */
  chance: number;
  /** Images looked at, and all. */
  evaluated: number;
  points: number;
}

/**
 * Neighbourhood purity: precision at k within one set, each image left out of its own list.
 * @param table neighbours of the images `rows` among all of the set, with k + 1 neighbours or more
 * @param rows the images asked about, as positions in the set
 * @throws SemblanceError as `checkTable`
 */
export function neighbourhoodPurity(
  table: NeighbourTable,
  rows: Int32Array,
  classes: Classes,
  k: number,
): Purity {
  checkTable(table, rows.length, classes.of.length, k + 1);
  const others = filterTable(table, rows.keys(), k, (q, row) => row === rows[q]);
  const asked = { names: classes.names, of: rows.map((row) => classes.of[row] as number) };
  const counts = countClasses(classes);
  const chance = Float64Array.from(
    asked.of,
    (c) => ((counts[c] as number) - 1) / (classes.of.length - 1),
  );
  return {
    k,
    mean: meanScore(queryPrecision(others, asked, classes, { k })),
    chance: meanScore(chance),
    evaluated: rows.length,
    points: classes.of.length,
  };
}
