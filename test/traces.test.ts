import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { run, startServing, temporaryFolder, writePicture } from './program.ts';

const temporary = temporaryFolder();
afterAll(() => temporary.remove());

interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: number };
}
interface Span {
  name: string;
  traceId: string;
  parentSpanId?: string;
  attributes: Attribute[];
}

it('sends spans that name nobody to the collector that is named, and ends without one', async () => {
  const received: string[] = [];
  const collector = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    received.push(`${request.url} ${body}`);
    response.setHeader('Content-Type', 'application/json').end('{}');
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  const home = ['--home', join(temporary.path, 'home')];
  const images = join(temporary.path, 'Gertrud Geheim');
  mkdirSync(images);
  await writePicture(join(images, 'geheim.png'), 1);

  const args = ['serve', '--otlp-endpoint', endpoint, '--allow-folder', temporary.path];
  const server = await startServing([...home, ...args]);
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
  await (await fetch(`${server.url}api/collections/Geheim/images`, { headers })).text();
  await (await fetch(`${server.url}health`, { headers: { traceparent: 'geheim' } })).text();
  const begun = await fetch(`${server.url}api/tasks`, {
    ...{ method: 'POST', headers: { 'Content-Type': 'application/json' } },
    body: JSON.stringify({ kind: 'index', collection: 'chest', path: images }),
  });
  const { id } = (await begun.json()) as { id: number };
  await expect
    .poll(async () => (await (await fetch(`${server.url}api/tasks/${id}`)).json()).state, {
      timeout: 20_000,
    })
    .toBe('done');
  expect(await server.stop()).toBe(0);
  collector.close();

  expect(received.every((each) => each.startsWith('/v1/traces '))).toBe(true);
  const spans = received.flatMap((each): Span[] => {
    const { resourceSpans } = JSON.parse(each.slice(each.indexOf('{')));
    return resourceSpans.flatMap(({ scopeSpans }: { scopeSpans: { spans: Span[] }[] }) =>
      scopeSpans.flatMap(({ spans }) => spans),
    );
  });
  const request = spans.find(({ name }) => name === 'GET /api/collections/{collection}/images');
  expect(request).toMatchObject({ traceId, parentSpanId: 'b7ad6b7169203331' });
  expect(request?.attributes).toContainEqual({
    key: 'error.type',
    value: { stringValue: 'COLLECTION_NOT_FOUND' },
  });
  expect(spans.find(({ name }) => name === 'task index')?.attributes).toContainEqual({
    key: 'semblance.task.state',
    value: { stringValue: 'done' },
  });
  expect(received.join().toLowerCase()).not.toMatch(/geheim|gertrud|chest/);
  // Nothing of the machine either.
  expect(received.join()).not.toContain('host.name');

  // Nobody takes them any more: the server answers and ends all the same.
  const alone = await startServing([...home, ...args]);
  expect((await fetch(`${alone.url}health`)).status).toBe(200);
  const told = performance.now();
  expect(await alone.stop()).toBe(0);
  expect(performance.now() - told).toBeLessThan(8000);
  const wrong = await run([...home, 'serve', '--otlp-endpoint', 'localhost']);
  expect(wrong.code).toBe(2);
}, 90_000);
