import { parentPort, workerData } from 'node:worker_threads';
import { errorData, toSemblanceError } from '../../domain/errors/error.ts';
import { DescriptionReader } from './description-reader.ts';
import type { ReaderCall, ReaderReply } from './reader-thread.ts';

const port = parentPort;
if (port === null) throw new Error('This module runs in a worker thread.');

const file = workerData as string;
let reader: DescriptionReader | undefined;

function answer({ method, args }: ReaderCall): unknown {
  if (reader?.isOutdated) {
    reader.close();
    reader = undefined;
  }
  reader ??= new DescriptionReader(file);
  return (reader[method] as (...args: unknown[]) => unknown).apply(reader, args);
}

port.on('message', (call: ReaderCall) => {
  let reply: ReaderReply;
  try {
    reply = { id: call.id, answer: answer(call) };
  } catch (error) {
    reply = { id: call.id, error: errorData(toSemblanceError(error, file)) };
  }
  port.postMessage(reply);
});
