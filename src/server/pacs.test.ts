import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SmallDoors, smallDoors } from '../testing/small-home.ts';
import { createApp } from './app.ts';

const HERE = 'http://127.0.0.1:7780';

describe('the routes that contact PACS', () => {
  let doors: SmallDoors;
  let app: ReturnType<typeof createApp>;

  beforeAll(async () => {
    doors = await smallDoors();
    const options = { maxUpload: 1e6, origins: ['https://viewer.example'] };
    app = createApp(doors.semblance, { ...options, indexing: true });
  });
  afterAll(() => doors.close());

  const form = (fields: Record<string, string>) => {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    return body;
  };
  const post = async (path: string, fields = {}, headers = {}, to = app) => {
    const answer = await to.request(HERE + path, { method: 'POST', body: form(fields), headers });
    return { status: answer.status, text: await answer.text() };
  };
  const NOWHERE = { address: 'dicomweb+http://127.0.0.1:1/rs' };
  const WRITING = ['/api/pacs/test', '/api/pacs/preview', '/api/pacs/index'];
  const ON_TASKS = ['/api/tasks/1/cancel', '/api/tasks/1/resume'];

  it.each([...WRITING, ...ON_TASKS])('%s is for the page of the server alone', async (path) => {
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'http://127.0.0.1:3000' },
      { origin: 'null' },
      // One that may ask the rest.
      { origin: 'https://viewer.example' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
    ]) {
      expect(await post(path, NOWHERE, headers), JSON.stringify(headers)).toMatchObject({
        ...{ status: 403, text: expect.stringContaining('REQUEST_CROSS_SITE') },
      });
    }
  });

  it.each([...WRITING, ...ON_TASKS])('%s is off unless the server was told', async (path) => {
    const closed = createApp(doors.semblance, { maxUpload: 1e6 });
    expect(await post(path, NOWHERE, {}, closed)).toMatchObject({
      ...{ status: 403, text: expect.stringContaining('INDEXING_NOT_ALLOWED') },
    });
    const listed = await closed.request(`${HERE}/api/tasks`);
    expect(await listed.json()).toMatchObject({ allowed: false, folders: false, tasks: [] });
    expect((await closed.request(`${HERE}/api/tasks/1`)).status).toBe(403);
  });

  it('tell why a PACS cannot be reached, and never a secret', async () => {
    const own = { origin: HERE, 'sec-fetch-site': 'same-origin' };
    const secrets = { user: 'me', password: 'GEHEIM' };
    for (const path of WRITING.slice(0, 2)) {
      const { status, text } = await post(path, { ...NOWHERE, ...secrets }, own);
      expect(status).toBe(502);
      expect(JSON.parse(text)).toMatchObject({ code: 'PACS_NOT_LISTENING' });
      expect(text).not.toContain('GEHEIM');
    }
    for (const fields of [
      { ...NOWHERE, user: 'me', token: 'GEHEIM' },
      { ...NOWHERE, token: 'GEHEIM WORT' },
      { address: 'dicomweb+http://me:GEHEIM@127.0.0.1/rs' },
      { address: 'http://127.0.0.1/GEHEIM' },
    ]) {
      const { status, text } = await post('/api/pacs/index', { ...fields, collection: 'x' }, own);
      expect(status).toBe(400);
      expect(text).not.toContain('GEHEIM');
    }
    // Nothing was begun by any of them.
    expect(await (await app.request(`${HERE}/api/tasks`)).json()).toEqual({
      ...{ allowed: true, folders: false, tasks: [], upload: 1e6 },
    });
  });

  it.each([
    ['../x', 'COLLECTION_NAME_INVALID'],
    ['.tasks', 'COLLECTION_NAME_INVALID'],
  ])('take no collection called %s', async (collection, code) => {
    const { status, text } = await post('/api/pacs/index', { ...NOWHERE, collection });
    expect([status, JSON.parse(text).code]).toEqual([400, code]);
  });

  it('know no task that there is not', async () => {
    for (const path of ON_TASKS) {
      expect(await post(path)).toMatchObject({
        ...{ status: 404, text: expect.stringContaining('TASK_NOT_FOUND') },
      });
    }
  });
});
