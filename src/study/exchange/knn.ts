import { stringify } from 'csv-stringify/sync';
import { SemblanceError } from '../../domain/errors/error.ts';
import { writeWhole } from '../../files/write-file.ts';
import { readCsv } from '../../tables/csv.ts';

/** Nearest neighbours of queries, by the paths of the images. */
export interface KnnTable {
  queries: readonly string[];
  /** Paths of the neighbours, by the numbers in `neighbours`. */
  paths: readonly string[];
  /** Neighbours of a query at most. */
  k: number;
  /** queries.length x k indices into `paths`, best first; -1 where a query has fewer. */
  neighbours: Int32Array;
}

/** Queries written at once. */
const BLOCK = 1000;

/**
 * Reads the study's knn.csv: `query,1,2,...,k`, each a path, best neighbour first.
 * @throws SemblanceError CSV_INVALID, PATH_NOT_FOUND, PATH_NOT_READABLE
 */
export async function readKnnCsv(file: string): Promise<KnnTable> {
  const queries: string[] = [];
  const numbers = new Map<string, number>();
  const rows: Int32Array[] = [];
  const invalid = (detail: string) => new SemblanceError('CSV_INVALID', detail, { subject: file });
  let k = 0;
  await readCsv(file, ([first, ...ranks]) => {
    k = ranks.length;
    if (first !== 'query' || k === 0 || ranks.some((name, i) => name !== String(i + 1))) {
      throw invalid('Its columns are not "query,1,2,...".');
    }
    return (record) => {
      if (record.length !== k + 1) {
        throw invalid(`Line ${record.line} has ${record.length} fields instead of ${k + 1}.`);
      }
      queries.push(record.text(0));
      rows.push(Int32Array.from(ranks, (_, i) => numberOf(record.text(i + 1), numbers)));
    };
  });
  const neighbours = new Int32Array(queries.length * k);
  rows.forEach((row, i) => {
    neighbours.set(row, i * k);
  });
  return { queries, paths: [...numbers.keys()], k, neighbours };
}

function numberOf(path: string, numbers: Map<string, number>): number {
  if (path === '') return -1;
  const known = numbers.get(path);
  if (known !== undefined) return known;
  numbers.set(path, numbers.size);
  return numbers.size - 1;
}

/**
 * Writes the study's knn.csv.
 * @throws SemblanceError DISK_FULL, PATH_NOT_FOUND, PATH_NOT_READABLE
 */
export function writeKnnCsv(file: string, { queries, paths, k, neighbours }: KnnTable): void {
  writeWhole(file, (sink) => {
    sink(stringify([['query', ...Array.from({ length: k }, (_, i) => i + 1)]]));
    for (let start = 0; start < queries.length; start += BLOCK) {
      const rows = queries.slice(start, start + BLOCK).map((query, i) => {
        const found = neighbours.subarray((start + i) * k, (start + i + 1) * k);
        return [query, ...Array.from(found, (number) => (number < 0 ? '' : paths[number]))];
      });
      sink(stringify(rows));
    }
  });
}
