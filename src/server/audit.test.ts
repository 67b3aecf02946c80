import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { AuditEntry } from '../contract/audit.ts';
import type { SearchResult } from '../contract/shapes.ts';
import { searchForm } from '../testing/search-form.ts';
import { type SmallDoors, smallDoors } from '../testing/small-home.ts';
import { createApp } from './app.ts';

const PASSWORD = 'four words beside nothing';
const ORIGIN = 'http://localhost';
let doors: SmallDoors;
let app: SmallDoors['app'];
let key: Record<string, string>;

beforeAll(async () => {
  doors = await smallDoors();
  const { semblance } = doors;
  app = createApp(semblance, { maxUpload: 1e6, mustLogIn: true, mcp: true, indexing: true });
  await semblance.access.addUser({ name: 'anna', password: PASSWORD, role: 'editor' });
  const { secret } = semblance.access.addKey({ name: 'program', days: 1, role: 'viewer' });
  key = { authorization: `Bearer ${secret}` };
});
afterAll(() => doors.close());

const ask = (path: string, given: Record<string, string> = key, body?: FormData) =>
  app.request(ORIGIN + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: given,
    ...(body && { body }),
  });
function form(fields: Record<string, string>): FormData {
  const made = new FormData();
  for (const [name, value] of Object.entries(fields)) made.append(name, value);
  return made;
}
/** What is written by work. */
async function written(work: () => unknown): Promise<AuditEntry[]> {
  const { audit } = doors.semblance;
  const before = audit.last(1)[0]?.number ?? 0;
  await work();
  return audit.last(1000, { after: before });
}

describe('the audit log of a server', () => {
  it('has who logs in and out, who may not, and no name that is none', async () => {
    const logIn = (name: string, password: string) =>
      ask('/api/session', {}, form({ name, password }));
    const entries = await written(async () => {
      await logIn('anna', 'wrong');
      await logIn(PASSWORD, 'anna');
      const cookie = (await logIn('anna', PASSWORD)).headers.get('set-cookie')?.split(';')[0] ?? '';
      await ask('/api/session/end', { cookie, origin: ORIGIN }, form({}));
      await ask('/api/collections', {});
      await ask('/api/tasks/1');
    });
    expect(
      entries.map(({ event, outcome, code, actor, about }) => [event, outcome, code, actor, about]),
    ).toEqual([
      ['login', 'refused', 'LOGIN_REFUSED', { kind: 'stranger', name: null }, 'anna'],
      ['login', 'refused', 'LOGIN_REFUSED', { kind: 'stranger', name: null }, null],
      ['login', 'done', null, { kind: 'user', name: 'anna' }, 'anna'],
      ['logout', 'done', null, { kind: 'user', name: 'anna' }, null],
      ['access', 'refused', 'LOGIN_REQUIRED', { kind: 'stranger', name: null }, null],
      ['access', 'refused', 'ROLE_MISSING', { kind: 'key', name: '1' }, '1'],
    ]);
  });

  it('has which images were told and shown, and not what was searched with', async () => {
    const query = { parts: [{ image: 2 }, { file: 0 }], k: 3, filter: ['patient=p1'] };
    const picture = readFileSync(doors.home.picture(0));
    const found: number[] = [];
    const entries = await written(async () => {
      const path = '/api/collections/test/search';
      const answer = (await (
        await ask(path, key, searchForm(query, picture))
      ).json()) as SearchResult;
      for (const { image } of answer.neighbours) found.push(image.id);
      found.push(...answer.copies.map(({ id }) => id));
      await ask('/api/collections/test/images/5/rendered');
      await ask('/api/collections/test/images?limit=2&where=patient:p0');
      await ask('/api/collections/test/facets?where=patient:p0');
      await ask('/api/collections/test/images/77');
    });
    expect(entries.map(({ event, operation, outcome }) => [event, operation, outcome])).toEqual([
      ['search', 'search', 'done'],
      ['view', 'getRendered', 'done'],
      ['view', 'listImages', 'done'],
      ['view', 'listFacets', 'done'],
      ['view', 'getImage', 'failed'],
    ]);
    expect(found.length).toBeGreaterThan(1);
    expect(entries[0]?.images.test?.toSorted()).toEqual([...new Set([2, ...found])].toSorted());
    expect(entries.slice(1).map(({ images }) => images)).toEqual([
      { test: [5] },
      { test: [1, 2] },
      {},
      { test: [77] },
    ]);
    expect(JSON.stringify(entries)).not.toMatch(/p0|p1|patient|filter|\.png/);
  });

  it('has a small picture only where no listing told of it before, to the same asker', async () => {
    const small = (id: number, given = key) =>
      ask(`/api/collections/test/images/${id}/thumbnail`, given);
    await ask('/api/collections/test/images?limit=3');
    expect(await written(() => Promise.all([small(1), small(2), small(3)]))).toEqual([]);
    const [entry, ...more] = await written(async () => {
      expect((await small(9)).status).toBe(200);
      await small(9);
    });
    expect([entry?.operation, entry?.images, more]).toEqual(['getThumbnail', { test: [9] }, []]);
    const { secret } = doors.semblance.access.addKey({ name: 'other', days: 1, role: 'viewer' });
    const other = { authorization: `Bearer ${secret}` };
    expect(await written(() => small(1, other))).toHaveLength(1);
  });

  it('has what is to be changed before it is done, and what came of it', async () => {
    const cookie = await ask('/api/session', {}, form({ name: 'anna', password: PASSWORD }));
    const editor = {
      cookie: cookie.headers.get('set-cookie')?.split(';')[0] ?? '',
      origin: ORIGIN,
    };
    const address = 'dicomweb+http://127.0.0.1:9/x?PatientName=Meier';
    const entries = await written(async () => {
      await ask('/api/pacs/test', editor, form({ address, password: 'secret' }));
      await ask('/api/tasks/4/cancel', editor, form({}));
    });
    expect(
      entries.map(({ operation, outcome, about, code }) => [operation, outcome, about, code]),
    ).toEqual([
      ['testPacs', 'begun', null, null],
      ['testPacs', 'failed', null, 'PACS_NOT_LISTENING'],
      ['cancelTask', 'begun', '4', null],
      ['cancelTask', 'failed', '4', 'TASK_NOT_FOUND'],
    ]);
    expect(JSON.stringify(entries)).not.toMatch(/Meier|127\.0\.0\.1:9|secret/);
  });

  it('has one entry for each call of a tool of an assistant', async () => {
    const call = (name: string, args: object) =>
      app.request(`${ORIGIN}/mcp`, {
        method: 'POST',
        headers: {
          ...key,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
        },
        body: JSON.stringify({
          ...{ jsonrpc: '2.0', id: 1, method: 'tools/call' },
          params: { name, arguments: args },
        }),
      });
    const entries = await written(async () => {
      await (await call('search', { collection: 'test', image: 3, k: 2 })).text();
      await (await call('open_image', { collection: 'test', image: 4 })).text();
      await (await call('open_image', { collection: 'elsewhere', image: 4 })).text();
      await (await call('list_collections', {})).text();
    });
    expect(
      entries.map(({ operation, outcome, actor }) => [operation, outcome, actor.name]),
    ).toEqual([
      ['mcp:search', 'done', '1'],
      ['mcp:open_image', 'done', '1'],
      ['mcp:open_image', 'failed', '1'],
    ]);
    expect(entries[0]?.images.test?.[0]).toBe(3);
    expect(entries[0]?.images.test).toHaveLength(3);
    expect(entries.slice(1).map(({ images }) => images)).toEqual([{ test: [4] }, {}]);
  });

  it('goes on in its order when the clock is set back, which it shows', async () => {
    const { audit } = doors.semblance;
    vi.useFakeTimers({ toFake: ['Date'] });
    const note = { event: 'start', operation: 'serve', outcome: 'done' } as const;
    try {
      await audit.record(note);
      vi.setSystemTime(0);
      await audit.record(note);
    } finally {
      vi.useRealTimers();
    }
    const [earlier, later] = audit.last(2) as [AuditEntry, AuditEntry];
    expect(later.number).toBe(earlier.number + 1);
    expect(later.time).toBe('1970-01-01T00:00:00.000Z');
    expect(audit.verify().head.number).toBe(later.number);
  });

  it('takes many at once, each whole and in one chain', async () => {
    const path = (id: number) => `/api/collections/test/images/${id}`;
    const ids = Array.from({ length: 200 }, (_, i) => (i % 12) + 1);
    const entries = await written(() => Promise.all(ids.map((id) => ask(path(id)))));
    expect(entries).toHaveLength(200);
    expect(doors.semblance.audit.verify().entries).toBe(entries.at(-1)?.number);
  });

  it('refuses what it cannot write with 503, tells nothing of the answer, and goes on', async () => {
    const file = join(doors.home.path, 'audit.sqlite');
    expect(statSync(file).mode & 0o077).toBe(0);
    // Another program holds it for longer than is waited for, or may not be written: here, by a trigger.
    const db = new Database(file);
    db.exec("CREATE TRIGGER full BEFORE INSERT ON entries BEGIN SELECT RAISE(ABORT, 'x'); END");
    const refused = [
      await ask('/api/collections/test/images/1'),
      await ask('/api/session', {}, form({ name: 'anna', password: PASSWORD })),
      await ask('/api/collections/test/search', key, searchForm({ parts: [{ image: 1 }] })),
    ];
    for (const answer of refused) {
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toBeTruthy();
      expect([answer.headers.get('set-cookie'), answer.headers.get('etag')]).toEqual([null, null]);
      const body = await answer.text();
      expect(JSON.parse(body).code).toBe('AUDIT_NOT_WRITTEN');
      expect(body).not.toMatch(/neighbours|metadata/);
    }
    // What is never written is answered.
    expect((await ask('/api/collections')).status).toBe(200);
    db.exec('DROP TRIGGER full');
    db.close();
    expect((await ask('/api/collections/test/images/1')).status).toBe(200);
    expect(doors.semblance.audit.verify().entries).toBeGreaterThan(200);
  });

  it('is not written where that was not wanted, and says of each operation what it counts as', async () => {
    const silent = createApp(doors.semblance, { maxUpload: 1e6, audit: false });
    const path = `${ORIGIN}/api/collections/test/images/1`;
    expect(await written(async () => silent.request(path, { headers: key }))).toEqual([]);
    const { operations } = await import('./audit.ts');
    const { paths } = JSON.parse(
      readFileSync(new URL('../../clients/openapi.json', import.meta.url), 'utf8'),
    ) as { paths: Record<string, Record<string, { operationId: string }>> };
    const described = Object.values(paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    // The protocol of assistants describes itself.
    expect(operations().toSorted()).toEqual([...described, 'mcp'].toSorted());
  });
});
