import type { ThumbnailFolder, ThumbnailKey } from './thumbnail-folder.ts';

/** Bytes of all pictures that are kept in memory. */
const DEFAULT_BYTES = 64e6;

/**
 * Small pictures that were made, by the file and content they were made of. The ones that were not asked
 * for longest go first. A picture is only given while its file has not been touched.
 */
export class PictureCache {
  private readonly kept = new Map<string, { stamp: string; picture: Uint8Array<ArrayBuffer> }>();
  private bytes = 0;

  /** @param folder keeps more of them, also for other processes and the next start */
  constructor(
    private readonly folder: ThumbnailFolder,
    private readonly maxBytes = DEFAULT_BYTES,
  ) {}

  /**
   * A picture, made unless it is kept.
   * @param file what it is made of; when its stamp is another one, it is made anew
   * @throws what `make` throws
   */
  async get(
    which: ThumbnailKey,
    file: string,
    make: () => Promise<Uint8Array>,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { stamp } = which;
    const key = `${which.contentHash} ${which.edge} ${file}`;
    const known = this.kept.get(key);
    if (known !== undefined) this.remove(key);
    const picture = known?.stamp === stamp ? known.picture : await this.fromFolder(which, make);
    this.remove(key);
    this.kept.set(key, { stamp, picture });
    this.bytes += picture.length;
    for (const oldest of this.kept.keys()) {
      if (this.bytes <= this.maxBytes) break;
      this.remove(oldest);
    }
    return picture;
  }

  private async fromFolder(
    key: ThumbnailKey,
    make: () => Promise<Uint8Array>,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const kept = await this.folder.read(key);
    if (kept !== undefined) return new Uint8Array(kept);
    const picture = new Uint8Array(await make());
    // Nobody waits for it.
    void this.folder.write(key, picture);
    return picture;
  }

  private remove(key: string): void {
    this.bytes -= this.kept.get(key)?.picture.length ?? 0;
    this.kept.delete(key);
  }
}
