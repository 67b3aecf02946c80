import type { EncoderDefinition } from '../domain/encoders.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import { encodeEach } from '../encoding/encoders/encode-each.ts';
import type { Encoder } from '../encoding/encoders/encoder.ts';
import type { LoadOptions } from '../encoding/encoders/model.ts';
import { openStoredEncoder } from '../encoding/encoders/open-stored.ts';
import { PatchFeatures } from '../encoding/encoders/patch-features.ts';
import { encodingDefinition } from '../encoding/encoders/stored-description.ts';
import { type TextEmbedding, TextTower } from '../encoding/encoders/text-tower.ts';
import type { PreprocessSpec } from '../encoding/preprocess/spec.ts';
import { embeddedIndex, type OpenIndex } from '../index/memory/open-index.ts';
import { CurrentIndex } from '../index/memory/shared-index.ts';
import type { VectorIndex } from '../index/vector-index.ts';
import { untilAborted } from '../runtime/until-aborted.ts';
import type { ReadableCollection } from '../store/readable-collection.ts';
import type { StoredEncoder } from '../store/records.ts';
import type { EmbeddingSpace } from './embedding-space.ts';
import { QueryEmbeddings } from './query-embeddings.ts';

/** The space of one encoder of a collection. Models are loaded when they are first needed. */
export class EncoderSpace implements EmbeddingSpace {
  readonly queries = new QueryEmbeddings();
  private readonly index = new CurrentIndex();
  private encoding: Promise<Encoder> | undefined;
  private tower: Promise<TextTower> | undefined;
  private tokens: Promise<PatchFeatures | undefined> | undefined;

  constructor(
    readonly encoder: StoredEncoder,
    private readonly openIndex: OpenIndex = embeddedIndex,
    private readonly loading: LoadOptions = {},
  ) {}

  get name(): string {
    return this.encoder.name;
  }

  get fingerprint(): string {
    return this.encoder.fingerprint;
  }

  get encoderId(): number {
    return this.encoder.id;
  }

  get dimension(): number {
    return this.encoder.dimension;
  }

  embeddings(state: ReadableCollection): Iterable<[id: number, vector: Float32Array]> {
    return state.embeddings.each(this.encoder.id);
  }

  generation(state: ReadableCollection): number {
    return state.generation(this.encoder.id);
  }

  withIndex<T>(
    state: ReadableCollection,
    work: (index: VectorIndex) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    // Where others are served, a search does not wait for what only makes later ones quick.
    const options = { answering: this.loading.apart };
    const build = (previous?: VectorIndex) =>
      this.openIndex(state, this.encoder, previous, options);
    return this.index.use(this.generation(state), build, work, signal);
  }

  async release(): Promise<void> {
    this.index.release();
    for (const held of [this.encoding, this.tower, this.tokens]) {
      // One that could not be loaded holds nothing.
      await (await held?.catch(() => undefined))?.release();
    }
  }

  /** The encoder, loaded once. */
  loaded(): Promise<Encoder> {
    this.encoding ??= openStoredEncoder(this.encoder, this.loading).catch((error) => {
      // A model file that was absent for a moment may be back at the next try.
      this.encoding = undefined;
      throw error;
    });
    return this.encoding;
  }

  /** The graph of the encoder's tokens, loaded once; undefined where it has none. */
  patchFeatures(): Promise<PatchFeatures | undefined> {
    this.tokens ??= PatchFeatures.load(this.definition(), this.loading).catch((error) => {
      this.tokens = undefined;
      throw error;
    });
    return this.tokens;
  }

  prepare(): PreprocessSpec[] {
    const { preprocess } = this.definition();
    // Its error is thrown when the picture is encoded.
    this.loaded().catch(() => undefined);
    return [preprocess];
  }

  async encodePicture(
    tensors: readonly Float32Array[],
    signal?: AbortSignal,
  ): Promise<Float32Array> {
    const encoder = await untilAborted(this.loaded(), signal);
    const [vector] = await encoder.encode(tensors, { signal });
    return vector as Float32Array;
  }

  async encodePictures(
    pictures: readonly (readonly Float32Array[])[],
  ): Promise<(Float32Array | SemblanceError)[]> {
    const encoder = await this.loaded();
    return encodeEach(
      encoder,
      pictures.map(([tensor]) => tensor as Float32Array),
    );
  }

  async encodeText(text: string, signal?: AbortSignal): Promise<TextEmbedding> {
    if (text.trim() === '') throw new SemblanceError('REQUEST_INVALID', 'The text is empty.');
    this.tower ??= TextTower.load(this.definition(), this.loading).catch((error) => {
      this.tower = undefined;
      throw error;
    });
    const tower = await untilAborted(this.tower, signal);
    const [embedding] = await tower.encode([text], signal);
    return embedding as TextEmbedding;
  }

  embeddingOf(state: ReadableCollection, id: number): Float32Array {
    const vector = state.embeddings.get(this.encoder.id, id);
    if (vector !== undefined) return vector;
    // An image that does not exist is the other reason.
    state.images.get(id);
    throw new SemblanceError('COLLECTION_EMPTY', 'The image has no embedding of this encoder.');
  }

  isIndexed(state: ReadableCollection, id: number): boolean {
    return state.embeddings.encodersOf(id).includes(this.encoder.id);
  }

  private definition(): EncoderDefinition {
    return encodingDefinition(this.encoder);
  }
}
