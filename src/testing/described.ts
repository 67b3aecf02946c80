import type { ImageDescription } from '../store/records.ts';

/** The description of an image of which nothing is known but its path and what is given. */
export function described(
  path: string,
  known: Partial<Omit<ImageDescription, 'path'>> = {},
): ImageDescription {
  return { path, patient: null, study: null, series: null, labels: [], metadata: {}, ...known };
}
