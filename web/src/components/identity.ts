import type { CollectionSummary, Facet, Image } from '../../../src/contract/shapes.ts';
import { PERSONAL_FIELDS } from '../../../src/domain/identity.ts';

/** A pseudonym as collections make them. */
const PSEUDONYM = /^[0-9a-f]{24}$/;

/** So much of a pseudonym is shown. */
const SHORT = 6;

/** In place of what is kept of a person and not asked for. */
export const HIDDEN = 'hidden';

/** A name as it is shown: of a pseudonym a short code that is enough to tell a few apart. */
export function shortCode(name: string): string {
  return PSEUDONYM.test(name) ? `#${name.slice(0, SHORT)}` : name;
}

/** Whether a collection keeps whom an image is of, readable. */
export function isKept(
  collection: Pick<CollectionSummary, 'identity'> | null,
  image: Image,
): boolean {
  return collection?.identity === 'keep' && image.decoding?.format === 'dicom';
}

/** The fields to filter by; what tells who somebody is, is none of them: it would stand in the address. */
export function filterFacets(
  facets: readonly Facet[],
  collection: Pick<CollectionSummary, 'identity'> | null,
): Facet[] {
  if (collection?.identity !== 'keep') return [...facets];
  return facets.filter(({ field }) => !PERSONAL_FIELDS.has(field));
}

/** What an image is called: its file, unless that may name whom it is of. */
export function imageName(
  collection: Pick<CollectionSummary, 'identity'> | null,
  image: Image,
): string {
  const name = image.path.slice(image.path.lastIndexOf('/') + 1);
  return isKept(collection, image) ? `Image ${image.id}` : name;
}
