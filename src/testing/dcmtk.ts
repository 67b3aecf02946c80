import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Whether DCMTK's programs are here; prints the reason for skipped tests where they are not. */
export function hasDcmtk(): boolean {
  try {
    execFileSync('echoscu', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn('skipped: DCMTK is absent (apt-get install dcmtk)');
    return false;
  }
}

/** How a program ended, and what it said on both of its outputs. */
export interface Ended {
  status: number | null;
  said: string;
}

/** Starts a program of DCMTK. */
export function startDcmtk(
  program: string,
  args: readonly string[],
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(program, args);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
  return { child, ended: once(child, 'close').then(([status]) => ({ status, said })) };
}

/** Runs a program of DCMTK to its end. */
export function dcmtk(program: string, ...args: readonly string[]): Promise<Ended> {
  return startDcmtk(program, args).ended;
}
