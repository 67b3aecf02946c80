import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { COMMANDS } from '../src/cli/commands.ts';
import { run, temporaryFolder, writePicture } from './program.ts';

const temporary = temporaryFolder();
const images = join(temporary.path, 'images');
const home = ['--home', join(temporary.path, 'home')];

beforeAll(async () => {
  for (const label of ['round', 'square']) {
    mkdirSync(join(images, label), { recursive: true });
    for (let i = 0; i < 3; i++) await writePicture(join(images, label, `${i}.png`), i);
  }
  expect((await run([...home, 'index', images, '-c', 'knees'])).code).toBe(0);
});
afterAll(() => temporary.remove());

/** A command that must be refused: its error. */
async function refused(...args: string[]) {
  const { code, stderr } = await run([...home, '--json', ...args]);
  expect(code).not.toBe(0);
  return JSON.parse(stderr.trim().split('\n').at(-1) as string).error;
}

describe('the command line', () => {
  it('prints its version', async () => {
    expect((await run(['--version'])).stdout.trim()).toBe(packageJson.version);
  });

  it('lists every command, and helps with each', async () => {
    const { stdout } = await run(['--help']);
    for (const { name } of COMMANDS) {
      expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
      const help = await run(['help', name]);
      expect(help.stdout).toContain(`Usage: semblance ${name}`);
      expect(help.code).toBe(0);
    }
  });

  it('shows its help without loading an engine or the database', async () => {
    const start = performance.now();
    await run(['help', 'serve']);
    const loaded = performance.now() - start;
    const again = performance.now();
    await run(['--help']);
    // A machine's speed cancels out: what a command needs takes several times as long.
    expect(performance.now() - again).toBeLessThan(loaded);
  });

  it.each([
    [['serch', 'a.png'], /serch.*search/s],
    [['help', 'modls'], /Did you mean "models"/],
    [['help', 'models', 'pul'], /Did you mean "pull"/],
    [['index', images, '-e', 'baselin'], /Did you mean "baseline"/],
    [['index', images, '-e', 'dinov2-bas'], /Did you mean "dinov2-base"/],
    [['index', images, '-e', 'dinov2-base'], /semblance models pull dinov2-base/],
    [['models', 'add', 'dinov2bas', '--from', images], /Did you mean "dinov2-base"/],
    [['search', '--image', '1', '-e', 'base'], /There is: baseline/],
    [['search', '--image', '1', '-c', 'knee'], /Did you mean "knees"/],
    [['search', '--image', '1', '-f', 'lable=round'], /no field “lable”. Did you mean "label"/],
    [['evaluate', '--index', 'lable=round'], /no field “lable”/],
    [['remove', '-n', '-f', 'lable=round'], /no field “lable”/],
  ])('suggests what %j may mean', async (args, expected) => {
    expect((await refused(...args)).detail).toMatch(expected);
  });

  it('takes the only collection, and says which', async () => {
    const { code, stdout, stderr } = await run([...home, 'search', '--image', '2']);
    expect(code).toBe(0);
    expect(stderr).toContain('Collection "knees", the only one.');
    // Other commands ask for the numbers of images: every row of a result has them.
    expect(stdout).toMatch(/rank +│ image +│ similarity/);
    expect(stdout).toMatch(/│ 1 +│ [13456] +│/);
    expect((await run([...home, 'info'])).stdout).toContain('knees: 6 images');
  });

  it('names those that exist when there are several', async () => {
    expect((await run([...home, 'index', images, '-c', 'hips'])).code).toBe(0);
    expect(await refused('search', '--image', '1')).toMatchObject({
      code: 'COLLECTION_NOT_FOUND',
      detail: expect.stringContaining('hips, knees'),
    });
  });
});
