import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes of all thumbnails that are kept. */
const DEFAULT_BYTES = 512e6;
/** When there are more, so large a share of them stays. */
const LEFT = 0.9;

/** Which thumbnail: of what content, how large, and what told that the file had it. */
export interface ThumbnailKey {
  /** See `pictureVersion`. */
  contentHash: string;
  /** Its longer side in pixels. */
  edge: number;
  /** See `ObjectStore.stamp`: another one means that the file was touched. */
  stamp: string;
}

function nameOf({ contentHash, edge, stamp }: ThumbnailKey): string {
  const touched = createHash('sha256').update(stamp).digest('hex').slice(0, 16);
  return `${contentHash}-${edge}-${touched}.webp`;
}

/** Whether a file is a WebP in whole: a crash can leave one that is shorter. */
function isWhole(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || view.getUint32(0) !== 0x52494646) return false;
  return view.getUint32(4, true) + 8 === bytes.length;
}

/**
 * Thumbnails in a folder of the data directory, which only the user may read, under the hash of the picture's
 * content. It only saves time: what cannot be read or written there is made anew. Those not asked for longest go
 * first.
 */
export class ThumbnailFolder {
  /** Bytes in the folder, once they were counted. */
  private bytes: number | undefined;
  private tidying: Promise<void> | undefined;

  constructor(
    private readonly folder: string,
    private readonly maxBytes = DEFAULT_BYTES,
  ) {}

  /** The thumbnail; undefined when it is not kept. */
  async read(key: ThumbnailKey): Promise<Uint8Array | undefined> {
    const file = join(this.folder, nameOf(key));
    try {
      const bytes = await readFile(file);
      if (!isWhole(bytes)) return undefined;
      const now = new Date();
      // When it was last asked for.
      utimes(file, now, now).catch(() => undefined);
      return bytes;
    } catch {
      return undefined;
    }
  }

  /** Keeps a thumbnail, whole or not at all. */
  async write(key: ThumbnailKey, picture: Uint8Array): Promise<void> {
    const part = join(this.folder, `${randomUUID()}.part`);
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      await writeFile(part, picture, { mode: 0o600, flag: 'wx' });
      await rename(part, join(this.folder, nameOf(key)));
    } catch {
      await rm(part, { force: true }).catch(() => undefined);
      return;
    }
    if (this.bytes !== undefined) this.bytes += picture.length;
    if (this.bytes === undefined || this.bytes > this.maxBytes) {
      this.tidying ??= this.tidy()
        .catch(() => undefined)
        .finally(() => {
          this.tidying = undefined;
        });
      await this.tidying;
    }
  }

  /** Deletes the thumbnails of contents that are kept no longer; by default all. */
  forget(contentHashes?: Iterable<string>): void {
    let names: string[];
    try {
      names = readdirSync(this.folder);
    } catch {
      return;
    }
    // There are few of them beside the contents of a large collection.
    const byHash = new Map<string, string[]>();
    for (const name of names) {
      const [hash = ''] = name.split(/[-.]/);
      byHash.set(hash, [...(byHash.get(hash) ?? []), name]);
    }
    for (const hash of contentHashes ?? byHash.keys()) {
      for (const name of byHash.get(hash) ?? []) rmSync(join(this.folder, name), { force: true });
    }
  }

  private async tidy(): Promise<void> {
    const files: { file: string; size: number; used: number }[] = [];
    for (const name of await readdir(this.folder)) {
      const file = join(this.folder, name);
      // Another process may have deleted it.
      const found = await stat(file).catch(() => undefined);
      if (found?.isFile()) files.push({ file, size: found.size, used: found.mtimeMs });
    }
    let bytes = files.reduce((sum, { size }) => sum + size, 0);
    if (bytes > this.maxBytes) {
      files.sort((a, b) => a.used - b.used);
      for (const { file, size } of files) {
        if (bytes <= LEFT * this.maxBytes) break;
        await rm(file, { force: true });
        bytes -= size;
      }
    }
    this.bytes = bytes;
  }
}
