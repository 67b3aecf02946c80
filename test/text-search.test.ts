import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataDirectory } from '../src/store/data-directory.ts';
import { hasTextEncoder, installTextEncoder } from '../src/testing/text-encoder.ts';
import { run, temporaryFolder, writePicture } from './program.ts';

describe.skipIf(!hasTextEncoder)('semblance search --text', () => {
  const temporary = temporaryFolder();
  const home = join(temporary.path, 'home');
  const images = join(temporary.path, 'images');
  const picture = join(images, '1.png');
  const search = (...args: string[]) => run(['--home', home, 'search', ...args]);
  const ranking = async (...args: string[]) => {
    const { code, stdout, stderr } = await search('--json', ...args);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    return JSON.parse(stdout);
  };
  const paths = (answer: { neighbours: { image: { path: string } }[] }) =>
    answer.neighbours.map(({ image }) => image.path);

  beforeAll(async () => {
    mkdirSync(images);
    for (let i = 0; i < 6; i++) await writePicture(join(images, `${i}.png`), i);
    await installTextEncoder(new DataDirectory(home));
    for (const encoder of ['baseline', 'tiny-clip']) {
      expect(await run(['--home', home, 'index', images, '-e', encoder])).toMatchObject({
        code: 0,
      });
    }
  });
  afterAll(() => temporary.remove());

  it('finds images by a text, by a picture, and by both', async () => {
    const text = await ranking('--text', 'chest x-ray');
    expect(text).toMatchObject({ encoder: 'tiny-clip', query: null });
    expect(text.neighbours).toHaveLength(6);
    const both = (weight: string) =>
      ranking(picture, '-e', 'tiny-clip', '-t', 'chest x-ray', '--text-weight', weight);
    const others = paths(text).filter((path) => path !== '1.png');
    expect(paths(await both('1'))).toEqual(others);
    const alone = paths(await ranking(picture, '-e', 'tiny-clip'));
    expect(paths(await both('0'))).toEqual(alone);
    // The two orders differ, so the ends are told apart.
    expect(alone).not.toEqual(others);
  });

  it('says in one line that a long text is cut', async () => {
    const { code, stderr } = await search('--text', 'pleural effusion '.repeat(30));
    expect(code).toBe(0);
    expect(stderr).toBe('The text is too long: 32 of its 62 tokens are used.\n');
  });

  it('refuses what cannot be searched with', async () => {
    const refused = await search('--text', 'liver', '-e', 'baseline');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('TEXT_NOT_SUPPORTED: baseline');
    expect(refused.stderr).toContain('tiny-clip');
    for (const args of [
      [],
      ['--text', 'liver', '--text-weight', '0.5'],
      [picture, '--text', 'liver', '--text-weight', '1.5'],
    ]) {
      expect((await search(...args)).code).toBe(2);
    }
  });
});
