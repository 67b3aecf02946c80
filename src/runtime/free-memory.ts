import { MessageChannel } from 'node:worker_threads';

/**
 * Gives the memory of large arrays back to the system at once; they are empty afterwards. V8 would keep it until it
 * next collects garbage, which in a process that allocates little is many minutes later: an array's memory lies outside
 * its heap.
 * @param arrays whose whole buffers nobody uses any more; shared ones stay as they are
 */
export function freeMemory(arrays: readonly ArrayBufferView[]): void {
  const buffers = new Set(
    arrays.flatMap(({ buffer }) =>
      buffer instanceof ArrayBuffer && buffer.byteLength > 0 ? [buffer] : [],
    ),
  );
  // Memory that is sent belongs to the message, and a message that nobody can receive any more is freed.
  const { port1, port2 } = new MessageChannel();
  try {
    port1.postMessage(null, [...buffers]);
  } finally {
    port2.close();
    port1.close();
  }
}
