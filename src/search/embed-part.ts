import { createHash, webcrypto } from 'node:crypto';
import { SemblanceError } from '../domain/errors/error.ts';
import type { QueryPart } from '../domain/query.ts';
import type { PictureSource } from '../encoding/preprocess/picture.ts';
import type { PreprocessPool } from '../encoding/preprocess/pool.ts';
import type { Objects } from '../objects/objects.ts';
import { frameName } from '../store/content-name.ts';
import type { ReadableCollection } from '../store/readable-collection.ts';
import { registeredFile } from '../store/registered-file.ts';
import type { EmbeddingSpace } from './embedding-space.ts';
import type { QueryEmbedding } from './query-embeddings.ts';

/** A part of a query after its model has run; an image of the collection has its embedding stored. */
export type EncodedPart = { part: QueryPart } & Partial<QueryEmbedding>;

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
 * Runs what a part of a query needs: a text's or a picture's encoder, unless it has run for the same before.
 * @param signal ends the wait, and the work when nobody else waits for it
 * @throws SemblanceError REQUEST_INVALID (an empty text, a region outside), TEXT_NOT_SUPPORTED,
 *   IMAGE_NOT_FOUND, IMAGE_CHANGED and those of decoding and encoding; the signal's reason
 */
export async function encodePart(
  part: QueryPart,
  store: ReadableCollection,
  space: EmbeddingSpace,
  pictures: PreprocessPool,
  signal?: AbortSignal,
): Promise<EncodedPart> {
  if (part.kind === 'text') {
    const { text } = part;
    const key = `text ${createHash('sha256').update(text).digest('hex')}`;
    const encode = async (stop: AbortSignal) => {
      const { vector, tokens, used } = await space.encodeText(text, stop);
      return { vector, text: { text, tokens, used } };
    };
    return { part, ...(await space.queries.get(key, encode, signal)) };
  }
  if (part.kind === 'image' && part.region === undefined) return { part };
  if (part.kind === 'folder') {
    throw new SemblanceError(
      'REQUEST_INVALID',
      'A folder is searched with where series or studies are searched for.',
    );
  }
  const source = part.kind === 'image' ? registeredFile(store, part.id) : part;
  const { region } = part;
  const encode = async (stop: AbortSignal) => {
    const found = await pictures.prepare(source, space.prepare(), { region, signal: stop });
    const { contentHash, picture } = found;
    const { perceptualHash: hash = null } = picture;
    const content = frameName(contentHash, source.frame ?? 1);
    return { vector: await space.encodePicture(picture.tensors, stop), content, hash };
  };
  const key = `${await contentKey(source, pictures.objects)} ${JSON.stringify(region ?? null)}`;
  return { part, ...(await space.queries.get(key, encode, signal)) };
}

/**
 * Says which content a picture has. A file that is as it was when it was read before still has the content that
 * it then had; one that was touched is read again.
 */
export async function contentKey(source: PictureSource, objects: Objects): Promise<string> {
  const { frame = 1 } = source;
  if ('path' in source) {
    const { path, contentHash = path, mask } = source;
    return `${contentHash} ${frame} ${mask} ${await objects.at(path).stamp(path)}`;
  }
  const digest = await webcrypto.subtle.digest('SHA-256', source.bytes as Uint8Array<ArrayBuffer>);
  return `${Buffer.from(digest).toString('hex')} ${frame}`;
}

/**
 * Finds an encoded part in a state of the collection.
 * @throws SemblanceError IMAGE_NOT_FOUND, COLLECTION_EMPTY (the image has no embedding here)
 */
export function placePart(
  { part, vector, content, hash }: EncodedPart,
  state: ReadableCollection,
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
