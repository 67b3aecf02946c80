import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** Moments at which a run is killed. */
export const MOMENTS = 10;
/** Milliseconds between two looks at whether the moment has come. */
const LOOK = 3;

/** Results of a benchmark by the file's path in its folder, without those that differ with each run, and the steps. */
export function resultsOf(folder: string): Map<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('.cache'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((name) => !/(timings\.json|cost\.html)$/.test(name));
  return new Map(
    names.map((name) => [name.slice(folder.length), readFileSync(name, 'utf8')] as const),
  );
}

/**
 * Kills a program (SIGKILL) as soon as its moment has come.
 * @returns the signal that ended it; null when it had ended before
 */
export async function killWhen(
  child: ChildProcess,
  hasCome: () => boolean,
): Promise<NodeJS.Signals | null> {
  const ended = new Promise<NodeJS.Signals | null>((resolve) =>
    child.on('close', (_, signal) => resolve(signal)),
  );
  while (!hasCome() && child.exitCode === null) await setTimeout(LOOK);
  child.kill('SIGKILL');
  return ended;
}
