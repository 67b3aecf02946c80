import { isDeepStrictEqual } from 'node:util';
import { BURNED_IN_FIELD, type BurnedInPolicy } from '../domain/burned-in.ts';
import type { DecodeLimits } from '../domain/decode-limits.ts';
import { SemblanceError, toSemblanceError } from '../domain/errors/error.ts';
import { chosenFrames, parseFrames } from '../domain/frames.ts';
import { encodeEach } from '../encoding/encoders/encode-each.ts';
import type { Encoder } from '../encoding/encoders/encoder.ts';
import type { PreparedPicture, PreprocessResult } from '../encoding/preprocess/pool.ts';
import { PictureError, PreprocessPool } from '../encoding/preprocess/pool.ts';
import { placeOf } from '../files/place-of.ts';
import type { Decoding } from '../images/pixels.ts';
import { mayReadDifferently, readsDifferently } from '../images/reading.ts';
import type { Objects } from '../objects/objects.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import type { KnownImage } from '../store/image-table.ts';
import type { ImageDescription, SourceDescription } from '../store/records.ts';
import type { ImagePlace } from '../store/source-table.ts';
import { Identity, type KeptIdentity } from './identity.ts';

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
  description: SourceDescription;
}

/** An image whose file was read. */
export interface PreparedImage extends SourceImage {
  /** Where it is (`placeOf`), what messages call that, and its path as a source names it. */
  file: string;
  told: string;
  onDisk: string;
  /** What the collection calls that path so far. */
  called: string;
  /** Which of its frames are taken. */
  frames: string;
  /** What is kept of whom it is of. */
  kept?: KeptIdentity;
  /** The frames of it that the store has. */
  known: readonly KnownImage[];
  result: PreprocessResult | SemblanceError;
}

/** An image that is ready to be stored. */
export interface ProcessedImage {
  outcome: Outcome;
  /** Stores it; to be called in a transaction, and undefined when there is nothing to store. */
  write?: () => void;
}

/** A frame of a read image that is not known with its embedding. */
interface Fresh {
  picture: PreparedPicture;
  /** Where its object is known. */
  places: readonly ImagePlace[];
  vector: Float32Array | SemblanceError | undefined;
}

/** The id of an encoder in a store, where it is registered if it is new. */
export function registerEncoder(
  store: CollectionStore,
  encoder: Omit<EncodesPictures, 'encode' | 'preprocess'>,
): number {
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

/** Whether what is stored of an image is what a policy makes of its text. */
function isLookedAt(decoding: Decoding | null, policy: BurnedInPolicy): boolean {
  const { burnedIn, mask } = decoding ?? {};
  if (policy === 'off' || policy === 'auto') return mask === undefined;
  // What was never read has no picture.
  if (burnedIn === undefined) return decoding === null;
  const clean = burnedIn === 'none' || burnedIn === 'unscanned';
  if (policy === 'warn') return clean || burnedIn === 'text' || burnedIn === 'declared';
  return clean || (policy === 'mask' && burnedIn === 'masked');
}

/**
 * A description that says what is known of burned-in text. Where nothing is known, a column of the same name stays,
 * unless it is what an earlier policy said.
 */
function withText(
  description: ImageDescription,
  decoding: Decoding | null,
  known: readonly KnownImage[],
): ImageDescription {
  const { [BURNED_IN_FIELD]: said, ...rest } = description.metadata;
  const metadata: Record<string, string> = rest;
  const now = decoding?.burnedIn;
  if (now !== undefined) metadata[BURNED_IN_FIELD] = now;
  else if (said !== undefined && known.every((each) => each.decoding?.burnedIn !== said)) {
    metadata[BURNED_IN_FIELD] = said;
  }
  return { ...description, metadata };
}

/** What is needed of an encoder, wherever it runs. */
export type EncodesPictures = Pick<
  Encoder,
  'definition' | 'fingerprint' | 'name' | 'dimension' | 'preprocess'
> & { encode(pictures: readonly Float32Array[]): Promise<Float32Array[]> };

/** Makes images of files into embeddings of one encoder. */
export class ImageProcessor {
  /** The encoder's id in the store. */
  readonly encoderId: number;
  private readonly pool: PreprocessPool;
  /** Images that were found again at another path. */
  private readonly renamed = new Set<number>();
  /** Folders of sources that are called otherwise than on the disk. */
  private readonly calledRoots = new Set<string>();
  /** Which frames of DICOM objects are taken, as `parseFrames` reads it. */
  private readonly frames: string;
  /** What is done about text that is burned into pictures. */
  private readonly burnedIn: BurnedInPolicy;
  private made: Identity | undefined;

  constructor(
    private readonly store: CollectionStore,
    private readonly encoder: EncodesPictures,
    options: {
      threads?: number | undefined;
      limits?: DecodeLimits | undefined;
      objects?: Objects | undefined;
    },
  ) {
    this.encoderId = registerEncoder(store, encoder);
    ({ frames: this.frames, burnedIn: this.burnedIn } = store.dicom());
    this.pool = new PreprocessPool(options);
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
    const { sourceId, root } = image;
    const { frames = this.frames, ...given } = image.description;
    const onDisk = this.store.hidden.onDisk(sourceId, given.path);
    const called = this.store.hidden.inCollection(sourceId, onDisk);
    const known = this.store.images.knownFrames(sourceId, called);
    const file = placeOf(root, onDisk);
    const objects = this.pool.objects.at(file);
    const uids = objects.uids(file);
    const told = uids === undefined ? file : placeOf(root, this.identity.calledPath(onDisk, uids));
    const place = { file, told, onDisk, called, frames, known };
    const [first] = known;
    if (!objects.onDisk && first?.fileHash && this.isCurrent(known, frames)) {
      // What never changes need not be fetched again.
      const result = { contentHash: first.fileHash, bytes: 0, pictures: [], more: 0 };
      return { ...image, ...place, description: { ...first.description, path: called }, result };
    }
    const result = await this.pool
      .run({ path: file, called: told }, [this.encoder.preprocess], {
        unlessHash: this.isCurrent(known, frames) ? (first?.fileHash ?? undefined) : undefined,
        alwaysHash: first?.perceptualHash === null,
        frames,
        burnedIn: this.burnedIn,
      })
      .catch((error) => toSemblanceError(error, file));
    const description = { ...given, path: onDisk };
    const facts =
      result instanceof SemblanceError && !(result instanceof PictureError)
        ? undefined
        : result.facts;
    if (facts !== undefined) {
      place.told = placeOf(root, this.identity.calledPath(onDisk, facts.identity));
    }
    if (result instanceof SemblanceError) {
      const failure = new SemblanceError(result.code, result.message, { subject: place.told });
      return { ...image, ...place, description, result: failure };
    }
    if (facts === undefined) return { ...image, ...place, description, result };
    this.callRoot(sourceId, root, this.identity.calledPath(root, facts.identity));
    return { ...image, ...place, ...this.identity.describe(description, facts), result };
  }

  /** Folders above the files may name somebody, too. */
  private callRoot(sourceId: number, root: string, called: string): void {
    if (called === root || this.calledRoots.has(called)) return;
    this.store.hidden.keepRoot(sourceId, called, root);
    this.calledRoots.add(called);
  }

  /** What stores the name that a path has from now on; undefined where that is so already. */
  private naming({ sourceId, description, called, onDisk }: PreparedImage) {
    const { path } = description;
    if (path === called && path === onDisk) return undefined;
    return () => this.store.writer.callPath(sourceId, called, path, onDisk);
  }

  /** Whether all that is wanted of a file is there, if it still has the content that it had. */
  private isCurrent(known: readonly KnownImage[], frames: string): boolean {
    const current = known.filter(
      ({ encoders, decoding }) =>
        encoders.includes(this.encoderId) &&
        !mayReadDifferently(decoding) &&
        isLookedAt(decoding, this.burnedIn),
    );
    const decoding = known[0]?.decoding;
    // Of other formats the first picture is taken, however many there are.
    if (decoding?.format !== 'dicom') return current.length === known.length;
    const wanted = chosenFrames(parseFrames(frames), decoding.pages);
    return wanted.every((frame) => current.some((each) => each.frame === frame));
  }

  /** Made with the first DICOM object: who has none needs no key. */
  private get identity(): Identity {
    this.made ??= Identity.of(this.store);
    return this.made;
  }

  /**
   * Encodes what has no embedding yet. Content that the collection has at another path is not encoded
   * again; if the file there is gone, the image was renamed and keeps its id.
   * @throws SemblanceError ENCODER_FAILED when the encoder takes none of the images
   */
  async encode(batch: readonly PreparedImage[]): Promise<ProcessedImage[]> {
    const fresh = new Map<PreparedImage, Fresh[]>();
    for (const image of batch) {
      const { result } = image;
      if (result instanceof SemblanceError || result.pictures.length === 0) continue;
      fresh.set(image, this.framesOf(result));
    }
    await this.encodeFrames([...fresh.values()].flat());
    const processed: ProcessedImage[] = [];
    for (const image of batch) {
      const frames = fresh.get(image);
      if (frames === undefined) {
        processed.push(this.withoutPicture(image));
        continue;
      }
      const failure = await this.encodeFurther(image, image.result as PreprocessResult, frames);
      processed.push(
        failure === undefined
          ? await this.withPictures(image, image.result as PreprocessResult, frames)
          : this.leftOut(image, failure),
      );
    }
    return processed;
  }

  /** Pictures of a file with what the store knows of them. */
  private framesOf({ contentHash, pictures }: PreprocessResult): Fresh[] {
    const places = this.store.sources.placesOfObject(contentHash);
    return pictures.map((picture) => this.elsewhere(picture, places));
  }

  /** Encodes the frames of a file that has more of them than are read at once. */
  private async encodeFurther(
    { file, told, frames: choice }: PreparedImage,
    { contentHash, more }: PreprocessResult,
    frames: Fresh[],
  ): Promise<SemblanceError | undefined> {
    for (let left = more; left > 0; ) {
      const after = frames.at(-1)?.picture.frame ?? 0;
      const next = await this.pool
        .run({ path: file, called: told }, [this.encoder.preprocess], {
          frames: choice,
          after,
          burnedIn: this.burnedIn,
        })
        .catch((error) => toSemblanceError(error, told));
      if (next instanceof SemblanceError) return next;
      if (next.contentHash !== contentHash || next.pictures.length === 0) {
        const why = 'It was changed while it was read.';
        return new SemblanceError('IMAGE_CHANGED', why, { subject: told });
      }
      const further = this.framesOf(next);
      await this.encodeFrames(further);
      frames.push(...further);
      left = next.more;
    }
    return undefined;
  }

  private async encodeFrames(frames: readonly Fresh[]): Promise<void> {
    const unknown = frames.filter(({ vector }) => vector === undefined);
    const encoded = await encodeEach(
      this.encoder,
      unknown.map(({ picture }) => picture.tensors[0] as Float32Array),
    );
    unknown.forEach((entry, i) => {
      entry.vector = encoded[i];
    });
    // What was encoded is much larger than its embedding.
    for (const { picture } of frames) picture.tensors = [];
  }

  /** Ends the worker threads. */
  async close(): Promise<void> {
    await this.pool.close();
  }

  /** The embedding that the store has of a frame at another place, where it is read as today. */
  private elsewhere(picture: PreparedPicture, places: readonly ImagePlace[]): Fresh {
    const { images, embeddings } = this.store;
    const same = places.filter(({ frame }) => frame === picture.frame);
    let vector: Float32Array | undefined;
    for (const { id } of same) {
      const { decoding } = images.get(id);
      const perceptualHash = images.perceptualHash(id);
      if (!readsDifferently({ decoding, perceptualHash }, picture)) {
        vector ??= embeddings.get(this.encoderId, id);
      }
    }
    return { picture, places: same, vector };
  }

  /** The file that an unknown image was before it was renamed: one of its content that is gone. */
  private async formerPlace(
    { known, sourceId, file }: PreparedImage,
    [first]: readonly Fresh[],
  ): Promise<ImagePlace | undefined> {
    if (known.length > 0) return undefined;
    for (const place of first?.places ?? []) {
      if (this.renamed.has(place.id)) continue;
      const objects = this.pool.objects.at(place.file);
      const isSame = place.sourceId === sourceId && objects.isSame(place.file, file);
      if (!isSame && !(await objects.isGone(place.file))) continue;
      this.renamed.add(place.id);
      return place;
    }
    return undefined;
  }

  private withoutPicture(image: PreparedImage): ProcessedImage {
    const { known, result } = image;
    if (result instanceof SemblanceError) return this.leftOut(image, result);
    const naming = image.called === image.description.path ? undefined : this.naming(image);
    const writes = known.flatMap((frame) => {
      const description = withText(image.description, frame.decoding, known);
      const isDescribed = isDeepStrictEqual(frame.description, description);
      return isDescribed ? [] : [() => this.store.writer.describe(frame.id, description)];
    });
    if (naming !== undefined) writes.unshift(naming);
    const [first] = known;
    const { perceptualHash } = result;
    if (first?.perceptualHash === null && perceptualHash !== undefined) {
      writes.push(() => this.store.writer.setPerceptualHash(first.id, perceptualHash));
    }
    if (writes.length === 0) return { outcome: 'unchanged' };
    return {
      outcome: 'unchanged',
      write: () => {
        for (const write of writes) write();
      },
    };
  }

  /** An image that failed; one with text that may not be shown is shown no more. */
  private leftOut({ known }: PreparedImage, outcome: SemblanceError): ProcessedImage {
    const hasText = outcome.code === 'BURNED_IN_TEXT' || outcome.code === 'BURNED_IN_TEXT_REMAINS';
    if (!hasText || known.length === 0) return { outcome };
    const images = known.map(({ id, description: { path } }) => ({ id, path }));
    return { outcome, write: () => void this.store.writer.remove(images) };
  }

  private async withPictures(
    image: PreparedImage,
    { contentHash, bytes }: PreprocessResult,
    frames: readonly Fresh[],
  ): Promise<ProcessedImage> {
    const { description, sourceId, known } = image;
    const failed = frames.find(({ vector }) => vector instanceof SemblanceError);
    if (failed !== undefined) {
      const { code, message } = failed.vector as SemblanceError;
      return { outcome: new SemblanceError(code, message, { subject: image.told }) };
    }
    const former = await this.formerPlace(image, frames);
    const writes = frames.map(({ picture, places, vector }) => {
      const { frame, tensors: _, seen, ...facts } = picture;
      return {
        ...{ description: withText(description, facts.decoding, known), frame, seen: seen[0] },
        content: { contentHash, bytes, ...facts, ...image.kept },
        embeddings: new Map([[this.encoderId, vector as Float32Array]]),
        renamedFrom: places.find(
          ({ sourceId: source, path }) => source === former?.sourceId && path === former.path,
        ),
      };
    });
    // Frames that were not chosen today stay, as long as they are of this content.
    const gone = known.filter(
      (each) =>
        each.fileHash !== contentHash &&
        !frames.some(({ picture }) => picture.frame === each.frame),
    );
    return {
      outcome: this.outcomeOf(image, contentHash, frames, former !== undefined),
      write: () => {
        this.naming(image)?.();
        this.store.writer.write(sourceId, writes);
        if (gone.length > 0) {
          this.store.writer.remove(gone.map(({ id }) => ({ id, path: description.path })));
        }
      },
    };
  }

  private outcomeOf(
    { known }: PreparedImage,
    contentHash: string,
    frames: readonly Fresh[],
    isRenamed: boolean,
  ): Outcome {
    if (isRenamed) return 'renamed';
    let outcome: Outcome = 'unchanged';
    for (const { picture } of frames) {
      const before = known.find(({ frame }) => frame === picture.frame);
      if (before?.fileHash !== contentHash) return 'added';
      if (readsDifferently(before, picture)) outcome = 'reread';
      else if (!before.encoders.includes(this.encoderId)) return 'added';
    }
    return outcome;
  }
}
