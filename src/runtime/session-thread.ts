import { workerData } from 'node:worker_threads';
import { Session, type SessionOptions, type Tensor } from './session.ts';
import { answerCalls } from './thread.ts';

/** What the thread of an `ApartSession` is given. */
export interface SessionTask {
  model: string | Uint8Array;
  options: SessionOptions;
}

/** What it answers. */
export interface SessionMethods {
  names(): { inputs: readonly string[]; outputs: readonly string[] };
  run(
    feeds: Record<string, Tensor>,
    outputs: readonly string[],
  ): Promise<Record<string, { dims: readonly number[]; data: Tensor['data'] }>>;
}

async function methods({ model, options }: SessionTask): Promise<SessionMethods> {
  const session = await Session.load(model, options);
  return {
    names: () => ({ inputs: session.inputNames, outputs: session.outputNames }),
    run: (feeds, outputs) => session.run(feeds, outputs),
  };
}

answerCalls(methods(workerData as SessionTask));
