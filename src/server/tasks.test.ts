import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TaskPreviewSchema, TaskSchema, TasksSchema } from '../contract/tasks.ts';
import { type SmallDoors, smallDoors } from '../testing/small-home.ts';
import { createApp } from './app.ts';

const HERE = 'http://127.0.0.1:7780';
const closed = mkdtempSync(join(tmpdir(), 'semblance-closed-'));
let doors: SmallDoors;
let images: string;
let app: ReturnType<typeof createApp>;
let headers: Record<string, Record<string, string>>;

beforeAll(async () => {
  doors = await smallDoors();
  images = dirname(doors.home.picture(0));
  mkdirSync(join(images, 'empty'));
  app = createApp(doors.semblance, { maxUpload: 1e6, mustLogIn: true, folders: [images] });
  const key = (role: 'viewer' | 'editor' | 'admin', collections?: string[]) => {
    const { secret } = doors.semblance.access.addKey({ name: role, days: 1, role, collections });
    return { authorization: `Bearer ${secret}` };
  };
  headers = {
    ...{ viewer: key('viewer'), editor: key('editor'), other: key('editor', ['other']) },
    ...{ test: key('editor', ['test']), owner: key('admin', ['test']), admin: key('admin') },
  };
  doors.semblance.start();
});
afterAll(async () => {
  await doors.close();
  rmSync(closed, { recursive: true });
});

const ask = (path: string, who: string, init: RequestInit = {}) =>
  app.request(HERE + path, { ...init, headers: { ...headers[who], ...init.headers } });
const post = (path: string, who: string, body: unknown, more = {}) =>
  ask(path, who, {
    ...{ method: 'POST', body: JSON.stringify(body) },
    headers: { 'content-type': 'application/json', ...more },
  });
// biome-ignore lint/suspicious/noExplicitAny: looked at by each test
const jsonOf = async (answer: Response | Promise<Response>): Promise<any> => (await answer).json();
const codeOf = async (answer: Response) => (await jsonOf(answer)).code;
const ended = async (id: number) => {
  const get = async () => TaskSchema.parse(await (await ask(`/api/tasks/${id}`, 'editor')).json());
  await expect
    .poll(async () => (await get()).state, { timeout: 60_000 })
    .not.toMatch(/^(waiting|running)$/);
  return get();
};
const EXPORT = { kind: 'export', collection: 'test', format: 'csv' };

describe('the routes of tasks', () => {
  it('are for editors of the collection, and what is of none for those of every one', async () => {
    for (const path of ['/api/tasks', '/api/tasks/preview']) {
      for (const who of ['viewer', 'other']) {
        expect(await codeOf(await post(path, who, EXPORT)), who).toBe('ROLE_MISSING');
      }
      const all = { kind: 'add-encoder', name: 'biomedclip' };
      expect(await codeOf(await post(path, 'test', all))).toBe('ROLE_MISSING');
    }
    const { id } = TaskSchema.parse(await (await post('/api/tasks', 'test', EXPORT)).json());
    const task = await ended(id);
    expect(task).toMatchObject({ state: 'done', actor: expect.stringMatching(/^key \d+$/) });
    for (const path of [``, '/file?name=test.csv']) {
      expect((await ask(`/api/tasks/${id}${path}`, 'test')).status).toBe(200);
      expect(await codeOf(await ask(`/api/tasks/${id}${path}`, 'other'))).toBe('ROLE_MISSING');
    }
    for (const what of ['pause', 'cancel']) {
      const answer = await ask(`/api/tasks/${id}/${what}`, 'other', { method: 'POST' });
      expect(await codeOf(answer)).toBe('ROLE_MISSING');
    }
    const listed = async (who: string) =>
      TasksSchema.parse(await (await ask('/api/tasks', who)).json());
    expect((await listed('test')).tasks.map((each) => each.id)).toEqual([id]);
    expect(await listed('other')).toMatchObject({ allowed: true, folders: true, tasks: [] });
    expect(await listed('viewer')).toMatchObject({ allowed: false, folders: false, tasks: [] });
  });

  it('are for those of a collection as a whole who may do the same at once', async () => {
    const of = { collection: 'test' };
    const copy = { kind: 'copy-collection', ...of, to: 'copied' };
    const rename = { kind: 'rename-collection', ...of, to: 'renamed' };
    const removal = { kind: 'delete-collection', ...of, confirm: 'test' };
    for (const [request, who] of [
      ...[copy, rename, removal].map((each) => [each, 'test'] as const),
      ...[rename, removal].map((each) => [each, 'editor'] as const),
      ...[copy, rename].map((each) => [each, 'owner'] as const),
    ]) {
      for (const path of ['/api/tasks', '/api/tasks/preview']) {
        const told = `${who} ${request.kind} ${path}`;
        expect(await codeOf(await post(path, who, request)), told).toBe('ROLE_MISSING');
      }
    }
    expect((await post('/api/tasks/preview', 'owner', removal)).status).toBe(200);
    const { id } = await jsonOf(post('/api/tasks', 'editor', copy));
    await expect
      .poll(async () => (await jsonOf(ask(`/api/tasks/${id}`, 'editor'))).state)
      .toBe('done');
    // Whoever edits the one alone does not hear of the other.
    expect(await codeOf(await ask(`/api/tasks/${id}`, 'test'))).toBe('ROLE_MISSING');
    const { tasks } = await jsonOf(ask('/api/tasks', 'test'));
    expect(tasks.map((each: { id: number }) => each.id)).not.toContain(id);
    const gone = { kind: 'delete-collection', collection: 'copied', confirm: 'copied' };
    const last = await jsonOf(post('/api/tasks', 'admin', gone));
    await expect
      .poll(async () => (await jsonOf(ask(`/api/tasks/${last.id}`, 'admin'))).result)
      .toEqual({ kind: 'collection', name: null, images: 12 });
    expect((await ask('/api/collections/copied/images', 'admin')).status).toBe(404);
  }, 90_000);

  it('give the files of a task and no others', async () => {
    const { id } = await jsonOf(post('/api/tasks', 'test', EXPORT));
    await ended(id);
    const answer = await ask(`/api/tasks/${id}/file?name=test.csv`, 'test');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="test.csv"');
    expect((await answer.text()).split('\n').length).toBeGreaterThan(12);
    for (const name of ['../tasks.sqlite', '../../tasks.sqlite', '/etc/passwd', '.', 'none']) {
      const query = new URLSearchParams({ name });
      const refused = await ask(`/api/tasks/${id}/file?${query}`, 'test');
      expect(await codeOf(refused), name).toBe('TASK_FILE_NOT_FOUND');
    }
  });

  it('say what is wrong with a request', async () => {
    for (const [body, code] of [
      [{ kind: 'nothing' }, 'REQUEST_INVALID'],
      [{ ...EXPORT, format: 'exe' }, 'REQUEST_INVALID'],
      [{ ...EXPORT, to: '/etc/x.csv' }, 'REQUEST_INVALID'],
      [{ ...EXPORT, encoder: '/etc/some.json' }, 'REQUEST_INVALID'],
      [{ ...EXPORT, encoder: 'some.json' }, 'REQUEST_INVALID'],
      [{ ...EXPORT, collection: 'none' }, 'COLLECTION_NOT_FOUND'],
      [{ kind: 'index', collection: '../x', path: images }, 'COLLECTION_NAME_INVALID'],
      [{ kind: 'index', collection: 'x', path: closed }, 'FOLDER_NOT_ALLOWED'],
      [{ kind: 'index', collection: 'x', path: `${images}/../..` }, 'FOLDER_NOT_ALLOWED'],
      [{ kind: 'index', collection: 'x', path: `${images}/gone` }, 'PATH_NOT_FOUND'],
      [{ kind: 'benchmark', configuration: '/etc/passwd' }, 'FOLDER_NOT_ALLOWED'],
      [{ kind: 'add-encoder', name: 'biomedclip', from: '/etc' }, 'FOLDER_NOT_ALLOWED'],
    ] as const) {
      expect(await codeOf(await post('/api/tasks', 'editor', body)), JSON.stringify(body)).toBe(
        code,
      );
    }
    const broken = await ask('/api/tasks', 'editor', {
      ...{ method: 'POST', body: '{', headers: { 'content-type': 'application/json' } },
    });
    expect(await codeOf(broken)).toBe('REQUEST_INVALID');
    const form = await ask('/api/tasks', 'editor', { method: 'POST', body: new FormData() });
    expect(await codeOf(form)).toBe('MEDIA_TYPE_NOT_SUPPORTED');
    const large = await post('/api/tasks', 'editor', { ...EXPORT, where: 'x'.repeat(2e6) });
    expect(await codeOf(large)).toBe('UPLOAD_TOO_LARGE');
  });

  it('take nothing from other pages', async () => {
    for (const more of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'same-site' }]) {
      const refused = await post('/api/tasks', 'editor', EXPORT, more);
      expect(await codeOf(refused)).toBe('REQUEST_CROSS_SITE');
    }
  });

  it('preview, and list what may be indexed', async () => {
    const request = { kind: 'index', collection: 'other', path: images };
    const preview = await post('/api/tasks/preview', 'other', request);
    expect(TaskPreviewSchema.parse(await preview.json())).toMatchObject({ images: 12, known: 0 });
    const folders = (query: string) => jsonOf(ask(`/api/folders${query}`, 'other'));
    const [root] = (await folders('')).folders;
    const query = new URLSearchParams({ path: root.path });
    expect(await folders(`?${query}`)).toMatchObject({
      ...{ parent: null, folders: [{ name: 'empty' }], files: [{ name: 'dataset.csv' }] },
    });
    expect(await folders('?path=/')).toMatchObject({ code: 'FOLDER_NOT_ALLOWED' });
  });

  it('are told of by events, until the role is taken away', async () => {
    const name = 'follower';
    const { secret, id } = doors.semblance.access.addKey({ name, days: 1, role: 'editor' });
    const answer = await app.request(`${HERE}/api/tasks/events`, {
      headers: { authorization: `Bearer ${secret}` },
    });
    expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    const text = async () => new TextDecoder().decode((await reader.read()).value);
    const [, first] = /^event: tasks\ndata: (.*)\n\n$/.exec(await text()) ?? [];
    const before = TasksSchema.parse(JSON.parse(first ?? '')).tasks.length;
    await post('/api/tasks', 'editor', { kind: 'prune', collection: 'test' });
    const [, second] = /data: (.*)\n\n$/.exec(await text()) ?? [];
    expect(JSON.parse(second ?? '').tasks).toHaveLength(before + 1);
    doors.semblance.access.revokeKey({ id });
    let last = await reader.read();
    while (!last.done) last = await reader.read();
  });

  it('keep files that are sent and index them', async () => {
    const body = new FormData();
    body.append('file', new File([readFileSync(doors.home.picture(0))], 'Müller Anna.png'));
    body.append('file', new File([readFileSync(doors.home.picture(1))], '../../x.png'));
    body.append('file', new File(['no picture'], 'notes.txt'));
    const answer = await ask('/api/collections/other/images', 'other', { method: 'POST', body });
    const { task, refused } = await jsonOf(answer);
    expect(refused).toMatchObject([{ code: 'IMAGE_NOT_RECOGNISED', subject: 'notes.txt' }]);
    expect(await ended(task.id)).toMatchObject({ state: 'done', result: { added: 2 } });
    const list = await (await ask('/api/collections/other/images', 'other')).text();
    expect(list).not.toContain('Anna');
    const none = new FormData();
    none.append('file', new File(['no picture'], 'notes.txt'));
    const nothing = await ask('/api/collections/other/images', 'other', {
      ...{ method: 'POST', body: none },
    });
    expect(await nothing.json()).toMatchObject({ task: null, refused: [{}] });
  });
});
