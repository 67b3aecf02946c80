import { randomUUID } from 'node:crypto';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';

/** Of processes on other machines it cannot be told whether they are alive: what they left is older (ms). */
const ABANDONED = 24 * 60 * 60 * 1000;

/** What this process writes now. */
const own = new Set<string>();

/** This machine, in names of files. */
const HOST = crc32(hostname()).toString(16);

/**
 * A name beside a file's place, under which it is written until it is whole. It tells whose it is, so that what a
 * killed process leaves is not taken for another's work.
 */
export function ownPart(path: string): { part: string; done(): void } {
  const part = `${path}.${HOST}-${process.pid}-${randomUUID()}.part`;
  own.add(part);
  return { part, done: () => own.delete(part) };
}

/** Removes what processes that were killed have left of a file or folder that they wrote. */
export function removeAbandonedParts(path: string): void {
  const folder = dirname(path);
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`${basename(path)}.`) || !name.endsWith('.part')) continue;
    const part = join(folder, name);
    const whose = name.slice(basename(path).length + 1);
    if (own.has(part) || !isAbandoned(part, whose)) continue;
    rmSync(part, { force: true, recursive: true });
  }
}

function isAbandoned(part: string, whose: string): boolean {
  const [host, pid] = whose.split('-');
  if (host === HOST) return !isAlive(Number(pid));
  const { mtimeMs } = statSync(part, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
  return Date.now() - mtimeMs > ABANDONED;
}

/** Whether another process has this number; what carries this one's, it did not write. */
function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
