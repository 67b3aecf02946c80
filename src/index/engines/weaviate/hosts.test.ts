import { once } from 'node:events';
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcp, type Server } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import type { WeaviateClient } from 'weaviate-client';
import { parseEngine } from '../address.ts';
import { awaitNodes } from './digest.ts';
import { EngineCollection } from './engine-collection.ts';
import { type RequestLimits, WeaviateHosts } from './hosts.ts';

const LIMITS: RequestLimits = {
  read: { attempt: 150, overall: 500 },
  write: { attempt: 300, overall: 900 },
  walk: { attempt: 150, overall: Number.POSITIVE_INFINITY },
};

const servers: Server[] = [];
const opened: WeaviateHosts[] = [];

/** What reaches the console: set before any request, so that what they leave out is not seen. */
const said = vi.spyOn(console, 'warn');

afterEach(async () => {
  for (const hosts of opened.splice(0)) await hosts.close();
  // A call that was given up fails once its client is closed, and the client would try it again.
  await setTimeout(20);
  expect(said).not.toHaveBeenCalled();
  for (const server of servers.splice(0)) {
    server.close();
    if ('closeAllConnections' in server) (server.closeAllConnections as () => void)();
  }
});

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return (server.address() as AddressInfo).port;
}

/** A node that says it is ready and which version it is, and answers the rest, if at all, by `answer`; its gRPC takes calls in silence. */
async function node(answer: (response: ServerResponse) => void = () => undefined): Promise<string> {
  const ready = (request: IncomingMessage, response: ServerResponse) =>
    request.url?.endsWith('/ready') || request.url?.endsWith('/meta')
      ? response.end('{"version":"1.33.0"}')
      : answer(response);
  return `127.0.0.1:${await listen(createHttp(ready))}:${await listen(createTcp(() => undefined))}`;
}

function connect(...nodes: string[]): WeaviateHosts {
  const hosts = new WeaviateHosts(parseEngine(`weaviate=${nodes.join()}`), undefined, LIMITS);
  opened.push(hosts);
  return hosts;
}

const exists = (client: WeaviateClient): Promise<unknown> => client.collections.exists('Semblance');
const list = (client: WeaviateClient): Promise<unknown> =>
  client.collections.use('Semblance').query.fetchObjects({ limit: 1 });

it('gives up nodes that are ready but never answer, over REST and gRPC, in the time of the request', async () => {
  const hosts = connect(await node(), await node());
  for (const work of [exists, list]) {
    const began = performance.now();
    await expect(hosts.any(work)).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    expect(performance.now() - began).toBeLessThan(2000);
  }
  const began = performance.now();
  await expect(hosts.any(exists, { kind: 'write' })).rejects.toMatchObject({
    code: 'ENGINE_UNAVAILABLE',
  });
  expect(performance.now() - began).toBeGreaterThan(850);
}, 10_000);

it('asks another node when one begins an answer and does not end it', async () => {
  const stalled = await node((response) => response.writeHead(200).write('{'));
  const config = (client: WeaviateClient) => client.collections.listAll();
  const empty = await node((response) => response.end('{"classes":[]}'));
  expect(await connect(stalled, empty).any(config)).toEqual([]);
}, 10_000);

it('bounds each page of a walk, not the walk', async () => {
  const hosts = connect(await node());
  const [slow] = await hosts.each(async () => {
    for (let page = 0; page < 4; page++) await hosts.page(setTimeout(100));
    return 'all';
  });
  expect(slow).toMatchObject({ answer: 'all' });
  const [stuck] = await hosts.each((client) => hosts.page(list(client)));
  expect(stuck).toMatchObject({ error: expect.any(Error) });
}, 10_000);

it('waits for nodes to catch up no longer than it has patience and a page has time', async () => {
  const hosts = connect(await node(), await node());
  const set = { identity: 'i', fingerprint: 'f', dimension: 2 };
  const began = performance.now();
  const { nodes, same } = await awaitNodes(
    new EngineCollection(hosts, set),
    { count: 1, checksum: '' },
    1,
    100,
  );
  expect(same).toEqual([]);
  expect(nodes).toMatchObject([{ error: expect.any(String) }, { error: expect.any(String) }]);
  expect(performance.now() - began).toBeLessThan(2000);
}, 10_000);

it('makes one client for requests at the same time, and a failed one closes it for no other', async () => {
  const hosts = connect(await node());
  const clients: WeaviateClient[] = [];
  const closed = vi.fn();
  const use = (client: WeaviateClient) => {
    if (!clients.includes(client)) {
      clients.push(client);
      const close = client.close.bind(client);
      client.close = () => {
        closed(clients.indexOf(client));
        return close();
      };
    }
  };
  let answer: (text: string) => void = () => undefined;
  const wait = (client: WeaviateClient) => {
    use(client);
    return new Promise<string>((resolve) => {
      answer = resolve;
    });
  };
  const long = hosts.any(wait, { kind: 'walk' });
  let tries = 0;
  const failing = hosts.any(
    async (client) => {
      use(client);
      await setTimeout(10);
      if (++tries === 1) throw new Error('lost');
      answer('by the first client');
      return 'by a second client';
    },
    { kind: 'write' },
  );
  expect(await failing).toBe('by a second client');
  expect(await long).toBe('by the first client');
  await setTimeout(20);
  // The late end of the first closes the client it used, not the one that was made meanwhile.
  expect(clients).toHaveLength(2);
  expect(closed.mock.calls).toEqual([[0]]);
}, 10_000);
