/** A probability for people; never certain. */
export function formatProbability(probability: number | undefined): string {
  if (probability === undefined) return '';
  if (probability > 0.99) return '> 99 %';
  if (probability < 0.01) return '< 1 %';
  return `${Math.round(probability * 100)} %`;
}

/** Neighbours of each query that the probabilities of a calibration are fitted and measured on. */
export const NEIGHBOURS = 24;
