import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebhookMessageSchema } from '../contract/webhooks.ts';
import { type SmallDoors, smallDoors } from '../testing/small-home.ts';
import { Semblance } from './semblance.ts';

let doors: SmallDoors;
let semblance: Semblance;
const received: { body: string; request: IncomingMessage }[] = [];
/** What the receiver answers next; 200 when there is nothing more. */
const statuses: number[] = [];
const receiver = createServer(async (request, response) => {
  let body = '';
  for await (const piece of request) body += piece;
  received.push({ body, request });
  const status = statuses.shift() ?? 200;
  response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end();
});
let port: number;

beforeAll(async () => {
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  ({ port } = receiver.address() as AddressInfo);
  doors = await smallDoors();
  ({ semblance } = doors);
  semblance.start();
});
afterAll(async () => {
  await doors.close();
  receiver.close();
});

const prune = { kind: 'prune', collection: 'test' } as const;
const told = (count: number) =>
  expect.poll(() => received.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(count);

describe('webhooks', () => {
  it('are at addresses that can be told', () => {
    for (const url of [
      '',
      'x',
      'ftp://host',
      'http://example.org/',
      'http://127.0.0.1.example.org/',
      'file:///etc/passwd',
    ]) {
      expect(() => semblance.webhooks.add({ url }), url).toThrow(
        expect.objectContaining({ code: 'WEBHOOK_INVALID' }),
      );
    }
    expect(() => semblance.webhooks.remove({ id: 99 })).toThrow(
      expect.objectContaining({ code: 'WEBHOOK_NOT_FOUND' }),
    );
  });

  it('are told of each task that ends, signed, by numbers alone', async () => {
    const before = semblance.tasks.begin(prune, { actor: 'PLANTED' });
    await expect
      .poll(() => semblance.tasks.get({ id: before.id }).state, { timeout: 60_000 })
      .toBe('done');
    const url = `http://user:PLANTED%20word@127.0.0.1:${port}/hook?token=PLANTED`;
    const { secret, ...added } = semblance.webhooks.add({ url });
    expect(added).toMatchObject({
      url: `http://user@127.0.0.1:${port}/hook?%E2%80%A6`,
      last: null,
    });
    const done = semblance.tasks.begin(prune, { actor: 'PLANTED' });
    const failing = semblance.tasks.begin(
      { kind: 'calibrate', collection: 'test' },
      { actor: 'PLANTED' },
    );
    await told(2);
    const messages = received.map(({ body, request }) => {
      const headers = request.headers as Record<string, string>;
      expect(request.url).toBe('/hook?token=PLANTED');
      expect(headers.authorization).toBe(
        `Basic ${Buffer.from('user:PLANTED word').toString('base64')}`,
      );
      // Whoever knows another secret, or changes a byte, is found out.
      expect(() => new Webhook(`whsec_${'A'.repeat(44)}`).verify(body, headers)).toThrow();
      expect(() => new Webhook(secret).verify(body.replace('task', 'tusk'), headers)).toThrow();
      expect(body).not.toContain('PLANTED');
      return WebhookMessageSchema.parse(new Webhook(secret).verify(body, headers));
    });
    expect(messages).toMatchObject([
      { type: 'task.done', data: { task: done.id, kind: 'prune', counts: { removed: 0 } } },
      { type: 'task.failed', data: { task: failing.id, code: 'CALIBRATION_IMPOSSIBLE' } },
    ]);
    await expect
      .poll(() => semblance.webhooks.list())
      .toMatchObject([{ id: added.id, waiting: 0, last: 'told' }]);
    const file = join(doors.home.path, 'webhooks.sqlite');
    for (const each of [file, `${file}-wal`]) {
      expect(readFileSync(each, 'latin1')).not.toMatch(/PLANTED|whsec_/);
    }
  }, 120_000);

  it('are told again when they were not, and follow no redirect', async () => {
    received.length = 0;
    statuses.push(302, 500);
    semblance.tasks.begin(prune);
    await told(1);
    await expect
      .poll(() => semblance.webhooks.list()[0])
      .toMatchObject({ last: 'status 302', waiting: 1 });
    await told(2);
    const ids = received.map(({ request }) => request.headers['webhook-id']);
    expect(new Set(ids).size).toBe(1);
    expect(received.map(({ request }) => request.url)).not.toContain('/elsewhere');
    await expect.poll(() => semblance.webhooks.list()[0]).toMatchObject({ last: 'status 500' });
    // What waits goes with it.
    const [{ id } = { id: 0 }] = semblance.webhooks.list();
    semblance.webhooks.remove({ id });
    expect(semblance.webhooks.list()).toEqual([]);
  }, 120_000);

  it('are told by the next process what this one did not tell', async () => {
    received.length = 0;
    const { secret } = semblance.webhooks.add({ url: `http://localhost:${port}/next` });
    await semblance.webhooks.close();
    semblance.tasks.begin(prune);
    const next = await Semblance.open({ home: doors.home.path });
    next.webhooks.start();
    await told(1);
    const [{ body, request } = { body: '', request: undefined }] = received;
    const headers = request?.headers as Record<string, string>;
    expect(new Webhook(secret).verify(body, headers)).toMatchObject({ type: 'task.done' });
    await next.close();
  }, 120_000);
});
