import { channel } from 'node:diagnostics_channel';
import { INDEX_BUILD, type IndexBuild } from '../../domain/logger.ts';
import type {
  DigestChange,
  EmbeddingSource,
  IndexedEncoder,
  SourceState,
} from '../embedding-source.ts';
import type { VectorIndex } from '../vector-index.ts';
import type { FlatIndex } from './flat-index.ts';
import type { KeptIndex } from './index-file.ts';
import { forgetIndexFile, indexFile, removeLeftParts } from './kept-files.ts';
import type { LayeredIndex } from './layered-index.ts';

/**
 * Opens the index over the embeddings of a collection as they are now.
 * @param previous the index of an earlier state, which can be used on
 */
export type OpenIndex = (
  source: EmbeddingSource,
  encoder: IndexedEncoder,
  previous?: VectorIndex,
  options?: OpenOptions,
) => Promise<VectorIndex>;

/** How an index is opened. */
interface OpenOptions {
  /** Whether it is to answer as soon as it can, and what makes answers quick, or is kept, is made meanwhile. */
  answering?: boolean | undefined;
}

/**
 * The index in this process: that of an earlier state, in memory or in the file beside the collection, with what has
 * changed since; or from the collection's embeddings, and then kept in the file.
 */
export const embeddedIndex: OpenIndex = async (source, encoder, previous, { answering } = {}) => {
  // Loaded with the first index: most commands do not search.
  const [flat, { LayeredIndex }, { follow, mostFollowed }] = await Promise.all([
    import('./flat-index.ts'),
    import('./layered-index.ts'),
    import('./follow.ts'),
  ]);
  const { id, fingerprint, dimension } = encoder;
  const count = source.embeddings.count(id);
  const built = async () => {
    const begun = performance.now();
    const index = await flat.FlatIndex.read(source.embeddings, encoder, answering ?? false);
    const told: IndexBuild = { ms: performance.now() - begun };
    channel(INDEX_BUILD).publish(told);
    return index;
  };
  const name = source.stateName(id);
  // Nothing was ever written.
  if (name === undefined) return built();
  const state: SourceState = { generation: source.generation(id), state: name };
  const path = indexFile(source, id);
  const save = async (index: FlatIndex, of: SourceState) => {
    // What is there may have images that have gone.
    if (!index.worthKeeping) return forgetIndexFile(source, id);
    // The file only saves time: where it cannot be written, the search goes on.
    await index.save(path, { ...of, fingerprint, dimension }).catch(() => undefined);
  };

  const changedSince = (before: SourceState & { last: number }) =>
    before.state === state.state
      ? []
      : source.embeddings.changedSince(id, before, mostFollowed(count));
  /** Whether images have gone that an earlier state had: what is kept of them has to go as well. */
  let haveGone = false;
  const { embeddings } = source;
  /** The index of this state by that of an earlier one and what has changed since; undefined where there is no way. */
  const followed = async (
    index: LayeredIndex,
    images: readonly number[] | undefined,
  ): Promise<LayeredIndex | undefined> => {
    if (images === undefined) return undefined;
    // Their embeddings in a file that is still read are compared with those of now.
    if (images.length > 0) await index.need(images);
    const digest = (image: number, vector: Float32Array | undefined) =>
      vector && embeddings.digest(image, vector);
    const changes: DigestChange[] = [];
    // Where it is not proved, building anew says what is wrong.
    const next = await follow(index, {
      state,
      images,
      get: (image) => {
        const now = embeddings.get(id, image);
        changes.push([digest(image, index.vectorOf(image)), digest(image, now)]);
        return now;
      },
      areAll: () => index.state.state === name || embeddings.areChanged(id, index.state, changes),
    });
    haveGone ||= next?.haveGone === true;
    return next?.index;
  };

  const inMemory =
    previous instanceof LayeredIndex
      ? await followed(previous, changedSince({ ...previous.state, last: previous.last }))
      : undefined;
  if (inMemory !== undefined) {
    // Should this process end before another file takes its place, nothing of them is left.
    if (haveGone) forgetIndexFile(source, id);
    inMemory.merge(save, haveGone).catch(() => undefined);
    return inMemory;
  }
  removeLeftParts(source, id);
  let changed: readonly number[] | undefined;
  const accepts = (kept: KeptIndex) => {
    if (kept.fingerprint !== fingerprint || kept.dimension !== dimension) return false;
    changed = changedSince(kept);
    return changed !== undefined;
  };
  const loaded = await flat.FlatIndex.load(path, accepts);
  if (loaded !== undefined) {
    const base = LayeredIndex.over(loaded.index, loaded.kept);
    try {
      const index = await followed(base, changed);
      if (index !== undefined && !haveGone) {
        // A process that ends before it is done leaves the file as it is; the next one that stays does it.
        index.merge(save).catch(() => undefined);
        return index;
      }
      if (haveGone) forgetIndexFile(source, id);
      if (index !== undefined && haveGone && answering) {
        index.merge(save, true).catch(() => undefined);
        return index;
      }
      await index?.release();
    } finally {
      await base.release();
    }
  }
  const index = await built();
  if (answering) return LayeredIndex.answering(index, state, save);
  await save(index, state);
  return LayeredIndex.over(index, state);
};
