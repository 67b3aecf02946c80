// Tells the process that began this one for how long its event loop was held: loaded by `--import`.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

if (isMainThread && process.send !== undefined) {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  process.on('message', (message) => {
    if (message !== 'loop-delay') return;
    process.send({ longest: histogram.max / 1e6 });
    histogram.reset();
  });
  // The server ends when it wants to.
  process.channel.unref();
}
