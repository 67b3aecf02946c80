import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Task, TaskSchema } from '../src/contract/tasks.ts';
import { run, start, startServing, temporaryFolder, writePicture } from './program.ts';

const IMAGES = 6;
const temporary = temporaryFolder();
const at = (...path: string[]) => join(temporary.path, ...path);
const tasks = async (...args: string[]) => {
  const { code, stdout, stderr } = await run(['--home', at('home'), '--json', 'tasks', ...args]);
  // Progress goes to standard error, too; the error is its last part.
  const error = stderr.slice(stderr.indexOf('{'));
  return { code, out: stdout && JSON.parse(stdout), error: code ? error : undefined };
};
const index = (collection: string) => ['add', 'index', '-c', collection, '--path', at('images')];

beforeAll(async () => {
  mkdirSync(at('images'));
  for (let i = 0; i < IMAGES; i++) await writePicture(at('images', `${i}.png`), i);
});
afterAll(() => temporary.remove());

describe('semblance tasks', () => {
  it('lists none where there is none, and makes nothing', async () => {
    expect((await tasks('list')).out).toEqual({ tasks: [] });
    expect((await tasks('show', '1')).error).toContain('TASK_NOT_FOUND');
    expect((await tasks('run')).out).toBe('');
    expect(existsSync(at('home'))).toBe(false);
  });

  it('tells before what one would do, and changes nothing', async () => {
    const { out } = await tasks(...index('first'), '--preview');
    expect(out).toMatchObject({ kind: 'index', images: IMAGES });
    expect((await tasks('list')).out).toEqual({ tasks: [] });
  });

  it('keeps what is begun for whoever does it', async () => {
    const { out } = await tasks(...index('first'));
    expect(TaskSchema.parse(out)).toMatchObject({ id: 1, state: 'waiting', about: at('images') });
    expect((await tasks(...index('first'))).out.id).toBe(1);
    expect((await tasks('pause', '1')).out.state).toBe('paused');
    // Nothing waits.
    expect((await tasks('run')).out).toBe('');
    expect((await tasks('resume', '1')).out.state).toBe('waiting');
    const { out: done } = await tasks('run');
    expect(TaskSchema.parse(done)).toMatchObject({ state: 'done', result: { added: IMAGES } });
    expect((await tasks('list', '--state', 'done')).out.tasks).toHaveLength(1);
    expect((await tasks('list', '--state', 'waiting')).out.tasks).toEqual([]);
    expect((await tasks('pause', '1')).error).toContain('TASK_STATE');
  });

  it('does one at once, and shows where its files are', async () => {
    const { out } = await tasks('add', 'export', '-c', 'first', '--format', 'csv', '--run');
    expect(out).toMatchObject({ state: 'done', result: { embeddings: IMAGES } });
    const [file] = (await tasks('show', String(out.id))).out.files;
    expect(readFileSync(file.path, 'utf8').trim().split('\n')).toHaveLength(IMAGES + 1);
    const { stdout } = await run(['--home', at('home'), 'tasks', 'show', String(out.id)]);
    expect(stdout).toContain(`Task ${out.id}, export: done (first; csv)`);
    expect(stdout).toContain(`embeddings: ${IMAGES}`);
    expect(stdout).toContain(file.path);
  });

  it('fails with a task that fails', async () => {
    const { code, out } = await tasks('add', 'calibrate', '-c', 'first', '--run');
    expect(code).toBe(1);
    expect(out).toMatchObject({ state: 'failed', error: { code: 'CALIBRATION_IMPOSSIBLE' } });
  });

  it('says what is wrong, and begins nothing', async () => {
    const before = (await tasks('list')).out;
    for (const [args, what] of [
      [['add', 'index'], /--path/],
      [['add', 'export', '--format', 'exe'], /USAGE.*exe/s],
      [['add', 'remove', '-c', 'first'], /USAGE.*say which images/s],
      [['add', 'add-encoder', '--name', 'x', '--like', 'y'], /USAGE.*like needs from/s],
      [['add', 'calibrate', '--error', 'much', '-c', 'first'], /USAGE.*error/s],
      [['add', 'encode', '-c', 'none', '--encoder', 'baseline'], /COLLECTION_NOT_FOUND/],
      [['add', 'index', '-c', '../x', '--path', '.'], /COLLECTION_NAME_INVALID/],
      [['list', '--state', 'odd'], /USAGE/],
      [['cancel', 'first'], /USAGE/],
    ] as const) {
      const { code, error } = await tasks(...args);
      expect(code, args.join(' ')).not.toBe(0);
      expect(error).toMatch(what);
    }
    expect((await tasks('list')).out).toEqual(before);
  }, 60_000);

  it('gives what it has not ended to the next, told to end', async () => {
    const { out } = await tasks(...index('cut'));
    const child = start(['--home', at('home'), 'tasks', 'run']);
    const state = async () => (await tasks('show', String(out.id))).out.state;
    await expect.poll(state, { timeout: 20_000, interval: 1 }).not.toBe('waiting');
    child.kill('SIGINT');
    const code = await new Promise((ended) => child.on('close', ended));
    const then = await state();
    // It may have been quicker.
    expect([code, then]).toEqual(
      code === 130 ? [130, expect.stringMatching(/waiting|done/)] : [0, 'done'],
    );
    await tasks('run');
    expect(await state()).toBe('done');
  }, 60_000);

  it('has a server of the data directory do it', async () => {
    const server = await startServing(['--home', at('home'), 'serve']);
    const { out } = await tasks(...index('served'));
    const task = async (): Promise<Task> => (await tasks('show', String(out.id))).out;
    await expect.poll(async () => (await task()).state, { timeout: 30_000 }).toBe('done');
    await server.stop();
  }, 60_000);
});
