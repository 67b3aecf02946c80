import { workerData } from 'node:worker_threads';
import { answerCalls } from '../runtime/thread.ts';
import { CollectionState } from './collection-state.ts';
import { Connection } from './connection.ts';
import type { EmbeddingSum } from './embedding-log.ts';
import { EmbeddingTable } from './embedding-table.ts';
import type { EmbeddingRows } from './read-embeddings.ts';

/** What a thread of `readEmbeddings` answers; to be asked for one encoder. */
export interface EmbeddingReaderMethods {
  /** @throws SemblanceError */
  imageIds(encoderId: number): Int32Array;
  /** See `EmbeddingTable.fill`. @throws SemblanceError */
  fill(encoderId: number, rows: EmbeddingRows): EmbeddingSum;
}

const connection = new Connection(workerData as string, false);
const table = new EmbeddingTable(connection, new CollectionState(connection));

answerCalls<EmbeddingReaderMethods>(
  Promise.resolve({
    imageIds: (encoderId) => table.imageIds(encoderId),
    fill: (encoderId, rows) => table.fill(encoderId, rows),
  }),
);
