import { Slices } from '../../runtime/slices.ts';
import type { SourceState } from '../embedding-source.ts';
import type { LayeredIndex } from './layered-index.ts';

/** An index is built anew where more than this share of its rows are others. */
const MOST_CHANGED = 0.1;
/** So many are looked up in any case. */
const FEW = 10_000;

/** So many changed embeddings are read one by one before all are read. */
export function mostFollowed(count: number): number {
  return Math.max(FEW, MOST_CHANGED * count);
}

/** What has changed since an index was made. */
export interface ChangedEmbeddings {
  /** The state to follow to. */
  state: SourceState;
  /** Images whose embeddings are others than in the index, ascending. */
  images: readonly number[];
  /** The embedding that an image has now; undefined where it has none. */
  get(image: number): Float32Array | undefined;
  /** Whether what was held, with what `get` gave of all images, is all that was written. */
  areAll(): boolean;
}

/**
 * The index of a later state by that of an earlier one; other work has its turn meanwhile.
 * @returns `haveGone`: whether images have gone that were there, or came meanwhile; undefined when the changes do not
 *   lead to the later state, because embeddings were lost or altered, or not all changes were noted
 */
export async function follow(
  index: LayeredIndex,
  { state, images, get, areAll }: ChangedEmbeddings,
): Promise<{ index: LayeredIndex; haveGone: boolean } | undefined> {
  const now = new Map<number, Float32Array>();
  const slices = new Slices(undefined);
  for (const image of images) {
    const vector = get(image);
    if (vector !== undefined) now.set(image, vector);
    if (slices.over()) await slices.pause();
  }
  if (!areAll()) return undefined;
  const next = await index.with(state, images, (image) => now.get(image));
  return { index: next, haveGone: now.size < images.length };
}
