import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { networkOf } from '../app/network-of.ts';
import { Semblance } from '../app/semblance.ts';
import { type AppOptions, createApp } from './app.ts';

const PASSWORD = 'four words beside nothing';
const PROXY = '192.0.2.1';
let home: string;
let semblance: Semblance;
let app: ReturnType<typeof createApp>;

const open = (options: Partial<AppOptions> = {}) =>
  createApp(semblance, {
    ...{ maxUpload: 1e5, requests: { ofUser: 3, ofAddress: 2 }, trustProxy: [PROXY] },
    ...options,
  });
/** Asks from an address, as a proxy says. */
function ask(path: string, from: string, key?: string, body?: FormData): Promise<Response> {
  const headers = { 'x-forwarded-for': from, ...(key && { authorization: `Bearer ${key}` }) };
  const init = { headers, ...(body && { method: 'POST', body }) };
  const incoming = { socket: { remoteAddress: PROXY }, headers: { 'x-forwarded-for': from } };
  return Promise.resolve(app.request(`http://localhost${path}`, init, { incoming }));
}
const told = ({ status, headers }: Response) => [status, headers.get('ratelimit')];
const key = (name: string) => semblance.access.addKey({ name, days: 1, role: 'viewer' }).secret;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'semblance-limits-'));
  semblance = await Semblance.open({ home });
  app = open({ mustLogIn: true });
});
afterEach(async () => {
  vi.useRealTimers();
  await semblance.close();
  rmSync(home, { recursive: true });
});

describe('requests in a minute', () => {
  it('are counted for each key, wherever it asks from, and what is left is told', async () => {
    const [one, other] = [key('one'), key('other')];
    const collections = (from: string, whose = one) => ask('/api/collections', from, whose);
    const first = await collections('203.0.113.1');
    expect(first.headers.get('ratelimit-policy')).toBe('"requests";q=3;w=60');
    expect(told(first)).toEqual([200, '"requests";r=2;t=60']);
    // What is refused for another reason counts, too.
    const missing = await ask('/api/users', '203.0.113.1', one);
    expect(told(missing)).toEqual([403, expect.stringMatching(/^"requests";r=1;t=\d+$/)]);
    await collections('203.0.113.2');
    const refused = await collections('203.0.113.3');
    const resets = Number(refused.headers.get('retry-after'));
    expect(resets).toBeGreaterThan(0);
    expect(resets).toBeLessThanOrEqual(60);
    expect(told(refused)).toEqual([429, `"requests";r=0;t=${resets}`]);
    expect(await refused.json()).toMatchObject({ code: 'RATE_LIMITED' });
    expect((await collections('203.0.113.1', other)).status).toBe(200);
    // It is written once, however often it goes on.
    await collections('203.0.113.3');
    const written = semblance.audit.last(20).filter(({ code }) => code === 'RATE_LIMITED');
    expect(written).toMatchObject([{ outcome: 'refused', actor: { kind: 'key' } }]);
  });

  it('are counted for each address of strangers, and what watches the server is answered', async () => {
    const collections = (from: string) => ask('/api/collections', from);
    expect(told(await collections('203.0.113.1'))).toEqual([401, '"strangers";r=1;t=60']);
    await collections('203.0.113.1');
    expect((await collections('203.0.113.1')).status).toBe(429);
    expect((await collections('203.0.113.2')).status).toBe(401);
    // Whoever has one address of a network by IPv6 has them all.
    await collections('2001:db8:0:1::5');
    await collections('2001:db8:0:1:8::');
    expect((await collections('2001:db8:0:1:ffff::1')).status).toBe(429);
    expect((await collections('2001:db8:0:2::5')).status).toBe(401);
    for (let i = 0; i < 5; i++) {
      const health = await ask('/health', '203.0.113.1');
      expect([health.status, health.headers.get('ratelimit')]).toEqual([200, null]);
    }
    // Who has a key is not kept out by others at his address.
    expect((await ask('/api/collections', '203.0.113.1', key('one'))).status).toBe(200);
  });

  it('begin anew after a minute, also where the clock is set back', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    const one = key('one');
    const collections = () => ask('/api/collections', '203.0.113.1', one);
    for (let i = 0; i < 3; i++) await collections();
    vi.setSystemTime(Date.now() - 50_000);
    const refused = await collections();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60']);
    await vi.advanceTimersByTimeAsync(60_001);
    expect((await collections()).status).toBe(200);
  });

  it('are not counted for who is alone on his machine, and are where others come unasked', async () => {
    app = open();
    const ready = async () => told(await ask('/api/collections', '203.0.113.1'));
    for (let i = 0; i < 5; i++) expect(await ready()).toEqual([200, null]);
    app = open({ reachable: true });
    for (let i = 0; i < 2; i++) await ready();
    expect(await ready()).toEqual([429, expect.stringContaining('"strangers";r=0')]);
  });

  it('are fewer for passwords, which tell it the same way', async () => {
    app = open({ mustLogIn: true, requests: { ofUser: 99, ofAddress: 99 } });
    await semblance.access.addUser({ name: 'anna', password: PASSWORD, role: 'viewer' });
    const logIn = (password: string, from: string) => {
      const body = new FormData();
      body.append('name', 'anna');
      body.append('password', password);
      return ask('/api/session', from, undefined, body);
    };
    for (let i = 0; i < 10; i++) expect((await logIn('wrong', `203.0.113.${i}`)).status).toBe(401);
    const locked = await logIn(PASSWORD, '198.51.100.1');
    expect(await locked.json()).toMatchObject({ code: 'LOGIN_LOCKED' });
    const wait = locked.headers.get('retry-after');
    expect(locked.headers.get('ratelimit-policy')).toBe('"passwords";q=10;w=900');
    expect(told(locked)).toEqual([429, `"passwords";r=0;t=${wait}`]);
  });
});

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::', 'fe80:0:0:0::/64'],
  ['', ''],
])('knows %s as %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
