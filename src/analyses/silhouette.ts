import { affordablePoints, pairSums } from './pairwise.ts';
import { simpleSample } from './sample.ts';
import { classSums, dot, type LabelledSpace, pointAt } from './space.ts';

/** Mean silhouette (Rousseeuw 1987): -1 to 1, larger is better. */
export interface Silhouette {
  metric: 'euclidean' | 'cosine';
  mean: number;
  /** Standard error of the mean from drawing a sample of the points; 0 when all were looked at. */
  standardError: number;
  /** Mean of each class's points; null where the sample has none of them. */
  byClass: (number | null)[];
  /** Points looked at, each against all points, and all points. */
  evaluated: number;
  points: number;
  /** Classes of one member, whose silhouette is 0 by definition. */
  singletons: readonly string[];
}

/** Pairs of points looked at by default: 20,000 x 20,000. */
export const DEFAULT_PAIRS = 4e8;

/** Each class's sum of distances from each asked point. */
async function euclideanSums(space: LabelledSpace, rows: Int32Array): Promise<Float64Array> {
  return pairSums(space, rows, (g, squared) => g.node('Sqrt', [squared]));
}

/** As above, by the sum of each class: the sum of 1 - cos is their number less one inner product. */
function cosineSums(space: LabelledSpace, rows: Int32Array): Float64Array {
  const { dimension, classes, counts } = space;
  const unit = { ...space, values: space.values.slice() };
  classes.of.forEach((_, row) => {
    const point = pointAt(unit, row);
    const norm = Math.sqrt(dot(point, point)) || 1;
    for (let i = 0; i < dimension; i++) point[i] = (point[i] as number) / norm;
  });
  const sums = classSums(unit);
  const out = new Float64Array(rows.length * counts.length);
  rows.forEach((row, i) => {
    const point = pointAt(unit, row);
    counts.forEach((count, c) => {
      const product = dot(point, sums.subarray(c * dimension, (c + 1) * dimension));
      out[i * counts.length + c] = count - product;
    });
    // Without the point itself, as above; a point of zeros would be at distance 1 of itself.
    const own = i * counts.length + (classes.of[row] as number);
    out[own] = (out[own] as number) - (1 - dot(point, point));
  });
  return out;
}

/**
 * Silhouette of the classes; over all points it equals scikit-learn's `silhouette_score`.
 * @param options `pairs`: distances looked at by at most (the cost); beyond that a simple random
 *   sample of points is compared with all points, and the standard error says what that does
 */
export async function silhouette(
  space: LabelledSpace,
  metric: 'euclidean' | 'cosine',
  { seed, pairs = DEFAULT_PAIRS }: { seed: number; pairs?: number },
): Promise<Silhouette> {
  const { classes, counts } = space;
  const points = classes.of.length;
  const rows = simpleSample(points, affordablePoints(points, pairs), seed);
  const sums = metric === 'euclidean' ? await euclideanSums(space, rows) : cosineSums(space, rows);
  const size = counts.length;
  const total = new Float64Array(size);
  const seen = new Int32Array(size);
  const values = Float64Array.from(rows, (row, i) => {
    const own = classes.of[row] as number;
    let nearest = Number.POSITIVE_INFINITY;
    for (let c = 0; c < size; c++) {
      if (c !== own)
        nearest = Math.min(nearest, (sums[i * size + c] as number) / (counts[c] as number));
    }
    const others = (counts[own] as number) - 1;
    const inside = others > 0 ? (sums[i * size + own] as number) / others : 0;
    const larger = Math.max(inside, nearest);
    const value = others === 0 || larger === 0 ? 0 : (nearest - inside) / larger;
    total[own] = (total[own] as number) + value;
    seen[own] = (seen[own] as number) + 1;
    return value;
  });
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance =
    values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
  return {
    metric,
    mean,
    // With the correction for drawing without replacement from a finite set.
    standardError: Math.sqrt((variance / values.length) * (1 - values.length / points)),
    byClass: Array.from(seen, (n, c) => (n === 0 ? null : (total[c] as number) / n)),
    evaluated: rows.length,
    points,
    singletons: classes.names.filter((_, c) => counts[c] === 1),
  };
}
