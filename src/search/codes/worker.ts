import { parentPort, workerData } from 'node:worker_threads';
import { CodedShard, type ShardOptions, type ShardRequest } from './shard.ts';

/** What the pool sends to a worker, answered in turn. */
export type ShardMessage =
  | { id: number; append: Float32Array<ArrayBuffer> }
  | { id: number; scan: ShardRequest };

/** What comes back: the answer, or why there is none. Id -1 says whether the shard could be made. */
export interface ShardReply {
  id: number;
  answer?: unknown;
  error?: string;
}

const port = parentPort;
if (port === null) throw new Error('This module runs in a worker thread.');

const shard = CodedShard.create(workerData as ShardOptions);

async function work(message: ShardMessage): Promise<unknown> {
  const made = await shard;
  return 'scan' in message ? made.scan(message.scan) : made.append(message.append);
}

function reply(id: number, answer: Promise<unknown>): void {
  answer.then(
    (value) => port?.postMessage({ id, answer: value } satisfies ShardReply),
    (error) => port?.postMessage({ id, error: String(error) } satisfies ShardReply),
  );
}

reply(
  -1,
  shard.then(() => undefined),
);
port.on('message', (message: ShardMessage) => reply(message.id, work(message)));
