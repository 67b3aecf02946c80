import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { LARGEST_MESSAGE } from '../../contract/mcp.ts';
import { type SmallDoors, smallDoors } from '../../testing/small-home.ts';
import { createApp } from '../app.ts';
import { createHttpServer, DEFAULT_CONNECTIONS } from '../http-server.ts';

let doors: SmallDoors;
let server: ReturnType<typeof createHttpServer>;
let url: URL;
const secrets: Record<string, string> = {};
const clients: Client[] = [];

/** An assistant that connects with a key. */
async function assistant(key?: string): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  clients.push(client);
  const headers = key ? { Authorization: `Bearer ${secrets[key]}` } : {};
  const transport = new StreamableHTTPClientTransport(url, { requestInit: { headers } });
  await client.connect(transport as Transport);
  return client;
}
const call = async (client: Client, name: string, args: Record<string, unknown> = {}) =>
  (await client.callTool({ name, arguments: args })) as CallToolResult;
/** The code of what a tool refused. */
const codeOf = ({ isError, content }: CallToolResult) =>
  isError && content[0]?.type === 'text' ? JSON.parse(content[0].text).code : undefined;
const post = (body: string, headers: Record<string, string> = {}) =>
  fetch(url, {
    ...{ method: 'POST', body },
    headers: {
      Authorization: `Bearer ${secrets.viewer}`,
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      ...headers,
    },
  });

beforeAll(async () => {
  doors = await smallDoors();
  const { access } = doors.semblance;
  const add = (name: string, collections?: string[]) => {
    secrets[name] = access.addKey({ name, days: 1, role: 'viewer', collections }).secret;
  };
  add('viewer');
  add('test', ['test']);
  add('elsewhere', ['elsewhere']);
  const app = createApp(doors.semblance, { maxUpload: 1e6, mcp: true });
  server = createHttpServer(app.fetch, DEFAULT_CONNECTIONS);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`);
});
afterAll(async () => {
  for (const client of clients) await client.close();
  server.closeAllConnections();
  server.close();
  await doors.close();
});

describe('an assistant', () => {
  it('is told of tools that only read, with the shapes of what they take and answer', async () => {
    const client = await assistant('viewer');
    expect(client.getInstructions()).toMatch(/never instructions/);
    const { tools } = await client.listTools();
    const names = ['list_collections', 'describe_collection', 'search', 'open_image', 'explain'];
    expect(tools.map(({ name }) => name)).toEqual(names);
    for (const { annotations, inputSchema, outputSchema } of tools) {
      expect(annotations).toMatchObject({ readOnlyHint: true, openWorldHint: false });
      expect(inputSchema.additionalProperties).toBe(false);
      expect(outputSchema?.type).toBe('object');
    }
  });

  it('finds its way from the collections to an image and why it is alike, and names nobody', async () => {
    const client = await assistant('test');
    const listed = await call(client, 'list_collections');
    expect(listed.structuredContent).toMatchObject({ collections: [{ name: 'test', images: 12 }] });
    const asked = { collection: 'test' };
    const described = await call(client, 'describe_collection', { ...asked, where: 'year>2015' });
    const { fields } = described.structuredContent as { fields: { field: string }[] };
    expect(fields.map(({ field }) => field).sort()).toEqual(
      expect.arrayContaining(['label', 'modality', 'year']),
    );
    const where = 'modality:XR';
    const found = await call(client, 'search', { ...asked, image: 9, where, k: 3 });
    const { neighbours } = found.structuredContent as { neighbours: { image: { id: number } }[] };
    expect(neighbours).toHaveLength(3);
    expect(neighbours[0]).toMatchObject({ rank: 1, image: { labels: [/finding/] } } as never);
    const [{ image }] = neighbours as [{ image: { id: number } }];
    const opened = await call(client, 'open_image', { ...asked, image: image.id, edge: 32 });
    const [text, picture] = opened.content;
    expect(JSON.parse((text as { text: string }).text)).toEqual(opened.structuredContent);
    const { data, mimeType } = picture as { data: string; mimeType: string };
    expect(mimeType).toBe('image/webp');
    expect(await sharp(Buffer.from(data, 'base64')).metadata()).toMatchObject({ width: 32 });
    const told = JSON.stringify([listed, described, found, opened.structuredContent]);
    expect(told).not.toMatch(/"p\d"|\.png|patient|contentHash/);
    expect(told).not.toContain(doors.home.path);
  });

  it('searches with a picture of its own and sees where it is alike', async () => {
    const client = await assistant('viewer');
    const asked = { collection: 'test', picture: readFileSync(doors.home.picture(4), 'base64') };
    const found = await call(client, 'search', { ...asked, k: 1 });
    expect(found.structuredContent).toMatchObject({ copies: [{ id: 5 }] });
    const progress: number[] = [];
    const explained = (await client.callTool(
      { name: 'explain', arguments: { ...asked, result: 5, grid: 2, edge: 16 } },
      undefined,
      { onprogress: (told) => progress.push(told.progress) },
    )) as CallToolResult;
    expect(explained.structuredContent).toMatchObject({ method: 'occlusion' });
    expect(progress.length).toBeGreaterThan(0);
    const pictures = explained.content.slice(1) as { data: string }[];
    expect(pictures).toHaveLength(2);
    for (const { data } of pictures) {
      const { width, height } = await sharp(Buffer.from(data, 'base64')).metadata();
      expect(Math.max(width, height)).toBe(16);
    }
  });

  it.each([
    ['IMAGE_NOT_FOUND', 'open_image', { collection: 'test', image: 99 }],
    ['QUERY_INVALID', 'search', { collection: 'test', image: 1, where: 'modality:' }],
    ['ENCODER_NOT_FOUND', 'search', { collection: 'test', image: 1, encoder: 'other' }],
    ['TEXT_NOT_SUPPORTED', 'search', { collection: 'test', text: 'effusion' }],
    ['IMAGE_NOT_RECOGNISED', 'search', { collection: 'test', picture: 'AAAA' }],
    ['REQUEST_INVALID', 'search', { collection: 'test' }],
    ['REQUEST_INVALID', 'search', { collection: 'test', image: 1, frame: 2 }],
    ['REQUEST_INVALID', 'search', { collection: 'test', image: 1, k: 51 }],
    ['REQUEST_INVALID', 'search', { collection: 'test', picture: 'data:image/png;base64,AAAA' }],
    ['REQUEST_INVALID', 'open_image', { collection: 'test', image: 1, path: '/etc/passwd' }],
    ['REQUEST_INVALID', 'open_image', { collection: 'test', image: '../1' }],
    ['REQUEST_INVALID', 'explain', { collection: 'test', result: 1 }],
    ['REQUEST_INVALID', 'list_collections', { all: true }],
    ['COLLECTION_NAME_INVALID', 'describe_collection', { collection: '../x' }],
    ['COLLECTION_NOT_FOUND', 'describe_collection', { collection: 'elsewhere' }],
  ])('is told what was wrong: %s of %s', async (code, name, args) => {
    expect(codeOf(await call(await assistant('viewer'), name, args))).toBe(code);
  });

  it('is told of no tool that there is not, and goes on', async () => {
    const client = await assistant('viewer');
    await expect(call(client, 'remove_images')).rejects.toThrow(/no tool remove_images/);
    expect(codeOf(await call(client, 'list_collections'))).toBeUndefined();
  });
});

describe('who asks', () => {
  const TOOLS: [string, Record<string, unknown>][] = [
    ['describe_collection', {}],
    ['search', { image: 1 }],
    ['open_image', { image: 1 }],
    ['explain', { image: 1, result: 2 }],
  ];

  it('is nobody without a key, and gets no tool of another collection', async () => {
    await expect(assistant()).rejects.toThrow(/LOGIN_REQUIRED/);
    const client = await assistant('elsewhere');
    expect((await call(client, 'list_collections')).structuredContent).toEqual({ collections: [] });
    for (const [name, args] of TOOLS) {
      const refused = await call(client, name, { ...args, collection: 'test' });
      expect(codeOf(refused)).toBe('ROLE_MISSING');
      expect(refused.content).toHaveLength(1);
    }
  });

  it('gets nothing more from the next request on when the key is revoked', async () => {
    const { access } = doors.semblance;
    const { id, secret } = access.addKey({ name: 'gone', days: 1, role: 'viewer' });
    secrets.gone = secret;
    const client = await assistant('gone');
    access.revokeKey({ id });
    await expect(call(client, 'list_collections')).rejects.toThrow(/LOGIN_REQUIRED/);
  });

  it('is no page of another site, and no name that leads here', async () => {
    const status = async (headers: Record<string, string>) => (await post('{}', headers)).status;
    expect(await status({ Origin: 'https://evil.example' })).toBe(403);
    expect(await status({ 'Sec-Fetch-Site': 'cross-site' })).toBe(403);
    const app = createApp(doors.semblance, {
      ...{ maxUpload: 1e6, mcp: true, origins: ['http://viewer.localhost'] },
    });
    const rebound = await app.request('http://evil.example/mcp', { method: 'POST' });
    expect(rebound.status).toBe(403);
    // A viewer that may ask the API may not ask here.
    const headers = { Origin: 'http://viewer.localhost' };
    const viewer = await app.request('http://localhost/mcp', { method: 'POST', headers });
    expect(viewer.status).toBe(403);
  });

  it('finds nothing where it was not switched on', async () => {
    const { secret } = doors.semblance.access.addKey({ name: 'off', days: 1, role: 'viewer' });
    const headers = { Authorization: `Bearer ${secret}` };
    const off = await doors.app.request('http://localhost/mcp', { method: 'POST', headers });
    expect(off.status).toBe(404);
  });
});

describe('what is no message', () => {
  it.each([
    ['no JSON', '{"jsonrpc"', 400],
    ['nothing', '', 400],
    ['null', 'null', 400],
    ['no JSON-RPC', '{"hello":1}', 400],
    ['a list of nothing', '[null]', 400],
    [
      '200 at once',
      JSON.stringify(Array(200).fill({ jsonrpc: '2.0', id: 1, method: 'ping' })),
      400,
    ],
    ['another version', '{"jsonrpc":"1.0","id":1,"method":"ping"}', 400],
    ['too much', ' '.repeat(LARGEST_MESSAGE + 1), 413],
  ])('is refused: %s', async (_, body, status) => {
    expect((await post(body)).status).toBe(status);
  });

  it('is refused by its type and method', async () => {
    expect((await post('{}', { 'Content-Type': 'text/plain' })).status).toBe(415);
    expect((await post('{}', { 'Content-Encoding': 'gzip' })).status).toBe(415);
    const headers = { Authorization: `Bearer ${secrets.viewer}` };
    const got = await fetch(url, { headers });
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
  });

  it('is an unknown method, and tells nothing of the program', async () => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'resources/read', params: {} });
    const answer = await post(body);
    expect(answer.headers.get('cache-control')).toMatch(/no-store/);
    expect(await answer.text()).toMatch(/-32601/);
  });
});

describe('a call that nobody waits for', () => {
  const asked = { name: 'explain', arguments: { collection: 'test', image: 1, result: 2 } };
  /** Begins an explanation that does not end by itself, as one by a large encoder hardly does. */
  async function begun(client: Client, options: { signal?: AbortSignal } = {}) {
    const drawing = vi.spyOn(doors.semblance.explain, 'draw');
    drawing.mockImplementation(
      ({ signal }) =>
        new Promise((_, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason));
        }),
    );
    const answer = client.callTool(asked, undefined, options);
    answer.catch(() => undefined);
    await expect.poll(() => drawing.mock.calls.length).toBe(1);
    return { answer, ended: () => drawing.mock.settledResults[0] };
  }
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('ends when it is cancelled, by whoever asked alone', async () => {
    const controller = new AbortController();
    const { answer, ended } = await begun(await assistant('viewer'), controller);
    // Another one that guesses its number.
    const other = await assistant('test');
    for (let requestId = 0; requestId < 3; requestId++) {
      const params = { requestId, reason: 'guessed' };
      await other.notification({ method: 'notifications/cancelled', params });
    }
    expect(ended()?.type).toBe('incomplete');
    controller.abort('enough');
    await expect(answer).rejects.toThrow('enough');
    const end = { type: 'rejected', value: { code: 'REQUEST_ABANDONED' } };
    await expect.poll(ended).toMatchObject(end);
  });

  it('ends when its client has gone', async () => {
    const client = await assistant('viewer');
    const { ended } = await begun(client);
    await client.close();
    await expect.poll(ended).toMatchObject({ type: 'rejected' });
  });
});
