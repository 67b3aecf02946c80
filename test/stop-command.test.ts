import { once } from 'node:events';
import { Agent, createServer, get } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { slowDicom } from '../src/testing/slow-jpeg.ts';
import { startServing, temporaryFolder } from './program.ts';

const temporary = temporaryFolder();
const home = ['--home', join(temporary.path, 'home')];
afterAll(() => temporary.remove());

/** A picture whose decoder is at work until its time is over. */
const SLOW = slowDicom(12_000, 198);
const PIXELS = ['--max-pixels', '200000000'];

type Server = Awaited<ReturnType<typeof startServing>>;

/** Sends the slow picture, and waits until its decoder is at work. */
async function underWay({ url }: Server) {
  const body = new FormData();
  body.set('file', new Blob([new Uint8Array(SLOW)]));
  const answer = fetch(`${url}api/preview`, { method: 'POST', body }).then(
    async (response) => ({
      status: response.status,
      connection: response.headers.get('connection'),
      code: (await response.json()).code,
    }),
    () => 'cut off',
  );
  await pause(700);
  return answer;
}

/** How a server ends after a signal, and after how many milliseconds. */
async function ending({ child }: Server, ...signals: number[]) {
  const begun = performance.now();
  child.kill('SIGTERM');
  for (const after of signals) setTimeout(() => child.kill('SIGTERM'), after);
  const [code, signal] = await once(child, 'close');
  return { code, signal, ms: performance.now() - begun };
}

describe('a server that is told to end', () => {
  it('takes nobody any more, gives the answer under way and ends with 0', async () => {
    const server = await startServing([...home, 'serve', ...PIXELS, '--max-seconds', '4']);
    const { port, hostname: host } = new URL(server.url);
    // One connection that is kept, and one that has said nothing, as browsers have them.
    const agent = new Agent({ keepAlive: true });
    await new Promise((resolve) => {
      get({ host, port, path: '/health', agent }, (response) =>
        response.resume().on('end', resolve),
      );
    });
    const silent = connect(Number(port), host);
    silent.on('error', () => undefined);
    await once(silent, 'connect');
    const answered = underWay(server).then((answer) => ({ answer, at: performance.now() }));
    await pause(1000);
    const told = performance.now();
    const ended = ending(server);
    await pause(300);
    await expect(fetch(`${server.url}health`)).rejects.toThrow('fetch failed');
    const { answer, at } = await answered;
    expect(at).toBeGreaterThan(told);
    expect(answer).toEqual({ status: 422, connection: 'close', code: 'IMAGE_TOO_COSTLY' });
    const { code, ms } = await ended;
    expect(code).toBe(0);
    // It waited for the picture, and for nothing else.
    expect(ms).toBeLessThan(9000);
    silent.destroy();
    agent.destroy();
  }, 60_000);

  it('cuts off what takes longer than --stop-timeout, and ends with 0 all the same', async () => {
    const limits = ['--max-seconds', '60', '--stop-timeout', '1'];
    const server = await startServing([...home, 'serve', ...PIXELS, ...limits]);
    const answered = underWay(server);
    await pause(1000);
    const { code, ms } = await ending(server);
    expect(await answered).toBe('cut off');
    expect(code).toBe(0);
    expect(ms).toBeGreaterThan(1000);
    expect(ms).toBeLessThan(10_000);
  }, 60_000);

  it('ends at once when it is told again', async () => {
    const limits = ['--max-seconds', '60', '--stop-timeout', '50'];
    const server = await startServing([...home, 'serve', ...PIXELS, ...limits]);
    const answered = underWay(server);
    await pause(1000);
    const { code, signal, ms } = await ending(server, 500);
    expect(await answered).toBe('cut off');
    expect([code, signal]).toEqual([null, 'SIGTERM']);
    expect(ms).toBeLessThan(5000);
  }, 60_000);

  it('ends the task under way, which the next one goes on with', async () => {
    // An archive that lets one wait.
    const pacs = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(pacs, 'listening');
    const address = `dicomweb+http://127.0.0.1:${(pacs.address() as AddressInfo).port}/dicom-web`;
    const server = await startServing([...home, 'serve']);
    const form = new FormData();
    form.set('address', address);
    form.set('collection', 'arriving');
    const asked = once(pacs, 'request');
    const headers = { origin: new URL(server.url).origin };
    const begun = await fetch(`${server.url}api/pacs/index`, {
      ...{ method: 'POST', body: form, headers },
    });
    expect(begun.status).toBe(200);
    const { id } = (await begun.json()) as { id: number };
    await asked;
    expect((await ending(server)).code).toBe(0);
    const next = await startServing([...home, 'serve']);
    const task = await (await fetch(`${next.url}api/tasks/${id}`)).json();
    expect(task.state).toMatch(/^(waiting|running)$/);
    await next.stop();
    pacs.closeAllConnections();
    pacs.close();
  }, 60_000);
});
