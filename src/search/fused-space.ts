import { SemblanceError } from '../domain/errors/error.ts';
import type { TextEmbedding } from '../encoding/encoders/text-tower.ts';
import type { PreprocessSpec } from '../encoding/preprocess/spec.ts';
import { CurrentIndex } from '../index/memory/shared-index.ts';
import type { VectorIndex } from '../index/vector-index.ts';
import type { ReadableCollection } from '../store/readable-collection.ts';
import type { EmbeddingSpace } from './embedding-space.ts';
import { FusedIndex } from './fused-index.ts';
import { scaled } from './fusion.ts';
import { QueryEmbeddings } from './query-embeddings.ts';

/**
 * Several encoders as one space: embeddings of length 1, each times the root of its weight, one after the
 * other. The cosine similarity of two such vectors is the weighted mean of the encoders' own cosine
 * similarities, so one exact index gives the exact answer of the fusion.
 *
 * Images without an embedding of each encoder are not in it.
 */
export class FusedSpace implements EmbeddingSpace {
  readonly name: string;
  readonly fingerprint = null;
  readonly encoderId = null;
  readonly dimension: number;
  readonly queries = new QueryEmbeddings();
  private readonly index = new CurrentIndex();
  private readonly fused: FusedIndex;

  /**
   * @param spaces one for each encoder; they are not released with this one
   * @param weights one for each, with the sum 1
   */
  constructor(
    private readonly spaces: readonly EmbeddingSpace[],
    readonly weights: readonly number[],
  ) {
    this.name = spaces.map(({ name }, i) => `${name}:${rounded(weights[i] as number)}`).join(',');
    this.dimension = spaces.reduce((sum, { dimension }) => sum + dimension, 0);
    const encoders = spaces.flatMap(({ encoderId }) => encoderId ?? []);
    this.fused = new FusedIndex(this.dimension, encoders, (vectors) => this.join(vectors));
  }

  prepare(): PreprocessSpec[] {
    return this.spaces.flatMap((space) => space.prepare());
  }

  async encodePicture(
    tensors: readonly Float32Array[],
    signal?: AbortSignal,
  ): Promise<Float32Array> {
    const vectors: Float32Array[] = [];
    let at = 0;
    for (const space of this.spaces) {
      const { length } = space.prepare();
      vectors.push(await space.encodePicture(tensors.slice(at, at + length), signal));
      at += length;
    }
    return this.join(vectors);
  }

  async encodePictures(
    pictures: readonly (readonly Float32Array[])[],
  ): Promise<(Float32Array | SemblanceError)[]> {
    const parts: (Float32Array | SemblanceError)[][] = [];
    let at = 0;
    for (const space of this.spaces) {
      const { length } = space.prepare();
      const tensors = pictures.map((picture) => picture.slice(at, at + length));
      parts.push(await space.encodePictures(tensors));
      at += length;
    }
    return pictures.map((_, i) => {
      const vectors: Float32Array[] = [];
      for (const part of parts) {
        const vector = part[i] as Float32Array | SemblanceError;
        if (vector instanceof SemblanceError) return vector;
        vectors.push(vector);
      }
      return this.join(vectors);
    });
  }

  async encodeText(text: string, signal?: AbortSignal): Promise<TextEmbedding> {
    const parts: TextEmbedding[] = [];
    for (const space of this.spaces) parts.push(await space.encodeText(text, signal));
    // The tokens of the encoder that reads the least of the text.
    const [least] = parts.toSorted((a, b) => a.used / a.tokens - b.used / b.tokens);
    return { ...(least as TextEmbedding), vector: this.join(parts.map(({ vector }) => vector)) };
  }

  embeddingOf(state: ReadableCollection, id: number): Float32Array {
    return this.join(this.spaces.map((space) => space.embeddingOf(state, id)));
  }

  isIndexed(state: ReadableCollection, id: number): boolean {
    return this.spaces.every((space) => space.isIndexed(state, id));
  }

  *embeddings(state: ReadableCollection): Generator<[id: number, vector: Float32Array]> {
    const [first, ...others] = this.spaces.map((space) =>
      space.embeddings(state)[Symbol.iterator](),
    );
    const heads = others.map((iterator) => iterator.next());
    if (first === undefined) return;
    for (let row = first.next(); !row.done; row = first.next()) {
      const [id, vector] = row.value;
      const vectors = [vector];
      for (const [i, iterator] of others.entries()) {
        // All are in the order of the ids.
        let head = heads[i] as IteratorResult<readonly [number, Float32Array]>;
        while (!head.done && head.value[0] < id) head = iterator.next();
        heads[i] = head;
        if (!head.done && head.value[0] === id) vectors.push(head.value[1]);
      }
      if (vectors.length === this.spaces.length) yield [id, this.join(vectors)];
    }
  }

  generation(state: ReadableCollection): number {
    // None ever falls, so the sum rises whenever one does.
    return this.spaces.reduce((sum, space) => sum + space.generation(state), 0);
  }

  withIndex<T>(
    state: ReadableCollection,
    work: (index: VectorIndex) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const build = (previous?: VectorIndex) => this.fused.open(state, previous);
    const filled = async (index: VectorIndex) => {
      if (index.size > 0) return work(index);
      throw new SemblanceError('COLLECTION_EMPTY', 'No image has an embedding of each encoder.', {
        subject: this.name,
      });
    };
    return this.index.use(this.generation(state), build, filled, signal);
  }

  async release(): Promise<void> {
    this.index.release();
  }

  private join(vectors: readonly Float32Array[]): Float32Array {
    const joined = new Float32Array(this.dimension);
    let at = 0;
    for (const [i, vector] of vectors.entries()) {
      joined.set(scaled(vector, Math.sqrt(this.weights[i] as number)), at);
      at += vector.length;
    }
    return joined;
  }
}

/** Three digits are enough to search again with the same answer for people's purposes. */
function rounded(weight: number): string {
  return String(Number(weight.toPrecision(3)));
}
