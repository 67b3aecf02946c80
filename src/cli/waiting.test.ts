import { afterEach, expect, it, vi } from 'vitest';
import { tellWaiting } from '../runtime/waiting.ts';
import { showWaiting } from './waiting.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it('shows what takes longer than a second, and nothing of what does not', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const lines: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  showWaiting('serve');
  tellWaiting('rows', 1, 2);
  vi.advanceTimersByTime(5000);
  tellWaiting('rows', 1, 2);
  expect(lines).toEqual([]);
  showWaiting('search');
  for (const done of [0, 500, 1000]) {
    tellWaiting('embeddings read', done, 1000);
    vi.advanceTimersByTime(900);
  }
  expect(lines).toEqual([]);
  for (const done of [0, 500, 1000]) {
    tellWaiting('embeddings coded', done, 1000);
    vi.advanceTimersByTime(2000);
  }
  expect(lines).toEqual(['500/1000 embeddings coded, 250.0 embeddings coded/s, 0:02 left\n']);
});
