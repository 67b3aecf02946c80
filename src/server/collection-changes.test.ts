import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSemblanceClient, dataOf, JSON_BODY, type ProblemError } from 'semblance-client';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { Receiver } from '../app/receiving.ts';
import { Semblance } from '../app/semblance.ts';
import { DataDirectory } from '../store/data-directory.ts';
import { TaskStore } from '../store/task-store.ts';
import { madeUpCollection } from '../testing/made-up-collection.ts';
import { type AppOptions, createApp } from './app.ts';

const PASSWORD = 'four words beside nothing';
const ORIGIN = 'http://localhost';
const home = mkdtempSync(join(tmpdir(), 'semblance-changes-'));
const semblance = await Semblance.open({ home, logger: { warn: () => undefined } });
afterAll(async () => {
  await semblance.close();
  rmSync(home, { recursive: true });
});
madeUpCollection(join(home, 'chest.db'), { patients: 20 }).store.close();

function clientOf(options: Partial<AppOptions> = {}, key?: string) {
  const app = createApp(semblance, { maxUpload: 1000, indexing: true, ...options });
  const fetch = async (request: Request) => app.fetch(request);
  return createSemblanceClient({ baseUrl: ORIGIN, fetch, ...(key && { key }) });
}
const names = () => semblance.collections.names();
const code = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: ProblemError) => error.problem.code,
  );

describe('collections over HTTP', () => {
  afterEach(async () => {
    for (const name of names().filter((each) => each !== 'chest')) {
      await semblance.collections.delete({ collection: name, confirm: name });
    }
  });

  it('are made, copied, renamed and removed', async () => {
    const client = clientOf();
    const made = await dataOf(
      client.POST('/api/v1/collections', { ...JSON_BODY, body: { name: 'new' } }),
    );
    expect(made).toMatchObject({ name: 'new', images: 0, encoders: [] });
    const at = { params: { path: { collection: 'chest' } }, ...JSON_BODY };
    const copy = await dataOf(
      client.POST('/api/v1/collections/{collection}/copy', { ...at, body: { to: 'copy' } }),
    );
    expect(copy).toMatchObject({ name: 'copy', images: 40 });
    const renamed = await dataOf(
      client.POST('/api/v1/collections/{collection}/rename', {
        ...JSON_BODY,
        params: { path: { collection: 'copy' } },
        body: { to: 'thorax' },
      }),
    );
    expect(renamed).toMatchObject({ name: 'thorax', images: 40 });
    expect(names()).toEqual(['chest', 'new', 'thorax']);
    const remove = (confirm: string) =>
      client.DELETE('/api/v1/collections/{collection}', {
        params: { path: { collection: 'thorax' }, query: { confirm } },
      });
    expect(await code(dataOf(remove('chest')))).toBe('REQUEST_INVALID');
    expect(await dataOf(remove('thorax'))).toEqual({ collection: 'thorax', images: 40 });
    expect(await code(dataOf(remove('thorax')))).toBe('COLLECTION_NOT_FOUND');
    expect(names()).toEqual(['chest', 'new']);
    expect(readdirSync(home).filter((name) => /part|change\.json|thorax/.test(name))).toEqual([]);
  });

  it('say what is wrong with a request', async () => {
    const client = clientOf();
    const make = (body: object) =>
      code(dataOf(client.POST('/api/v1/collections', { ...JSON_BODY, body: body as never })));
    expect(await make({ name: 'chest' })).toBe('COLLECTION_EXISTS');
    expect(await make({ name: '../chest' })).toBe('COLLECTION_NAME_INVALID');
    expect(await make({})).toBe('REQUEST_INVALID');
    expect(await make({ name: 'a', more: 1 })).toBe('REQUEST_INVALID');
    expect(await code(dataOf(client.POST('/api/v1/collections', { body: { name: 'a' } })))).toBe(
      'MEDIA_TYPE_NOT_SUPPORTED',
    );
    const app = createApp(semblance, { maxUpload: 1000, indexing: true });
    const headers = { 'content-type': 'application/json' };
    const post = (body: string, others = {}) =>
      app.request(`${ORIGIN}/api/collections`, {
        ...{ method: 'POST', body, headers: { ...headers, ...others } },
      });
    expect((await post('{"name":')).status).toBe(400);
    // Another page, also one that may ask the API.
    const foreign = { origin: 'http://viewer.localhost', 'sec-fetch-site': 'same-site' };
    expect((await post('{"name":"a"}', foreign)).status).toBe(403);
    expect(names()).toEqual(['chest']);
  });

  it('are changed by nobody who is not asked who he is, where others may ask', async () => {
    const closed = clientOf({ indexing: false });
    const make = (client: typeof closed, name: string) =>
      code(dataOf(client.POST('/api/v1/collections', { ...JSON_BODY, body: { name } })));
    expect(await make(closed, 'a')).toBe('CHANGES_NOT_ALLOWED');
    await semblance.access.addUser({ name: 'anna', password: PASSWORD, role: 'editor' });
    expect(await make(closed, 'a')).toBe('LOGIN_REQUIRED');
    const { secret } = semblance.access.addKey({ name: 'k', days: 1, role: 'editor' });
    expect(await make(clientOf({ indexing: false }, secret), 'a')).toBeUndefined();
    expect(names()).toEqual(['a', 'chest']);
    semblance.access.removeUser({ name: 'anna' });
    for (const { id } of semblance.access.keys()) semblance.access.revokeKey({ id });
  });

  it('are deleted by who is admin of one alone, and renamed by who is of all', async () => {
    await semblance.collections.create({ collection: 'own' });
    const role = { role: 'admin', collections: ['own'] } as const;
    const { secret } = semblance.access.addKey({ name: 'k', days: 1, ...role });
    const client = clientOf({ indexing: false }, secret);
    const remove = (collection: string) => {
      const params = { path: { collection }, query: { confirm: collection } };
      return code(dataOf(client.DELETE('/api/v1/collections/{collection}', { params })));
    };
    const to = { ...JSON_BODY, params: { path: { collection: 'own' } }, body: { to: 'x' } };
    const renaming = dataOf(client.POST('/api/v1/collections/{collection}/rename', to));
    expect(await code(renaming)).toBe('ROLE_MISSING');
    expect(await remove('chest')).toBe('ROLE_MISSING');
    expect(await remove('own')).toBeUndefined();
    // Nobody has a role in another one that is called so later.
    expect(semblance.access.keys().map(({ roles }) => roles)).toEqual([{}]);
    for (const { id } of semblance.access.keys()) semblance.access.revokeKey({ id });
  });

  it('stay while a task or a receiver works on them', async () => {
    const receiver = { state: () => ({ collection: 'chest' }) } as Receiver;
    const params = { path: { collection: 'chest' } };
    const remove = (client: ReturnType<typeof clientOf>) =>
      code(
        dataOf(
          client.DELETE('/api/v1/collections/{collection}', {
            params: { ...params, query: { confirm: 'chest' } },
          }),
        ),
      );
    const receiving = clientOf({ receiver });
    expect(await remove(receiving)).toBe('COLLECTION_BUSY');
    const deletion = { kind: 'delete-collection', collection: 'chest', confirm: 'chest' } as const;
    const begin = receiving.POST('/api/v1/tasks', { ...JSON_BODY, body: deletion });
    expect(await code(dataOf(begin))).toBe('COLLECTION_BUSY');
    const begun = semblance.tasks.begin(deletion);
    semblance.tasks.cancel({ id: begun.id });
    const again = receiving.POST('/api/v1/tasks/{id}/resume', {
      params: { path: { id: begun.id } },
      body: {},
    });
    expect(await code(dataOf(again))).toBe('COLLECTION_BUSY');
    const tasks = TaskStore.open(new DataDirectory(home).tasksFile, true) as TaskStore;
    const task = { kind: 'prune', subject: 'chest', payload: {}, actor: null, told: false };
    const { id } = tasks.add(task);
    const client = clientOf();
    expect(await remove(client)).toBe('COLLECTION_BUSY');
    const to = { ...JSON_BODY, params, body: { to: 'x' } };
    const renaming = dataOf(client.POST('/api/v1/collections/{collection}/rename', to));
    expect(await code(renaming)).toBe('COLLECTION_BUSY');
    tasks.stop(id, 'cancelled');
    tasks.close();
    expect(names()).toEqual(['chest']);
  });

  it('end a copy that nobody waits for', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    const app = createApp(semblance, { maxUpload: 1000, indexing: true });
    const request = new Request(`${ORIGIN}/api/collections/chest/copy`, {
      ...{ method: 'POST', body: '{"to":"copy"}', signal: controller.signal },
      headers: { 'content-type': 'application/json' },
    });
    await app.fetch(request);
    expect(readdirSync(home).filter((name) => name.startsWith('copy'))).toEqual([]);
  });
});
