import { useQueries } from '@tanstack/react-query';
import type { Image } from '../../../../src/contract/shapes.ts';
import { SERIES_PAGE, seriesRequest } from '../../state/requests.ts';

/** An image among those it stands with in an order. */
export interface Stack {
  /** What one of them is. */
  name: 'Image' | 'Frame';
  total: number;
  /** The place of the image itself, from 0. */
  own: number;
}

/**
 * The series of an image of the collection.
 * @param at the place that is shown; null for the image's own
 * @returns the stack, and the image at the place; both null while they are not known
 */
export function useSeries(
  collection: string,
  image: Image | null,
  at: number | null,
): { stack: Stack | null; shown: Image | null } {
  const pages = [...new Set([0, Math.floor((at ?? 0) / SERIES_PAGE)])];
  const found = useQueries({
    queries: pages.map((page) => ({
      ...seriesRequest(collection, image?.id ?? 0, page),
      enabled: image !== null,
    })),
  });
  const known = found[0]?.data;
  if (!image || !known) return { stack: null, shown: image };
  const { total, at: own } = known;
  const [one, other] = known.images;
  const name = one && other && one.path === other.path ? 'Frame' : 'Image';
  const page = found.at(-1)?.data;
  const shown = at === null || at === own ? image : page?.images[at - page.offset];
  return { stack: { name, total, own }, shown: shown ?? null };
}
