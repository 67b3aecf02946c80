import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRoute, z } from '@hono/zod-openapi';
import { createSemblanceClient, dataOf } from 'semblance-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Semblance } from '../app/semblance.ts';
import { DataDirectory } from '../store/data-directory.ts';
import { accessOf, guardRoutes } from './access.ts';
import { createApp } from './app.ts';
import { ServerAudit } from './audit.ts';

const PASSWORD = 'four words beside nothing';
const ORIGIN = 'http://localhost';
let home: string;
let semblance: Semblance;
let app: ReturnType<typeof createApp>;
/** What each sends to say who he is. */
const headers: Record<string, Record<string, string>> = { stranger: {} };

const ask = (path: string, method = 'GET', given: Record<string, string> = {}, body?: FormData) =>
  app.request(ORIGIN + path, { method, headers: given, ...(body && { body }) });
function logIn(name: string, password = PASSWORD, given: Record<string, string> = {}) {
  const body = new FormData();
  body.append('name', name);
  body.append('password', password);
  return ask('/api/session', 'POST', given, body);
}
async function cookieOf(name: string): Promise<string> {
  const cookie = (await logIn(name)).headers.get('set-cookie') ?? '';
  return cookie.slice(0, cookie.indexOf(';'));
}
/** The code of a refusal by who asks; undefined for any other answer. */
async function refusal(answer: Response): Promise<string | undefined> {
  if (answer.headers.get('content-type')?.startsWith('text/event-stream')) {
    // It would never end.
    await answer.body?.cancel();
    return undefined;
  }
  const text = await answer.text();
  const [code] = /LOGIN_REQUIRED|ROLE_MISSING/.exec(text) ?? [];
  if (code) expect(answer.status).toBe(code === 'LOGIN_REQUIRED' ? 401 : 403);
  return code;
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'semblance-access-'));
  const directory = new DataDirectory(home);
  for (const name of ['chest', 'head']) directory.open(name, { create: true }).close();
  semblance = await Semblance.open({ home });
  app = createApp(semblance, {
    maxUpload: 100_000,
    mustLogIn: true,
    indexing: true,
    dicomWeb: { personal: true },
  });
  const { access } = semblance;
  for (const role of ['viewer', 'editor', 'admin'] as const) {
    await access.addUser({ name: role, password: PASSWORD, role });
    headers[role] = { cookie: await cookieOf(role), origin: ORIGIN };
  }
  const collections = ['chest'];
  for (const role of ['viewer', 'editor'] as const) {
    const { secret } = access.addKey({ name: role, days: 1, role, collections });
    headers[`key: ${role} of chest`] = { authorization: `Bearer ${secret}` };
  }
});
afterAll(async () => {
  await semblance.close();
  await rm(home, { recursive: true });
});

describe('every route of the description, by who asks', () => {
  const { paths } = JSON.parse(
    readFileSync(new URL('../../clients/openapi.json', import.meta.url), 'utf8'),
  ) as { paths: Record<string, Record<string, { operationId: string }>> };
  const OPEN = [
    ...['getHealth', 'getReady', 'getSession', 'logIn', 'logOut', 'beginOpenId', 'finishOpenId'],
  ];
  const EDITOR = [
    ...['storeInstances', 'storeInstancesOfStudy', 'testPacs', 'previewPacs', 'indexPacs'],
    ...[
      'sendDocuments',
      'addImages',
      'removeImage',
      'giveLabels',
      'forgetLabels',
      'createCollection',
      'copyCollection',
    ],
    ...['leaseWork', 'getWork', 'renewWork', 'finishWork'],
  ];
  const ADMIN = [
    ...['renameCollection', 'deleteCollection', 'listUsers', 'addUser', 'setUserRole'],
    ...['setUserPassword', 'setUserDisabled', 'removeUser', 'listKeys', 'addKey', 'revokeKey'],
    ...['listUserSessions', 'endUserSession'],
    ...['listWebhooks', 'addWebhook', 'removeWebhook'],
  ];
  // Of any collection; in that of the task they ask for it again.
  const SOMEWHERE = [
    ...['followTasks', 'beginTask', 'previewTask', 'getTask', 'getTaskFile', 'pauseTask'],
    ...['cancelTask', 'resumeTask', 'listFolders', 'listEncoders'],
  ];
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => ({ operationId, method, path })),
  );

  it.each(routes)('$operationId', async ({ operationId, method, path }) => {
    const about = (collection: string) =>
      `${path.replace('{collection}', collection).replaceAll(/\{\w+\}/g, operationId === 'revokeKey' ? '99' : '1')}${
        path.startsWith('/dicom-web/') && !EDITOR.includes(operationId)
          ? `?collection=${collection}`
          : ''
      }`;
    const refused = async (who: string, collection = 'chest') => {
      // Without an origin the session that others need goes on.
      const { origin, ...others } = headers[who] ?? {};
      const given = operationId === 'logOut' ? others : headers[who];
      return refusal(await ask(about(collection), method.toUpperCase(), given));
    };
    const isOpen = OPEN.includes(operationId);
    const old = about('chest').replace('/api/v1/', '/api/');
    expect(await refusal(await ask(old, method.toUpperCase(), headers.stranger))).toBe(
      isOpen ? undefined : 'LOGIN_REQUIRED',
    );
    const isAdmins = ADMIN.includes(operationId);
    const isSomewhere = SOMEWHERE.includes(operationId);
    const isEditors = isAdmins || isSomewhere || EDITOR.includes(operationId);
    const ofPath = path.includes('{collection}');
    // A copy of one is another one; so is one with another name.
    const isOfEvery = operationId === 'copyCollection';
    const inOne = !isEditors && about('chest') !== about('head');
    expect({
      stranger: await refused('stranger'),
      viewer: await refused('viewer'),
      editor: await refused('editor'),
      admin: await refused('admin'),
      key: await refused('key: viewer of chest'),
      keyElsewhere: await refused('key: viewer of chest', 'head'),
      editingKey: await refused('key: editor of chest'),
    }).toEqual({
      stranger: isOpen ? undefined : 'LOGIN_REQUIRED',
      viewer: isEditors ? 'ROLE_MISSING' : undefined,
      editor: isAdmins ? 'ROLE_MISSING' : undefined,
      admin: undefined,
      key: isEditors ? 'ROLE_MISSING' : undefined,
      keyElsewhere: isEditors || inOne ? 'ROLE_MISSING' : undefined,
      // What concerns no collection, or one of the server, is not for who edits another.
      editingKey:
        isAdmins || isOfEvery || (isEditors && !isSomewhere && !ofPath)
          ? 'ROLE_MISSING'
          : undefined,
    });
  });

  it('has no other page change, send or contact anything, even one that may ask the API, with a key', async () => {
    const viewer = 'https://viewer.example';
    const open = createApp(semblance, {
      ...{ maxUpload: 100_000, mustLogIn: true, indexing: true, origins: [viewer] },
      requests: { ofUser: 1e6, ofAddress: 1e6 },
    });
    const { secret } = semblance.access.addKey({ name: 'viewer', days: 1, role: 'admin' });
    const from = { origin: viewer, 'sec-fetch-site': 'cross-site' };
    const taken: string[] = [];
    for (const { operationId, method, path } of routes) {
      if (method === 'get') continue;
      const filled = path.replace('{collection}', 'absent').replaceAll(/\{\w+\}/g, '9');
      const given = { ...from, authorization: `Bearer ${secret}` };
      const answer = await open.request(ORIGIN + filled, {
        ...{ method: method.toUpperCase(), headers: given },
      });
      const text = await answer.text();
      if (!text.includes('REQUEST_CROSS_SITE')) taken.push(operationId);
    }
    // What is asked with a picture or a form, and only reads.
    const reading = [
      ...['explain', 'findInstance', 'listSimilarToFile', 'makeDocument', 'previewPicture'],
      ...['readPixels', 'search'],
    ];
    expect(taken.toSorted()).toEqual(reading);
  });

  it('refuses to add a route without a rule, and knows none but those described', () => {
    const bare = createApp(semblance, { maxUpload: 1 });
    guardRoutes(bare, accessOf(semblance.access, true), new ServerAudit(undefined));
    const route = createRoute({
      ...{ method: 'get', path: '/api/new', operationId: 'new' },
      responses: { 200: { description: 'x', content: { 'text/plain': { schema: z.string() } } } },
    });
    expect(() => bare.openapi(route, (c) => c.text('x'))).toThrow(/No rule/);
    const described = routes.map(({ path }) => path.replaceAll(/\{(\w+)\}/g, ':$1'));
    const served = app.routes.filter(
      ({ path, method }) => /^\/(api|dicom-web)\/./.test(path) && method !== 'ALL',
    );
    expect(served.length).toBeGreaterThan(0);
    for (const { path } of served) {
      expect(described).toContain(path.replace(/^\/api\/(?!v1\/)/, '/api/v1/'));
    }
  });
});

describe('who asks', () => {
  it('shows whom a role is for what he may see, and strangers no names', async () => {
    const named = async (path: string, who: string) =>
      (await (await ask(path, 'GET', headers[who])).text()).match(/"name":"\w+"/g);
    expect(await named('/api/collections', 'key: viewer of chest')).toEqual(['"name":"chest"']);
    expect(await named('/api/collections', 'viewer')).toHaveLength(2);
    const session = await ask('/api/session', 'GET', headers.viewer);
    expect(await session.json()).toEqual({
      ...{ required: true, user: 'viewer', roles: { '*': 'viewer' }, open: false },
      ...{ provider: null, provided: false },
    });
    const tasks = await ask('/api/tasks', 'GET', headers.viewer);
    expect(await tasks.json()).toMatchObject({ allowed: false, folders: false, tasks: [] });
  });

  it('sets a cookie that scripts and other sites do not get, and __Host- with TLS', async () => {
    const plain = (await logIn('viewer')).headers.get('set-cookie');
    expect(plain).toMatch(/^semblance=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    const body = new FormData();
    body.append('name', 'viewer');
    body.append('password', PASSWORD);
    const tls = await app.request('https://localhost/api/session', { method: 'POST', body });
    expect(tls.headers.get('set-cookie')).toMatch(/^__Host-semblance=.*HttpOnly; Secure; Same/);
  });

  it('takes the cookie from the own page alone, whatever a browser sends along', async () => {
    const { cookie = '' } = headers.admin as Record<string, string>;
    const allowed = createApp(semblance, {
      ...{ maxUpload: 100_000, mustLogIn: true, origins: ['http://viewer.localhost'] },
    });
    const from = async (given: Record<string, string>, method = 'GET', path = '/api/collections') =>
      refusal(await allowed.request(ORIGIN + path, { method, headers: { cookie, ...given } }));
    expect(await from({})).toBeUndefined();
    expect(await from({ 'sec-fetch-site': 'same-origin' })).toBeUndefined();
    // Another page that may ask without a cookie, with one.
    const other = { origin: 'http://viewer.localhost', 'sec-fetch-site': 'same-site' };
    expect(await from(other)).toBe('LOGIN_REQUIRED');
    const search = '/api/collections/chest/search';
    expect(await from(other, 'POST', search)).toBe('LOGIN_REQUIRED');
    expect(await from({}, 'POST', search)).toBe('LOGIN_REQUIRED');
    expect(await from({ origin: ORIGIN }, 'POST', search)).toBeUndefined();
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    expect((await logIn('admin', PASSWORD, foreign)).status).toBe(403);
  });

  it('ends a session, and what was stolen of it, at the log out; made-up ones are none', async () => {
    const stolen = { cookie: await cookieOf('viewer') };
    const collections = (given: Record<string, string>) => ask('/api/collections', 'GET', given);
    expect(await refusal(await collections(stolen))).toBeUndefined();
    const answer = await ask('/api/session/end', 'POST', { ...stolen, origin: ORIGIN });
    expect(answer.headers.get('clear-site-data')).toBe('"cache"');
    expect(await refusal(await collections(stolen))).toBe('LOGIN_REQUIRED');
    for (const authorization of [
      'Bearer semblance_x',
      'Basic YTpi',
      'Bearer',
      `Bearer ${PASSWORD}`,
    ]) {
      // A wrong key is not made good by a cookie.
      const given = { ...headers.admin, authorization };
      const refused = await collections(given);
      expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer/);
      expect(await refusal(refused)).toBe('LOGIN_REQUIRED');
    }
  });

  it('takes a role away in the middle of a session, and stays closed without any user', async () => {
    const { access } = semblance;
    await access.addUser({ name: 'guest', password: PASSWORD, role: 'viewer' });
    const guest = { cookie: await cookieOf('guest') };
    const facets = () => ask('/api/collections/chest/facets', 'GET', guest);
    expect((await facets()).status).toBe(200);
    access.setRole({ name: 'guest', role: 'none' });
    expect(await refusal(await facets())).toBe('ROLE_MISSING');
    access.setRole({ name: 'guest', role: 'viewer', collections: ['head'] });
    expect(await refusal(await facets())).toBe('ROLE_MISSING');
    access.removeUser({ name: 'guest' });
    expect(await refusal(await facets())).toBe('LOGIN_REQUIRED');
  });

  it('tells nothing of who exists, and when to come again after many wrong passwords', async () => {
    const said = async (name: string) => {
      const answer = await logIn(name, 'wrong');
      return [answer.status, await answer.text()];
    };
    expect(await said('editor')).toEqual(await said('nobody'));
    for (let i = 0; i < 9; i++) await said('editor');
    const locked = await logIn('editor');
    expect(locked.status).toBe(429);
    expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(800);
  });

  it('lets the client in by its key', async () => {
    const [, key = ''] = headers['key: viewer of chest']?.authorization?.split(' ') ?? [];
    const fetch = async (request: Request) => app.fetch(request);
    const client = createSemblanceClient({ baseUrl: ORIGIN, key, fetch });
    expect((await dataOf(client.GET('/api/v1/collections'))).collections).toHaveLength(1);
  });

  it('asks nobody as long as there is no user, on this machine alone', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'semblance-access-'));
    const alone = await Semblance.open({ home: empty });
    const local = createApp(alone, { maxUpload: 1 });
    const collections = () => local.request(`${ORIGIN}/api/collections`);
    expect((await collections()).status).toBe(200);
    await alone.access.addUser({ name: 'first', password: PASSWORD, role: 'admin' });
    expect((await collections()).status).toBe(401);
    alone.access.removeUser({ name: 'first' });
    expect((await collections()).status).toBe(401);
    await alone.close();
    await rm(empty, { recursive: true });
  });
});
