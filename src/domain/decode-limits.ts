/** What a file may cost before it is refused. */
export interface DecodeLimits {
  /** Width times height at the most. */
  maxPixels: number;
  /** Longest side in pixels at the most. */
  maxSide?: number;
  /** Time for one picture in seconds, where it is decoded in a process of its own. */
  maxSeconds?: number;
  /** Memory of such a process in MB. */
  maxMemory?: number;
}

/**
 * Ample for radiology: the largest mammograms have some 30 million pixels. A narrow picture may cost
 * much more than its pixels, where it is resized to a square: the limit of a side bounds it.
 */
export const DEFAULT_LIMITS: Required<DecodeLimits> = {
  maxPixels: 200_000_000,
  maxSide: 100_000,
  maxSeconds: 20,
  maxMemory: 3000,
};
