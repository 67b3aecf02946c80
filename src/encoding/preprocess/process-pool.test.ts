import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { MessageReader, type Part, sendInParts } from './messages.ts';
import { ProcessPool } from './process-pool.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-pool-'));
const file = join(folder, 'worker.mjs');
// A worker that does what it is told.
writeFileSync(
  file,
  `
const report = { rss: 1 };
process.on('message', ({ rest }) => {
  if (rest.does === 'abort') process.abort();
  if (rest.does === 'exit') process.exit(3);
  if (rest.does === 'kill') process.kill(process.pid, 'SIGKILL');
  if (rest.does === 'hang') for (;;);
  process.send({ rest: { report, answer: { said: rest.does, pid: process.pid } } });
});
process.send({ rest: { report } });
`,
);
afterAll(() => rmSync(folder, { recursive: true }));

type Task = { does: string };
type Answer = { said: string; pid: number };

function pool(options: { size?: number; seconds?: number } = {}) {
  const { size = 1, seconds = 30 } = options;
  return new ProcessPool<Task & { bytes?: never }, Answer & { bytes?: never }>({
    file,
    execArgv: [],
    size,
    seconds,
    memory: 1e9,
  });
}

describe('a pool of processes', () => {
  it('goes on after a process that aborts, exits, is killed or hangs, and says which it was', async () => {
    const workers = pool({ seconds: 2 });
    for (const [does, reason] of [
      ['abort', 'ended'],
      ['exit', 'ended'],
      ['kill', 'memory'],
      ['hang', 'time'],
    ] as const) {
      const [bad, good] = [workers.run({ does }), workers.run({ does: 'well' })];
      await expect(bad).rejects.toMatchObject({ reason });
      expect(await good).toMatchObject({ said: 'well' });
    }
    await workers.close();
  });

  it('lets tasks in other processes alone', async () => {
    const workers = pool({ size: 2, seconds: 3 });
    const hanging = workers.run({ does: 'hang' });
    hanging.catch(() => undefined);
    for (let i = 0; i < 20; i++) {
      expect(await workers.run({ does: `${i}` })).toMatchObject({ said: `${i}` });
    }
    await expect(hanging).rejects.toMatchObject({ reason: 'time' });
    await workers.close();
  });

  it('takes back a task that waits or runs, and works on', async () => {
    const workers = pool();
    const [running, waiting] = [new AbortController(), new AbortController()];
    const first = workers.run({ does: 'hang' }, running.signal);
    const second = workers.run({ does: 'never' }, waiting.signal);
    waiting.abort();
    await expect(second).rejects.toMatchObject({ name: 'AbortError' });
    running.abort();
    await expect(first).rejects.toMatchObject({ name: 'AbortError' });
    expect(await workers.run({ does: 'well' })).toMatchObject({ said: 'well' });
    await workers.close();
  });

  it('fails a task whose process cannot begin, and does not try for ever', async () => {
    const workers = new ProcessPool({
      file: join(folder, 'absent.mjs'),
      execArgv: [],
      size: 2,
      seconds: 30,
      memory: 1e9,
    });
    await expect(workers.run({})).rejects.toMatchObject({ reason: 'ended' });
  });
});

describe('a message', () => {
  it.each([0, 1, 4 * 2 ** 20, 9 * 2 ** 20])('of %i bytes arrives whole', async (length) => {
    const bytes = Uint8Array.from({ length }, (_, i) => i % 251);
    const reader = new MessageReader<{ bytes: Uint8Array; name: string }>();
    const found: unknown[] = [];
    await sendInParts({ bytes, ...{ name: 'a' } }, (part: Part, done) => {
      const message = reader.take(structuredClone(part));
      if (message) found.push(message);
      done(null);
    });
    expect(found).toHaveLength(1);
    const [message] = found as { bytes: Uint8Array; name: string }[];
    expect(message?.name).toBe('a');
    expect(Buffer.compare(message?.bytes as Uint8Array, bytes)).toBe(0);
  });
});
