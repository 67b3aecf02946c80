import { readdirSync, readFileSync } from 'node:fs';

/** Processes that this one has started and that do tasks. */
export function taskProcesses(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const [, parent] = /^\d+ \(.*\) \S (\d+)/.exec(stat) ?? [];
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return Number(parent) === process.pid && command.includes('task-process');
      } catch {
        // It has ended meanwhile.
        return false;
      }
    });
}
