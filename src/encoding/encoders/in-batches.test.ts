import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { BATCH, inBatches } from './in-batches.ts';

const items = Array.from({ length: 2 * BATCH + 3 }, (_, i) => i);

describe('inBatches', () => {
  it('hands everything over in order, however long each takes, and is so far ahead at the most', async () => {
    const taken: number[][] = [];
    const ends: number[] = [];
    let under = 0;
    let most = 0;
    await inBatches(
      items,
      async (item, at) => {
        expect(at).toBe(item);
        most = Math.max(most, ++under);
        await wait((7 * item) % 5);
        under -= 1;
        return item;
      },
      async (batch, done) => {
        taken.push(batch);
        ends.push(done);
      },
      { ahead: 6 },
    );
    expect(taken.flat()).toEqual(items);
    expect(taken.map(({ length }) => length)).toEqual([BATCH, BATCH, 3]);
    expect(ends).toEqual([BATCH, 2 * BATCH, items.length]);
    expect(most).toBe(6);
  });

  it('prepares one after another unless told otherwise, none while a batch is taken', async () => {
    let under = 0;
    await inBatches(
      items,
      async () => {
        under += 1;
        expect(under).toBe(1);
        await wait(1);
        under -= 1;
      },
      async () => {
        expect(under).toBe(0);
        await wait(2);
        expect(under).toBe(0);
      },
    );
  });

  it('hands over what was ready when it is stopped', async () => {
    const taken: number[] = [];
    await inBatches(
      items,
      async (item) => item,
      async (batch) => void taken.push(...batch),
      { ahead: 4, stopped: () => taken.length === BATCH },
    );
    expect(taken).toEqual(items.slice(0, BATCH));
    let asked = 0;
    taken.length = 0;
    await inBatches(
      items,
      async (item) => item,
      async (batch) => void taken.push(...batch),
      {
        stopped: () => ++asked > 5,
      },
    );
    expect(taken).toEqual(items.slice(0, 5));
  });

  it('ends with the first error, and leaves no rejection unseen', async () => {
    const failing = inBatches(
      items,
      async (item) => {
        if (item > 2) throw new Error(`item ${item}`);
        return item;
      },
      async () => undefined,
      { ahead: 9 },
    );
    await expect(failing).rejects.toThrow('item 3');
    const unwilling = inBatches(
      items,
      async (item) => item,
      async () => {
        throw new Error('no');
      },
    );
    await expect(unwilling).rejects.toThrow('no');
  });
});
