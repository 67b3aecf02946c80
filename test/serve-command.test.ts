import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { run, startServing, temporaryFolder } from './program.ts';

const temporary = temporaryFolder();
const at = ['--home', join(temporary.path, 'home')];
afterAll(() => temporary.remove());

describe('semblance serve', () => {
  it('listens on this machine only, answers, and ends when asked', async () => {
    const server = await startServing([...at, 'serve']);
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect(await (await fetch(`${server.url}health`)).json()).toEqual({ status: 'ok' });
    expect(await (await fetch(`${server.url}api/collections`)).json()).toEqual({ collections: [] });
    expect(await server.stop()).toBe(0);
  });

  it('lets in a page of an origin that is named, and refuses what is none', async () => {
    const origin = 'https://viewer.example';
    const server = await startServing([...at, 'serve', '--allow-origin', origin]);
    const ask = (from: string) =>
      fetch(`${server.url}api/collections`, { headers: { origin: from } });
    expect((await ask(origin)).headers.get('access-control-allow-origin')).toBe(origin);
    expect((await ask(`${origin}:444`)).status).toBe(403);
    await server.stop();
    const refused = await run([...at, '--json', 'serve', '--allow-origin', '*']);
    expect(JSON.parse(refused.stderr).error).toMatchObject({ code: 'USAGE', subject: '*' });
  });

  it('says so when the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const result = await run([...at, '--json', 'serve', '--port', String(port)]);
    other.close();
    expect(result.code).toBe(1);
    expect(JSON.parse(result.stderr).error).toMatchObject({
      code: 'PORT_IN_USE',
      subject: `127.0.0.1:${port}`,
    });
  });
});
