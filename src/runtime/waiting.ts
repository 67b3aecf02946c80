import { channel } from 'node:diagnostics_channel';
import { WAITING, type Waiting } from '../domain/logger.ts';

const waiting = channel(WAITING);
/** Milliseconds from one time to the next. */
const EVERY = 500;

/** Tells whoever listens how far work is. */
export function tellWaiting(unit: string, done: number, total: number): void {
  if (waiting.hasSubscribers) waiting.publish({ unit, done, total } satisfies Waiting);
}

/** Tells how far work is that others do, until it has ended. @param done how much of it is by now */
export async function tellingOf<T>(
  work: Promise<T>,
  unit: string,
  total: number,
  done: () => number = () => 0,
): Promise<T> {
  if (!waiting.hasSubscribers) return work;
  const timer = setInterval(() => tellWaiting(unit, done(), total), EVERY);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    tellWaiting(unit, total, total);
  }
}
