import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { searchForm } from '../src/testing/search-form.ts';
import { run, start, temporaryFolder, writePicture } from './program.ts';

const temporary = temporaryFolder();
afterAll(() => temporary.remove());
const home = ['--home', join(temporary.path, 'home')];
const TOKEN = 'a-token-of-many-letters';

/** Starts a server that tells metrics, with both of its addresses. */
async function serving(...args: string[]) {
  const child = start([...home, '--json', 'serve', '--port', '0', '--metrics-port', '0', ...args]);
  const { url, metrics } = await new Promise<{ url: string; metrics: string }>((resolve) => {
    child.stdout?.once('data', (data) => resolve(JSON.parse(data)));
  });
  const stop = () => {
    child.kill('SIGTERM');
    return new Promise((resolve) => child.on('close', resolve));
  };
  return { url, metrics, stop };
}

/** The samples of a scrape: name with labels, and value. */
const samplesOf = (text: string) =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const at = line.lastIndexOf(' ');
        return [line.slice(0, at), Number(line.slice(at + 1))] as const;
      }),
  );

describe('metrics', () => {
  beforeAll(async () => {
    mkdirSync(join(temporary.path, 'images'));
    for (let i = 0; i < 3; i++) await writePicture(join(temporary.path, `images/${i}.png`), i);
    const { code } = await run([...home, 'index', join(temporary.path, 'images'), '-c', 'chest']);
    expect(code).toBe(0);
  }, 60_000);

  it('tell what was asked for, and what the dashboard shows is among them', async () => {
    const { url, metrics, stop } = await serving();
    const picture = readFileSync(join(temporary.path, 'images/1.png'));
    for (let i = 0; i < 2; i++) {
      const form = searchForm({ parts: [{ file: 0 }] }, picture);
      const found = await fetch(`${url}api/collections/chest/search`, {
        ...{ method: 'POST', body: form },
      });
      expect(found.status).toBe(200);
      await found.arrayBuffer();
    }
    await (await fetch(`${url}api/collections/nobody/images`)).arrayBuffer();
    const task = await fetch(`${url}api/tasks`, {
      ...{ method: 'POST', headers: { 'Content-Type': 'application/json' } },
      body: JSON.stringify({ kind: 'prune', collection: 'chest' }),
    });
    expect(task.status).toBe(200);
    const scraped = await fetch(metrics);
    expect(scraped.headers.get('content-type')).toContain('text/plain');
    const text = await scraped.text();
    const samples = samplesOf(text);
    const search = 'method="POST",route="/api/collections/{collection}/search",status="200"';
    expect(samples.get(`semblance_http_request_duration_seconds_count{${search}}`)).toBe(2);
    expect(samples.get('semblance_searches_total{status="done"}')).toBe(2);
    expect(samples.get('semblance_collection_images{collection="chest"}')).toBe(3);
    expect(samples.get('semblance_index_build_duration_seconds_count')).toBe(1);
    expect(samples.get('semblance_queue_requests{queue="searches",state="waiting"}')).toBe(0);
    expect([...samples.keys()].filter((name) => name.startsWith('semblance_tasks{'))).toHaveLength(
      1,
    );
    expect(text).not.toContain('nobody');

    const dashboard = readFileSync('deploy/grafana-dashboard.json', 'utf8');
    const known = new Set([...samples.keys()].map((name) => name.replace(/\{.*/, '')));
    const shown = new Set(
      [...dashboard.matchAll(/\b(?:semblance|nodejs|process)_[a-z\d_]+/g)].map(([name]) => name),
    );
    expect(shown.size).toBeGreaterThan(12);
    expect([...shown].filter((name) => !known.has(name))).toEqual([]);
    // What it has of its own is described.
    const page = readFileSync('docs/monitoring.md', 'utf8');
    const own = [...text.matchAll(/^# TYPE (semblance_\w+)/gm)].map(([, name]) => name as string);
    expect(own.filter((name) => !page.includes(`\`${name}`))).toEqual([]);

    // Nothing else is answered there, and metrics nowhere else.
    expect((await fetch(new URL('/api/collections', metrics))).status).toBe(404);
    expect((await fetch(`${url}metrics`)).status).toBe(404);
    await stop();
  }, 60_000);

  it('are told to other machines only by a token', async () => {
    const open = await run([...home, 'serve', '--port', '0', '--metrics-port', '0', ...EVERY]);
    expect([open.code, open.stderr]).toEqual([1, expect.stringContaining('HOST_NOT_PRIVATE')]);
    const short = await run([...home, 'serve', '--metrics-port', '0', '--metrics-token', 'short']);
    expect(short.code).toBe(2);
    const { metrics, stop } = await serving(...EVERY, '--metrics-token', TOKEN);
    const local = new URL(metrics);
    local.hostname = '127.0.0.1';
    const status = async (authorization?: string) =>
      (await fetch(local, { headers: authorization ? { authorization } : {} })).status;
    expect(await status()).toBe(401);
    expect(await status(`Bearer ${TOKEN}x`)).toBe(401);
    expect(await status(`Bearer ${TOKEN}`)).toBe(200);
    await stop();
    // And it is shown to nobody.
    const shown = await run(['config', 'show', '--metrics-token', TOKEN]);
    expect(shown.stdout).toContain('metrics-token');
    expect(shown.stdout).not.toContain(TOKEN);
  }, 60_000);
});

const EVERY = ['--metrics-host', '0.0.0.0'];
