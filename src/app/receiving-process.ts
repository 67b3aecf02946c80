import { errorData, toSemblanceError } from '../domain/errors/error.ts';
import type { ReceivingOrder, ReceivingReport } from './receiving.ts';
import { Semblance } from './semblance.ts';

// A process that indexes what is received: it is told how, then again and again which files, and ends with whoever
// started it.
const stopping = new AbortController();
process.once('disconnect', () => stopping.abort());

process.once('message', async (order: Extract<ReceivingOrder, { home: string }>) => {
  const { home, limits, provider, request } = order;
  const files: Extract<ReceivingOrder, { files: unknown }>[] = [];
  let wake: () => void = () => undefined;
  process.on('message', (message: (typeof files)[number]) => {
    files.push(message);
    wake();
  });
  stopping.signal.addEventListener('abort', () => wake());
  // What would be told to whoever reads standard error names folders; here nobody does.
  const logger = { warn: () => undefined };
  const semblance = await Semblance.open({ home, limits, provider, logger });
  const { signal } = stopping;
  while (!signal.aborted) {
    const next = files.shift();
    if (next === undefined) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      continue;
    }
    let report: ReceivingReport;
    try {
      report = { result: await semblance.indexing.index({ signal }, { ...request, ...next }) };
    } catch (error) {
      report = { error: errorData(toSemblanceError(error)) };
    }
    if (process.connected) process.send?.(report);
  }
  await semblance.close();
});
