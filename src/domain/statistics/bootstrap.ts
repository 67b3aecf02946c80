import { ascending } from '../ascending.ts';
import { SemblanceError } from '../errors/error.ts';
import { randomFrom } from '../random.ts';
import type { Classes, Clusters } from './classes.ts';

/** A mean with its interval. */
export interface Estimate {
  value: number;
  /** Percentile interval; null when fewer than two clusters leave nothing to draw from. */
  interval: { low: number; high: number } | null;
}

/** Share of draws that an interval covers. */
export const INTERVAL_LEVEL = 0.95;

export interface BootstrapOptions {
  seed: number;
  /** Draws; 1000 by default. */
  replicates?: number;
  /** Share of draws that the interval covers; `INTERVAL_LEVEL` by default. */
  level?: number;
}

/** @throws SemblanceError ANALYSIS_IMPOSSIBLE when there is no score, or one is no finite number */
export function checkScores(scores: Float64Array, images: number): void {
  const fail = (why: string) => {
    throw new SemblanceError('ANALYSIS_IMPOSSIBLE', why);
  };
  if (scores.length === 0) fail('There is no query to average over.');
  if (scores.length !== images) fail(`${scores.length} scores do not fit ${images} images.`);
  const bad = scores.findIndex((score) => !Number.isFinite(score));
  if (bad >= 0) fail(`The score of query ${bad} is no finite number.`);
}

/** Quantile by linear interpolation between order statistics (Hyndman & Fan 1996, type 7). */
function quantile(sorted: Float64Array, p: number): number {
  const at = (sorted.length - 1) * p;
  const below = sorted[Math.floor(at)] as number;
  const above = sorted[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}

/** Size and sum of each class within each cluster: a draw adds these instead of every image. */
interface Cells {
  /** Cells of cluster c lie from start[c] to start[c + 1]. */
  start: Int32Array;
  class: Int32Array;
  size: Float64Array;
  sum: Float64Array;
}

function cellsOf(scores: Float64Array, clusters: Clusters, classes: Classes): Cells {
  const key = (i: number) =>
    (clusters.of[i] as number) * classes.names.length + (classes.of[i] as number);
  const order = ascending(scores.map((_, i) => key(i)));
  const cells = {
    class: new Int32Array(order.length),
    size: new Float64Array(order.length),
    sum: new Float64Array(order.length),
  };
  const start = new Int32Array(clusters.count + 1);
  let [at, last] = [-1, -1];
  for (const i of order) {
    if (key(i) !== last) {
      last = key(i);
      at += 1;
      cells.class[at] = classes.of[i] as number;
    }
    cells.size[at] = (cells.size[at] as number) + 1;
    cells.sum[at] = (cells.sum[at] as number) + (scores[i] as number);
    start[(clusters.of[i] as number) + 1] = at + 1;
  }
  // A cluster without an image ends where the one before it ends.
  for (let c = 1; c < start.length; c++) {
    start[c] = Math.max(start[c] as number, start[c - 1] as number);
  }
  return { start, ...cells };
}

/** Mean over the classes that occur of the mean of each. */
function meanOfMeans(size: Float64Array, sum: Float64Array): number {
  let classes = 0;
  let total = 0;
  for (let c = 0; c < size.length; c++) {
    if (size[c] === 0) continue;
    classes += 1;
    total += (sum[c] as number) / (size[c] as number);
  }
  return total / classes;
}

/** One class of all, with which the mean of means is the plain mean. */
function oneClass(images: number): Classes {
  return { names: ['all'], of: new Int32Array(images) };
}

/**
 * Mean of scores; with classes the macro mean: over the classes that occur, of the mean of each.
 * @throws SemblanceError ANALYSIS_IMPOSSIBLE: no scores, or one that is no finite number
 */
export function meanScore(
  scores: Float64Array,
  classes: Classes = oneClass(scores.length),
): number {
  checkScores(scores, classes.of.length);
  const size = new Float64Array(classes.names.length);
  const sum = new Float64Array(classes.names.length);
  scores.forEach((score, i) => {
    const c = classes.of[i] as number;
    size[c] = (size[c] as number) + 1;
    sum[c] = (sum[c] as number) + score;
  });
  return meanOfMeans(size, sum);
}

/**
 * Mean of scores and its interval by the cluster bootstrap: patients are drawn with replacement,
 * with all their images, because images of one patient are alike (Field & Welsh 2007). The same
 * seed draws the same patients whatever the scores are.
 *
 * @param scores one number for each image
 * @param classes when given, the macro mean: over classes, of the mean of each; classes that a
 *   draw misses are left out of that draw's mean
 * @throws SemblanceError ANALYSIS_IMPOSSIBLE: no scores, or one that is no finite number
 */
export function bootstrapMean(
  scores: Float64Array,
  clusters: Clusters,
  { seed, replicates = 1000, level = INTERVAL_LEVEL }: BootstrapOptions,
  classes: Classes = oneClass(scores.length),
): Estimate {
  checkScores(scores, clusters.of.length);
  const cells = cellsOf(scores, clusters, classes);
  const size = new Float64Array(classes.names.length);
  const sum = new Float64Array(classes.names.length);
  const add = (cluster: number) => {
    const end = cells.start[cluster + 1] as number;
    for (let cell = cells.start[cluster] as number; cell < end; cell++) {
      const c = cells.class[cell] as number;
      size[c] = (size[c] as number) + (cells.size[cell] as number);
      sum[c] = (sum[c] as number) + (cells.sum[cell] as number);
    }
  };
  const value = meanScore(scores, classes);
  if (clusters.count < 2) return { value, interval: null };
  const random = randomFrom(seed);
  const draws = new Float64Array(replicates);
  for (let r = 0; r < replicates; r++) {
    size.fill(0);
    sum.fill(0);
    for (let i = 0; i < clusters.count; i++) add(Math.floor(random() * clusters.count));
    draws[r] = meanOfMeans(size, sum);
  }
  draws.sort();
  const tail = (1 - level) / 2;
  return { value, interval: { low: quantile(draws, tail), high: quantile(draws, 1 - tail) } };
}

/** The scores of some images only, with the clusters among these. */
export function subsetOf(
  rows: readonly number[],
  scores: Float64Array,
  clusters: Clusters,
): { scores: Float64Array; clusters: Clusters } {
  const numbers = new Map<number, number>();
  const of = Int32Array.from(rows, (row) => {
    const cluster = clusters.of[row] as number;
    if (!numbers.has(cluster)) numbers.set(cluster, numbers.size);
    return numbers.get(cluster) as number;
  });
  return {
    scores: Float64Array.from(rows, (row) => scores[row] as number),
    clusters: { of, count: numbers.size, unknown: clusters.unknown },
  };
}
