import { SemblanceError } from '../../../domain/errors/error.ts';
import type { NeighbourTable } from '../../evaluation/neighbours.ts';
import { checkTable } from '../neighbours.ts';

/** How unevenly the index's images are found (Radovanović et al. 2010). */
export interface Hubness {
  k: number;
  /** How often each image of the index is among the k nearest of a query. */
  occurrences: Int32Array;
  /** Skewness of the occurrences (third standardised moment); null when all are equal. */
  skewness: number | null;
  /** Share of the index that no query finds. */
  antiHubs: number;
  /** That share if every list were drawn at random. */
  antiHubsByChance: number;
  /** The images found most often, most often first, equal ones by row. */
  hubs: { row: number; occurrences: number }[];
}

/**
 * Hubness of a search: few images that are near to everything hide the others.
 * @param index images in the index
 * @param options `hubs`: how many to name, 10 by default
 * @throws SemblanceError as `checkTable`; ANALYSIS_IMPOSSIBLE for an empty index
 */
export function hubness(
  table: NeighbourTable,
  index: number,
  { k, hubs = 10 }: { k: number; hubs?: number },
): Hubness {
  if (index === 0) throw new SemblanceError('ANALYSIS_IMPOSSIBLE', 'The index is empty.');
  checkTable(table, table.queries, index, k);
  const occurrences = new Int32Array(index);
  let found = 0;
  for (let q = 0; q < table.queries; q++) {
    for (const row of table.rows.subarray(q * table.k, q * table.k + k)) {
      if (row < 0) continue;
      occurrences[row] = (occurrences[row] as number) + 1;
      found += 1;
    }
  }
  const mean = found / index;
  let second = 0;
  let third = 0;
  let never = 0;
  for (const count of occurrences) {
    second += (count - mean) ** 2 / index;
    third += (count - mean) ** 3 / index;
    if (count === 0) never += 1;
  }
  const order = [...occurrences.keys()].sort(
    (a, b) => (occurrences[b] as number) - (occurrences[a] as number) || a - b,
  );
  return {
    k,
    occurrences,
    skewness: second > 0 ? third / second ** 1.5 : null,
    antiHubs: never / index,
    // A list of k draws without replacement misses an image with probability 1 - k / index.
    antiHubsByChance: (1 - found / table.queries / index) ** table.queries,
    hubs: order.slice(0, hubs).map((row) => ({ row, occurrences: occurrences[row] as number })),
  };
}
