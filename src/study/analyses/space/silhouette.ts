import { dot } from '../../../domain/vectors.ts';
import { simpleSample } from '../sample.ts';
import { affordablePoints, innerProducts, pairSums } from './pairwise.ts';
import { classSums, type LabelledSpace, pointAt } from './space.ts';

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

/** Sum of distances to the points of each class from each asked point. */
async function euclideanSums(space: LabelledSpace, rows: Int32Array): Promise<Float64Array> {
  return pairSums(space, rows, (g, squared) => g.node('Sqrt', [squared]));
}

/**
 * As above. Of unit vectors, the sum of 1 - cos to a class is its number less the inner product
 * with its sum, so that no pair needs to be looked at.
 */
async function cosineSums(space: LabelledSpace): Promise<Float64Array> {
  const { classes, counts } = space;
  const scales = space.scales.map((scale, row) => {
    const point = pointAt(space, row);
    return scale / (Math.sqrt(dot(point, point)) || 1);
  });
  const unit = { ...space, scales };
  const products = await innerProducts(unit, classSums(unit));
  const sums = products.map((product, at) => (counts[at % counts.length] as number) - product);
  classes.of.forEach((c, row) => {
    const point = pointAt(unit, row);
    // Without the point itself, as above; a point of zeros would be at distance 1 of itself.
    const own = row * counts.length + c;
    sums[own] = (sums[own] as number) - (1 - dot(point, point));
  });
  return sums;
}

/**
 * Silhouette of the classes; over all points it equals scikit-learn's `silhouette_score`. The cosine
 * one always looks at all points.
 * @param options `pairs`: Euclidean distances looked at, which is the cost; where all pairs are
 *   more, a simple random sample of at least 1000 points is compared with all points, and the
 *   standard error says what that does
 */
export async function silhouette(
  space: LabelledSpace,
  metric: 'euclidean' | 'cosine',
  { seed, pairs = DEFAULT_PAIRS }: { seed: number; pairs?: number },
): Promise<Silhouette> {
  const { classes, counts } = space;
  const points = classes.of.length;
  const asked = metric === 'euclidean' ? affordablePoints(points, pairs) : points;
  const rows = simpleSample(points, asked, seed);
  const sums = await (metric === 'euclidean' ? euclideanSums(space, rows) : cosineSums(space));
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
