import { fileStamp } from '../files/stamp.ts';

/** Bytes of all pictures that are kept. */
const DEFAULT_BYTES = 64e6;

/**
 * Small pictures that were made, by the file and content they were made of. The ones that were not asked
 * for longest go first. A picture is only given while its file has not been touched.
 */
export class PictureCache {
  private readonly kept = new Map<string, { stamp: string; picture: Uint8Array<ArrayBuffer> }>();
  private bytes = 0;

  constructor(private readonly maxBytes = DEFAULT_BYTES) {}

  /**
   * The picture of a name, made unless it is kept.
   * @param file what it is made of; when that has changed, it is made anew
   * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE, and what `make` throws
   */
  async get(
    name: string,
    file: string,
    make: () => Promise<Uint8Array>,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const stamp = await fileStamp(file);
    const key = `${name} ${file}`;
    const known = this.kept.get(key);
    if (known !== undefined) this.remove(key);
    const picture = known?.stamp === stamp ? known.picture : new Uint8Array(await make());
    this.remove(key);
    this.kept.set(key, { stamp, picture });
    this.bytes += picture.length;
    for (const oldest of this.kept.keys()) {
      if (this.bytes <= this.maxBytes) break;
      this.remove(oldest);
    }
    return picture;
  }

  private remove(key: string): void {
    this.bytes -= this.kept.get(key)?.picture.length ?? 0;
    this.kept.delete(key);
  }
}
