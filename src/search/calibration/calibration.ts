import { share } from '../../store/labelled-rows.ts';
import type { Selective } from './abstention.ts';
import { type Rising, valueAt } from './isotonic.ts';
import type { Reliability } from './reliability.ts';

/** Nearest images that vote: a neighbour counts for more when they have its label. */
export const VOTES = 10;
/** Chance that a guarantee holds. */
export const CONFIDENCE = 0.9;
/** Share of the collection's own images that are called unfamiliar. */
export const UNFAMILIAR = 0.01;
/** Share of changed images from which a calibration is stale. */
export const STALE = 0.1;

/** What was found for one wanted rate of errors. */
export interface ErrorLevel {
  /** Rate of errors that is wanted at the most. */
  error: number;
  /** Least score of a good match; null when no threshold can be guaranteed with so few images. */
  threshold: number | null;
  /** On the queries it was chosen on, and on those that nothing was chosen on. */
  chosenOn: Selective;
  measured: Selective | null;
}

/** Figures of one group of queries. */
export interface Figures {
  queries: number;
  patients: number;
  /** Of the nearest image alone, and of the 24 nearest. */
  nearest: Reliability;
  neighbours: Reliability;
  /** The latter by similarity without votes, for comparison. */
  bySimilarity: Reliability;
}

/** How similarities in one collection and encoder become probabilities. */
export interface Calibration {
  encoder: string;
  fingerprint: string;
  /** What is to be shared: `label` or the name of a metadata field. */
  field: string;
  /** Time it was made, ISO 8601, and the collection's generation and number of images then. */
  made: string;
  generation: number;
  images: number;
  /** Images searched in. */
  index: number;
  /** Whose queries the probabilities were fitted on, the thresholds chosen, and all measured. */
  roles: { fit: string; choose: string; measure: string | null };
  fitted: { queries: number; patients: number };
  /** Probability by similarity alone. */
  similarity: Rising;
  /** Probability by score: that by similarity times the share of votes. */
  score: Rising;
  /** Similarity of the nearest image that 99 % of the fitted queries reach. */
  familiar: number;
  confidence: number;
  /** The wanted rate of errors, one of the levels. */
  error: number;
  levels: ErrorLevel[];
  figures: { choose: Figures; measure: Figures | null };
  /** Some images as they were, to notice changes: id and a short hash. */
  sample: [id: number, hash: string][];
}

/** How many of the votes have one of some labels. */
export function agreeing(votes: readonly (readonly string[])[], labels: readonly string[]): number {
  return votes.filter((vote) => share(vote, labels)).length;
}

/**
 * Score of a neighbour: the probability by its similarity, times the share of the votes that have one of
 * its labels. Votes that are missing count against it.
 * @param votes how many of the nearest images have one, of up to `VOTES`, without the query's own patient
 */
export function scoreOf(similarity: Rising, cosine: number, votes: number): number {
  return (valueAt(similarity, cosine) * votes) / VOTES;
}

/** The wanted level. */
export function wantedLevel({ levels, error }: Calibration): ErrorLevel {
  return levels.find((level) => level.error === error) as ErrorLevel;
}
