import { setPriority } from 'node:os';
import { errorData, toSemblanceError } from '../domain/errors/error.ts';
import type { Call } from './call.ts';
import { Semblance } from './semblance.ts';
import type { TaskOrder, TaskReport } from './tasks.ts';

/** Below what answers people. */
const PRIORITY = 10;
/** Milliseconds from one report to the next. */
const PAUSE = 200;

/** What does a task of a kind. */
const KINDS: Record<TaskOrder['kind'], (call: Call, order: TaskOrder, to: Semblance) => unknown> = {
  'index-pacs': (call, { payload, secrets }, semblance) => {
    semblance.pacs.letIn({ address: payload.address, secrets });
    return semblance.indexing.index(call, { ...payload, path: payload.address });
  },
};

// A process for one task: it is given the task, reports, and ends with it, or with whoever started it.
process.once('message', async (order: TaskOrder) => {
  const controller = new AbortController();
  const abort = () => controller.abort();
  process.on('disconnect', abort);
  process.on('message', abort);
  const report = (message: TaskReport) =>
    new Promise<void>((done) => {
      if (process.connected) process.send?.(message, undefined, {}, () => done());
      else done();
    });
  let last = 0;
  let semblance: Semblance | undefined;
  try {
    setPriority(PRIORITY);
    const { home, limits, provider, kind } = order;
    // What would be told to whoever reads standard error names folders; here nobody does.
    semblance = await Semblance.open({ home, limits, provider, logger: { warn: () => undefined } });
    const progress: Call['progress'] = (done, total, phase) => {
      if (performance.now() < last + PAUSE && done !== total) return;
      last = performance.now();
      const { unit, studies, skipped = 0, reasons = {} } = phase;
      void report({ progress: { unit, done, total, studies, skipped, reasons } });
    };
    const result = await KINDS[kind]({ signal: controller.signal, progress }, order, semblance);
    await report({ result, ended: controller.signal.aborted });
  } catch (error) {
    await report({ error: errorData(toSemblanceError(error)), ended: controller.signal.aborted });
  } finally {
    await semblance?.close();
    process.removeAllListeners('disconnect');
    if (process.connected) process.disconnect();
  }
});
