import { pictureVersion } from '../domain/burned-in.ts';
import type { SampleBytes } from '../encoding/preprocess/picture.ts';
import { registeredFile } from '../store/registered-file.ts';
import type { Call } from './call.ts';
import type { OpenCollections } from './open-collections.ts';
import { PictureCache } from './picture-cache.ts';
import type { ThumbnailFolder } from './thumbnail-folder.ts';

/** Names an image of a collection. */
export interface ImageOf {
  collection: string;
  id: number;
}

/** The bytes of a file that is not kept, and which picture of it, from 1; the first by default. */
export interface OwnPicture {
  bytes: Uint8Array;
  frame?: number | undefined;
}

/** What an image looks like. Every call reads the file only while it is the one that was indexed. */
export class PictureService {
  private readonly thumbnails: PictureCache;

  /** @internal */
  constructor(
    private readonly collections: OpenCollections,
    folder: ThumbnailFolder,
  ) {
    this.thumbnails = new PictureCache(folder);
  }

  /** A small WebP; `edge` is its longer side in pixels. */
  async thumbnail(
    { signal }: Call,
    image: ImageOf & { edge: number },
  ): Promise<Uint8Array<ArrayBuffer>> {
    const source = this.fileOf(image);
    const { pictures } = this.collections;
    const contentHash = pictureVersion(
      this.collections.store(image.collection).images.get(image.id),
    );
    const stamp = await pictures.objects.at(source.path).stamp(source.path);
    return this.thumbnails.get({ contentHash, edge: image.edge, stamp }, source.path, () =>
      pictures.thumbnail(source, image.edge, signal),
    );
  }

  /** An 8-bit PNG in full size, as the encoder sees the image before resizing. */
  async rendered({ signal }: Call, image: ImageOf): Promise<Uint8Array> {
    return this.collections.pictures.png(this.fileOf(image), signal);
  }

  /**
   * The samples in their own depth, little-endian, and the window to show them with; of a grey image of DICOM with
   * what they measure.
   */
  async samples({ signal }: Call, image: ImageOf): Promise<SampleBytes> {
    return this.collections.pictures.samples(this.fileOf(image), signal);
  }

  /** As `samples`, of a picture that is not kept. */
  ownSamples({ signal }: Call, picture: OwnPicture): Promise<SampleBytes> {
    return this.collections.pictures.samples(picture, signal);
  }

  /** A picture that is not kept, as an 8-bit PNG of at most `edge` pixels a side. */
  preview({ signal }: Call, { edge, ...picture }: OwnPicture & { edge: number }) {
    return this.collections.pictures.preview(picture, edge, signal);
  }

  private fileOf({ collection, id }: ImageOf) {
    return registeredFile(this.collections.store(collection), id);
  }
}
