import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** What a process and those that it started took. */
export interface Measured {
  /** Exit code; null when a signal ended it. */
  code: number | null;
  seconds: number;
  /** Seconds of processors, in the program and in the system. */
  cpu: number;
  /** Most memory that was its own at a time, in MB: not pages of files, which the system may take back. */
  own: number;
  /** Most resident memory at a time, with the pages of files that are mapped, in MB. */
  resident: number;
  /** Seconds until its first line on standard error. */
  firstLine: number | null;
  /** Most memory of its own while each phase was the last that standard error told of, in MB. */
  peaks: Map<string, number>;
  stdout: string;
  stderr: string;
}

/** Milliseconds between two looks at a process. */
const INTERVAL = 100;
/** Clock ticks of a second in /proc: the same on every Linux. */
const TICKS = 100;

/** A process and all below it; those that have ended are not there. */
function family(pid: number): number[] {
  const children: number[] = [];
  try {
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      const text = readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim();
      if (text !== '') children.push(...text.split(' ').map(Number));
    }
  } catch {
    return [pid];
  }
  return [pid, ...children.flatMap(family)];
}

function kilobytes(status: string, key: string): number {
  return Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
}

/**
 * Runs a program to its end, with looks at /proc (Linux); figures are those of it and its children.
 * @param phaseOf the phase that a text of standard error tells of
 */
export function measure(
  command: string,
  args: readonly string[],
  phaseOf: (text: string) => string | undefined = () => undefined,
): Promise<Measured> {
  const start = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const peaks = new Map<string, number>();
  let phase: string | undefined;
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  let firstLine: number | null = null;
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => {
    firstLine ??= (performance.now() - start) / 1000;
    err.push(chunk);
    phase = phaseOf(chunk.toString()) ?? phase;
  });
  let [own, resident] = [0, 0];
  const ticks = new Map<number, number>();
  const look = () => {
    let [ownNow, residentNow] = [0, 0];
    for (const pid of family(child.pid as number)) {
      try {
        const status = readFileSync(`/proc/${pid}/status`, 'utf8');
        ownNow += kilobytes(status, 'RssAnon') + kilobytes(status, 'RssShmem');
        residentNow += kilobytes(status, 'VmRSS');
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        // Behind the name in brackets; utime and stime are the fields 14 and 15.
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        ticks.set(pid, Number(fields[11]) + Number(fields[12]));
      } catch {
        // It has ended since it was listed.
      }
    }
    own = Math.max(own, ownNow);
    if (phase !== undefined) peaks.set(phase, Math.max(peaks.get(phase) ?? 0, ownNow / 1000));
    resident = Math.max(resident, residentNow);
  };
  const timer = setInterval(look, INTERVAL);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(timer);
      resolve({
        code,
        seconds: (performance.now() - start) / 1000,
        cpu: [...ticks.values()].reduce((sum, one) => sum + one, 0) / TICKS,
        own: own / 1000,
        resident: resident / 1000,
        firstLine,
        peaks,
        stdout: Buffer.concat(out).toString(),
        stderr: Buffer.concat(err).toString(),
      });
    });
  });
}
