import { Slices } from '../../runtime/slices.ts';
import type { DigestChange, SourceState } from '../embedding-source.ts';
import type { LayeredIndex } from './layered-index.ts';

/** What has changed since an index was made. */
export interface ChangedEmbeddings {
  /** The state to follow to. */
  state: SourceState;
  /** Images whose embeddings are others than in the index, ascending. */
  images: readonly number[];
  /** The embedding that an image has now; undefined where it has none. */
  get(image: number): Float32Array | undefined;
  /**
   * What tells an embedding from others.
   * @param held the index's embedding of the image, if it has one
   */
  digests(
    image: number,
    held: Float32Array | undefined,
    now: Float32Array | undefined,
  ): DigestChange;
  /** Whether what was held, with these changes, is all that was written. */
  areAll(changes: readonly DigestChange[]): boolean;
}

/**
 * The index of a later state by that of an earlier one; other work has its turn meanwhile.
 * @returns `haveGone`: whether images have gone that were there, or came meanwhile; undefined when the changes do not
 *   lead to the later state, because embeddings were lost or altered, or not all changes were noted
 */
export async function follow(
  index: LayeredIndex,
  { state, images, get, digests, areAll }: ChangedEmbeddings,
): Promise<{ index: LayeredIndex; haveGone: boolean } | undefined> {
  const now = new Map<number, Float32Array>();
  const changes = await new Slices(undefined).map(images, (image) => {
    const vector = get(image);
    if (vector !== undefined) now.set(image, vector);
    return digests(image, index.vectorOf(image), vector);
  });
  if (index.state.state !== state.state && !areAll(changes)) return undefined;
  const next = await index.with(state, images, (image) => now.get(image));
  return { index: next, haveGone: now.size < images.length };
}
