import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { run, startServing, temporaryFolder, writePicture } from './program.ts';

const temporary = temporaryFolder();
afterAll(() => temporary.remove());
const home = ['--home', join(temporary.path, 'home')];

it('a server indexes what comes into a folder that its settings name, and goes on after it was killed', async () => {
  const inbox = join(temporary.path, 'inbox');
  mkdirSync(inbox);
  const file = join(temporary.path, 'semblance.yaml');
  writeFileSync(file, `watch: ['chest=${inbox}']\nwatch-settled: 1\nallow-folder: ['${inbox}']\n`);
  const images = async (url: string) => {
    const { collections } = await (await fetch(`${url}api/collections`)).json();
    return collections[0]?.images ?? 0;
  };
  const first = await startServing([...home, 'serve', '--config', file]);
  await writePicture(join(inbox, '1.png'), 1);
  await expect.poll(() => images(first.url), { timeout: 30_000 }).toBe(1);
  await writePicture(join(inbox, '2.png'), 2);
  await first.stop('SIGKILL');
  const second = await startServing([...home, 'serve', '--config', file]);
  await expect.poll(() => images(second.url), { timeout: 30_000 }).toBe(2);
  await second.stop();

  const outside = `chest=${temporary.path}`;
  for (const [args, code, says] of [
    [['--watch', 'chest'], 2, '<collection>=<folder>'],
    [['--watch', outside, '--allow-folder', inbox], 1, 'FOLDER_NOT_ALLOWED'],
    [['--watch', `chest=${inbox}/none`], 1, 'PATH_NOT_FOUND'],
  ] as const) {
    const refused = await run([...home, 'serve', '--port', '0', ...args]);
    expect([refused.code, refused.stderr]).toEqual([code, expect.stringContaining(says)]);
  }
}, 120_000);
