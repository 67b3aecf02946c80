import { setPriority } from 'node:os';
import { errorData, toSemblanceError } from '../domain/errors/error.ts';
import { DataDirectory } from '../store/data-directory.ts';
import type { Call } from './call.ts';
import { Semblance } from './semblance.ts';
import { actorNamed } from './task-audit.ts';
import { doTask } from './task-work.ts';
import type { TaskOrder, TaskReport } from './tasks.ts';

/** Below what answers people. */
const PRIORITY = 10;
/** Milliseconds from one report to the next. */
const PAUSE = 200;

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
    const { home, limits, provider, payload, secrets, folder, task, actor } = order;
    // What would be told to whoever reads standard error names folders; here nobody does.
    const directory = new DataDirectory(home, { warn: () => undefined });
    semblance = await Semblance.over(directory, { limits, provider });
    if (payload.kind === 'index-pacs') {
      semblance.pacs.letIn({ address: payload.address, secrets });
    }
    const progress: Call['progress'] = (done, total, phase) => {
      if (performance.now() < last + PAUSE && done !== total) return;
      last = performance.now();
      const { unit, studies, skipped = 0, reasons = {}, whole } = phase;
      void report({ progress: { unit, done, total, studies, skipped, reasons, whole } });
    };
    const call = { signal: controller.signal, progress, actor: actorNamed(actor) };
    await report(await doTask(call, { payload, semblance, directory, folder, task }));
  } catch (error) {
    await report({ error: errorData(toSemblanceError(error)), ended: controller.signal.aborted });
  } finally {
    await semblance?.close();
    process.removeAllListeners('disconnect');
    if (process.connected) process.disconnect();
  }
});
