import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Encoder } from '../src/encoding/encoders/encoder.ts';
import { findEncoder } from '../src/encoding/encoders/registry.ts';
import { registerEncoder } from '../src/indexing/image-processor.ts';
import { indexWithWorkers } from '../src/indexing/index-with-workers.ts';
import { readSource } from '../src/indexing/read-source.ts';
import { Objects } from '../src/objects/objects.ts';
import { DataDirectory } from '../src/store/data-directory.ts';
import { MAX_TRIES } from '../src/store/job-queue.ts';
import { run, start, temporaryFolder, writePicture } from './program.ts';

const temporary = temporaryFolder();
const images = join(temporary.path, 'images');
const COUNT = 96;
let counter = 0;

const home = () => {
  counter += 1;
  return new DataDirectory(join(temporary.path, `home-${counter}`));
};

/** A collection with the encoder that is used, and its id. */
async function openCollection(at: DataDirectory) {
  const store = at.open('default', { create: true });
  const encoder = await Encoder.load(await findEncoder('baseline', at.encodersFolder));
  const encoderId = registerEncoder(store, encoder);
  await encoder.release();
  return { store, encoderId };
}

/** Every image with its content, label and embedding, by path. */
function contents(at: DataDirectory) {
  const store = at.open('default');
  const [encoder] = store.encoders.list();
  const vectors = new Map(store.embeddings.each(encoder?.id as number));
  const found = store.images
    .page()
    .map(({ id, path, labels, contentHash }) => ({
      path,
      labels,
      contentHash,
      vector: vectors.get(id),
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  expect(vectors.size).toBe(found.length);
  store.close();
  return found;
}

function expectSame(found: ReturnType<typeof contents>, expected: ReturnType<typeof contents>) {
  expect(found.map(({ vector: _, ...rest }) => rest)).toEqual(
    expected.map(({ vector: _, ...rest }) => rest),
  );
  found.forEach(({ vector }, i) => {
    // Rounding depends on which images were encoded together.
    const difference = vector?.map((x, at) => Math.abs(x - (expected[i]?.vector?.[at] as number)));
    expect(Math.max(...(difference ?? [1]))).toBeLessThan(1e-5);
  });
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

function output(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.on('data', (data) => {
    text += data;
  });
  return new Promise((resolve) => child.on('close', () => resolve(text)));
}

let single: ReturnType<typeof contents>;
beforeAll(async () => {
  mkdirSync(join(images, 'a'), { recursive: true });
  for (let i = 0; i < COUNT; i++)
    await writePicture(join(images, i % 2 ? 'a' : '.', `${i}.png`), i);
  const at = home();
  await run(['--home', at.folder, 'index', images]);
  single = contents(at);
  expect(single).toHaveLength(COUNT);
});
afterAll(() => temporary.remove());

describe('workers with one queue', () => {
  it('give one result for each image, though one is killed and one sleeps beyond its lease', async () => {
    const at = home();
    const { store, encoderId } = await openCollection(at);
    const sourceId = store.sources.register(images);
    store.jobs.add(encoderId, sourceId, (await readSource(images)).images);
    const begin = (owner: string) =>
      start([
        '--home',
        at.folder,
        '--json',
        'worker',
        '--owner',
        owner,
        '--lease',
        '1500',
        '--threads',
        '1',
      ]);
    const done = () => COUNT - store.jobs.counts(encoderId, sourceId).open;
    const killed = begin('killed');
    await until(() => store.jobs.heldBy('killed') > 0);
    killed.kill('SIGKILL');
    const sleeper = begin('sleeper');
    const slept = output(sleeper);
    // Put to sleep while it surely holds something.
    await until(() => store.jobs.heldBy('sleeper') > 0);
    sleeper.kill('SIGSTOP');
    const holds = store.jobs.heldBy('sleeper');
    expect(holds).toBeGreaterThan(0);
    const third = begin('third');
    const worked = output(third);
    await until(() => done() === COUNT);
    expect(store.jobs.heldBy('sleeper')).toBe(0);
    sleeper.kill('SIGCONT');
    const { finished: early, late } = JSON.parse(await slept);
    const { finished } = JSON.parse(await worked);
    // Everything that the sleeper held comes too late, and is thrown away.
    expect(late).toBe(holds);
    expect(early + finished).toBeLessThanOrEqual(COUNT);
    expect(store.jobs.counts(encoderId, sourceId)).toMatchObject({
      open: 0,
      failed: 0,
      added: COUNT,
    });
    store.close();
    expectSame(contents(at), single);
  });

  it('go on without the image that ends them', async () => {
    const at = home();
    const { store, encoderId } = await openCollection(at);
    const folder = join(temporary.path, 'poisoned');
    mkdirSync(folder);
    for (let i = 0; i < 24; i++) await writePicture(join(folder, `${i}.png`), i);
    await writePicture(join(folder, 'poison.png'), 99);
    writeFileSync(join(folder, 'text.png'), 'no picture');
    const script = fileURLToPath(new URL('./poison-worker.mjs', import.meta.url));
    const ends: (string | null)[] = [];
    const result = await indexWithWorkers(store, encoderId, await readSource(folder), {
      workers: 2,
      objects: new Objects(),
      start: (owner) => {
        const child = spawn(process.execPath, [script, store.file, owner], {
          stdio: ['ignore', 'ignore', 'pipe'],
        });
        child.on('close', (_, signal) => ends.push(signal));
        return child;
      },
    });
    expect(result).toMatchObject({ total: 26, done: 26, added: 24, failed: 2, complete: true });
    expect(result.failures.map(({ code, subject }) => [code, subject])).toEqual([
      ['WORKER_ENDED', join(folder, 'poison.png')],
      ['IMAGE_NOT_RECOGNISED', join(folder, 'text.png')],
    ]);
    expect(ends.filter((signal) => signal === 'SIGKILL')).toHaveLength(MAX_TRIES);
    expect(store.jobs.openEncoder()).toBeUndefined();
    store.close();
  });

  it('are started by semblance index --workers', async () => {
    const at = home();
    const result = await run(['--home', at.folder, '--json', 'index', images, '--workers', '2']);
    expect(JSON.parse(result.stdout)).toMatchObject({ total: COUNT, added: COUNT, complete: true });
    expectSame(contents(at), single);
  });

  it('tell why they cannot work', async () => {
    const at = home();
    const { store, encoderId } = await openCollection(at);
    const failing = indexWithWorkers(store, encoderId, await readSource(images), {
      workers: 1,
      objects: new Objects(),
      start: () => start(['--home', at.folder, '--json', 'worker', '-c', 'absent']),
    });
    await expect(failing).rejects.toMatchObject({ code: 'COLLECTION_NOT_FOUND' });
    store.close();
  });
});
