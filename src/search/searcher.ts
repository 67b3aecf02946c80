import { parseDefinition } from '../encoders/definition.ts';
import { Encoder } from '../encoders/encoder.ts';
import { SemblanceError } from '../errors/error.ts';
import { type DecodeLimits, decodeImage } from '../images/decode.ts';
import { contentHash } from '../images/read.ts';
import { preprocess } from '../preprocess/preprocess.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import type { Filter } from '../store/filter.ts';
import type { ImageRecord, StoredEncoder } from '../store/records.ts';
import { FlatIndex } from './flat-index.ts';

/** What is asked. */
export interface SearchRequest {
  /** Neighbours wanted. */
  k: number;
  filter?: Filter;
  /** Leave out every image of the query's patient. */
  excludePatient?: boolean;
}

/** What is answered. */
export interface SearchAnswer {
  /** The image searched with, when it is one of the collection. */
  query: ImageRecord | null;
  /** How many images were compared. */
  candidates: number;
  neighbours: { rank: number; similarity: number; image: ImageRecord }[];
  milliseconds: { encode: number; search: number };
}

/**
 * The stored encoder of a name; of several with one name, the one with the most embeddings, then the newest.
 * Without a name, the one with the most embeddings of all.
 * @throws SemblanceError COLLECTION_EMPTY, ENCODER_NOT_FOUND
 */
export function chooseEncoder(store: CollectionStore, name?: string): StoredEncoder {
  const filled = store.encoders().filter((encoder) => encoder.embeddings > 0);
  if (filled.length === 0) {
    throw new SemblanceError('COLLECTION_EMPTY', 'The collection has no embeddings.');
  }
  const found = filled
    .filter((encoder) => name === undefined || encoder.name === name)
    .reduce<StoredEncoder | undefined>(
      (best, encoder) => (best && best.embeddings >= encoder.embeddings ? best : encoder),
      undefined,
    );
  if (found === undefined) {
    throw new SemblanceError('ENCODER_NOT_FOUND', 'The collection has no embeddings of it.', {
      ...(name === undefined ? {} : { subject: name }),
    });
  }
  return found;
}

/** Searches one collection with one encoder. */
export class Searcher {
  private index: Promise<FlatIndex> | undefined;
  private indexGeneration = -1;
  private loading: Promise<Encoder> | undefined;

  constructor(
    private readonly store: CollectionStore,
    readonly encoder: StoredEncoder,
    private readonly limits: DecodeLimits,
  ) {}

  /**
   * Neighbours of a picture. Images of the same content are its own file and left out.
   * @throws SemblanceError of decoding and encoding
   */
  async byPicture(bytes: Uint8Array, request: SearchRequest): Promise<SearchAnswer> {
    const start = performance.now();
    const pixels = await decodeImage(bytes, this.limits);
    const encoder = await this.loadEncoder();
    const [vector] = await encoder.encode([preprocess(pixels, encoder.preprocess)]);
    const own = this.store.idsOfContent(contentHash(bytes));
    const query = own[0] === undefined ? null : this.store.image(own[0]);
    return this.search(vector as Float32Array, query, own, request, performance.now() - start);
  }

  /**
   * Neighbours of an image of the collection, by its stored embedding.
   * @throws SemblanceError IMAGE_NOT_FOUND, COLLECTION_EMPTY (it has no embedding of this encoder)
   */
  async byId(id: number, request: SearchRequest): Promise<SearchAnswer> {
    const query = this.store.image(id);
    const vector = this.store.embedding(this.encoder.id, id);
    if (vector === undefined) {
      throw new SemblanceError('COLLECTION_EMPTY', 'The image has no embedding of this encoder.');
    }
    return this.search(vector, query, this.store.idsOfContent(query.contentHash), request, 0);
  }

  /** The index over all embeddings, rebuilt when the collection has changed. */
  async flatIndex(): Promise<FlatIndex> {
    const generation = this.store.generation();
    if (this.index === undefined || generation !== this.indexGeneration) {
      this.indexGeneration = generation;
      this.index = FlatIndex.build(this.encoder.dimension, this.store.embeddings(this.encoder.id));
      // The old index is not released here, because searches under way still use it.
    }
    return this.index;
  }

  /** Frees the model and the index. */
  async release(): Promise<void> {
    await (await this.loading)?.release();
    await (await this.index)?.release();
  }

  private async search(
    vector: Float32Array,
    query: ImageRecord | null,
    own: readonly number[],
    request: SearchRequest,
    encode: number,
  ): Promise<SearchAnswer> {
    const start = performance.now();
    const index = await this.flatIndex();
    const filter = request.filter ?? new Map();
    const allowed = filter.size === 0 ? undefined : new Set(this.store.idsWhere(filter));
    const excluded = new Set(own);
    if (request.excludePatient && query?.patient) {
      for (const id of this.store.idsOfPatient(query.patient)) excluded.add(id);
    }
    const result = await index.search([vector], request.k, { allowed, excluded });
    const hits = result.neighbours[0] ?? [];
    return {
      query,
      candidates: result.candidates,
      neighbours: hits.map(({ id, similarity }, i) => ({
        rank: i + 1,
        similarity,
        image: this.store.image(id),
      })),
      milliseconds: { encode, search: performance.now() - start },
    };
  }

  private loadEncoder(): Promise<Encoder> {
    this.loading ??= this.openEncoder().catch((error) => {
      // A model file that was absent for a moment may be back at the next try.
      this.loading = undefined;
      throw error;
    });
    return this.loading;
  }

  private async openEncoder(): Promise<Encoder> {
    const definition = parseDefinition(JSON.parse(this.encoder.definition), this.store.file);
    const encoder = await Encoder.load(definition);
    if (encoder.fingerprint !== this.encoder.fingerprint) {
      await encoder.release();
      throw new SemblanceError(
        'ENCODER_CHANGED',
        'Its model or settings differ from those that made the embeddings.',
        { subject: this.encoder.name },
      );
    }
    return encoder;
  }
}
