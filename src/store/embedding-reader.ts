import { workerData } from 'node:worker_threads';
import { SemblanceError } from '../domain/errors/error.ts';
import { lengthOf } from '../domain/vectors.ts';
import { answerCalls } from '../runtime/thread.ts';
import { Connection } from './connection.ts';
import { addDigest, digestOf, type EmbeddingSum } from './embedding-log.ts';
import { idBefore, rowsOf } from './embedding-rows.ts';

/** Rows of a matrix, in memory that threads share. */
export interface EmbeddingMatrix {
  dimension: number;
  /** Takes the ids of the images, ascending. */
  ids: Int32Array;
  /** rows x dimension. */
  values: Float32Array;
  /** 1 / length of each row; 0 for a row of zeros. */
  inverses: Float64Array;
}

/** Rows of a matrix that one thread reads. */
interface RowsToFill extends EmbeddingMatrix {
  /** How many embeddings come before. */
  skip: number;
  /** How many rows all threads have read. */
  read: Int32Array;
}

/** What a thread of `readEmbeddings` answers. */
export interface EmbeddingReaderMethods {
  /**
   * Reads as many embeddings as there are rows.
   * @returns their sum, of fewer where there are not as many
   * @throws SemblanceError COLLECTION_DAMAGED where one is not as long or not finite
   */
  fill(encoderId: number, rows: RowsToFill): EmbeddingSum;
}

const file = workerData as string;
const connection = new Connection(file, false);

function fill(
  encoderId: number,
  { dimension, skip, ids, values, inverses, read }: RowsToFill,
): EmbeddingSum {
  const found = { count: 0, sum: 0 };
  for (const [id, blob] of rowsOf(connection, encoderId, idBefore(connection, encoderId, skip))) {
    const row = found.count;
    if (row === ids.length) break;
    const vector = values.subarray(row * dimension, (row + 1) * dimension);
    if (blob.length === vector.byteLength) {
      new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength).set(blob);
    } else vector.fill(Number.NaN);
    const length = lengthOf(vector);
    if (!Number.isFinite(length)) {
      const why = `The embedding of image ${id} cannot be read.`;
      throw new SemblanceError('COLLECTION_DAMAGED', why, { subject: file });
    }
    ids[row] = id;
    inverses[row] = length > 0 ? 1 / length : 0;
    addDigest(found, digestOf(id, blob), 1);
    Atomics.add(read, 0, 1);
  }
  return found;
}

answerCalls<EmbeddingReaderMethods>(Promise.resolve({ fill }));
