import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { get as getPlain } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAIN, run, startServing, temporaryFolder } from './program.ts';

const temporary = temporaryFolder();
afterAll(temporary.remove);
const at = (name: string) => join(temporary.path, name);
const home = at('home');
const PASSWORD = 'four words beside nothing';

/** Makes a certificate for localhost, and its key. */
function certificate(name: string): string[] {
  const { status, stderr } = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ...['-keyout', at(`${name}.key`), '-out', at(`${name}.pem`), ...['-days', '100']],
  ]);
  expect([status, status === 0 ? '' : String(stderr)]).toEqual([0, '']);
  return ['--https-cert', at(`${name}.pem`), '--https-key', at(`${name}.key`)];
}

/** Makes one that ended long ago, which only an authority of openssl can. */
function endedCertificate(): void {
  certificate('ended');
  writeFileSync(at('ended.txt'), '');
  const section = [
    ...['[ca]', 'default_ca = own', '[own]', `new_certs_dir = ${temporary.path}`],
    ...[
      `database = ${at('ended.txt')}`,
      'default_md = sha256',
      'policy = any',
      'rand_serial = yes',
    ],
    ...['[any]', 'commonName = supplied'],
  ];
  writeFileSync(at('ended.cnf'), section.join('\n'));
  const key = ['-key', at('ended.key')];
  const subject = ['-subj', '/CN=ended', '-out', at('ended.csr')];
  spawnSync('openssl', ['req', '-new', ...key, ...subject]);
  const { status, stderr } = spawnSync('openssl', [
    ...['ca', '-batch', '-selfsign', '-config', at('ended.cnf'), '-keyfile', at('ended.key')],
    ...['-in', at('ended.csr'), '-out', at('ended.pem'), '-notext'],
    ...['-startdate', '200101000000Z', '-enddate', '210101000000Z'],
  ]);
  expect([status, status === 0 ? '' : String(stderr)]).toEqual([0, '']);
}

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  peer: PeerCertificate;
}
function ask(url: string, ca: string, headers = {}, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { ca: readFileSync(at(`${ca}.pem`)), method: body ? 'POST' : 'GET', headers, agent: false },
      (answer) => {
        const peer = (answer.socket as TLSSocket).getPeerCertificate();
        answer.resume();
        answer.once('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, peer }),
        );
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}
const error = async (...args: string[]) => {
  const { code, stderr } = await run(['--home', home, '--json', 'serve', '--port', '0', ...args]);
  return [code, JSON.parse(stderr.trim().split('\n').at(-1) as string).error];
};

let own: string[];
beforeAll(() => {
  own = certificate('first');
  const args = [MAIN, '--home', home, 'users', 'add', 'anna'];
  expect(spawnSync(process.execPath, args, { input: `${PASSWORD}\n` }).status).toBe(0);
});

describe('semblance serve by TLS', () => {
  it('answers by it, with Secure cookies and HSTS, and to nothing else', async () => {
    const server = await startServing(['serve', '--home', home, ...own]);
    try {
      expect(server.url).toMatch(/^https:/);
      const { status, headers } = await ask(`${server.url}health`, 'first');
      expect([status, headers['strict-transport-security']]).toEqual([200, 'max-age=31536000']);
      const form = `--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nanna\r\n--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n${PASSWORD}\r\n--b--\r\n`;
      const type = { 'Content-Type': 'multipart/form-data; boundary=b' };
      const { origin } = new URL(server.url);
      const logIn = (from: string) =>
        ask(`${server.url}api/session`, 'first', { ...type, Origin: from }, form);
      const answer = await logIn(origin);
      expect(String(answer.headers['set-cookie'])).toMatch(
        /^__Host-semblance=[\w-]+; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
      );
      expect((await logIn(origin.replace('https', 'http'))).status).toBe(403);
      // What speaks no TLS, or an old one, is let go; the others go on.
      const plain = new Promise((resolve) => {
        getPlain(server.url.replace('https', 'http')).once('error', resolve);
      });
      expect(await plain).toBeInstanceOf(Error);
      const old = new Promise((resolve) => {
        const { port, hostname: host } = new URL(server.url);
        const options = { rejectUnauthorized: false, maxVersion: 'TLSv1.1', minVersion: 'TLSv1' };
        connect({ ...(options as object), port: Number(port), host }).once('error', resolve);
      });
      expect(await old).toBeInstanceOf(Error);
      expect((await ask(`${server.url}health`, 'first')).status).toBe(200);
    } finally {
      await server.stop();
    }
  });

  it('takes a renewed certificate without an end, and keeps the one it has for what cannot be used', async () => {
    const live = ['--https-cert', at('live.pem'), '--https-key', at('live.key')];
    const put = (name: string) => {
      for (const ending of ['pem', 'key']) {
        copyFileSync(at(`${name}.${ending}`), at(`new.${ending}`));
        renameSync(at(`new.${ending}`), at(`live.${ending}`));
      }
    };
    put('first');
    certificate('second');
    const server = await startServing(['serve', '--home', home, ...live]);
    let said = '';
    server.child.stderr?.on('data', (data) => {
      said += data;
    });
    try {
      expect((await ask(`${server.url}health`, 'first')).peer.subject.CN).toBe('first');
      put('second');
      const subject = async () => (await ask(`${server.url}health`, 'second')).peer.subject.CN;
      await expect.poll(() => subject().catch(() => ''), { timeout: 15_000 }).toBe('second');
      writeFileSync(at('live.pem'), 'nothing');
      await expect.poll(() => said, { timeout: 15_000 }).toMatch(/TLS_INVALID: .*live\.pem/);
      expect(await subject()).toBe('second');
    } finally {
      await server.stop();
    }
  }, 60_000);

  it('does not begin with what cannot be used, and says what it is', async () => {
    certificate('other');
    endedCertificate();
    const [, cert = '', , key = ''] = own;
    writeFileSync(at('text.pem'), 'hello');
    const cases: [args: string[], code: string, says: RegExp][] = [
      [['--https-cert', cert, '--https-key', at('other.key')], 'TLS_INVALID', /not the key/],
      [['--https-cert', at('text.pem'), '--https-key', key], 'TLS_INVALID', /no certificate/],
      [['--https-cert', cert, '--https-key', at('text.pem')], 'TLS_INVALID', /no private key/],
      [
        ['--https-cert', at('ended.pem'), '--https-key', at('ended.key')],
        'TLS_INVALID',
        /It ended on 2021/,
      ],
      [['--https-cert', at('absent.pem'), '--https-key', key], 'PATH_NOT_FOUND', /not exist/],
    ];
    for (const [args, code, says] of cases) {
      const [exit, told] = await error(...args);
      expect([args, exit, told.code]).toEqual([args, 1, code]);
      expect(told.detail).toMatch(says);
    }
    expect((await error('--https-cert', cert))[0]).toBe(2);
  }, 60_000);
});
