/** What images belong to, from the largest to the smallest. */
export const LEVELS = ['patient', 'study', 'series'] as const;
export type Level = (typeof LEVELS)[number];

/** What a search finds: images, or the series or studies that they belong to. */
export const SEARCH_LEVELS = ['image', 'series', 'study'] as const;
export type SearchLevel = (typeof SEARCH_LEVELS)[number];

/** What is found by the images that belong to it. */
export const UNIT_LEVELS = ['series', 'study'] as const;
export type UnitLevel = (typeof UNIT_LEVELS)[number];

/** What a search finds, by its name; undefined for any other text. */
export function searchLevelNamed(text: string | null): SearchLevel | undefined {
  return SEARCH_LEVELS.find((level) => level === text);
}

/** The level of a name; undefined for any other text. */
export function levelNamed(text: string | null): Level | undefined {
  return LEVELS.find((level) => level === text);
}

/** What tells whom an image belongs to. */
interface Belonging extends Readonly<Record<Level, string | null>> {
  metadata: Readonly<Record<string, string>>;
}

/**
 * The key of an image's patient, study or series: a name counts within what is around it, so that patient 1
 * of one data set is another one than patient 1 of another, and study 1 of two patients are two studies.
 * @returns null where it is not known
 */
export function levelKey(level: Level, image: Belonging): string | null {
  if (image[level] === null) return null;
  const around = LEVELS.slice(0, LEVELS.indexOf(level) + 1).map((each) => image[each]);
  return JSON.stringify([image.metadata.dataset ?? null, ...around]);
}
