import { afterEach, describe, expect, it, vi } from 'vitest';
import { quietly } from './quiet-retries.ts';

const RETRY = [{ path: '/weaviate.v1.Weaviate/Search' }, 'Attempt 1 failed. Retrying in 90ms.'];

describe('requests to an engine', () => {
  afterEach(() => vi.restoreAllMocks());

  it('leave out what the client says of its retries, until the last of them has ended', async () => {
    const said = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const before = console.warn;
    const ends: (() => void)[] = [];
    const requests = [1, 2].map(() => quietly(() => new Promise<void>((end) => ends.push(end))));

    console.warn(...RETRY);
    expect(said).not.toHaveBeenCalled();
    console.warn({ path: '/other' }, 'Attempt 1 failed. Retrying in 90ms.');
    expect(said).toHaveBeenCalledTimes(1);

    ends[0]?.();
    await requests[0];
    console.warn(...RETRY);
    expect(said).toHaveBeenCalledTimes(1);

    ends[1]?.();
    await requests[1];
    expect(console.warn).toBe(before);
    console.warn(...RETRY);
    expect(said).toHaveBeenCalledTimes(2);
  });

  it('give the console back when they fail', async () => {
    const before = console.warn;
    await expect(quietly(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(console.warn).toBe(before);
  });
});
