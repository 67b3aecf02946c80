import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, temporaryFolder, writePicture } from './program.ts';

const temporary = temporaryFolder();
const images = join(temporary.path, 'images');
const at = ['--home', join(temporary.path, 'home')];
const json = async (...args: string[]) =>
  JSON.parse((await run([...at, '--json', ...args])).stdout);

beforeAll(async () => {
  for (const [label, from, to] of [
    ['a', 0, 4],
    ['ab', 4, 7],
    ['c', 7, 10],
  ] as const) {
    mkdirSync(join(images, label), { recursive: true });
    for (let i = from; i < to; i++) await writePicture(join(images, label, `${i}.png`), i);
  }
  await run([...at, 'index', images]);
});
afterAll(() => temporary.remove());

describe('semblance remove', () => {
  it('shows what would go, and removes it by path, folder and query', async () => {
    const folder = join(images, 'a');
    const shown = await json('remove', folder, '--dry-run');
    expect(shown.removed.map(({ path }: { path: string }) => path)).toEqual(
      [0, 1, 2, 3].map((i) => `a/${i}.png`),
    );
    // As the disk names it, and as the collection does.
    expect((await json('remove', join(folder, '0.png'), 'ab/5.png')).removed).toHaveLength(2);
    expect((await json('remove', images, '--where', 'label:a')).removed).toHaveLength(3);
    const info = await json('info');
    expect([info.images, info.encoders[0].embeddings]).toEqual([5, 5]);
  });

  it('refuses to remove without saying what, and what is not there', async () => {
    expect((await run([...at, 'remove'])).code).toBe(2);
    // Every path of the collection lies below "..", but none as it is on the disk.
    for (const path of ['..', 'a']) {
      const { code, stderr } = await run([...at, 'remove', path]);
      expect(code).toBe(1);
      expect(stderr).toContain('IMAGE_NOT_FOUND');
    }
  });

  it('removes what is missing, and index --prune too', async () => {
    rmSync(join(images, 'c', '7.png'));
    expect((await json('remove', '--missing')).removed).toHaveLength(1);
    rmSync(join(images, 'c'), { recursive: true });
    const pruned = await run([...at, 'index', images, '--prune']);
    expect(pruned.stdout).toContain('2 removed, because their files are gone.');
  });
});
