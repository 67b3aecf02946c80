import type { Decoding } from './pixels.ts';

/**
 * Version of the rules by which files become pixels, kept in `decoding.reading`. Raise it whenever the
 * pixels of some kind of file change, and name the kind in `mayReadDifferently`. One without it is
 * of version 1.
 */
export const READING = 2;

/** What is known of a picture from one reading. */
export interface Reading {
  /** Null of what was never read. */
  decoding: Decoding | null;
  /** Unknown for what was indexed before there were any. */
  perceptualHash?: string | null | undefined;
}

/**
 * Whether a file with this stored decoding is of a kind that is read by other rules today: only then is
 * it worth decoding again.
 */
export function mayReadDifferently(stored: Decoding | null): boolean {
  if (stored === null || (stored.reading ?? 1) >= READING) return false;
  // Version 2: palettes, RLE and some headers of BMP, deep colour, defects of detectors, CMYK, and
  // the sample formats and colour models of TIFF.
  const { format, bits, colour } = stored;
  return format === 'bmp' || format === 'tiff' || colour === 'cmyk' || bits > 8;
}

/** Whether an earlier reading of the same file gave other pixels than today's, or other ones were masked. */
export function readsDifferently(
  stored: Reading,
  today: Reading & { decoding: Decoding },
): boolean {
  const before = stored.decoding;
  if (before === null) return false;
  if (before.mask !== today.decoding.mask) return true;
  if (!mayReadDifferently(before)) return false;
  // Exchanged colours do not show in the hash.
  const exchanged = before.format === 'bmp' && before.colour === 'palette';
  if (exchanged || before.colour === 'cmyk') return true;
  // Version 1 mapped deep colour from 0..65535 without saying so.
  const deepColour = before.bits > 8 && before.windowLow === undefined;
  const [low, high] = deepColour ? [0, 65535] : [before.windowLow, before.windowHigh];
  return (
    low !== today.decoding.windowLow ||
    high !== today.decoding.windowHigh ||
    (stored.perceptualHash != null && stored.perceptualHash !== today.perceptualHash)
  );
}
