import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAIN, temporaryFolder } from './program.ts';
import { smallCollection } from './site.ts';

const { path: folder, remove } = temporaryFolder();
const home = ['--home', join(folder, 'home')];
const mcp = (...args: string[]) => [MAIN, 'mcp', ...home, ...args];

beforeAll(async () => {
  await smallCollection({ folder, home });
}, 60_000);
afterAll(remove);

describe('semblance mcp', () => {
  it('lets the assistant that starts it search and look, where it may, and ends with it', async () => {
    const client = new Client({ name: 'test', version: '1' });
    const args = mcp('-c', 'small');
    const transport = new StdioClientTransport({ command: process.execPath, args });
    await client.connect(transport);
    const call = async (name: string, asked = {}) =>
      (await client.callTool({ name, arguments: asked })) as CallToolResult;
    const where = 'modality:CT';
    const found = await call('search', { collection: 'small', image: 5, where, k: 4 });
    expect(found.structuredContent).toMatchObject({ candidates: 11, neighbours: { length: 4 } });
    const opened = await call('open_image', { collection: 'small', image: 5 });
    expect(opened.content[1]).toMatchObject({ type: 'image', mimeType: 'image/webp' });
    const refused = await call('open_image', { collection: 'other', image: 5 });
    expect(refused.isError && JSON.stringify(refused.content)).toContain('ROLE_MISSING');
    await client.close();
    expect(transport.pid).toBeNull();
  });

  it('passes over what is no message, refuses one without end, and writes nothing else', () => {
    const ping = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
    const input = `garbage of p0\n[]\n${ping}\n`;
    const told = spawnSync(process.execPath, mcp(), { input, encoding: 'utf8' });
    expect(told.status).toBe(0);
    expect(JSON.parse(told.stdout)).toEqual({ jsonrpc: '2.0', id: 1, result: {} });
    expect(told.stderr.split('\n')).toHaveLength(3);
    expect(told.stderr).not.toContain('p0');
    const endless = spawnSync(process.execPath, mcp(), { input: Buffer.alloc(15e6, 'x') });
    expect(endless.status).not.toBe(0);
    expect(String(endless.stderr)).toContain('UPLOAD_TOO_LARGE');
    expect(endless.stdout).toHaveLength(0);
  });
});
