import type { EmbeddingMatrix } from '../../../domain/embedding-matrix.ts';
import { SemblanceError } from '../../../domain/errors/error.ts';
import { type Classes, countClasses } from '../../../domain/statistics/classes.ts';
import { dot } from '../../../domain/vectors.ts';

/**
 * Points of a space with a class for each. The embeddings are not copied, so that a space of a
 * million costs little: point i is row i of `values` times `scales[i]`, in double precision.
 */
export interface LabelledSpace {
  dimension: number;
  /** points x dimension numbers. */
  values: Float32Array;
  scales: Float64Array;
  /** The classes that occur only, so that none is empty. */
  classes: Classes;
  /** Points of each class. */
  counts: Int32Array;
}

/**
 * Embeddings with their classes, checked for scores of clusters.
 * @param options `unitLength`: scale each to length 1, as search by cosine does; true by default
 * @throws SemblanceError ANALYSIS_IMPOSSIBLE: a value that is no finite number, an embedding of
 *   zeros that cannot be scaled, fewer than two classes, or no class with two members
 */
export function labelledSpace(
  { paths, dimension, values }: EmbeddingMatrix,
  classes: Classes,
  { unitLength = true }: { unitLength?: boolean } = {},
): LabelledSpace {
  const fail = (why: string, subject?: string) => {
    throw new SemblanceError('ANALYSIS_IMPOSSIBLE', why, subject === undefined ? {} : { subject });
  };
  if (classes.of.length !== paths.length || values.length !== paths.length * dimension) {
    fail(`${paths.length} paths, ${classes.of.length} labels and ${values.length} values differ.`);
  }
  const scales = new Float64Array(paths.length).fill(1);
  paths.forEach((path, row) => {
    const point = values.subarray(row * dimension, (row + 1) * dimension);
    const norm = Math.sqrt(dot(point, point));
    if (!Number.isFinite(norm)) fail('The embedding has a value that is no finite number.', path);
    if (!unitLength) return;
    if (norm === 0) fail('The embedding is all zeros, which has no direction.', path);
    scales[row] = 1 / norm;
  });
  const all = countClasses(classes);
  const numbers = new Int32Array(all.length).fill(-1);
  const names = classes.names.filter((_, c) => (all[c] as number) > 0);
  let next = 0;
  all.forEach((count, c) => {
    if (count > 0) numbers[c] = next++;
  });
  const present = { names, of: classes.of.map((c) => numbers[c] as number) };
  const counts = all.filter((count) => count > 0);
  if (names.length < 2) fail(`All ${paths.length} embeddings are of one class; two are needed.`);
  if (!counts.some((count) => count > 1)) fail('Every class has one member only.');
  return { dimension, values, scales, classes: present, counts };
}

/** Points of some rows, rows x dimension. */
export function pointsAt(
  { dimension, values, scales }: LabelledSpace,
  rows: ArrayLike<number>,
): Float64Array {
  const points = new Float64Array(rows.length * dimension);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    const scale = scales[row] as number;
    for (let d = 0; d < dimension; d++) {
      points[i * dimension + d] = (values[row * dimension + d] as number) * scale;
    }
  }
  return points;
}

/** One point. */
export function pointAt(space: LabelledSpace, row: number): Float64Array {
  return pointsAt(space, [row]);
}

/** Sum of each class's points, classes x dimension. */
export function classSums(space: LabelledSpace): Float64Array {
  const { dimension, classes } = space;
  const sums = new Float64Array(classes.names.length * dimension);
  classes.of.forEach((c, row) => {
    const point = pointAt(space, row);
    for (let i = 0; i < dimension; i++) {
      sums[c * dimension + i] = (sums[c * dimension + i] as number) + (point[i] as number);
    }
  });
  return sums;
}
