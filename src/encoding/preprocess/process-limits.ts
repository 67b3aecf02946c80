import { writeFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

/** How often the memory is looked at, in milliseconds. */
const LOOK = 50;

/**
 * A thread of its own, since decoders and loops hold the main one. It ends the whole process, which
 * no limit of V8 does: those do not count the memory of typed arrays and of decoders.
 */
const WATCH = `
const { workerData: { memory, parent, look } } = require('node:worker_threads');
setInterval(() => {
  if (process.memoryUsage.rss() > memory || process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}, look);
`;

/**
 * Ends this process when it holds too much memory, or when its parent is gone.
 * @param memory bytes
 */
export function limitProcess(memory: number): void {
  const workerData = { memory, parent: process.ppid, look: LOOK };
  new Worker(WATCH, { eval: true, workerData, execArgv: [] }).unref();
  try {
    // When the machine runs out of memory, Linux shall end this process and not its parent.
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Another system has no such file.
  }
  // Both are sent to the whole group of the terminal or service: the parent decides what they mean.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
  process.on('disconnect', () => process.exit());
}
