import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Semblance } from '../app/semblance.ts';
import { type AppOptions, createApp } from './app.ts';

const PASSWORD = 'four words beside nothing';
const OTHER = 'other words beside them';
const ORIGIN = 'http://localhost';
let home: string;
let semblance: Semblance;
let app: ReturnType<typeof createApp>;
const open = (options: Partial<AppOptions>) => createApp(semblance, { maxUpload: 1e5, ...options });
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'semblance-people-'));
  semblance = await Semblance.open({ home });
  app = open({ indexing: true });
});
afterEach(async () => {
  await semblance.close();
  rmSync(home, { recursive: true });
});

/** Asks as whoever has the cookie or the key. */
async function ask(
  who: string,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<{ status: number; code: unknown; answer: Record<string, unknown>; text: string }> {
  const answered = await app.request(`${ORIGIN}/api/${path}`, {
    method,
    headers: {
      ...(who.startsWith('semblance_') ? { authorization: `Bearer ${who}` } : { cookie: who }),
      ...(!who.startsWith('semblance_') && { origin: ORIGIN }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answered.text();
  const answer = JSON.parse(text);
  return { status: answered.status, code: answer.code, answer, text };
}
async function logIn(name: string, password = PASSWORD, browser = ''): Promise<string> {
  const body = new FormData();
  body.append('name', name);
  body.append('password', password);
  const headers = { 'user-agent': browser };
  const answer = await app.request(`${ORIGIN}/api/session`, { method: 'POST', body, headers });
  return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

describe('users over HTTP', () => {
  it('see where they are logged in and end one of it, as an admin does for others', async () => {
    const { access } = semblance;
    await access.addUser({ name: 'anna', password: PASSWORD, role: 'admin' });
    await access.addUser({ name: 'ben', password: PASSWORD, role: 'viewer' });
    const [lost, here, admin] = [
      await logIn(
        'ben',
        PASSWORD,
        'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0',
      ),
      await logIn('ben', PASSWORD, 'x'.repeat(5000)),
      await logIn('anna'),
    ];
    const { answer } = await ask(here, 'GET', 'sessions');
    const sessions = answer.sessions as { id: number; browser: string | null; current: boolean }[];
    expect(sessions).toMatchObject([
      { browser: null, current: true },
      { browser: 'Firefox on Windows', current: false },
    ]);
    const { id } = sessions[1] as { id: number };
    expect((await ask(here, 'POST', `sessions/${id}/end`, {})).code).toBe('LOGIN_REFUSED');
    expect((await ask(lost, 'GET', 'collections')).status).toBe(200);
    const ended = await ask(here, 'POST', `sessions/${id}/end`, { password: PASSWORD });
    expect(ended.answer.sessions).toHaveLength(1);
    expect((await ask(lost, 'GET', 'collections')).code).toBe('LOGIN_REQUIRED');
    const again = await ask(here, 'POST', `sessions/${id}/end`, { password: PASSWORD });
    expect(again.code).toBe('SESSION_NOT_FOUND');
    const ofOthers = await ask(here, 'POST', 'sessions/3/end', { password: PASSWORD });
    expect(ofOthers.code).toBe('SESSION_NOT_FOUND');
    expect((await ask(here, 'GET', 'users/anna/sessions')).code).toBe('ROLE_MISSING');
    const bens = (await ask(admin, 'GET', 'users/ben/sessions')).answer.sessions as {
      id: number;
    }[];
    expect(bens).toMatchObject([{ current: false }]);
    await ask(admin, 'POST', `users/ben/sessions/${bens[0]?.id}/end`);
    expect((await ask(here, 'GET', 'sessions')).code).toBe('LOGIN_REQUIRED');
    const entries = semblance.audit
      .last(20)
      .map((each) => `${each.operation} ${each.about} ${each.outcome}`);
    expect(entries).toEqual(
      expect.arrayContaining([
        'endSession ben done',
        'endSession ben refused',
        'endUserSession ben done',
      ]),
    );
  });

  it('begin with an admin, who lets others in and out', async () => {
    const anna = { name: 'anna', password: PASSWORD };
    expect((await ask('', 'POST', 'users', { ...anna, role: 'editor' })).code).toBe('LAST_ADMIN');
    expect((await ask('', 'POST', 'keys', { name: 'k', role: 'admin' })).code).toBe('LAST_ADMIN');
    expect((await ask('', 'POST', 'users', { ...anna, role: 'admin' })).status).toBe(200);
    expect((await ask('', 'GET', 'users')).code).toBe('LOGIN_REQUIRED');
    const admin = await logIn('anna');
    const ben = { name: 'ben@ward 1', password: PASSWORD, role: 'viewer' };
    expect((await ask(admin, 'POST', 'users', ben)).code).toBe('USER_NAME_INVALID');
    ben.name = 'ben@ward';
    const added = await ask(admin, 'POST', 'users', { ...ben, collections: ['chest'] });
    expect(added.answer).toMatchObject({ name: 'ben@ward', roles: { chest: 'viewer' } });
    expect((await ask(admin, 'POST', 'users', ben)).code).toBe('USER_EXISTS');
    const short = { ...ben, name: 'c', password: 'short' };
    expect((await ask(admin, 'POST', 'users', short)).code).toBe('PASSWORD_REFUSED');
    const at = 'users/ben%40ward';
    const role = await ask(admin, 'POST', `${at}/role`, { role: 'editor' });
    expect(role.answer.roles).toEqual({ chest: 'viewer', '*': 'editor' });
    const session = await logIn('ben@ward');
    expect((await ask(session, 'GET', 'collections')).status).toBe(200);
    expect((await ask(session, 'GET', 'users')).code).toBe('ROLE_MISSING');
    expect((await ask(admin, 'POST', `${at}/disabled`, { disabled: true })).status).toBe(200);
    expect((await ask(session, 'GET', 'collections')).code).toBe('LOGIN_REQUIRED');
    await ask(admin, 'POST', `${at}/disabled`, { disabled: false });
    expect((await ask(admin, 'POST', `${at}/password`, { password: OTHER })).status).toBe(200);
    expect(await logIn('ben@ward')).toBe('');
    expect(await logIn('ben@ward', OTHER)).not.toBe('');
    const listed = await ask(admin, 'GET', 'users');
    expect(listed.answer.users).toHaveLength(2);
    expect(listed.text + added.text).not.toMatch(/argon2|password|hash/i);
    expect((await ask(admin, 'DELETE', at)).answer).toEqual({ removed: 'ben@ward' });
    expect((await ask(admin, 'DELETE', at)).code).toBe('USER_NOT_FOUND');
  });

  it('are never without an admin, and one changes his own password with the old one', async () => {
    const { access } = semblance;
    await access.addUser({ name: 'anna', password: PASSWORD, role: 'admin' });
    await access.addUser({ name: 'ben', password: PASSWORD, role: 'editor' });
    const admin = await logIn('anna');
    const refused = async () => [
      (await ask(admin, 'DELETE', 'users/anna')).code,
      (await ask(admin, 'POST', 'users/anna/role', { role: 'editor' })).code,
      (await ask(admin, 'POST', 'users/anna/role', { role: 'none' })).code,
      (await ask(admin, 'POST', 'users/anna/disabled', { disabled: true })).code,
    ];
    expect(await refused()).toEqual(Array(4).fill('LAST_ADMIN'));
    access.setRole({ name: 'ben', role: 'admin' });
    access.setDisabled({ name: 'ben', disabled: true });
    expect(await refused()).toEqual(Array(4).fill('LAST_ADMIN'));
    const other = { password: OTHER };
    expect((await ask(admin, 'POST', 'users/anna/password', other)).code).toBe('REQUEST_INVALID');
    const wrong = await ask(admin, 'POST', 'session/password', { old: 'wrong', ...other });
    expect(wrong.code).toBe('LOGIN_REFUSED');
    const mine = { old: PASSWORD, ...other };
    expect((await ask(admin, 'POST', 'session/password', mine)).status).toBe(200);
    // Whoever was logged in by the old one is no longer.
    expect((await ask(admin, 'GET', 'users')).code).toBe('LOGIN_REQUIRED');
    const again = await logIn('anna', OTHER);
    access.setDisabled({ name: 'ben', disabled: false });
    expect((await ask(again, 'DELETE', 'users/anna')).status).toBe(200);
    const ben = await logIn('ben');
    const guess = { old: 'no', ...other };
    for (let i = 0; i < 10; i++) await ask(ben, 'POST', 'session/password', guess);
    expect((await ask(ben, 'POST', 'session/password', mine)).code).toBe('LOGIN_LOCKED');
  });

  it('have keys made for programs, shown once', async () => {
    await semblance.access.addUser({ name: 'anna', password: PASSWORD, role: 'admin' });
    const admin = await logIn('anna');
    const made = await ask(admin, 'POST', 'keys', { name: 'ohif', role: 'admin', days: 7 });
    const { secret, id } = made.answer as { secret: string; id: number };
    expect(secret).toMatch(/^semblance_[\w-]{43}$/);
    expect((await ask(secret, 'GET', 'users')).status).toBe(200);
    const own = { old: PASSWORD, password: OTHER };
    expect((await ask(secret, 'POST', 'session/password', own)).code).toBe('LOGIN_REQUIRED');
    const listed = await ask(admin, 'GET', 'keys');
    expect(listed.answer.keys).toMatchObject([{ id, name: 'ohif', roles: { '*': 'admin' } }]);
    expect(listed.text).not.toContain(secret.slice(10));
    const long = { name: 'x', role: 'viewer', days: 1000 };
    expect((await ask(admin, 'POST', 'keys', long)).code).toBe('REQUEST_INVALID');
    expect((await ask(admin, 'DELETE', `keys/${id}`)).answer).toEqual({ revoked: id });
    expect((await ask(secret, 'GET', 'users')).code).toBe('LOGIN_REQUIRED');
    expect((await ask(admin, 'DELETE', `keys/${id}`)).code).toBe('KEY_NOT_FOUND');
  });

  it('are added by nobody who is not asked who he is, where others may ask', async () => {
    app = open({ indexing: false });
    const anna = { name: 'anna', password: PASSWORD, role: 'admin' };
    expect((await ask('', 'POST', 'users', anna)).code).toBe('CHANGES_NOT_ALLOWED');
    expect(semblance.access.users()).toEqual([]);
  });
});
