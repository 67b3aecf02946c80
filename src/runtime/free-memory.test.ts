import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { freeMemory } from './free-memory.ts';

const MB = 2 ** 20;

it('gives memory back without waiting for a collection of garbage', async () => {
  const arrays = Array.from({ length: 4 }, () => new Float32Array(16 * MB).fill(1));
  const before = process.memoryUsage.rss();
  freeMemory([...arrays, new Float32Array(new SharedArrayBuffer(4))]);
  for (let n = 0; n < 100 && process.memoryUsage.rss() > before - 200 * MB; n++) await sleep(20);
  expect(process.memoryUsage.rss()).toBeLessThan(before - 200 * MB);
  expect(arrays.map(({ length }) => length)).toEqual([0, 0, 0, 0]);
});

it('leaves what is shared, and takes what is already free', () => {
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const array = new Int32Array(2);
  freeMemory([shared, array, array.subarray(1)]);
  freeMemory([array]);
  expect([shared.length, array.length]).toEqual([2, 0]);
});
