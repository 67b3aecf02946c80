import { parentPort, workerData } from 'node:worker_threads';
import { CodedShard, type ShardOptions } from './shard.ts';

/** Methods of a shard that the pool calls. */
export type ShardMethod =
  | 'append'
  | 'scan'
  | 'codesOf'
  | 'bounds'
  | 'sketched'
  | 'putCodes'
  | 'putBounds'
  | 'putSketched';

/** A call of a method, answered in turn. */
export interface ShardCall {
  id: number;
  method: ShardMethod;
  args: unknown[];
}

/** What comes back: the answer, or why there is none. Id -1 says whether the shard could be made. */
export interface ShardReply {
  id: number;
  answer?: unknown;
  error?: string;
}

const port = parentPort;
if (port === null) throw new Error('This module runs in a worker thread.');

const shard = CodedShard.create(workerData as ShardOptions);

async function call({ method, args }: ShardCall): Promise<unknown> {
  const made = await shard;
  return (made[method] as (...args: unknown[]) => unknown).apply(made, args);
}

function reply(id: number, answer: Promise<unknown>): void {
  answer.then(
    (value) => port?.postMessage({ id, answer: value } satisfies ShardReply),
    (error) => port?.postMessage({ id, error: String(error) } satisfies ShardReply),
  );
}

const made = shard.then(() => undefined);
reply(-1, made);
port.on('message', (message: ShardCall) => reply(message.id, call(message)));
