import { setMaxListeners } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type BusyError, FairQueue } from './fair-queue.ts';

const never = new AbortController().signal;
setMaxListeners(0, never);

/** Work of clients, told by name when it begins; each piece ends when it is told to. */
function workshop(queue: FairQueue) {
  const begun: string[] = [];
  const running: (() => void)[] = [];
  const refused: string[] = [];
  const ask = (client: string, name: string, signal = never) =>
    queue
      .run(client, signal, () => {
        begun.push(name);
        return new Promise<void>((resolve) => running.push(resolve));
      })
      .catch((error) => {
        refused.push(`${name} ${error.code}`);
        return error as BusyError;
      });
  const finish = async () => {
    running.shift()?.();
    await turn();
    await turn();
  };
  return { begun, refused, ask, finish };
}

describe('the queue', () => {
  it('lets clients take turns', async () => {
    const { begun, ask, finish } = workshop(new FairQueue(1, 10));
    for (const name of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) void ask(name.charAt(0), name);
    for (let i = 0; i < 6; i++) await finish();
    expect(begun).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2']);
  });

  it('works on no more at a time than it may', async () => {
    const queue = new FairQueue(3, 100);
    let now = 0;
    let most = 0;
    const work = async () => {
      now += 1;
      most = Math.max(most, now);
      await turn();
      now -= 1;
    };
    await Promise.all(Array.from({ length: 50 }, (_, i) => queue.run(String(i % 7), never, work)));
    expect(most).toBe(3);
  });

  it('refuses the newest of the client with most in it', async () => {
    const { begun, refused, ask, finish } = workshop(new FairQueue(1, 3));
    for (const name of ['a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'b2', 'c1', 'c2']) {
      void ask(name.charAt(0), name);
    }
    await turn();
    const busy = ['a3', 'a4', 'a5', 'b2', 'c2'].map((each) => `${each} SERVER_BUSY`);
    expect(refused.sort()).toEqual(busy);
    for (let i = 0; i < 4; i++) await finish();
    expect(begun).toEqual(['a1', 'a2', 'b1', 'c1']);
  });

  it('says when to ask again', async () => {
    const { ask } = workshop(new FairQueue(1, 0));
    void ask('a', 'a1');
    const { retryAfter } = (await ask('b', 'b1')) as BusyError;
    expect(retryAfter).toBeGreaterThanOrEqual(1);
    expect(retryAfter).toBeLessThanOrEqual(60);
  });

  it('forgets those who have gone', async () => {
    const { begun, refused, ask, finish } = workshop(new FairQueue(1, 2));
    const leaving = new AbortController();
    void ask('a', 'a1');
    void ask('a', 'a2', leaving.signal);
    void ask('b', 'b1');
    leaving.abort();
    await turn();
    void ask('c', 'c1');
    for (let i = 0; i < 3; i++) await finish();
    void ask('d', 'd1', AbortSignal.abort());
    await turn();
    expect(begun).toEqual(['a1', 'b1', 'c1']);
    expect(refused).toEqual(['a2 REQUEST_ABANDONED', 'd1 REQUEST_ABANDONED']);
  });

  it('goes on after work that failed', async () => {
    const queue = new FairQueue(1, 5);
    const fail = () => Promise.reject(new Error('no'));
    const outcomes = await Promise.allSettled(
      Array.from({ length: 4 }, (_, i) => queue.run('a', never, i % 2 ? async () => i : fail)),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...['rejected', 'fulfilled', 'rejected', 'fulfilled'],
    ]);
  });
});
