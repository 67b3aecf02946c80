import { availableParallelism } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Context, MiddlewareHandler } from 'hono';
import { abandoned, BusyError, FairQueue } from './fair-queue.ts';
import { clientOf } from './proxies.ts';

/** How much is done at a time. */
export interface LoadLimits {
  /** Requests of a kind that are worked on at a time. */
  maxRunning: number;
  /** Requests of a kind that wait. */
  maxWaiting: number;
}

/**
 * A refusal is kept back for so many milliseconds: who asks again at once, whatever Retry-After says, takes the processor
 * from those who are worked for.
 */
const REFUSED_AFTER = 500;

/** What a machine of this size can do while everything else still answers. */
export const DEFAULT_LOAD: LoadLimits = {
  maxRunning: Math.max(2, availableParallelism()),
  maxWaiting: 64,
};

/** Puts a request into the queue of its kind. */
export type Lanes = Record<
  'searches' | 'pictures' | 'explanations' | 'pacs' | 'logins' | 'changes',
  MiddlewareHandler
>;

/** Who takes turns: each user and key, wherever he asks from, and of strangers each address. */
function turnOf(context: Context): string {
  const principal = context.get('principal');
  return principal ? `${principal.kind} ${principal.name}` : clientOf(context);
}

/** Ends the work for a request when its client has gone; what it throws has a code. */
export function clientSignal(context: Context): AbortSignal {
  const { signal } = context.req.raw;
  const controller = new AbortController();
  const abort = () => controller.abort(abandoned());
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return controller.signal;
}

function lane(queue: FairQueue): MiddlewareHandler {
  return async (context, next) => {
    const { signal } = context.req.raw;
    try {
      await queue.run(turnOf(context), signal, next);
    } catch (error) {
      if (error instanceof BusyError) {
        await pause(REFUSED_AFTER, undefined, { signal }).catch(() => undefined);
      }
      throw error;
    }
  };
}

/**
 * The queues in front of what takes time. Each kind has its own, so that explanations of a minute hold
 * up no search.
 * @param watch is shown each queue
 */
export function makeLanes(
  { maxRunning, maxWaiting }: LoadLimits,
  watch: (name: string, queue: FairQueue) => void = () => undefined,
): Lanes {
  const named = (name: keyof Lanes, running = maxRunning) => {
    const queue = new FairQueue(running, maxWaiting);
    watch(name, queue);
    return lane(queue);
  };
  return {
    searches: named('searches'),
    pictures: named('pictures'),
    explanations: named('explanations'),
    pacs: named('pacs'),
    logins: named('logins'),
    // Each may read and write the whole disk.
    changes: named('changes', 1),
  };
}
