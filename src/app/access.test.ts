import { readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { DataDirectory } from '../store/data-directory.ts';
import { AccessService } from './access.ts';

const PASSWORD = 'four words beside nothing';
const MINUTE = 60_000;
let folder: string;
let access: AccessService;
/** As another process has it. */
let other: AccessService;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'semblance-access-'));
  const home = join(folder, 'home');
  access = new AccessService(new DataDirectory(home));
  other = new AccessService(new DataDirectory(home));
});
afterEach(() => {
  vi.useRealTimers();
});
afterAll(async () => {
  access.close();
  other.close();
  await rm(folder, { recursive: true });
});

const logIn = (name: string, password = PASSWORD, address = '192.0.2.1') =>
  access.logIn({ name, password, address });
const refused = (code: string) => expect.objectContaining({ code });

describe('who may do what', () => {
  it('keeps users, whose passwords and tokens are in no file', async () => {
    expect(access.anybody()).toBe(false);
    const anna = {
      name: 'anna',
      password: PASSWORD,
      role: 'editor',
      collections: ['chest'],
    } as const;
    expect(await access.addUser(anna)).toMatchObject({ roles: { chest: 'editor' } });
    await expect(access.addUser(anna)).rejects.toThrow(refused('USER_EXISTS'));
    expect(other.anybody()).toBe(true);
    const token = await logIn('anna');
    const { secret } = access.addKey({ name: 'pacs', days: 1, role: 'viewer' });
    const file = join(folder, 'home', 'access.sqlite');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const kept = [file, `${file}-wal`].map((each) => readFileSync(each, 'latin1')).join('');
    expect(kept).toContain('$argon2id$v=19$m=19456,t=2,p=1$');
    for (const hidden of [PASSWORD, token, secret]) expect(kept).not.toContain(hidden);
    expect(other.session(token)).toEqual({
      ...{ kind: 'user', id: expect.any(Number), name: 'anna', roles: { chest: 'editor' } },
    });
    expect(other.key(secret)).toMatchObject({ kind: 'key', roles: { '*': 'viewer' } });
  });

  it.each([
    ['too short', 'elevenchars'],
    ['too long', 'ab c'.repeat(40)],
    ['the name', 'carla-carla1'],
    ['common', 'Password12345'],
    ['common, spelled otherwise', 'P4$$w0rd!2024'],
    ['along the keyboard', 'qwertzuiop123'],
    ['the word that comes to mind here', 'Radiologie2026'],
    ['a few letters', 'abababababababab'],
    ['long enough by its spaces alone', 'xk4     vq9z'],
  ])('refuses a password that is %s', async (_, password) => {
    const request = { name: 'carla', password, role: 'viewer' } as const;
    await expect(access.addUser(request)).rejects.toThrow(refused('PASSWORD_REFUSED'));
    expect(access.users().map(({ name }) => name)).not.toContain('carla');
  });

  it('takes up a file of before there were providers, with its users and sessions', async () => {
    const directory = new DataDirectory(join(folder, 'earlier'));
    const before = new AccessService(directory);
    await before.addUser({ name: 'anna', password: PASSWORD, role: 'editor' });
    const token = await before.logIn({ name: 'anna', password: PASSWORD, address: 'x' });
    before.close();
    const db = new Database(directory.accessFile);
    db.exec(`DROP INDEX users_of_provider; ALTER TABLE users DROP COLUMN issuer;
      ALTER TABLE users DROP COLUMN subject; PRAGMA user_version = 1`);
    db.close();
    const after = new AccessService(directory);
    expect(after.session(token)).toMatchObject({ name: 'anna', roles: { '*': 'editor' } });
    const identity = { issuer: 'https://login.example', subject: '1' };
    const provided = { identity, names: ['anna', 'anna@login.example'], roles: {} };
    expect(after.logInProvided(provided).name).toBe('anna@login.example');
    after.close();
  });

  it('takes a password however its letters are composed, and refuses names that are none', async () => {
    const request = {
      name: 'uwe',
      password: 'gr\u00fcne B\u00e4ume im Wind',
      role: 'viewer',
    } as const;
    await access.addUser(request);
    await logIn('uwe', request.password.normalize('NFD'));
    for (const name of ['', '../x', 'a\nb', 'x'.repeat(65)]) {
      const call = access.addUser({ ...request, name });
      await expect(call).rejects.toThrow(refused('USER_NAME_INVALID'));
    }
    expect(() => access.addKey({ name: 'a', days: 367, role: 'viewer' })).toThrow(refused('USAGE'));
  });

  it('takes roles, passwords and users away at once, from another process too', async () => {
    await access.addUser({ name: 'ben', password: PASSWORD, role: 'admin' });
    const token = await logIn('ben');
    other.setRole({ name: 'ben', role: 'none' });
    expect(access.session(token)?.roles).toEqual({});
    await other.setPassword({ name: 'ben', password: `${PASSWORD} more` });
    expect(access.session(token)).toBeUndefined();
    await expect(logIn('ben')).rejects.toThrow(refused('LOGIN_REFUSED'));
    const again = await logIn('ben', `${PASSWORD} more`);
    other.setDisabled({ name: 'ben', disabled: true });
    expect(access.session(again)).toBeUndefined();
    await expect(logIn('ben', `${PASSWORD} more`)).rejects.toThrow(refused('LOGIN_REFUSED'));
    other.setDisabled({ name: 'ben', disabled: false });
    const last = await logIn('ben', `${PASSWORD} more`);
    other.removeUser({ name: 'ben' });
    expect(access.session(last)).toBeUndefined();
    const { id, secret } = access.addKey({ name: 'lent', days: 1, role: 'viewer' });
    other.revokeKey({ id });
    expect(access.key(secret)).toBeUndefined();
    expect(() => other.revokeKey({ id })).toThrow(refused('KEY_NOT_FOUND'));
  });

  it('lists where a user is logged in, and ends one of these alone', async () => {
    const name = 'dora';
    await access.addUser({ name, password: PASSWORD, role: 'viewer' });
    const login = { name, password: PASSWORD, address: 'x' };
    const first = await access.logIn({ ...login, browser: 'Firefox on Linux' });
    const second = await access.logIn(login);
    const listed = access.sessions({ name, token: second });
    expect(listed).toMatchObject([
      { browser: null, current: true },
      { browser: 'Firefox on Linux', current: false },
    ]);
    const [, { id = 0 } = {}] = listed;
    const wrong = access.endOwnSession({ ...login, password: 'wrong', id });
    await expect(wrong).rejects.toThrow(refused('LOGIN_REFUSED'));
    expect(access.session(first)?.name).toBe(name);
    // Nobody ends what is not his.
    const others = () => access.endSession({ name: 'anna', id });
    expect(others).toThrow(refused('SESSION_NOT_FOUND'));
    await access.endOwnSession({ ...login, id });
    expect([access.session(first), access.session(second)?.name]).toEqual([undefined, name]);
    expect(() => access.endSession({ name, id })).toThrow(refused('SESSION_NOT_FOUND'));
    // A number is never given again.
    access.logOut(second);
    await access.logIn(login);
    expect(access.sessions({ name })[0]?.id).toBeGreaterThan(listed[0]?.id as number);
  });

  it('ends sessions that stand still, all sessions at last, and keys; a clock set back helps none', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const start = Date.now();
    const [idle, used, early] = [await logIn('anna'), await logIn('anna'), await logIn('anna')];
    const { secret } = access.addKey({ name: 'day', days: 1, role: 'viewer' });
    for (let minutes = 20; minutes <= 12 * 60; minutes += 20) {
      vi.setSystemTime(start + minutes * MINUTE);
      expect(access.session(used)?.name).toBe('anna');
    }
    expect(access.session(idle)).toBeUndefined();
    vi.setSystemTime(start + (12 * 60 + 1) * MINUTE);
    expect(access.session(used)).toBeUndefined();
    vi.setSystemTime(start + 24 * 60 * MINUTE - 1);
    expect(access.key(secret)).toBeDefined();
    vi.setSystemTime(start + 24 * 60 * MINUTE);
    expect(access.key(secret)).toBeUndefined();
    vi.setSystemTime(start - 60 * MINUTE);
    expect(access.session(early)).toBeUndefined();
    access.logOut(early);
  });

  it('lets nobody in by a clock that jumps, and nobody wait longer or shorter', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const start = Date.now();
    const at = (minutes: number) => vi.setSystemTime(start + minutes * MINUTE);
    const { secret } = access.addKey({ name: 'clock', days: 1, role: 'viewer' });
    const [forth, back] = [await logIn('anna'), await logIn('anna')];
    // A year on: all has ended. When it is set right, keys hold again, and nobody is logged in by it.
    at(366 * 24 * 60);
    expect([access.session(forth), access.key(secret)]).toEqual([undefined, undefined]);
    at(1);
    expect(access.session(forth)).toBeUndefined();
    expect(access.key(secret)).toBeDefined();
    // The battery of the clock is empty.
    vi.setSystemTime(0);
    expect([access.session(back), access.key(secret)]).toEqual([undefined, undefined]);
    at(1);
    expect(access.session(back)).toBeUndefined();
    // Little is what clocks are set by all the time.
    const soon = await logIn('anna');
    at(0.5);
    expect(access.session(soon)).toBeDefined();
    // A lock-out counts by a clock that nobody sets.
    for (let i = 0; i < 10; i++) await logIn('jumper', 'wrong', '192.0.2.50').catch(() => {});
    for (const minutes of [60, -60]) {
      at(minutes);
      await expect(logIn('jumper', 'x', '192.0.2.50')).rejects.toThrow(refused('LOGIN_LOCKED'));
    }
  });

  it('hears no password after ten wrong ones of a name, known or not, nor from an address', async () => {
    for (const name of ['uwe', 'nobody']) {
      const tries = Array.from({ length: 12 }, (_, i) =>
        logIn(name, 'wrong', `198.51.100.${i}`).catch(({ code }) => code),
      );
      const codes = await Promise.all(tries);
      expect(codes).toEqual([...Array(10).fill('LOGIN_REFUSED'), ...Array(2).fill('LOGIN_LOCKED')]);
    }
    // Not even the right one, and others are heard.
    const locked = await logIn('uwe', 'gr\u00fcne B\u00e4ume im Wind').catch((error) => error);
    expect(locked).toMatchObject({ code: 'LOGIN_LOCKED' });
    // A quarter of an hour, less what the tries have taken.
    expect(locked.retryAfter).toBeGreaterThan(880);
    expect(locked.retryAfter).toBeLessThanOrEqual(900);
    await logIn('anna');
    const many = Array.from({ length: 51 }, (_, i) =>
      logIn(`user${i}`, 'wrong', '203.0.113.9').catch(({ code }) => code),
    );
    expect((await Promise.all(many)).filter((code) => code === 'LOGIN_LOCKED')).toHaveLength(1);
    await expect(logIn('anna', PASSWORD, '203.0.113.9')).rejects.toThrow(refused('LOGIN_LOCKED'));
  });
});
