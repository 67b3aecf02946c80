import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../contract/audit.ts';
import { type SmallDoors, smallDoors } from '../testing/small-home.ts';
import { createApp } from './app.ts';
import { createHttpServer, DEFAULT_CONNECTIONS } from './http-server.ts';
import { TrustedProxies } from './proxies.ts';

const PASSWORD = 'four words beside nothing';
/** Where the proxy asks from, and where a stranger does. */
const PROXY = '127.0.0.1';
const STRANGER = '127.0.0.9';
let doors: SmallDoors;
let server: ReturnType<typeof createHttpServer>;
let key: string;

beforeAll(async () => {
  doors = await smallDoors();
  await doors.semblance.access.addUser({ name: 'anna', password: PASSWORD, role: 'viewer' });
  key = doors.semblance.access.addKey({ name: 'program', days: 1, role: 'viewer' }).secret;
  const app = createApp(doors.semblance, {
    ...{ maxUpload: 1e6, mustLogIn: true, trustProxy: [PROXY, '10.1.0.0/16', 'fd00::/8'] },
  });
  server = createHttpServer(app.fetch, DEFAULT_CONNECTIONS);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await doors.close();
});

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
}

/** Asks from an address of the loopback. */
function ask(
  path: string,
  localAddress: string,
  headers: Record<string, string> = {},
  body?: string,
): Promise<Answer> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        ...{ host: '127.0.0.1', port, path, localAddress, method: body ? 'POST' : 'GET' },
        headers: { Host: 'localhost', ...headers },
      },
      (answer) => {
        answer.resume();
        answer.once('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers }),
        );
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}

/** The address of the client that is written of a request. */
async function clientOf(from: string, forwarded?: string): Promise<string | null | undefined> {
  await ask('/api/collections/test/images/1', from, {
    authorization: `Bearer ${key}`,
    ...(forwarded !== undefined && { 'X-Forwarded-For': forwarded }),
  });
  const [entry] = doors.semblance.audit.last(1) as AuditEntry[];
  return entry?.client;
}

function logIn(from: string, password: string, headers: Record<string, string>, name = 'anna') {
  const form = `--b\r\nContent-Disposition: form-data; name="name"\r\n\r\n${name}\r\n--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n${password}\r\n--b--\r\n`;
  const type = { 'Content-Type': 'multipart/form-data; boundary=b' };
  return ask('/api/session', from, { ...type, ...headers }, form);
}

describe('who asks through a proxy that is believed', () => {
  it('is the last address that is no such proxy', async () => {
    expect(await clientOf(PROXY)).toBe(PROXY);
    expect(await clientOf(PROXY, '192.0.2.7')).toBe('192.0.2.7');
    expect(await clientOf(PROXY, '192.0.2.7:4711')).toBe('192.0.2.7');
    expect(await clientOf(PROXY, '[2001:db8::1]:4711')).toBe('2001:db8::1');
    // Another proxy on the way; and what whoever asks had written himself before.
    expect(await clientOf(PROXY, '192.0.2.7, 10.1.2.3')).toBe('192.0.2.7');
    expect(await clientOf(PROXY, '198.51.100.1, 192.0.2.7, fd00::5')).toBe('192.0.2.7');
    expect(await clientOf(PROXY, '::ffff:192.0.2.7')).toBe('192.0.2.7');
    expect(await clientOf(PROXY, '192.0.2.7, unknown')).toBe(PROXY);
  });

  it('is never who a stranger says he is', async () => {
    expect(await clientOf(STRANGER, '192.0.2.7')).toBe(STRANGER);
    expect(await clientOf(STRANGER, PROXY)).toBe(STRANGER);
    const forged = { 'X-Forwarded-Proto': 'https', Forwarded: 'for=192.0.2.7;proto=https' };
    const answer = await ask('/health', STRANGER, forged);
    expect(answer.headers['strict-transport-security']).toBeUndefined();
  });

  it('comes by TLS where the proxy says so: the cookie is Secure, and browsers shall stay with TLS', async () => {
    const https = { 'X-Forwarded-For': '192.0.2.8', 'X-Forwarded-Proto': 'https' };
    const answer = await logIn(PROXY, PASSWORD, https);
    expect(String(answer.headers['set-cookie'])).toMatch(/^__Host-semblance=.*; Secure/);
    expect(answer.headers['strict-transport-security']).toBe('max-age=31536000');
    const plain = await ask('/health', PROXY, { 'X-Forwarded-For': '192.0.2.8' });
    expect(plain.headers['strict-transport-security']).toBeUndefined();
    // The page of the same host without TLS can be anybody's.
    const from = async (origin: string) =>
      (await logIn(PROXY, PASSWORD, { ...https, Origin: origin })).status;
    expect(await from('https://localhost')).toBe(200);
    expect(await from('http://localhost')).toBe(403);
  });

  it('is locked out by its own address, and no other', async () => {
    const by = (address: string) => ({ 'X-Forwarded-For': address });
    for (let i = 0; i < 50; i++) {
      await logIn(PROXY, 'wrong', by('192.0.2.66'), `nobody-${i}`);
    }
    expect((await logIn(PROXY, PASSWORD, by('192.0.2.66'))).status).toBe(429);
    expect((await logIn(PROXY, PASSWORD, by('198.51.100.1, 192.0.2.66'))).status).toBe(429);
    expect((await logIn(PROXY, PASSWORD, by('192.0.2.67'))).status).toBe(200);
    expect((await logIn(STRANGER, PASSWORD, by('192.0.2.66'))).status).toBe(200);
  }, 60_000);
});

it.each(['proxy.example', '*', '10.0.0.0/33', '10.0.0.0/', '::1/129', '1.2.3.4/8/8', ''])(
  'is no proxy: %j',
  (text) => {
    expect(() => new TrustedProxies([text])).toThrow(/no IP address and no network/);
  },
);
