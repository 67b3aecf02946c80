import { expect, it, vi } from 'vitest';
import { Slices } from './slices.ts';

it('hold the event loop one at a time, in turn, however many there are', async () => {
  let turn = 0;
  let isCounting = true;
  const count = () => {
    turn += 1;
    if (isCounting) setImmediate(count);
  };
  count();
  const resumed: [turn: number, task: number][] = [];
  const task = async (n: number) => {
    const slices = new Slices(undefined);
    for (let step = 0; step < 10; step++) {
      await slices.pause();
      resumed.push([turn, n]);
    }
  };
  await Promise.all([task(1), task(2), task(3)]);
  isCounting = false;
  expect(new Set(resumed.map(([turn]) => turn)).size).toBe(30);
  expect(resumed.slice(0, 6).map(([, n]) => n)).toEqual([1, 2, 3, 1, 2, 3]);
});

it('end with the reason of their signal', async () => {
  const slices = new Slices(AbortSignal.abort(new Error('enough')));
  await expect(slices.pause()).rejects.toThrow('enough');
});

it('shares the time of one turn of the event loop among all that work in it', async () => {
  let now = 0;
  // Under load, time would pass that the test does not take.
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
  const begin = () => new Slices(undefined);
  const first = begin();
  now += 6;
  expect(first.over()).toBe(false);
  // What comes next in the same turn has what is left.
  await Promise.resolve();
  const second = begin();
  now += 4;
  expect(second.over()).toBe(true);
  await second.pause();
  expect(second.over()).toBe(false);
  // As has what comes next after a pause.
  now += 6;
  const third = begin();
  now += 4;
  expect(third.over()).toBe(true);
  await new Promise((resolve) => setImmediate(resolve));
  expect(begin().over()).toBe(false);
  clock.mockRestore();
});
