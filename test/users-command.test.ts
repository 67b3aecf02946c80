import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, it } from 'vitest';
import { MAIN, startServing, temporaryFolder } from './program.ts';

const temporary = temporaryFolder();
afterAll(temporary.remove);

function run(args: string[], input = '') {
  const all = [MAIN, ...args, '--home', temporary.path, '--json'];
  const { status, stdout, stderr } = spawnSync(process.execPath, all, { input, encoding: 'utf8' });
  return { status, answer: JSON.parse(stdout || stderr) };
}

describe('semblance users and keys', () => {
  it('adds, lists, changes and removes users; the password comes by standard input', () => {
    const password = 'four words beside nothing\n';
    const added = run(['users', 'add', 'anna', '-r', 'editor', '-c', 'chest'], password);
    expect(added.answer).toMatchObject({ name: 'anna', roles: { chest: 'editor' } });
    expect(run(['users', 'add', 'ben'], 'short\n').answer.error.code).toBe('PASSWORD_REFUSED');
    expect(run(['users', 'role', 'anna', 'boss']).status).toBe(2);
    expect(run(['users', 'role', 'anna', 'viewer']).answer.roles).toEqual({
      chest: 'editor',
      '*': 'viewer',
    });
    expect(run(['users', 'password', 'anna'], `new ${password}`).status).toBe(0);
    expect(run(['users', 'disable', 'anna']).answer.disabled).toBe(true);
    expect(run(['users', 'list']).answer.users).toHaveLength(1);
    expect(run(['users', 'sessions', 'anna']).answer).toEqual({ sessions: [] });
    const none = run(['users', 'end-session', 'anna', '1']);
    expect(none.answer.error.code).toBe('SESSION_NOT_FOUND');
    expect(run(['users', 'remove', 'anna']).status).toBe(0);
    expect(run(['users', 'remove', 'anna']).answer.error.code).toBe('USER_NOT_FOUND');
  });

  it('makes a key, shows it once, and revokes it', () => {
    const { answer } = run(['keys', 'add', 'pacs', '--days', '7']);
    expect(answer).toMatchObject({ id: 1, roles: { '*': 'viewer' } });
    expect(answer.secret).toMatch(/^semblance_[\w-]{43}$/);
    expect(answer.ends - answer.created).toBe(7 * 24 * 3_600_000);
    expect(JSON.stringify(run(['keys', 'list']).answer)).not.toContain(answer.secret);
    expect(run(['keys', 'revoke', '1']).status).toBe(0);
    expect(run(['keys', 'list']).answer.keys).toEqual([]);
  });

  it('lets others reach the page without --insecure, by a key; DIMSE, which knows none, not', async () => {
    const { secret } = run(['keys', 'add', 'viewer']).answer;
    const host = ['--host', '0.0.0.0'];
    const server = await startServing(['serve', ...host, '--home', temporary.path]);
    const status = async (headers = {}) =>
      (await fetch(`${server.url}api/collections`, { headers })).status;
    try {
      expect(await status()).toBe(401);
      expect(await status({ Authorization: `Bearer ${secret}` })).toBe(200);
    } finally {
      await server.stop();
    }
    const dimse = ['--receive', 'chest', '--dimse-port', '0', '--allow', '*'];
    expect(run(['serve', ...host, ...dimse]).answer.error.code).toBe('HOST_NOT_PRIVATE');
  }, 30_000);
});
