import { workerData } from 'node:worker_threads';
import { SemblanceError } from '../domain/errors/error.ts';
import { lengthOf } from '../domain/vectors.ts';
import { answerCalls } from '../runtime/thread.ts';
import { Connection } from './connection.ts';
import { addDigest, digestOf, type EmbeddingSum } from './embedding-log.ts';
import { imageIdsOf, rowsOf } from './embedding-rows.ts';

/** Rows of a matrix, in memory that threads share. */
export interface EmbeddingMatrix {
  dimension: number;
  /** Ids of images, ascending. */
  ids: Int32Array;
  /** rows x dimension. */
  values: Float32Array;
  /** 1 / length of each row; 0 for a row of zeros. */
  inverses: Float64Array;
}

/** Rows of a matrix that one thread reads. */
interface RowsToFill extends EmbeddingMatrix {
  /** How many rows all threads have read. */
  read: Int32Array;
}

/** What a thread of `readEmbeddings` answers. */
export interface EmbeddingReaderMethods {
  /** @throws SemblanceError */
  imageIds(encoderId: number): Int32Array;
  /**
   * Reads embeddings into rows whose ids are known.
   * @returns their sum
   * @throws SemblanceError COLLECTION_DAMAGED where one is missing, or is not as long or not finite
   */
  fill(encoderId: number, rows: RowsToFill): EmbeddingSum;
}

const file = workerData as string;
const connection = new Connection(file, false);

function fill(
  encoderId: number,
  { dimension, ids, values, inverses, read }: RowsToFill,
): EmbeddingSum {
  const found = { count: 0, sum: 0 };
  for (const [id, blob] of rowsOf(connection, encoderId, (ids[0] ?? 0) - 1)) {
    const row = found.count;
    if (row === ids.length) break;
    const vector = values.subarray(row * dimension, (row + 1) * dimension);
    if (id === ids[row] && blob.length === vector.byteLength) {
      new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength).set(blob);
    } else vector.fill(Number.NaN);
    const length = lengthOf(vector);
    if (!Number.isFinite(length)) {
      const why = `Image ${ids[row]} has no embedding that can be read.`;
      throw new SemblanceError('COLLECTION_DAMAGED', why, { subject: file });
    }
    inverses[row] = length > 0 ? 1 / length : 0;
    addDigest(found, digestOf(id, blob), 1);
    Atomics.add(read, 0, 1);
  }
  return found;
}

answerCalls<EmbeddingReaderMethods>(
  Promise.resolve({ imageIds: (encoderId) => imageIdsOf(connection, encoderId), fill }),
);
