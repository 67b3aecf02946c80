import { dot } from '../../../domain/vectors.ts';
import { classSums, type LabelledSpace, pointAt } from './space.ts';

/** Scores of how far classes lie apart, from centroids alone. */
export interface ClusterScores {
  /** Davies & Bouldin 1979: smaller is better; null when two centroids coincide. */
  daviesBouldin: number | null;
  /** Caliński & Harabasz 1974: larger is better; null when no class has any spread. */
  calinskiHarabasz: number | null;
}

function distance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] as number) - (b[i] as number)) ** 2;
  return Math.sqrt(sum);
}

/**
 * Davies-Bouldin and Calinski-Harabasz scores with Euclidean distances, over all points; equal to
 * scikit-learn's, which gives a stand-in number where these are null.
 */
export function clusterScores(space: LabelledSpace): ClusterScores {
  const { dimension, classes, counts } = space;
  const points = classes.of.length;
  const size = classes.names.length;
  const sums = classSums(space);
  const mean = new Float64Array(dimension);
  sums.forEach((sum, i) => {
    mean[i % dimension] = (mean[i % dimension] as number) + sum / points;
  });
  const centroids = Array.from(counts, (count, c) =>
    sums.subarray(c * dimension, (c + 1) * dimension).map((sum) => sum / count),
  );
  const spread = new Float64Array(size);
  let within = 0;
  classes.of.forEach((c, row) => {
    const off = distance(pointAt(space, row), centroids[c] as Float64Array);
    spread[c] = (spread[c] as number) + off / (counts[c] as number);
    within += off ** 2;
  });
  let between = 0;
  let ratios = 0;
  let coincide = false;
  centroids.forEach((centroid, c) => {
    between += (counts[c] as number) * distance(centroid, mean) ** 2;
    let worst = 0;
    centroids.forEach((other, d) => {
      if (c === d) return;
      const apart = distance(centroid, other);
      coincide ||= apart <= 1e-12 * Math.sqrt(dot(centroid, centroid));
      worst = Math.max(worst, ((spread[c] as number) + (spread[d] as number)) / apart);
    });
    ratios += worst;
  });
  return {
    daviesBouldin: coincide ? null : ratios / size,
    calinskiHarabasz:
      within > 0 && points > size ? (between * (points - size)) / (within * (size - 1)) : null,
  };
}
