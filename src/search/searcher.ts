import { SemblanceError } from '../errors/error.ts';
import { contentHash } from '../images/read.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import type { Filter } from '../store/filter.ts';
import type { ImageRecord } from '../store/records.ts';
import type { EmbeddingSpace } from './embedding-space.ts';
import { combine, type QueryPart } from './query.ts';

/** What is asked. */
export interface SearchRequest {
  /** Neighbours wanted. */
  k: number;
  filter?: Filter;
  /** Leave out every image of the patients of the query's images. */
  excludePatient?: boolean;
}

/** What is answered. */
export interface SearchAnswer {
  /** The image searched with, when it is one of the collection; of several, the first. */
  query: ImageRecord | null;
  /** The texts searched with: their tokens, and how many of those were used. */
  texts: { text: string; tokens: number; used: number }[];
  /** How many images were compared. */
  candidates: number;
  neighbours: { rank: number; similarity: number; image: ImageRecord }[];
  milliseconds: { encode: number; search: number };
}

/** Searches one collection in one embedding space. */
export class Searcher {
  constructor(
    private readonly store: CollectionStore,
    readonly space: EmbeddingSpace,
  ) {}

  /**
   * Neighbours of a query. Images of the same content as one of its pictures are left out.
   * @param parts one or more; of several, the weighted mean of their embeddings is searched with
   * @throws SemblanceError REQUEST_INVALID (no part, or an empty text), TEXT_NOT_SUPPORTED,
   *   IMAGE_NOT_FOUND, COLLECTION_EMPTY (an image has no embedding of this encoder), and those of
   *   decoding and encoding
   */
  async search(parts: readonly QueryPart[], request: SearchRequest): Promise<SearchAnswer> {
    if (parts.length === 0) {
      throw new SemblanceError('REQUEST_INVALID', 'A search needs a picture or a text.');
    }
    const start = performance.now();
    const texts: SearchAnswer['texts'] = [];
    const own: number[] = [];
    const embeddings: { vector: Float32Array; weight: number }[] = [];
    for (const part of parts) {
      let vector: Float32Array;
      if (part.kind === 'text') {
        const { text } = part;
        const encoded = await this.space.encodeText(text);
        texts.push({ text, tokens: encoded.tokens, used: encoded.used });
        vector = encoded.vector;
      } else if (part.kind === 'picture') {
        vector = await this.space.encodePicture(part.bytes);
        own.push(...this.store.idsOfContent(contentHash(part.bytes)));
      } else {
        vector = this.space.embeddingOf(part.id);
        // The image itself first: it is the one that the answer names.
        own.push(part.id, ...this.store.idsOfContent(this.store.image(part.id).contentHash));
      }
      embeddings.push({ vector, weight: part.weight ?? 1 });
    }
    const encoded = performance.now();
    const vector = combine(embeddings);
    const excluded = new Set(own);
    if (request.excludePatient) {
      for (const id of own) {
        const { patient } = this.store.image(id);
        if (patient) for (const other of this.store.idsOf('patient', patient)) excluded.add(other);
      }
    }
    const index = await this.space.index();
    const filter = request.filter ?? [];
    const allowed = filter.length === 0 ? undefined : new Set(this.store.idsWhere(filter));
    const result = await index.search([vector], request.k, { allowed, excluded });
    const hits = result.neighbours[0] ?? [];
    return {
      query: own[0] === undefined ? null : this.store.image(own[0]),
      texts,
      candidates: result.candidates,
      neighbours: hits.map(({ id, similarity }, i) => ({
        rank: i + 1,
        similarity,
        image: this.store.image(id),
      })),
      milliseconds: { encode: encoded - start, search: performance.now() - encoded },
    };
  }

  /** Frees the models and the index. */
  release(): Promise<void> {
    return this.space.release();
  }
}
