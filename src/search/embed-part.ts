import type { QueryPart } from '../domain/query.ts';
import type { PreprocessPool } from '../encoding/preprocess/pool.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import { registeredFile } from '../store/registered-bytes.ts';
import type { EmbeddingSpace } from './embedding-space.ts';

/** A part of a query after its model has run, where one was needed. */
export interface EncodedPart {
  part: QueryPart;
  /** Undefined for an image of the collection, whose embedding is stored. */
  vector?: Float32Array;
  /** SHA-256 of its picture's file. */
  content?: string;
  /** Perceptual hash of its picture; null for a region. */
  hash?: string | null;
  /** Tokens of its text, and how many of them were used. */
  text?: { text: string; tokens: number; used: number };
}

/** A part of a query as it is compared. */
export interface EmbeddedPart {
  part: QueryPart;
  vector: Float32Array;
  /** Images of the collection with the content of its picture; the image itself first. */
  images: readonly number[];
  /** Perceptual hash of its picture; null for a text, a region, or an image without one. */
  hash: string | null;
}

/**
 * Runs what a part of a query needs: a text's or a picture's encoder.
 * @param signal takes back the work on a picture
 * @throws SemblanceError REQUEST_INVALID (an empty text, a region outside), TEXT_NOT_SUPPORTED,
 *   IMAGE_NOT_FOUND, IMAGE_CHANGED and those of decoding and encoding; the signal's reason
 */
export async function encodePart(
  part: QueryPart,
  store: CollectionStore,
  space: EmbeddingSpace,
  pictures: PreprocessPool,
  signal?: AbortSignal,
): Promise<EncodedPart> {
  if (part.kind === 'text') {
    const { vector, tokens, used } = await space.encodeText(part.text);
    return { part, vector, text: { text: part.text, tokens, used } };
  }
  if (part.kind === 'image' && part.region === undefined) return { part };
  const source = part.kind === 'image' ? registeredFile(store, part.id) : { bytes: part.bytes };
  const { region } = part;
  const found = await pictures.prepare(source, space.prepare(), { region, signal });
  const { contentHash: content, perceptualHash: hash = null, picture } = found;
  return { part, vector: await space.encodePicture(picture.tensors), content, hash };
}

/**
 * Finds an encoded part in a state of the collection.
 * @throws SemblanceError IMAGE_NOT_FOUND, COLLECTION_EMPTY (the image has no embedding here)
 */
export function placePart(
  { part, vector, content, hash }: EncodedPart,
  state: CollectionStore,
  space: EmbeddingSpace,
): EmbeddedPart {
  if (part.kind !== 'image') {
    const images = content === undefined ? [] : state.images.idsOfContent(content);
    return { part, vector: vector as Float32Array, images, hash: hash ?? null };
  }
  const { id } = part;
  const copies = state.images
    .idsOfContent(state.images.get(id).contentHash)
    .filter((each) => each !== id);
  return {
    part,
    vector: vector ?? space.embeddingOf(state, id),
    images: [id, ...copies],
    hash: hash === undefined ? state.images.perceptualHash(id) : hash,
  };
}
