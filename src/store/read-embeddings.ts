import { availableParallelism } from 'node:os';
import { Thread } from '../runtime/thread.ts';
import { tellingOf } from '../runtime/waiting.ts';
import { type EmbeddingSum, MODULUS } from './embedding-log.ts';
import type { EmbeddingMatrix, EmbeddingReaderMethods } from './embedding-reader.ts';

/** More threads only wait for the disk. */
const MOST_THREADS = 8;

/**
 * Reads the embeddings of an encoder into a matrix, by threads that each have a connection of their own.
 * @param matrix has room for as many as there are; `ids` are written too
 * @returns their sum, which tells whether all of them are of one state; undefined where they are others in number
 * @throws SemblanceError, Error
 */
export async function readEmbeddings(
  file: string,
  encoderId: number,
  { dimension, ids, values, inverses }: EmbeddingMatrix,
): Promise<EmbeddingSum | undefined> {
  const count = ids.length;
  const read = new Int32Array(new SharedArrayBuffer(4));
  const threads = Array.from(
    { length: Math.min(MOST_THREADS, availableParallelism()) },
    () => new Thread<EmbeddingReaderMethods>(import.meta.url, './embedding-reader', file),
  );
  try {
    const [first] = threads as [(typeof threads)[0]];
    const found = await first.call('imageIds', [encoderId]);
    if (found.length !== count) return undefined;
    ids.set(found);
    const parts = threads.map((thread, i) => {
      const [from, to] = [i, i + 1].map((part) => Math.floor((part * count) / threads.length));
      const rows = {
        ...{ dimension, read, ids: found.slice(from, to) },
        values: values.subarray(dimension * (from as number), dimension * (to as number)),
        inverses: inverses.subarray(from, to),
      };
      return thread.call('fill', [encoderId, rows]);
    });
    const work = Promise.all(parts);
    const sums = await tellingOf(work, 'embeddings read', count, () => Atomics.load(read, 0));
    return sums.reduce((all, part) => ({
      count: all.count + part.count,
      sum: (all.sum + part.sum) % MODULUS,
    }));
  } finally {
    await Promise.all(threads.map((thread) => thread.close()));
  }
}
