import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createSemblanceClient, dataOf, JSON_BODY } from 'semblance-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SmallDoors, smallDoors } from '../testing/small-home.ts';
import { createApp } from './app.ts';

const baseUrl = 'http://127.0.0.1:7780';
let doors: SmallDoors;
let app: ReturnType<typeof createApp>;
const keys: Record<string, string> = {};
beforeAll(async () => {
  doors = await smallDoors();
  app = createApp(doors.semblance, { maxUpload: 1e6, mustLogIn: true });
  for (const name of ['one', 'two']) {
    keys[name] = doors.semblance.access.addKey({ name, days: 1, role: 'admin' }).secret;
  }
  doors.semblance.start();
});
afterAll(() => doors.close());

const clientOf = (name = 'one') =>
  createSemblanceClient({
    baseUrl,
    key: keys[name] as string,
    fetch: async (request) => app.request(request),
  });
const once = (key: string) => ({ header: { 'Idempotency-Key': key } });
const picture = (n: number) => new File([readFileSync(doors.home.picture(n))], `${n}.png`);

describe('the API for programs', () => {
  it('goes through all images by Link, and skips and repeats none', async () => {
    const headers = { authorization: `Bearer ${keys.one}` };
    const seen: number[] = [];
    let url: string | undefined =
      `${baseUrl}/api/v1/collections/test/images?limit=5&where=modality:XR`;
    while (url !== undefined) {
      const answer: Response = await app.request(url, { headers });
      const { images } = (await answer.json()) as { images: { id: number }[] };
      seen.push(...images.map(({ id }) => id));
      const [, next] = /^<(.*)>; rel="next"$/.exec(answer.headers.get('link') ?? '') ?? [];
      url = next && new URL(next, url).href;
    }
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('sends nothing again to who has it', async () => {
    const get = (path: string, more = {}) =>
      app.request(`${baseUrl}/api/v1${path}`, {
        headers: { authorization: `Bearer ${keys.one}`, ...more },
      });
    const path = '/collections/test/images/1';
    const first = await get(path);
    const etag = first.headers.get('etag') as string;
    expect(etag).toMatch(/^"[\w-]{43}"$/);
    const again = await get(path, { 'if-none-match': `"other", ${etag}` });
    expect([again.status, await again.text()]).toEqual([304, '']);
    expect(again.headers.get('cache-control')).toBe('no-store');
    const other = await get('/collections/test/images/2', { 'if-none-match': etag });
    expect(other.status).toBe(200);
    // What is refused has none.
    expect((await get('/collections/test/images/99')).headers.has('etag')).toBe(false);
    // Events go on.
    const events = await get('/tasks/events');
    expect([events.status, events.headers.has('etag')]).toEqual([200, false]);
    await events.body?.cancel();
  });

  it('does what comes again with its key once, and tells so', async () => {
    const client = clientOf();
    const begin = (body: object, key?: string, who = client) =>
      who.POST('/api/v1/tasks', {
        ...JSON_BODY,
        body: body as never,
        ...(key !== undefined && { params: once(key) }),
      });
    const prune = { kind: 'prune', collection: 'test' };
    const first = await begin(prune, 'a');
    const id = first.data?.id as number;
    expect(first.response.headers.has('idempotency-replayed')).toBe(false);
    await expect
      .poll(() => doors.semblance.tasks.get({ id }).state, { timeout: 60_000 })
      .toBe('done');
    const again = await begin(prune, 'a');
    expect(again.response.headers.get('idempotency-replayed')).toBe('true');
    expect(again.data).toEqual(first.data);
    // Another key, another one who asks, or none: another task.
    const others = [begin(prune, 'b'), begin(prune, 'a', clientOf('two')), begin(prune)];
    for (const other of await Promise.all(others)) expect(other.data?.id).not.toBe(id);
    const mixed = await begin({ kind: 'calibrate', collection: 'test' }, 'a');
    expect([mixed.response.status, mixed.error?.code]).toEqual([422, 'REQUEST_KEY_REUSED']);
    for (const key of ['', 'x y', 'x'.repeat(256)]) {
      expect((await begin(prune, key)).error?.code, key).toBe('REQUEST_INVALID');
    }
  }, 90_000);

  it('does twice at once no more than once', async () => {
    const name = 'at-once';
    const answers = await Promise.all(
      Array.from({ length: 5 }, () =>
        clientOf().POST('/api/v1/collections', {
          ...JSON_BODY,
          body: { name },
          params: once('c'),
        }),
      ),
    );
    for (const { data, error } of answers)
      expect(data?.name ?? error?.code).toMatch(/at-once|REQUEST_UNDER_WAY/);
    expect(answers.some(({ data }) => data)).toBe(true);
    // Refused without a key, as it is there.
    const { error } = await clientOf().POST('/api/v1/collections', {
      ...JSON_BODY,
      body: { name },
    });
    expect(error?.code).toBe('COLLECTION_EXISTS');
  });

  it('tries anew what was refused', async () => {
    const remove = () =>
      clientOf().DELETE('/api/v1/collections/{collection}', {
        params: { path: { collection: 'later' }, query: { confirm: 'later' }, ...once('d') },
      });
    expect((await remove()).error?.code).toBe('COLLECTION_NOT_FOUND');
    await doors.semblance.collections.create({ collection: 'later' });
    expect((await remove()).data).toMatchObject({ collection: 'later' });
    expect((await remove()).response.headers.get('idempotency-replayed')).toBe('true');
  });

  it('sends files, has them indexed, and removes one', async () => {
    const params = { path: { collection: 'sent' }, ...once('e') };
    const send = (...numbers: number[]) =>
      clientOf().POST('/api/v1/collections/{collection}/images', {
        params,
        body: { file: numbers.map(picture) as never },
      });
    const { data } = await send(0, 1);
    const id = data?.task?.id as number;
    await expect
      .poll(() => doors.semblance.tasks.get({ id }).state, { timeout: 60_000 })
      .toBe('done');
    // The form has another boundary each time.
    expect((await send(0, 1)).response.headers.get('idempotency-replayed')).toBe('true');
    expect((await send(0, 2)).error?.code).toBe('REQUEST_KEY_REUSED');
    const image = { path: { collection: 'sent', id: 1 } };
    const removed = await dataOf(
      clientOf().DELETE('/api/v1/collections/{collection}/images/{id}', { params: image }),
    );
    expect(removed.removed.map((each) => each.id)).toEqual([1]);
    expect(doors.semblance.collections.info({ collection: 'sent' }).images).toBe(1);
    const gone = clientOf().DELETE('/api/v1/collections/{collection}/images/{id}', {
      params: image,
    });
    expect((await gone).error?.code).toBe('IMAGE_NOT_FOUND');
    // Those of other collections stay.
    expect(doors.semblance.collections.info({ collection: 'test' }).images).toBe(12);
  }, 90_000);

  it('has addresses told of tasks, and tells their secrets once', async () => {
    const client = clientOf();
    const add = (url: string) => client.POST('/api/v1/webhooks', { ...JSON_BODY, body: { url } });
    const { secret, ...added } = await dataOf(add('https://pacs.example/hook'));
    expect(secret).toMatch(/^whsec_/);
    const { webhooks } = await dataOf(client.GET('/api/v1/webhooks'));
    expect(webhooks).toEqual([added]);
    expect((await add('http://pacs.example/hook')).error?.code).toBe('WEBHOOK_INVALID');
    const remove = () =>
      client.DELETE('/api/v1/webhooks/{id}', { params: { path: { id: added.id } } });
    expect((await remove()).data).toEqual({ removed: added.id });
    expect((await remove()).error?.code).toBe('WEBHOOK_NOT_FOUND');
  });

  it('gives labels, which stay when the image is indexed again', async () => {
    const image = { path: { collection: 'test', id: 3 } };
    const path = '/api/v1/collections/{collection}/images/{id}/labels';
    const give = (labels: string[]) =>
      clientOf().PUT(path, { ...JSON_BODY, params: image, body: { labels } });
    const found = async (label: string) => {
      const query = { where: `label:"${label}"` };
      const params = { path: { collection: 'test' }, query };
      const call = clientOf().GET('/api/v1/collections/{collection}/images', { params });
      return (await dataOf(call)).images.map(({ id }) => id);
    };
    expect(await found('finding 2')).toContain(3);
    const { labels, ...rest } = await dataOf(give(['rare', 'to be seen']));
    expect([labels, rest.metadata.modality]).toEqual([['rare', 'to be seen'], 'XR']);
    const again = () => {
      const path = dirname(doors.home.picture(0));
      return doors.semblance.indexing.index({}, { collection: 'test', path });
    };
    await again();
    expect(await found('rare')).toEqual([3]);
    expect(await found('finding 2')).not.toContain(3);
    expect((await dataOf(give([]))).labels).toEqual([]);
    expect(await found('rare')).toEqual([]);
    for (const bad of [[''], ['a|b'], ['a\nb'], ['a', 'a'], ['x'.repeat(201)]]) {
      expect((await give(bad)).error?.code, JSON.stringify(bad)).toBe('REQUEST_INVALID');
    }
    await dataOf(clientOf().DELETE(path, { params: image }));
    await again();
    expect(await found('finding 2')).toContain(3);
    const absent = { path: { collection: 'test', id: 99 } };
    const { error } = await clientOf().PUT(path, {
      ...{ ...JSON_BODY, body: { labels: [] }, params: absent },
    });
    expect(error?.code).toBe('IMAGE_NOT_FOUND');
  }, 60_000);
});
