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
    const given: (Float32Array | undefined)[] = [];
    for (const part of parts) {
      if (part.kind === 'text') {
        const { vector, tokens, used } = await this.space.encodeText(part.text);
        texts.push({ text: part.text, tokens, used });
        given.push(vector);
      } else
        given.push(
          part.kind === 'picture' ? await this.space.encodePicture(part.bytes) : undefined,
        );
    }
    const encoded = performance.now();
    // From here on all is read of one state, so that no neighbour can be gone or changed in between.
    return this.store.snapshot(async (state) => {
      const own: number[] = [];
      const embeddings = parts.map((part, i) => {
        if (part.kind === 'image') {
          // The image itself first: it is the one that the answer names.
          own.push(part.id, ...state.idsOfContent(state.image(part.id).contentHash));
        } else if (part.kind === 'picture') {
          own.push(...state.idsOfContent(contentHash(part.bytes)));
        }
        const vector = given[i] ?? this.space.embeddingOf(state, (part as { id: number }).id);
        return { vector, weight: part.weight ?? 1 };
      });
      const vector = combine(embeddings);
      const excluded = new Set(own);
      if (request.excludePatient) {
        for (const id of own) {
          const { patient } = state.image(id);
          if (patient) for (const other of state.idsOf('patient', patient)) excluded.add(other);
        }
      }
      const filter = request.filter ?? [];
      const allowed = filter.length === 0 ? undefined : new Set(state.idsWhere(filter));
      const result = await this.space.withIndex(state, (index) =>
        index.search([vector], request.k, { allowed, excluded }),
      );
      const hits = result.neighbours[0] ?? [];
      return {
        query: own[0] === undefined ? null : state.image(own[0]),
        texts,
        candidates: result.candidates,
        neighbours: hits.map(({ id, similarity }, i) => ({
          rank: i + 1,
          similarity,
          image: state.image(id),
        })),
        milliseconds: { encode: encoded - start, search: performance.now() - encoded },
      };
    });
  }

  /** Frees the models and the index. */
  release(): Promise<void> {
    return this.space.release();
  }
}
