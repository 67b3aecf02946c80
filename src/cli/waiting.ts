import { subscribe } from 'node:diagnostics_channel';
import { WAITING, type Waiting } from '../domain/logger.ts';
import { FIRST, ProgressLine } from './progress.ts';

/** Commands that answer others, and keep a log in place of progress. */
const SERVERS = new Set(['serve', 'mcp', 'receive']);

/** Shows on standard error how far work is that a command waits for, once it has taken a second. */
export function showWaiting(command: string): void {
  if (SERVERS.has(command)) return;
  let shown: { unit: string; line: ProgressLine; since: number } | undefined;
  subscribe(WAITING, (message) => {
    const { unit, done, total } = message as Waiting;
    if (shown?.unit !== unit) {
      shown?.line.end();
      shown = { unit, line: new ProgressLine(unit), since: performance.now() };
    }
    if (done < total) {
      if (performance.now() - shown.since >= FIRST) shown.line.update(done, total);
      return;
    }
    shown.line.end();
    shown = undefined;
  });
}
