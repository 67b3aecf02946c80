import { describe, expect, it } from 'vitest';
import type { Phase } from '../app/call.ts';
import { WholeProgress } from './whole-progress.ts';

/** What is written, at times that the test says. */
function screen(isTerminal: boolean) {
  const written: string[] = [];
  const clock = { ms: 0 };
  const progress = new WholeProgress(
    ({ skipped = 0 }) => (skipped > 0 ? `, ${skipped} skipped` : ''),
    { isTerminal, write: (text) => written.push(text), now: () => clock.ms },
  );
  const at = (ms: number, done: number, total: number | undefined, phase: Phase) => {
    clock.ms = ms;
    progress.show(done, total, phase);
  };
  return { written, at, progress };
}
const whole = (done: number, kept = 0) => ({ done, total: 100, kept });

describe('the bar of a whole', () => {
  it('shows each step as it begins, its rate when there is one, and the time left when it can be told', () => {
    const { written, at, progress } = screen(true);
    at(0, 0, 40, { unit: 'images', of: 'good: encode', whole: whole(0) });
    // Too soon for another line.
    at(100, 1, 40, { unit: 'images', of: 'good: encode', whole: whole(1) });
    at(2000, 10, 40, { unit: 'images', of: 'good: encode', whole: whole(10) });
    at(2001, 0, 1, { unit: 'step', of: 'good: retrieval', whole: whole(40) });
    at(60_000, 3, 900, { unit: 'queries', of: 'good: neighbours', whole: whole(50) });
    at(120_000, 4, 900, { unit: 'queries', of: 'good: neighbours', whole: whole(50) });
    progress.end();
    expect(written.map((text) => text.replace('\r\x1b[2K', ''))).toEqual([
      '[....................] 0 %  good: encode 0/40 images',
      '[##..................] 10 %, about 0:18 left  good: encode 10/40 images, 5.0 images/s',
      '[########............] 40 %, about 0:03 left  good: retrieval',
      '[##########..........] 50 %, about 1:00 left  good: neighbours 3/900 queries',
      '[##########..........] 50 %, about 2:00 left  good: neighbours 4/900 queries, 1.0 queries/min',
      '\n',
    ]);
    expect(written.join('')).not.toMatch(/ 0\.0 |\?/);
  });

  it('counts what is found while nobody knows how much there is, and what was skipped', () => {
    const { written, at } = screen(true);
    at(500, 7, undefined, { unit: 'files', whole: { done: 0, total: 1, kept: 0 } });
    at(4000, 3, 10, { unit: 'images', of: 'xrays', skipped: 1, whole: whole(30) });
    expect(written.map((text) => text.replace('\r\x1b[2K', ''))).toEqual([
      '[....................] 0 %   7 files found',
      '[######..............] 30 %, about 0:09 left  xrays 3/10 images, 1 skipped',
    ]);
  });

  it('does not count what was kept as work', () => {
    const { written, at } = screen(true);
    at(10_000, 5, 10, { unit: 'queries', of: 'a: neighbours', whole: whole(60, 50) });
    // Ten of a hundred took ten seconds, and forty are left.
    expect(written[0]).toContain('60 %, about 0:40 left');
  });

  it('writes no line in a log for what is over within a moment', () => {
    const { written, at } = screen(false);
    at(10, 0, 1, { unit: 'step', of: 'a: retrieval', whole: whole(0) });
    at(900, 0, 1, { unit: 'step', of: 'a: kNN', whole: whole(10) });
    expect(written).toEqual([]);
    at(2500, 0, 1, { unit: 'step', of: 'a: space', whole: whole(50) });
    at(2600, 1e6, 2e6, { unit: 'bytes', of: 'a: space', whole: whole(50) });
    at(2700, 2e6, 2e6, { unit: 'bytes', of: 'a: space', whole: whole(50) });
    expect(written).toEqual([
      '[##########..........] 50 %, about 0:03 left  a: space\n',
      '[##########..........] 50 %, about 0:03 left  a: space 1.0/2.0 MB\n',
    ]);
  });
});
