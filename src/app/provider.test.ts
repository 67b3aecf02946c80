import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Provider } from '../runtime/provider.ts';
import { Semblance } from './semblance.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-provider-'));
const images = join(folder, 'images');
const collection = 'pictures';
// No system has both.
const ABSENT = process.platform === 'win32' ? 'coreml' : 'dml';
const LINE = `Provider "${ABSENT}" cannot be used on this machine: cpu is used.`;
const opened: Semblance[] = [];

/** An application of its own, and what it has told its logger. */
async function open(provider?: Provider): Promise<{ semblance: Semblance; told: string[] }> {
  const told: string[] = [];
  const semblance = await Semblance.open({
    home: join(folder, `home-${opened.length}`),
    logger: { warn: (line) => told.push(line) },
    ...(provider && { provider }),
  });
  opened.push(semblance);
  return { semblance, told };
}

async function firstOf({ semblance }: { semblance: Semblance }): Promise<number | undefined> {
  const picture = await sharp(join(images, '3.png')).toBuffer();
  const parts = [{ file: 0 }];
  const answer = await semblance.search.search({}, { collection, parts, files: [picture], k: 1 });
  return answer.neighbours[0]?.similarity;
}

beforeAll(async () => {
  mkdirSync(images);
  for (let i = 0; i < 5; i++) {
    const data = Uint8Array.from({ length: 256 }, (_, at) => (at * (i + 3)) % 251);
    await sharp(data, { raw: { width: 16, height: 16, channels: 1 } }).toFile(
      join(images, `${i}.png`),
    );
  }
});
afterAll(async () => {
  for (const semblance of opened) await semblance.close();
  rmSync(folder, { recursive: true });
});

it('each application runs its encoders where it was told to, beside others in the same process', async () => {
  const plain = await open();
  const absent = await open(ABSENT);
  const other = await open(ABSENT);
  const index = ({ semblance }: typeof plain) =>
    semblance.indexing.index({}, { collection, path: images });

  expect(await index(plain)).toMatchObject({ added: 5, failed: 0 });
  // Nothing is tried before an encoder is needed.
  expect([plain, absent, other].flatMap(({ told }) => told)).toEqual([]);

  expect(await index(absent)).toMatchObject({ added: 5, failed: 0 });
  expect(absent.told).toEqual([LINE]);
  const nearest = await firstOf(plain);
  expect(nearest).toBeGreaterThan(0);
  expect(await firstOf(absent)).toBe(nearest);
  expect(absent.told).toEqual([LINE]);
  expect(plain.told).toEqual([]);

  // Another one is told as well, though this machine was tried before.
  expect(other.told).toEqual([]);
  await other.semblance.models.verify({ name: 'baseline' });
  expect(other.told).toEqual([LINE]);
});
