import { statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { DecodeLimits } from '../domain/decode-limits.ts';
import { SemblanceError, toSemblanceError } from '../domain/errors/error.ts';
import { encodeEach } from '../encoding/encoders/encode-each.ts';
import type { Encoder } from '../encoding/encoders/encoder.ts';
import type { PreprocessResult } from '../encoding/preprocess/pool.ts';
import { PreprocessPool } from '../encoding/preprocess/pool.ts';
import { mayReadDifferently, readsDifferently } from '../images/reading.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import type { KnownImage } from '../store/image-table.ts';
import type { ImageDescription } from '../store/records.ts';
import type { ImagePlace } from '../store/source-table.ts';
import { isGone } from './missing.ts';

/**
 * What became of an image: newly encoded, found at another path, encoded again since it is read
 * differently today, known already, or why it failed.
 */
type Outcome = 'added' | 'renamed' | 'reread' | 'unchanged' | SemblanceError;

/** An image of a source. */
export interface SourceImage {
  sourceId: number;
  /** Absolute path of the source's folder. */
  root: string;
  description: ImageDescription;
}

/** An image whose file was read. */
export interface PreparedImage extends SourceImage {
  known: KnownImage | undefined;
  result: PreprocessResult | SemblanceError;
}

/** An image that is ready to be stored. */
export interface ProcessedImage {
  outcome: Outcome;
  /** Stores it; to be called in a transaction, and undefined when there is nothing to store. */
  write?: () => void;
}

/** A read image that is not known with its embedding. */
interface Fresh {
  image: PreparedImage;
  found: Required<PreprocessResult>;
  /** The image of this content whose file is gone: this is it, renamed. */
  renamedFrom: ImagePlace | undefined;
  vector: Float32Array | SemblanceError | undefined;
}

/** The id of an encoder in a store, where it is registered if it is new. */
export function registerEncoder(store: CollectionStore, encoder: Encoder): number {
  return store.encoders.register({
    name: encoder.name,
    fingerprint: encoder.fingerprint,
    dimension: encoder.dimension,
    definition: JSON.stringify(encoder.definition),
  });
}

function isNotFound({ result }: PreparedImage): boolean {
  return result instanceof SemblanceError && result.code === 'PATH_NOT_FOUND';
}

/** The other Unicode forms of a path: macOS writes letters with accents as two characters, others as one. */
function otherForms(path: string): string[] {
  return ['NFC', 'NFD'].map((form) => path.normalize(form)).filter((form) => form !== path);
}

/** Whether a known place is the file of an image, under the other Unicode form of its name. */
function isSame(place: ImagePlace, { sourceId, root, description }: PreparedImage): boolean {
  const { path } = description;
  if (place.sourceId !== sourceId || place.path.normalize() !== path.normalize()) return false;
  const [before, now] = [place.file, isAbsolute(path) ? path : join(root, path)].map((file) =>
    statSync(file, { throwIfNoEntry: false, bigint: true }),
  );
  return before !== undefined && before.ino === now?.ino && before.dev === now.dev;
}

/** Makes images of files into embeddings of one encoder. */
export class ImageProcessor {
  /** The encoder's id in the store. */
  readonly encoderId: number;
  private readonly pool: PreprocessPool;
  /** Images that were found again at another path. */
  private readonly renamed = new Set<number>();

  constructor(
    private readonly store: CollectionStore,
    private readonly encoder: Encoder,
    options: { threads?: number | undefined; limits?: DecodeLimits | undefined },
  ) {
    this.encoderId = registerEncoder(store, encoder);
    const { threads, limits } = options;
    this.pool = new PreprocessPool({ ...(threads && { threads }), ...(limits && { limits }) });
  }

  /**
   * Reads the file of an image, and decodes it unless its content is known with an embedding, and is not
   * of a kind that is read differently today. A table that was written on another system may spell a
   * name in another Unicode form than the disk.
   */
  async prepare(image: SourceImage): Promise<PreparedImage> {
    const prepared = await this.read(image);
    if (!isNotFound(prepared)) return prepared;
    for (const path of otherForms(image.description.path)) {
      const other = await this.read({ ...image, description: { ...image.description, path } });
      if (!isNotFound(other)) return other;
    }
    return prepared;
  }

  private async read(image: SourceImage): Promise<PreparedImage> {
    const { path } = image.description;
    const known = this.store.images.known(image.sourceId, path);
    const file = isAbsolute(path) ? path : join(image.root, path);
    const isCurrent =
      known?.encoders.includes(this.encoderId) && !mayReadDifferently(known.decoding);
    const unlessHash = isCurrent ? (known?.fileHash ?? undefined) : undefined;
    const result = await this.pool
      .run(file, [this.encoder.preprocess], unlessHash, known?.perceptualHash === null)
      .catch((error) => toSemblanceError(error, file));
    return { ...image, known, result };
  }

  /**
   * Encodes what has no embedding yet. Content that the collection has at another path is not encoded
   * again; if the file there is gone, the image was renamed and keeps its id.
   * @throws SemblanceError ENCODER_FAILED when the encoder takes none of the images
   */
  async encode(batch: readonly PreparedImage[]): Promise<ProcessedImage[]> {
    const fresh = new Map<PreparedImage, Fresh>();
    for (const image of batch) {
      const { result } = image;
      if (result instanceof SemblanceError || result.picture === undefined) continue;
      const found = result as Required<PreprocessResult>;
      fresh.set(image, { image, found, ...this.elsewhere(image, found) });
    }
    const unknown = [...fresh.values()].filter(({ vector }) => vector === undefined);
    const encoded = await encodeEach(
      this.encoder,
      unknown.map(({ found }) => found.picture.tensors[0] as Float32Array),
    );
    unknown.forEach((entry, i) => {
      entry.vector = encoded[i];
    });
    return batch.map((image) => {
      const entry = fresh.get(image);
      return entry === undefined ? this.withoutPicture(image) : this.withPicture(entry);
    });
  }

  /** Ends the worker threads. */
  async close(): Promise<void> {
    await this.pool.close();
  }

  private elsewhere(
    image: PreparedImage,
    { contentHash, perceptualHash, picture: { decoding } }: Required<PreprocessResult>,
  ): Pick<Fresh, 'renamedFrom' | 'vector'> {
    const { images, embeddings, sources } = this.store;
    const places = sources.placesOfContent(contentHash);
    let vector: Float32Array | undefined;
    for (const { id } of places) {
      const stored = {
        decoding: images.get(id).decoding,
        perceptualHash: images.perceptualHash(id),
      };
      if (readsDifferently(stored, { decoding, perceptualHash })) continue;
      vector ??= embeddings.get(this.encoderId, id);
    }
    const renamedFrom =
      image.known === undefined
        ? places.find((p) => !this.renamed.has(p.id) && (isGone(p.file) || isSame(p, image)))
        : undefined;
    if (renamedFrom !== undefined) this.renamed.add(renamedFrom.id);
    return { renamedFrom, vector };
  }

  private withoutPicture({ known, description, result }: PreparedImage): ProcessedImage {
    if (result instanceof SemblanceError) return { outcome: result };
    if (known === undefined) return { outcome: 'unchanged' };
    const described = isDeepStrictEqual(known.description, description);
    const hash = known.perceptualHash === null ? result.perceptualHash : undefined;
    if (described && hash === undefined) return { outcome: 'unchanged' };
    return {
      outcome: 'unchanged',
      write: () => {
        if (!described) this.store.writer.describe(known.id, description);
        if (hash !== undefined) this.store.writer.setPerceptualHash(known.id, hash);
      },
    };
  }

  private withPicture({ image, found, renamedFrom, vector }: Fresh): ProcessedImage {
    const { description, sourceId, known } = image;
    if (vector instanceof SemblanceError) {
      const { code, message } = vector;
      return { outcome: new SemblanceError(code, message, { subject: description.path }) };
    }
    const { width, height, decoding } = found.picture;
    const { contentHash, bytes, perceptualHash } = found;
    const content = { contentHash, bytes, width, height, decoding, perceptualHash };
    const embeddings = new Map([[this.encoderId, vector as Float32Array]]);
    let outcome: Outcome = renamedFrom === undefined ? 'added' : 'renamed';
    if (known?.fileHash === contentHash) {
      if (readsDifferently(known, content)) outcome = 'reread';
      else if (known.encoders.includes(this.encoderId)) outcome = 'unchanged';
    }
    return {
      outcome,
      write: () =>
        this.store.writer.write(sourceId, [{ description, content, embeddings, renamedFrom }]),
    };
  }
}
