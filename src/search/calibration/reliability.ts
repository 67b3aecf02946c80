import { mean } from '../../domain/mean.ts';

/** A probability that was stated, and whether what it was stated of is so. */
export interface Stated {
  probability: number;
  hit: boolean;
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
export function reliability(statements: readonly Stated[]): Reliability {
  const bins = Array.from({ length: BINS }, (_, bin) =>
    statements.filter(({ probability: p }) => Math.min(BINS - 1, Math.floor(p * BINS)) === bin),
  )
    .filter((bin) => bin.length > 0)
    .map((bin) => ({
      count: bin.length,
      stated: mean(bin.map(({ probability }) => probability)),
      observed: mean(bin.map(({ hit }) => Number(hit))),
    }));
  const distances = bins.map((bin) => bin.count * Math.abs(bin.stated - bin.observed));
  return {
    count: statements.length,
    expectedCalibrationError: distances.reduce((sum, d) => sum + d, 0) / statements.length,
    brier: mean(statements.map(({ probability, hit }) => (probability - Number(hit)) ** 2)),
    bins,
  };
}
