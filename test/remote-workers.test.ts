import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataDirectory } from '../src/store/data-directory.ts';
import { tinyEncoder } from '../src/testing/tiny-encoder.ts';
import { MAIN, run, startServing, temporaryFolder, writePicture } from './program.ts';

const temporary = temporaryFolder();
const at = (path: string) => join(temporary.path, path);
const COUNT = 120;
const LEASE = 2000;
let secret: string;
let viewer: string;

/** The embeddings of the encoder without weights, by the path of their image. */
function embeddings(home: string): Map<string, Float32Array> {
  const store = new DataDirectory(home).open('chest');
  try {
    const encoder = store.encoders.list().find(({ name }) => name === 'baseline');
    const paths = new Map(store.images.page().map(({ id, path }) => [id, path]));
    const found = [...store.embeddings.each(encoder?.id as number)];
    // One for each image, and no more.
    expect(new Set(found.map(([id]) => id)).size).toBe(found.length);
    return new Map(found.map(([id, vector]) => [paths.get(id) as string, vector]));
  } finally {
    store.close();
  }
}

interface Worker {
  child: ChildProcess;
  ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

/** A worker with a data directory of its own. */
function work(name: string, server: string, key: string | undefined, ...more: string[]): Worker {
  const args = ['--home', at(name), '--json', 'worker', '--server', server, '-c', 'chest'];
  const child = spawn(process.execPath, [MAIN, ...args, '--lease', String(LEASE), ...more], {
    env: { ...process.env, SEMBLANCE_KEY: key },
  });
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (data) => {
    output.stdout += data;
  });
  child.stderr?.on('data', (data) => {
    output.stderr += data;
  });
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, ...output })),
  );
  return { child, ended };
}

beforeAll(async () => {
  mkdirSync(at('images'));
  for (let i = 0; i < COUNT; i++) await writePicture(at(`images/Geheim-${i}.png`), i, 40 + (i % 9));
  writeFileSync(at('images/broken.png'), 'no picture');
  // What one process makes of them.
  await run(['--home', at('alone'), 'index', at('images'), '-c', 'chest']);
  mkdirSync(at('tiny'));
  const tiny = { ...tinyEncoder(1, at('tiny')), model: { file: 'model.onnx' } };
  writeFileSync(at('tiny/tiny.json'), JSON.stringify(tiny));
  const home = ['--home', at('server')];
  const indexed = await run([
    ...home,
    'index',
    at('images'),
    '-c',
    'chest',
    '-e',
    at('tiny/tiny.json'),
  ]);
  expect(indexed.code, indexed.stderr).toBe(0);
  const add = async (role: string) => {
    const { stdout } = await run([
      ...home,
      '--json',
      'keys',
      'add',
      role,
      '-r',
      role,
      '-c',
      'chest',
    ]);
    return JSON.parse(stdout).secret as string;
  };
  secret = await add('editor');
  viewer = await add('viewer');
}, 120_000);
afterAll(() => temporary.remove());

describe('workers on other machines', () => {
  it('share a task by the API, one is killed, and every image has exactly one embedding', async () => {
    const server = await startServing(['--home', at('server'), 'serve']);
    const headers = { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json' };
    const begun = await fetch(`${server.url}api/v1/tasks`, {
      ...{ method: 'POST', headers },
      body: JSON.stringify({
        kind: 'encode',
        collection: 'chest',
        encoder: 'baseline',
        shared: true,
      }),
    });
    const { id } = (await begun.json()) as { id: number };
    const task = async () =>
      (await (await fetch(`${server.url}api/v1/tasks/${id}`, { headers })).json()) as {
        state: string;
        progress: { done: number } | null;
        result: { failed: number; missingEmbeddings: number } | null;
      };
    // Without a worker it waits.
    await expect.poll(async () => (await task()).state, { timeout: 20_000 }).toBe('running');
    await pause(1500);
    const first = work('first', server.url, secret, '--stay');
    const second = work('second', server.url, secret, '--stay');
    await expect
      .poll(async () => (await task()).progress?.done ?? 0, { timeout: 60_000, interval: 50 })
      .toBeGreaterThan(10);
    first.child.kill('SIGKILL');
    expect((await task()).progress?.done).toBeLessThan(COUNT);
    await first.ended;
    await expect.poll(async () => (await task()).state, { timeout: 90_000 }).toBe('done');
    expect((await task()).result).toMatchObject({ failed: 0, missingEmbeddings: 0 });
    second.child.kill('SIGTERM');
    const { code, stdout } = await second.ended;
    expect(code).toBe(130);
    const done = JSON.parse(stdout) as { finished: number; late: number };
    expect(done.finished).toBeGreaterThan(0);
    await server.stop();

    const alone = embeddings(at('alone'));
    const shared = embeddings(at('server'));
    expect([...shared.keys()].sort()).toEqual([...alone.keys()].sort());
    expect(shared.size).toBe(COUNT);
    for (const [path, vector] of shared) {
      const expected = alone.get(path) as Float32Array;
      expect(Math.max(...vector.map((x, i) => Math.abs(x - (expected[i] as number))))).toBeLessThan(
        1e-5,
      );
    }
    // The worker has no collection, and nothing of the images.
    const kept = existsSync(at('second')) ? readdirSync(at('second'), { recursive: true }) : [];
    expect(kept.filter((name) => /\.db|geheim|\.png/i.test(String(name)))).toEqual([]);
  }, 240_000);

  it('are refused without a key, with one that may only look, and by plain HTTP to elsewhere', async () => {
    const server = await startServing(['--home', at('server'), 'serve']);
    for (const [key, code] of [
      [undefined, 'LOGIN_REQUIRED'],
      [viewer, 'ROLE_MISSING'],
      ['semblance_nobody', 'LOGIN_REQUIRED'],
    ] as const) {
      const { code: exit, stderr } = await work('third', server.url, key).ended;
      expect([exit, JSON.parse(stderr.trim().split('\n').at(-1) as string).error.code]).toEqual([
        1,
        code,
      ]);
    }
    // Nothing waits: it ends.
    const idle = await work('third', server.url, secret).ended;
    expect(JSON.parse(idle.stdout)).toMatchObject({ finished: 0, late: 0 });
    const plain = await work('third', 'http://images.hospital.example', secret).ended;
    expect(plain.code).toBe(2);
    // What somebody makes up is stored nowhere.
    const made = await fetch(
      `${server.url}api/v1/collections/chest/work/7f3c2a10-0000-4000-8000-000000000001`,
      { headers: { Authorization: `Bearer ${secret}` } },
    );
    expect([made.status, (await made.json()).code]).toEqual([404, 'WORK_NOT_FOUND']);
    await server.stop();
  }, 120_000);
});
