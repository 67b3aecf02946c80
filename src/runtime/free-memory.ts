import { MessageChannel } from 'node:worker_threads';

/** A port that is closed: HTML demands that buffers are transferred all the same. */
const nowhere = new MessageChannel().port1;
nowhere.close();

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
  nowhere.postMessage(null, [...buffers]);
}
