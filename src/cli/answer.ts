import type { Command } from 'commander';
import type { Call } from '../app/call.ts';
import { Semblance } from '../app/semblance.ts';
import { interruptible } from './interruption.ts';
import type { GlobalOptions } from './options.ts';
import { print } from './output.ts';
import { CallProgress } from './progress.ts';

/** Asks a service, tells how far it is, and prints what it answers. */
export async function answer<T>(
  command: Command,
  ask: (semblance: Semblance, call: Call) => T | Promise<T>,
  text: (answer: T) => string,
): Promise<void> {
  const { home, json = false } = command.optsWithGlobals<GlobalOptions>();
  const semblance = await Semblance.open({ home });
  const line = new CallProgress();
  const { signal, end } = interruptible();
  try {
    const value = await ask(semblance, { signal, progress: line.show });
    line.end();
    print(json, value, () => text(value));
  } finally {
    end();
    line.end();
    await semblance.close();
  }
}
