/** What images belong to, from the largest to the smallest. */
export const UNITS = ['patient', 'study', 'series'] as const;
export type Unit = (typeof UNITS)[number];

/** What tells whom an image belongs to. */
interface Belonging extends Readonly<Record<Unit, string | null>> {
  metadata: Readonly<Record<string, string>>;
}

/**
 * The key of an image's patient, study or series: a name counts within what is around it, so that patient 1
 * of one data set is another one than patient 1 of another, and study 1 of two patients are two studies.
 * @returns null where it is not known
 */
export function unitKey(unit: Unit, image: Belonging): string | null {
  if (image[unit] === null) return null;
  const around = UNITS.slice(0, UNITS.indexOf(unit) + 1).map((each) => image[each]);
  return JSON.stringify([image.metadata.dataset ?? null, ...around]);
}
