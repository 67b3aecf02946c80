import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

/** Files worked on at the same time: enough to hide the latency of a disk in the network. */
const AT_ONCE = 64;

export type OnProgress = (done: number, total: number) => void;

/** Works on many items, some of them at the same time. */
export async function forEach<T>(
  items: readonly T[],
  work: (item: T, i: number) => Promise<void>,
  onProgress?: OnProgress,
): Promise<void> {
  let next = 0;
  let done = 0;
  const lane = async () => {
    while (next < items.length) {
      const i = next;
      next += 1;
      await work(items[i] as T, i);
      done += 1;
      onProgress?.(done, items.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** Sizes of files in bytes, -1 for what is no readable file. */
export async function fileSizes(
  files: readonly string[],
  onProgress?: OnProgress,
): Promise<Float64Array> {
  const sizes = new Float64Array(files.length).fill(-1);
  const look = async (file: string, i: number) => {
    const found = await stat(file).catch(() => undefined);
    if (found?.isFile()) sizes[i] = found.size;
  };
  await forEach(files, look, onProgress);
  return sizes;
}

/** SHA-256 of files by path; a file that cannot be read has none. */
export async function fileHashes(
  files: readonly string[],
  onProgress?: OnProgress,
): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  const look = async (file: string) => {
    const hash = createHash('sha256');
    await pipeline(createReadStream(file), hash).then(
      () => hashes.set(file, hash.digest('hex')),
      () => undefined,
    );
  };
  await forEach(files, look, onProgress);
  return hashes;
}
