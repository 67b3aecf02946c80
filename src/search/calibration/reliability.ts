/** Probabilities that were stated, and of each whether what it was stated of is so (1) or not. */
export interface Stated {
  probabilities: Float64Array;
  hits: Uint8Array;
}

/** Statements of nearly one probability. */
interface ReliabilityBin {
  count: number;
  /** Mean of the probabilities, and the share that is so. */
  stated: number;
  observed: number;
}

/** How far stated probabilities can be relied on. */
export interface Reliability {
  count: number;
  /** Mean distance of stated and observed over the bins, weighted by their counts. */
  expectedCalibrationError: number;
  /** Mean squared distance of probability and outcome (Brier 1950). */
  brier: number;
  bins: ReliabilityBin[];
}

const BINS = 10;

/** Reliability over ten bins of equal width (Naeini et al. 2015). */
export function reliability({ probabilities, hits }: Stated): Reliability {
  const all = Array.from({ length: BINS }, () => ({ count: 0, stated: 0, observed: 0 }));
  let squares = 0;
  probabilities.forEach((p, i) => {
    const bin = all[Math.min(BINS - 1, Math.floor(p * BINS))] as ReliabilityBin;
    const hit = hits[i] as number;
    bin.count += 1;
    bin.stated += p;
    bin.observed += hit;
    squares += (p - hit) ** 2;
  });
  const bins = all
    .filter(({ count }) => count > 0)
    .map(({ count, stated, observed }) => {
      return { count, stated: stated / count, observed: observed / count };
    });
  const distances = bins.map((bin) => bin.count * Math.abs(bin.stated - bin.observed));
  const { length } = probabilities;
  return {
    count: length,
    expectedCalibrationError: distances.reduce((sum, d) => sum + d, 0) / length,
    brier: squares / length,
    bins,
  };
}
