import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Diagnosis } from '../src/contract/doctor.ts';
import { run, startServing, temporaryFolder, writePicture } from './program.ts';

const temporary = temporaryFolder();
afterAll(() => temporary.remove());
const home = join(temporary.path, 'home');

const examined = async (...args: string[]) => {
  const { code, stdout } = await run(['--home', home, '--json', 'doctor', ...args]);
  return { code, ...(JSON.parse(stdout) as Diagnosis) };
};

describe('semblance doctor', () => {
  it('finds nothing failed where nothing is, and makes nothing', async () => {
    const { code, checks } = await examined('--port', '0');
    expect(checks.filter(({ state }) => state === 'failed')).toEqual([]);
    expect(code).toBe(0);
    expect((await run(['--home', home, 'audit', 'show'])).code).toBe(0);
  }, 60_000);

  it('looks at what a running server uses, and at its settings', async () => {
    const images = join(temporary.path, 'images');
    mkdirSync(images);
    await writePicture(join(images, '1.png'), 1);
    expect((await run(['--home', home, 'index', images, '-c', 'chest'])).code).toBe(0);
    const server = await startServing(['--home', home, 'serve']);
    const { port } = new URL(server.url);
    const { code, checks } = await examined('--port', port);
    const of = (check: string) => checks.find((each) => each.check === check);
    expect([code, of('port')?.state]).toEqual([0, 'warning']);
    expect(of('collection')).toMatchObject({ subject: 'chest', state: 'ok' });
    expect(of('collection')?.found).toMatch(/^1 images, 1 embeddings/);
    expect((await fetch(`${server.url}ready`)).status).toBe(200);
    await server.stop();
    const file = join(temporary.path, 'semblance.yaml');
    writeFileSync(file, 'porst: 1\n');
    const wrong = await run(['--home', home, 'doctor', '--config', file]);
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toMatch(/FAILED {2}settings porst: line 1: .*port/);
  }, 60_000);

  it('ends with 1 when something is damaged', async () => {
    writeFileSync(join(home, 'chest.db'), 'no database');
    const { code, stdout } = await run(['--home', home, 'doctor', '--port', '0']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/FAILED {2}collection chest: COLLECTION_DAMAGED/);
  }, 60_000);
});
