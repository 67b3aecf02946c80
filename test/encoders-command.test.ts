import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { searchForm } from '../src/testing/search-form.ts';
import { tinyEncoder } from '../src/testing/tiny-encoder.ts';
import { run, start, startServing, temporaryFolder, writePicture } from './program.ts';

const IMAGES = 240;

describe('a second encoder in a collection that is served', () => {
  const temporary = temporaryFolder();
  const home = ['--home', join(temporary.path, 'home')];
  const images = join(temporary.path, 'images');
  const other = join(temporary.path, 'other.json');
  let server: Awaited<ReturnType<typeof startServing>>;

  beforeAll(async () => {
    mkdirSync(images);
    for (let i = 0; i < IMAGES; i++) await writePicture(join(images, `${i}.png`), i);
    const definition = { ...tinyEncoder(-1, temporary.path), name: 'other', title: 'Other' };
    writeFileSync(other, JSON.stringify(definition));
    expect((await run([...home, 'index', images])).code).toBe(0);
    server = await startServing([...home, 'serve']);
  }, 60_000);
  afterAll(async () => {
    await server?.stop();
    temporary.remove();
  });

  const get = async (path: string) => JSON.parse(await (await fetch(server.url + path)).text());
  /** An answer without its times. */
  const search = async (options = {}) => {
    const body = searchForm({ parts: [{ image: 7 }], k: 30, ...options });
    const address = `${server.url}api/collections/default/search`;
    const response = await fetch(address, { method: 'POST', body });
    const { milliseconds: _, ...answer } = JSON.parse(await response.text());
    return answer;
  };
  const embeddings = async (name: string): Promise<number> => {
    const { collections } = await get('api/collections');
    const found = collections[0].encoders.find((each: { name: string }) => each.name === name);
    return found?.embeddings ?? 0;
  };
  const json = async (...args: string[]) => {
    const { code, stdout, stderr } = await run([...home, '--json', ...args]);
    return code === 0 ? JSON.parse(stdout) : JSON.parse(stderr).error;
  };
  const again = ['index', '--again', '-e', other];

  it('answers with the old one, completely, until the new one is chosen', async () => {
    const before = await search();
    expect(before).toMatchObject({ encoder: 'baseline', candidates: IMAGES - 1 });

    // Ended in the middle, as by a failure of the power.
    const child = start([...home, ...again]);
    const ended = new Promise((resolve) => child.on('close', resolve));
    let seen = 0;
    while (seen === 0 && child.exitCode === null) {
      expect(await search()).toEqual(before);
      seen = await embeddings('other');
    }
    child.kill('SIGKILL');
    await ended;
    const part = await embeddings('other');
    expect(part).toBeGreaterThan(0);
    expect(part).toBeLessThan(IMAGES);
    expect(await search()).toEqual(before);
    expect(await search({ encoder: 'other' })).toMatchObject({ encoder: 'other' });
    expect(await json('encoders', 'use', 'other')).toMatchObject({
      code: 'ENCODER_INCOMPLETE',
      detail: expect.stringContaining(`${IMAGES - part} of ${IMAGES} images`),
    });

    const { images: missing } = await get(
      'api/collections/default/missing-embeddings?encoder=other&limit=500',
    );
    expect(missing).toHaveLength(IMAGES - part);

    let running = true;
    const rest = json(...again).finally(() => {
      running = false;
    });
    while (running) expect(await search()).toEqual(before);
    expect(await rest).toMatchObject({
      added: IMAGES - part,
      unchanged: part,
      default: 'baseline',
      isDefault: false,
      missingEmbeddings: 0,
    });
    expect(await search()).toEqual(before);

    await json('encoders', 'use', 'other');
    expect(await search()).toMatchObject({ encoder: 'other', candidates: IMAGES - 1 });
    expect(await json('encoders', 'drop', 'other', '--yes')).toMatchObject({ code: 'USAGE' });
    await json('encoders', 'use', '--rollback');
    expect(await search()).toEqual(before);
    expect(await json('encoders', 'use', '--rollback')).toMatchObject({
      code: 'ENCODER_NOT_FOUND',
    });
    const { history } = await json('encoders', 'history');
    expect(history).toMatchObject([
      { name: 'baseline', embeddings: IMAGES, rolledBack: null },
      { name: 'other', embeddings: IMAGES, rolledBack: expect.any(String) },
    ]);

    const query = ['search', '--image', '7', '-k', '30'];
    const { comparison, neighbours } = await json(...query, '--compare', 'baseline,other');
    expect(neighbours).toMatchObject(before.neighbours);
    expect(comparison).toMatchObject({
      encoder: 'other',
      candidates: IMAGES - 1,
      missingEmbeddings: 0,
    });
    const places = new Map<number, number>(
      comparison.neighbours.map((n: { image: { id: number }; rank: number }) => [
        n.image.id,
        n.rank,
      ]),
    );
    expect(comparison.ranks).toEqual(
      neighbours.map((n: { image: { id: number } }) => places.get(n.image.id) ?? null),
    );
    // To the other encoder all of these grey pictures are the same, so the fusion ranks as the first.
    const fused = await json(...query, '--fuse', 'baseline:0.5,other:0.5');
    const ids = (answer: { neighbours: { image: { id: number } }[] }) =>
      answer.neighbours.map(({ image }) => image.id);
    expect(fused.encoder).toBe('baseline:0.5,other:0.5');
    expect(ids(fused)).toEqual(ids(before));
    expect(fused.neighbours[0].similarity).toBeCloseTo(
      (before.neighbours[0].similarity + 1) / 2,
      5,
    );

    const maps = join(temporary.path, 'maps');
    const explained = await json('explain', '--query', '7', '--image', '8', '-o', maps);
    expect(explained).toMatchObject({ method: 'occlusion', encoder: 'baseline' });
    for (const file of explained.files) {
      expect(await sharp(file).metadata()).toMatchObject({ format: 'png', width: 48, height: 48 });
    }

    expect(await json('encoders', 'drop', 'other')).toMatchObject({ code: 'USAGE' });
    expect(await embeddings('other')).toBe(IMAGES);
    expect(await json('encoders', 'drop', 'other', '--yes')).toMatchObject({ embeddings: IMAGES });
    expect(await embeddings('other')).toBe(0);
    expect(await search()).toEqual(before);
  }, 120_000);
});
