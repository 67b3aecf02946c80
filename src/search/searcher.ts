import { type EncoderDefinition, isImported, parseDefinition } from '../encoders/definition.ts';
import { Encoder } from '../encoders/encoder.ts';
import { type TextEmbedding, TextTower } from '../encoders/text-tower.ts';
import { SemblanceError } from '../errors/error.ts';
import { type DecodeLimits, decodeImage } from '../images/decode.ts';
import { contentHash } from '../images/read.ts';
import { readCatalogue } from '../models/template.ts';
import { preprocess } from '../preprocess/preprocess.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import type { Filter } from '../store/filter.ts';
import type { ImageRecord, StoredEncoder } from '../store/records.ts';
import { FlatIndex } from './flat-index.ts';
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

/** Whether texts can be searched with by a stored encoder. */
function hasText({ definition }: StoredEncoder): boolean {
  return (JSON.parse(definition) as EncoderDefinition).text !== undefined;
}

/** The error for an encoder that takes no text; it names those that do. */
function noText(encoder: StoredEncoder, able: readonly StoredEncoder[]): SemblanceError {
  const here = [...new Set(able.map(({ name }) => name))];
  const known = readCatalogue().filter(({ text }) => text !== undefined);
  const detail =
    here.length > 0
      ? `It has no text tower. This collection has embeddings of ${here.join(', ')}, which can.`
      : `It has no text tower. ${known.map(({ name }) => name).join(', ')} have one.`;
  return new SemblanceError('TEXT_NOT_SUPPORTED', detail, { subject: encoder.name });
}

/**
 * The stored encoder of a name; of several with one name, the one with the most embeddings, then the newest.
 * Without a name, the one with the most embeddings of all; for a text, of those with a text tower.
 * @param needsText whether texts are searched with
 * @throws SemblanceError COLLECTION_EMPTY, ENCODER_NOT_FOUND, TEXT_NOT_SUPPORTED
 */
export function chooseEncoder(
  store: CollectionStore,
  name?: string,
  needsText = false,
): StoredEncoder {
  const filled = store.encoders().filter((encoder) => encoder.embeddings > 0);
  if (filled.length === 0) {
    throw new SemblanceError('COLLECTION_EMPTY', 'The collection has no embeddings.');
  }
  const named = filled.filter((encoder) => name === undefined || encoder.name === name);
  const able = needsText ? named.filter(hasText) : named;
  const [first, ...others] = able.length > 0 ? able : named;
  if (first === undefined) {
    throw new SemblanceError('ENCODER_NOT_FOUND', 'The collection has no embeddings of it.', {
      ...(name === undefined ? {} : { subject: name }),
    });
  }
  const found = others.reduce(
    (best, encoder) => (best.embeddings >= encoder.embeddings ? best : encoder),
    first,
  );
  if (needsText && able.length === 0) throw noText(found, filled.filter(hasText));
  return found;
}

/** Searches one collection with one encoder. */
export class Searcher {
  private index: Promise<FlatIndex> | undefined;
  private indexGeneration = -1;
  private encoding: Promise<Encoder> | undefined;
  private tower: Promise<TextTower> | undefined;

  constructor(
    private readonly store: CollectionStore,
    readonly encoder: StoredEncoder,
    private readonly limits: DecodeLimits,
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
        const encoded = await this.encodeText(text);
        texts.push({ text, tokens: encoded.tokens, used: encoded.used });
        vector = encoded.vector;
      } else if (part.kind === 'picture') {
        vector = await this.encodePicture(part.bytes);
        own.push(...this.store.idsOfContent(contentHash(part.bytes)));
      } else {
        vector = this.embeddingOf(part.id);
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
    const index = await this.flatIndex();
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

  /** Frees the models and the index. */
  async release(): Promise<void> {
    for (const held of [this.encoding, this.tower, this.index]) await (await held)?.release();
  }

  private async encodePicture(bytes: Uint8Array): Promise<Float32Array> {
    const pixels = await decodeImage(bytes, this.limits);
    this.encoding ??= this.openEncoder().catch((error) => {
      // A model file that was absent for a moment may be back at the next try.
      this.encoding = undefined;
      throw error;
    });
    const encoder = await this.encoding;
    const [vector] = await encoder.encode([preprocess(pixels, encoder.preprocess)]);
    return vector as Float32Array;
  }

  private async encodeText(text: string): Promise<TextEmbedding> {
    if (text.trim() === '') throw new SemblanceError('REQUEST_INVALID', 'The text is empty.');
    this.tower ??= TextTower.load(this.definition()).catch((error) => {
      this.tower = undefined;
      throw error;
    });
    const [embedding] = await (await this.tower).encode([text]);
    return embedding as TextEmbedding;
  }

  private embeddingOf(id: number): Float32Array {
    const vector = this.store.embedding(this.encoder.id, id);
    if (vector !== undefined) return vector;
    // An image that does not exist is the other reason.
    this.store.image(id);
    throw new SemblanceError('COLLECTION_EMPTY', 'The image has no embedding of this encoder.');
  }

  private definition(): EncoderDefinition {
    const json = JSON.parse(this.encoder.definition);
    if (isImported(json)) {
      throw new SemblanceError('ENCODER_IMPORTED', 'It can encode neither a picture nor a text.', {
        subject: this.encoder.name,
      });
    }
    return parseDefinition(json, this.store.file);
  }

  private async openEncoder(): Promise<Encoder> {
    const encoder = await Encoder.load(this.definition());
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
