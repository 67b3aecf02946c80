import { dot } from '../../../domain/vectors.ts';
import { simpleSample } from '../sample.ts';
import { affordablePoints, double, pairSums } from './pairwise.ts';
import { DEFAULT_PAIRS } from './silhouette.ts';
import { classSums, type LabelledSpace, pointAt } from './space.ts';

/** Alignment and uniformity on the unit sphere (Wang & Isola 2020); smaller is better for both. */
export interface AlignmentUniformity {
  /**
   * Mean squared distance (alpha = 2) between an image drawn at random and another one of its
   * class, in 0..4.
   */
  alignment: number;
  /** Logarithm of the mean of exp(-2 x squared distance) (t = 2) over pairs of images, in -8..0. */
  uniformity: number;
  /** Images looked at for uniformity, each against all, and all images. */
  evaluated: number;
  points: number;
  /** Classes of one member, which have no pair and are left out of the alignment. */
  singletons: readonly string[];
}

/**
 * Alignment of the classes (exact) and uniformity of the whole space (exact up to `pairs` pairs,
 * beyond that of a simple random sample of images against all).
 * @param space of unit length
 */
export async function alignmentUniformity(
  space: LabelledSpace,
  { seed, pairs = DEFAULT_PAIRS }: { seed: number; pairs?: number },
): Promise<AlignmentUniformity> {
  const { dimension, classes, counts } = space;
  const points = classes.of.length;
  const sums = classSums(space);
  const squares = new Float64Array(counts.length);
  classes.of.forEach((c, row) => {
    const point = pointAt(space, row);
    squares[c] = (squares[c] as number) + dot(point, point);
  });
  let aligned = 0;
  let paired = 0;
  counts.forEach((n, c) => {
    if (n < 2) return;
    const sum = sums.subarray(c * dimension, (c + 1) * dimension);
    // Over ordered pairs, the sum of |x - y|^2 is 2 n sum |x|^2 - 2 |sum x|^2.
    const total = 2 * n * (squares[c] as number) - 2 * dot(sum, sum);
    aligned += (n * Math.max(0, total)) / (n * (n - 1));
    paired += n;
  });
  const rows = simpleSample(points, affordablePoints(points, pairs), seed);
  const potentials = await pairSums(space, rows, (g, squared) =>
    g.node('Exp', [g.node('Mul', [squared, double(g, -2)])]),
  );
  const mean = potentials.reduce((sum, value) => sum + value, 0) / (rows.length * (points - 1));
  return {
    alignment: aligned / paired,
    uniformity: Math.log(mean),
    evaluated: rows.length,
    points,
    singletons: classes.names.filter((_, c) => counts[c] === 1),
  };
}
