import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OpenIdOptions } from '../app/openid.ts';
import { Semblance } from '../app/semblance.ts';
import { startProxy } from '../testing/hub.ts';
import {
  CLIENT,
  logInThere,
  startProvider,
  type TestProvider,
} from '../testing/openid-provider.ts';
import { createApp } from './app.ts';

const ORIGIN = 'http://localhost';
const PASSWORD = 'four words beside nothing';
const MINUTE = 60_000;
const now = performance.now.bind(performance);
let home: string;
let semblance: Semblance;
let theirs: TestProvider;
let app: ReturnType<typeof createApp>;

const serve = (more: Partial<OpenIdOptions> = {}) =>
  createApp(semblance, {
    maxUpload: 1e5,
    openid: {
      ...CLIENT,
      issuer: theirs.issuer,
      name: 'the hospital',
      scopes: ['profile'],
      roles: [
        { value: 'readers', role: 'viewer' },
        { value: 'chest=team', role: 'editor', collection: 'chest' },
      ],
      ...more,
    },
  });

/** A browser at this server: its cookies, and what it is answered. */
class Browser {
  readonly cookies = new Map<string, string>();
  readonly there = new Map<string, string>();

  async ask(
    path: string,
    body?: object,
  ): Promise<{ status: number; answer: Record<string, unknown> }> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answered = await app.request(`${ORIGIN}${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { cookie, ...(body && { origin: ORIGIN, 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    for (const set of answered.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (/Max-Age=0/.test(set)) this.cookies.delete(name);
      else this.cookies.set(name, value);
      expect(set).toMatch(/HttpOnly.*SameSite=Strict|Max-Age=0/);
    }
    return { status: answered.status, answer: (await answered.json()) as Record<string, unknown> };
  }

  /** To the provider and back. @returns the query that it came back with */
  async goThere(user: string): Promise<string> {
    const { answer } = await this.ask('/api/session/provider', {});
    return (await logInThere(String(answer.url), user, this.there)).search.slice(1);
  }

  async logIn(user: string) {
    const query = await this.goThere(user);
    return this.ask('/api/session/provider/answer', { query });
  }

  code = async (path: string) => (await this.ask(path)).answer.code;
}

beforeAll(async () => {
  theirs = await startProvider([`${ORIGIN}/`]);
});
afterAll(() => theirs.close());
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'semblance-openid-'));
  semblance = await Semblance.open({ home });
  app = serve();
  theirs.users.clear();
  theirs.users.set('anna', { preferred_username: 'anna', groups: ['readers', 'others'] });
});
afterEach(async () => {
  vi.restoreAllMocks();
  theirs.forge = undefined;
  await semblance.close();
  rmSync(home, { recursive: true });
});

/** As if so many milliseconds had passed since the process began. */
function later(milliseconds: number): void {
  vi.spyOn(performance, 'now').mockImplementation(() => now() + milliseconds);
}

describe('a login by OpenID Connect', () => {
  it('lets in whom the provider names, with the roles of what it says, and out again, there too', async () => {
    const browser = new Browser();
    expect(await browser.code('/api/collections')).toBe('LOGIN_REQUIRED');
    expect((await browser.ask('/api/session')).answer).toMatchObject({
      ...{ required: true, user: null, provider: 'the hospital', provided: false },
    });
    const { answer: begun } = await browser.ask('/api/session/provider', {});
    const asked = new URL(String(begun.url)).searchParams;
    expect(Object.fromEntries(asked)).toMatchObject({
      ...{ response_type: 'code', client_id: CLIENT.client, code_challenge_method: 'S256' },
      ...{ scope: 'openid profile', redirect_uri: `${ORIGIN}/` },
      ...{ state: expect.stringMatching(/.{43}/), nonce: expect.stringMatching(/.{43}/) },
    });
    theirs.users.set('anna', { preferred_username: 'anna', groups: ['readers', 'chest=team'] });
    const came = await browser.logIn('anna');
    expect(came).toMatchObject({ status: 200, answer: { user: 'anna' } });
    expect((await browser.ask('/api/session')).answer).toMatchObject({
      ...{ user: 'anna', roles: { '*': 'viewer', chest: 'editor' }, provided: true },
    });
    expect(semblance.access.users()).toMatchObject([{ name: 'anna', provider: theirs.issuer }]);
    const out = await browser.ask('/api/session/end', {});
    expect(String(out.answer.url)).toMatch(`${theirs.issuer}/session/end?`);
    expect(new URL(String(out.answer.url)).searchParams.get('id_token_hint')).toBeTruthy();
    expect(await browser.code('/api/collections')).toBe('LOGIN_REQUIRED');
    const entries = semblance.audit
      .last(10)
      .map(({ operation, outcome, actor }) => [operation, outcome, actor.name]);
    expect(entries).toContainEqual(['finishOpenId', 'done', 'anna']);
    expect(entries).toContainEqual(['logOut', 'done', 'anna']);
  });

  it('refuses whoever the provider does not let in, and whom nothing here is for', async () => {
    const browser = new Browser();
    const { answer } = await browser.ask('/api/session/provider', {});
    const state = new URL(String(answer.url)).searchParams.get('state');
    const query = `error=access_denied&error_description=x&state=${state}&iss=${theirs.issuer}`;
    const denied = await browser.ask('/api/session/provider/answer', { query });
    expect(denied.answer).toMatchObject({
      code: 'OPENID_REFUSED',
      detail: 'It says access_denied.',
    });
    theirs.users.set('carla', { preferred_username: 'carla', groups: ['others'] });
    const carla = await new Browser().logIn('carla');
    expect(carla).toMatchObject({ status: 403, answer: { code: 'OPENID_NO_ROLE' } });
    expect(semblance.access.users()).toEqual([]);
    // Who has a role whatever is said, and who is said something of in a claim in a claim.
    app = serve({
      roles: [
        { value: '*', role: 'viewer' },
        { value: 'boss', role: 'admin' },
      ],
      roleClaim: 'realm_access.roles',
    });
    theirs.users.set('dora', { realm_access: { roles: ['boss'] } });
    const [other, boss] = [new Browser(), new Browser()];
    await other.logIn('carla');
    await boss.logIn('dora');
    expect((await other.ask('/api/session')).answer.roles).toEqual({ '*': 'viewer' });
    expect((await boss.ask('/api/session')).answer.roles).toEqual({ '*': 'admin' });
  });

  const signedByOther = async (idToken: string) => {
    const { privateKey } = await generateKeyPair('RS256');
    const { kid } = decodeProtectedHeader(idToken);
    const header = { alg: 'RS256', ...(kid && { kid }) };
    return new SignJWT(decodeJwt(idToken)).setProtectedHeader(header).sign(privateKey);
  };
  const changed = (idToken: string) => {
    const [head = '', , signature = ''] = idToken.split('.');
    const payload = JSON.stringify({ ...decodeJwt(idToken), email: 'boss@hospital.example' });
    return [head, Buffer.from(payload).toString('base64url'), signature].join('.');
  };
  const unsigned = (idToken: string) => {
    const head = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
    return `${head}.${idToken.split('.')[1]}.`;
  };
  it.each<[string, (idToken: string) => Promise<string> | string]>([
    ['signed by somebody else', signedByOther],
    ['changed after it was signed', changed],
    ['not signed', unsigned],
  ])('refuses a token that is %s', async (_, forge) => {
    theirs.forge = async (token) => forge(token);
    const browser = new Browser();
    const came = await browser.logIn('anna');
    expect(came).toMatchObject({ status: 401, answer: { code: 'OPENID_TOKEN_INVALID' } });
    expect([...browser.cookies.keys()]).toEqual([]);
    expect(semblance.access.users()).toEqual([]);
    expect(semblance.audit.last(1)).toMatchObject([
      { outcome: 'refused', code: 'OPENID_TOKEN_INVALID' },
    ]);
  });

  it('refuses what is wrong in a token that the provider itself signed', async () => {
    // The provider's own key, so that only the claims are wrong.
    const own = await startProvider([`${ORIGIN}/`]);
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: 'own', alg: 'RS256', use: 'sig' };
    own.keys = { keys: [jwk] };
    own.users.set('anna', { preferred_username: 'anna', groups: ['readers'] });
    app = serve({ issuer: own.issuer });
    const signed = (claims: object) => async (token: string) =>
      new SignJWT({ ...decodeJwt(token), ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: 'own' })
        .sign(privateKey);
    const past = Math.floor(Date.now() / 1000) - 3600;
    const cases: [object, unknown][] = [
      [{}, undefined],
      [{ iss: 'https://evil.example' }, 'OPENID_TOKEN_INVALID'],
      [{ aud: 'another' }, 'OPENID_TOKEN_INVALID'],
      [{ aud: [CLIENT.client, 'x'], azp: CLIENT.client }, 'OPENID_TOKEN_INVALID'],
      [{ exp: past, iat: past - 60 }, 'OPENID_TOKEN_INVALID'],
      [{ nonce: 'another' }, 'OPENID_TOKEN_INVALID'],
    ];
    for (const [claims, code] of cases) {
      own.forge = signed(claims);
      expect([claims, (await new Browser().logIn('anna')).answer.code]).toEqual([claims, code]);
    }
    app = serve({ issuer: own.issuer, audiences: ['x'] });
    own.forge = signed({ aud: [CLIENT.client, 'x'], azp: CLIENT.client });
    expect((await new Browser().logIn('anna')).status).toBe(200);
    await own.close();
  });

  it('takes what the provider sent back once, soon, and from the browser that began', async () => {
    const browser = new Browser();
    const query = await browser.goThere('anna');
    const kept = new Map(browser.cookies);
    const finish = async (who: Browser, given = query) =>
      (await who.ask('/api/session/provider/answer', { query: given })).answer.code;
    const invalid = 'OPENID_STATE_INVALID';
    // Somebody else's browser is sent there: it would be logged in as whoever made the address.
    expect(await finish(new Browser())).toBe(invalid);
    const stranger = new Browser();
    await stranger.ask('/api/session/provider', {});
    expect(await finish(stranger)).toBe(invalid);
    const changedOne = new Browser();
    for (const [name, value] of kept) {
      changedOne.cookies.set(
        name,
        value.replace(/[A-Za-z0-9](?=[^.]*$)/, (x) => (x === 'A' ? 'B' : 'A')),
      );
    }
    expect(await finish(changedOne)).toBe(invalid);
    expect(await finish(browser)).toBeUndefined();
    const again = new Browser();
    for (const [name, value] of kept) again.cookies.set(name, value);
    expect(await finish(again)).toBe(invalid);
    const slow = new Browser();
    const late = await slow.goThere('anna');
    later(11 * MINUTE);
    expect(await finish(slow, late)).toBe(invalid);
    vi.restoreAllMocks();
    // What another process of this server gave is not believed either.
    const before = new Browser();
    const old = await before.goThere('anna');
    app = serve();
    expect(await finish(before, old)).toBe(invalid);
  });

  it('asks the provider again: a role that was taken away is gone in the middle of a session', async () => {
    const browser = new Browser();
    await browser.logIn('anna');
    const facets = () => browser.code('/api/collections/nothing/facets');
    expect(await facets()).toBe('COLLECTION_NOT_FOUND');
    theirs.users.set('anna', { preferred_username: 'anna', groups: [] });
    const before = theirs.asked.userinfo;
    // Not with every request: it would be asked hundreds of times for a page of pictures.
    expect(await facets()).toBe('COLLECTION_NOT_FOUND');
    expect(theirs.asked.userinfo).toBe(before);
    later(MINUTE + 1);
    expect(await facets()).toBe('ROLE_MISSING');
    expect((await browser.ask('/api/session')).answer).toMatchObject({ user: 'anna', roles: {} });
    theirs.users.delete('anna');
    later(2 * MINUTE + 2);
    expect(await facets()).toBe('LOGIN_REQUIRED');
  });

  it('goes on with what the provider renews, and ends where it renews nothing', async () => {
    const short = await startProvider([`${ORIGIN}/`], { lifetime: 120 });
    short.users.set('anna', { preferred_username: 'anna', groups: ['readers'] });
    app = serve({ issuer: short.issuer });
    const browser = new Browser();
    await browser.logIn('anna');
    const { token } = short.asked;
    later(61_000);
    expect(await browser.code('/api/collections')).toBeUndefined();
    expect(short.asked.token).toBe(token + 1);
    // Nobody is let in longer than the provider says.
    const grants = await short.endGrants();
    expect(grants).toBeGreaterThan(0);
    later(300_000);
    expect(await browser.code('/api/collections')).toBe('LOGIN_REQUIRED');
    await short.close();
  });

  it('takes roles from the ID token where they are there alone', async () => {
    const only = await startProvider([`${ORIGIN}/`], { inToken: true });
    only.users.set('anna', { preferred_username: 'anna', groups: ['readers'] });
    app = serve({ issuer: only.issuer });
    const browser = new Browser();
    expect((await browser.logIn('anna')).status).toBe(200);
    later(MINUTE + 1);
    expect(await browser.code('/api/collections')).toBeUndefined();
    await only.close();
  });

  it('is out of order while the provider is, and passwords and sessions are not', async () => {
    await semblance.access.addUser({ name: 'ben', password: PASSWORD, role: 'viewer' });
    const browser = new Browser();
    await browser.logIn('anna');
    await theirs.close();
    try {
      later(MINUTE + 1);
      expect(await browser.code('/api/collections')).toBeUndefined();
      app = serve();
      const begun = await browser.ask('/api/session/provider', {});
      expect(begun).toMatchObject({ status: 503, answer: { code: 'OPENID_UNAVAILABLE' } });
      expect(String(begun.answer.detail)).toMatch(/^127\.0\.0\.1:\d+ did not answer.*ECONNREFUSED/);
      // A session of which this process knows nothing more is not believed.
      expect(await browser.code('/api/collections')).toBe('LOGIN_REQUIRED');
      const body = new FormData();
      body.append('name', 'ben');
      body.append('password', PASSWORD);
      const here = await app.request(`${ORIGIN}/api/session`, { method: 'POST', body });
      expect(here.status).toBe(200);
    } finally {
      await theirs.open();
    }
    expect((await new Browser().logIn('anna')).status).toBe(200);
  });

  it('keeps its users apart from those with a password, and out when they are kept out here', async () => {
    const { access } = semblance;
    await access.addUser({ name: 'anna', password: PASSWORD, role: 'admin' });
    const browser = new Browser();
    expect((await browser.logIn('anna')).answer.user).toBe('anna@127.0.0.1');
    expect((await browser.ask('/api/session')).answer.roles).toEqual({ '*': 'viewer' });
    const name = 'anna@127.0.0.1';
    const refused = expect.objectContaining({ code: 'USER_OF_PROVIDER' });
    expect(() => access.setRole({ name, role: 'admin' })).toThrow(refused);
    await expect(access.setPassword({ name, password: PASSWORD })).rejects.toThrow(refused);
    for (const password of ['', PASSWORD]) {
      await expect(access.logIn({ name, password, address: 'x' })).rejects.toThrow(
        expect.objectContaining({ code: 'LOGIN_REFUSED' }),
      );
    }
    const mine = { old: '', password: PASSWORD };
    expect((await browser.ask('/api/session/password', mine)).answer.code).toBe('USER_OF_PROVIDER');
    access.setDisabled({ name, disabled: true });
    expect(await browser.code('/api/collections')).toBe('LOGIN_REQUIRED');
    expect((await browser.logIn('anna')).answer.code).toBe('LOGIN_REFUSED');
    access.setDisabled({ name, disabled: false });
    expect((await browser.logIn('anna')).answer.user).toBe(name);
    access.removeUser({ name });
    expect(await browser.code('/api/collections')).toBe('LOGIN_REQUIRED');
    // An admin by the provider is none of those of whom one stays.
    app = serve({ roles: [{ value: '*', role: 'admin' }] });
    await browser.logIn('anna');
    expect(() => access.setRole({ name: 'anna', role: 'none', keepAdmin: true })).toThrow(
      expect.objectContaining({ code: 'LAST_ADMIN' }),
    );
  });

  it('reaches the provider by the proxy of the environment', async () => {
    const proxy = await startProxy(Number(new URL(theirs.issuer).port));
    vi.stubEnv('HTTP_PROXY', proxy.url);
    try {
      app = serve();
      expect((await new Browser().logIn('anna')).status).toBe(200);
      expect(proxy.seen.length).toBeGreaterThan(0);
    } finally {
      vi.unstubAllEnvs();
      await proxy.stop();
    }
  });

  it('has a provider that speaks TLS, unless it is on this machine', () => {
    for (const issuer of ['http://login.hospital.example', 'login', 'ftp://localhost']) {
      expect(() => serve({ issuer })).toThrow(expect.objectContaining({ code: 'USAGE' }));
    }
  });

  it('is not there without a provider', async () => {
    app = createApp(semblance, { maxUpload: 1e5 });
    const begun = await new Browser().ask('/api/session/provider', {});
    expect(begun).toMatchObject({ status: 404, answer: { code: 'OPENID_OFF' } });
  });
});
