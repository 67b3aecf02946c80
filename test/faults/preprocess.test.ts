import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { searchForm } from '../../src/testing/search-form.ts';
import { hasShared, sharedPath } from '../../src/testing/shared.ts';
import { run, startServing, writePicture } from '../program.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-attack-'));
const home = ['--home', join(folder, 'home')];
let server: Awaited<ReturnType<typeof startServing>>;

beforeAll(async () => {
  const images = join(folder, 'images');
  mkdirSync(images);
  for (let i = 0; i < 30; i++) await writePicture(join(images, `${i}.png`), i);
  expect((await run([...home, 'index', images, '-c', 'c'])).code).toBe(0);
  server = await startServing([...home, 'serve', '--max-seconds', '10']);
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

function post(body: FormData, signal?: AbortSignal) {
  const address = `${server.url}api/collections/c/search`;
  return fetch(address, { method: 'POST', body, ...(signal && { signal }) });
}

async function search(bytes: Uint8Array, signal?: AbortSignal) {
  const response = await post(searchForm({ parts: [{ file: 0 }] }, bytes), signal);
  return { status: response.status, body: await response.json() };
}

/** Longest answer of /health in milliseconds, asked every 20 until something has ended. */
async function longestHealth(until: Promise<unknown>): Promise<number> {
  let ended = false;
  const end = () => {
    ended = true;
  };
  until.then(end, end);
  let longest = 0;
  do {
    const begun = performance.now();
    expect((await fetch(`${server.url}health`)).status).toBe(200);
    longest = Math.max(longest, performance.now() - begun);
    await sleep(20);
  } while (!ended);
  return longest;
}

/** A grey PNG of one value, or of rows of their own. */
function drawn(width: number, height: number): Promise<Buffer> {
  const create = { width, height, channels: 3, background: '#787878' } as const;
  return sharp({ create, limitInputPixels: false }).toColourspace('b-w').png().toBuffer();
}

/** A 16-bit grey PNG whose values differ; it is written as it is drawn, row by row. */
function deep(side: number): Promise<Buffer> {
  const data = new Uint16Array(side * side);
  for (let y = 0; y < side; y++) data.fill((y * 37) % 65536, y * side, (y + 1) * side);
  const raw = { width: side, height: side, channels: 1 } as const;
  return sharp(data, { raw, limitInputPixels: false })
    .toColourspace('grey16')
    .png({ compressionLevel: 1 })
    .toBuffer();
}

/** An 8-bit BMP with a run-length code that ends at once: a header that promises far more than follows. */
function runLengthBomb(side: number): Buffer {
  const bytes = Buffer.alloc(54 + 1024 + 2);
  bytes.write('BM');
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(54 + 1024, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(side, 18);
  bytes.writeInt32LE(side, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(8, 28);
  bytes.writeUInt32LE(1, 30);
  bytes[bytes.length - 1] = 1;
  return bytes;
}

const SHARED = [
  'extreme-aspect-ratio/w.png',
  'extreme-aspect-ratio/w8000x4.png',
  'slow-picture-blocks-server/bmp-rle4.bmp',
  'slow-picture-blocks-server/bmp14000-rle8.bmp',
  'slow-picture-blocks-server/g8-1x100000.png',
  'slow-picture-blocks-server/g8-1x1000000.png',
  '16bit-png-kills-process/grey16-14142.png',
  '16bit-png-kills-process/rgb16-6700.png',
].map((name) => `faults/${name}`);

const ATTACKS: [name: string, make: () => Promise<Uint8Array> | Uint8Array][] = [
  ['1 x 100000', () => drawn(1, 100_000)],
  ['100000 x 1', () => drawn(100_000, 1)],
  ['3 x 90000', () => drawn(3, 90_000)],
  ['8000 x 4', () => drawn(8000, 4)],
  ['1 x 1', () => drawn(1, 1)],
  ['a run-length bomb of 14000 x 14000', () => runLengthBomb(14_000)],
  ['16 bit, 14142 x 14142', () => deep(14_142)],
  ...SHARED.filter(hasShared).map((name): (typeof ATTACKS)[number] => [
    name,
    () => readFileSync(sharedPath(name)),
  ]),
];

describe('a server that is sent hostile pictures', () => {
  it.each(ATTACKS)(
    'answers others meanwhile, and goes on: %s',
    async (_, make) => {
      const bytes = await make();
      // On a busy machine every answer takes longer.
      const base = await longestHealth(sleep(1000));
      const attack = search(bytes);
      expect(await longestHealth(attack)).toBeLessThan(Math.max(200, 12 * base));
      const { status, body } = await attack;
      if (status === 200) expect(body.neighbours.length).toBeGreaterThan(0);
      else {
        expect([413, 415, 422]).toContain(status);
        expect(body.code).toMatch(/^IMAGE_/);
      }
      const usual = await search(readFileSync(join(folder, 'images', '3.png')));
      expect([usual.status, usual.body.copies.length]).toEqual([200, 1]);
    },
    180_000,
  );

  it('searches at once with pictures of any shape, and refuses longer sides', async () => {
    expect((await search(await drawn(8000, 4))).status).toBe(200);
    expect((await search(await drawn(30_000, 1))).status).toBe(200);
    const long = await search(await drawn(1, 100_001));
    expect([long.status, long.body.code]).toEqual([413, 'IMAGE_TOO_LARGE']);
    expect(long.body.detail).toContain('100000 along a side');
  });

  it('answers others while it makes a diverse choice', async () => {
    const base = await longestHealth(sleep(1000));
    const choice = post(searchForm({ parts: [{ image: 1 }], k: 1000, diversify: 0.5 }));
    expect(await longestHealth(choice)).toBeLessThan(Math.max(200, 12 * base));
    const { neighbours } = (await (await choice).json()) as { neighbours: unknown[] };
    expect(neighbours).toHaveLength(29);
  });

  it('gives up a picture that nobody waits for', async () => {
    const controller = new AbortController();
    const bytes = await deep(10_000);
    const attacks = Array.from({ length: 4 }, () => search(bytes, controller.signal));
    setTimeout(() => controller.abort(), 300);
    for (const attack of attacks)
      await expect(attack).rejects.toMatchObject({ name: 'AbortError' });
    const usual = await search(readFileSync(join(folder, 'images', '4.png')));
    expect(usual.status).toBe(200);
  }, 120_000);

  it('shows a picture of an extreme shape', async () => {
    const images = join(folder, 'narrow');
    mkdirSync(images);
    await sharp(await drawn(30_000, 1)).toFile(join(images, 'w.png'));
    expect((await run([...home, 'index', images, '-c', 'narrow'])).code).toBe(0);
    for (const what of ['thumbnail', 'rendered', 'pixels']) {
      const response = await fetch(`${server.url}api/collections/narrow/images/1/${what}`);
      expect([what, response.status]).toEqual([what, 200]);
      expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(0);
    }
  });
});
