import { workerData } from 'node:worker_threads';
import { answerCalls } from '../runtime/thread.ts';
import { CollectionState } from './collection-state.ts';
import { Connection } from './connection.ts';
import { EmbeddingTable } from './embedding-table.ts';
import type { EmbeddingReaderMethods } from './read-embeddings.ts';

const connection = new Connection(workerData as string, false);
const table = new EmbeddingTable(connection, new CollectionState(connection));

answerCalls<EmbeddingReaderMethods>(
  Promise.resolve({
    imageIds: (encoderId) => table.imageIds(encoderId),
    fill: (encoderId, rows) => table.fill(encoderId, rows),
  }),
);
