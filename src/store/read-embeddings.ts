import { availableParallelism } from 'node:os';
import { Thread } from '../runtime/thread.ts';
import { tellingOf } from '../runtime/waiting.ts';
import { type EmbeddingSum, MODULUS } from './embedding-log.ts';
import type { EmbeddingMatrix, EmbeddingReaderMethods } from './embedding-reader.ts';

/** More threads only wait for the disk. */
const MOST_THREADS = 8;

/**
 * Reads the embeddings of an encoder into a matrix, by threads that each have a connection of their own.
 * @param matrix in memory that threads share, with room for as many as there are
 * @returns their sum, which tells whether all of them are of one state
 * @throws SemblanceError, Error
 */
export async function readEmbeddings(
  file: string,
  encoderId: number,
  { dimension, ids, values, inverses }: EmbeddingMatrix,
): Promise<EmbeddingSum> {
  const count = ids.length;
  const read = new Int32Array(new SharedArrayBuffer(4));
  const threads = Array.from(
    { length: Math.min(MOST_THREADS, availableParallelism()) },
    () => new Thread<EmbeddingReaderMethods>(import.meta.url, './embedding-reader', file),
  );
  try {
    const parts = threads.map((thread, i) => {
      const skip = Math.floor((i * count) / threads.length);
      const end = Math.floor(((i + 1) * count) / threads.length);
      const rows = {
        ...{ dimension, skip, read, ids: ids.subarray(skip, end) },
        values: values.subarray(skip * dimension, end * dimension),
        inverses: inverses.subarray(skip, end),
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
