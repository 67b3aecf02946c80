import { Slices } from '../../runtime/slices.ts';
import { type RowMatrix, roomFor, sharedDoubles } from './row-matrix.ts';

/** A matrix with ids of rows that do not count. */
interface Part {
  matrix: RowMatrix;
  hidden: ReadonlySet<number>;
}

/**
 * One matrix of the rows of several that count; no id counts in two. Other work has its turn meanwhile.
 * @param isWanted looked at now and then
 * @returns undefined when it was not wanted any more
 */
export async function mergedMatrix(dimension: number, parts: readonly Part[]): Promise<RowMatrix>;
export async function mergedMatrix(
  dimension: number,
  parts: readonly Part[],
  isWanted: () => boolean,
): Promise<RowMatrix | undefined>;
export async function mergedMatrix(
  dimension: number,
  parts: readonly Part[],
  isWanted: () => boolean = () => true,
): Promise<RowMatrix | undefined> {
  for (const { matrix } of parts) await matrix.arriving?.whole();
  const rows = parts.reduce((sum, { matrix, hidden }) => sum + matrix.rows - hidden.size, 0);
  const values = roomFor(rows * dimension);
  const ids = new Int32Array(rows);
  const inverses = sharedDoubles(rows);
  /** The next row of each part. */
  const places = parts.map(() => 0);
  const idAt = (part: number): number => {
    const { matrix, hidden } = parts[part] as Part;
    let place = places[part] as number;
    while (place < matrix.rows && hidden.has(matrix.ids[place] as number)) place += 1;
    places[part] = place;
    return matrix.ids[place] ?? Number.POSITIVE_INFINITY;
  };
  const heads = parts.map((_, part) => idAt(part));
  const slices = new Slices(undefined, 64);
  for (let row = 0; row < rows; row++) {
    let part = 0;
    for (let i = 1; i < heads.length; i++) {
      if ((heads[i] as number) < (heads[part] as number)) part = i;
    }
    const { matrix } = parts[part] as Part;
    const from = places[part] as number;
    values.set(matrix.values.subarray(from * dimension, (from + 1) * dimension), row * dimension);
    ids[row] = heads[part] as number;
    inverses[row] = matrix.inverses[from] as number;
    places[part] = from + 1;
    heads[part] = idAt(part);
    if (slices.over()) {
      await slices.pause();
      if (!isWanted()) return undefined;
    }
  }
  return { dimension, rows, values, ids, inverses };
}
