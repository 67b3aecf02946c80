import { useInfiniteQuery } from '@tanstack/react-query';
import type { Image, Problem } from '../../../src/contract/shapes.ts';
import { listImages } from '../api.ts';
import { toProblem } from '../problems.ts';

/** The images of a collection under a filter, as far as they are loaded. */
export interface Listing {
  images: readonly Image[];
  /** How many match; null before the first page. */
  total: number | null;
  loading: boolean;
  problem: Problem | null;
  /** Loads the next page; null after the last one. */
  more: (() => void) | null;
}

const PAGE = 60;

/** The listing of a collection under a filter; its first page is loaded at once. */
export function useListing(collection: string, where: string): Listing {
  const { data, error, isFetching, hasNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ['images', collection, where],
    queryFn: ({ pageParam, signal }) => listImages(collection, where, pageParam, PAGE, signal),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ images, offset, total }) =>
      // An empty page ends the listing even if the total has changed in between.
      offset + images.length >= total ? undefined : images.at(-1)?.id,
  });
  const images = data?.pages.flatMap((page) => page.images) ?? [];
  const total = hasNextPage ? data?.pages.at(-1)?.total : data && images.length;
  return {
    images,
    total: total ?? null,
    loading: isFetching,
    problem: error && toProblem(error),
    more: hasNextPage ? () => void fetchNextPage({ cancelRefetch: false }) : null,
  };
}
