import type { SemblanceError } from '../domain/errors/error.ts';
import type { TextEmbedding } from '../encoding/encoders/text-tower.ts';
import type { PreprocessSpec } from '../encoding/preprocess/spec.ts';
import type { VectorIndex } from '../index/vector-index.ts';
import type { ReadableCollection } from '../store/readable-collection.ts';
import type { QueryEmbeddings } from './query-embeddings.ts';

/** Where pictures, texts and the images of a collection are compared: that of an encoder, or of several. */
export interface EmbeddingSpace {
  /** Name for people: the encoder's. */
  readonly name: string;
  /** Fingerprint of its encoder, whose calibration holds here; null for a space of several. */
  readonly fingerprint: string | null;
  /** Number of its encoder in the collection; null for a space of several. */
  readonly encoderId: number | null;
  /** Length of an embedding. */
  readonly dimension: number;
  /** What was searched with here, so that it is encoded once. */
  readonly queries: QueryEmbeddings;
  /**
   * How a picture is prepared for its encoders, in their order. What encodes it is loaded meanwhile.
   * @throws SemblanceError ENCODER_IMPORTED
   */
  prepare(): PreprocessSpec[];
  /**
   * The embedding of a picture.
   * @param tensors the picture as `prepare` asks for it
   * @throws SemblanceError of loading the encoders and of encoding; the signal's reason
   */
  encodePicture(tensors: readonly Float32Array[], signal?: AbortSignal): Promise<Float32Array>;
  /**
   * The embeddings of several pictures, encoded together; an error in the place of one that an encoder cannot take.
   * @param pictures tensors of each, as `prepare` asks for them
   * @throws SemblanceError of loading the encoders, and ENCODER_FAILED when one takes none of them
   */
  encodePictures(
    pictures: readonly (readonly Float32Array[])[],
  ): Promise<(Float32Array | SemblanceError)[]>;
  /**
   * The embedding of a text.
   * @throws SemblanceError REQUEST_INVALID (an empty text), TEXT_NOT_SUPPORTED; the signal's reason
   */
  encodeText(text: string, signal?: AbortSignal): Promise<TextEmbedding>;
  /**
   * The embedding of an image of the collection, in one state of it.
   * @throws SemblanceError IMAGE_NOT_FOUND, COLLECTION_EMPTY (it has none in this space)
   */
  embeddingOf(state: ReadableCollection, id: number): Float32Array;
  /** Whether an image of the collection has one, in one state of it. */
  isIndexed(state: ReadableCollection, id: number): boolean;
  /** All images that have an embedding, in the order of their ids. */
  embeddings(state: ReadableCollection): Iterable<readonly [id: number, vector: Float32Array]>;
  /** A number that rises with every change of the embeddings. */
  generation(state: ReadableCollection): number;
  /**
   * Works with the index over all embeddings of a state (`CollectionStore.snapshot`); it is built anew
   * when that is another one, and lives as long as anybody works with it.
   * @param signal ends the wait, but not for whoever builds the index, which others may wait for
   * @throws the signal's reason, and those of reading the embeddings
   */
  withIndex<T>(
    state: ReadableCollection,
    work: (index: VectorIndex) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T>;
  /** Frees the models and the index. */
  release(): Promise<void>;
}
