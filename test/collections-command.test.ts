import { afterAll, describe, expect, it } from 'vitest';
import { run, temporaryFolder, writePicture } from './program.ts';

const temporary = temporaryFolder();
afterAll(temporary.remove);
const home = `${temporary.path}/home`;

const collections = async (...args: string[]) => {
  const { code, stdout, stderr } = await run(['--home', home, '--json', 'collections', ...args]);
  return { code, answer: JSON.parse(stdout || stderr.slice(stderr.indexOf('{"error"'))) };
};

describe('semblance collections', () => {
  it('makes, copies, renames and deletes them; the last asks for a yes', async () => {
    await writePicture(`${temporary.path}/1.png`, 1);
    await run(['--home', home, 'index', temporary.path, '-c', 'chest']);
    expect((await collections('create', 'new')).answer).toMatchObject({ name: 'new', images: 0 });
    expect((await collections('create', 'chest')).answer.error.code).toBe('COLLECTION_EXISTS');
    expect((await collections('copy', 'chest', 'copy')).answer).toMatchObject({ images: 1 });
    expect((await collections('rename', 'copy', 'thorax')).answer.name).toBe('thorax');
    const search = ['--home', home, '--json', 'search', `${temporary.path}/1.png`, '-c', 'thorax'];
    expect((await run(search)).code).toBe(0);
    const unsure = await collections('delete', 'thorax');
    expect(unsure.code).toBe(2);
    expect((await collections('delete', 'thorax', '--yes')).answer).toEqual({
      ...{ collection: 'thorax', images: 1 },
    });
    const listed = (await collections()).answer.collections.map(
      ({ name }: { name: string }) => name,
    );
    expect(listed).toEqual(['chest', 'new']);
    expect((await collections('delete', 'thorax', '--yes')).code).toBe(1);
  }, 120_000);
});
