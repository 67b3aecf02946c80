import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../src/images/decode.ts';
import type { Pixels } from '../../src/images/pixels.ts';
import { hasShared, sharedPath } from '../../src/testing/shared.ts';

const read = async (path: string): Promise<Pixels> =>
  decodeImage(await readFile(sharedPath(`faults/${path}`)));

/** The largest difference of two pictures in any sample. */
function difference(a: Pixels, b: Pixels): number {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - (b.data[i] ?? 0))), 0);
}

describe.skipIf(!hasShared('faults'))('pictures that were read wrongly', () => {
  it.each([
    ['bmp-palette-8bit/bmp8.bmp', 'bmp-palette-8bit/ref8.png', 0],
    ['bmp-rle/bmp8_rle.bmp', 'bmp-rle/ref8.png', 0],
    ['bmp-rle/bmp8_rleabs.bmp', 'bmp-rle/ref8.png', 0],
    // 16 greys.
    ['bmp-rle/bmp4_rle.bmp', 'bmp-rle/ref8.png', 17],
    ['bmp-v5-header-uncompressed/bmp32_v5_rgb0.bmp', 'bmp-v5-header-uncompressed/refcol.png', 0],
    ['bmp-v5-header-uncompressed/bmp16_v5_rgb0.bmp', 'bmp-v5-header-uncompressed/refcol.png', 7],
    ['deep-rgb-12bit/png16_rgb12.png', 'deep-rgb-12bit/png16.png', 0],
    ['deep-rgb-12bit/tif16_rgb12.tif', 'deep-rgb-12bit/png16.png', 0],
    ['deep-rgb-12bit/png16.png', 'deep-rgb-12bit/ref8.png', 0],
  ])('%s equals %s within %i', async (path, reference, most) => {
    expect(difference(await read(path), await read(reference))).toBeLessThanOrEqual(most);
  });

  it('says what a deep colour picture was mapped from', async () => {
    const { decoding } = await read('deep-rgb-12bit/png16_rgb12.png');
    expect(decoding).toMatchObject({ bits: 16, colour: 'rgb', windowLow: 0, windowHigh: 4095 });
  });

  it.each([
    'slow-picture-blocks-server/bmp-rle4.bmp',
    'slow-picture-blocks-server/bmp14000-rle8.bmp',
  ])('refuses %s, whose codes end early, without drawing it', async (path) => {
    const before = process.memoryUsage().arrayBuffers;
    await expect(read(path)).rejects.toMatchObject({ code: 'IMAGE_DAMAGED' });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
  });

  it.each([
    ['grey16-14142.png', 14142],
    ['rgb16-6700.png', 6700],
  ])('16bit-png-kills-process/%s is a picture', async (file, side) => {
    const { width, height, data } = await read(`16bit-png-kills-process/${file}`);
    expect([width, height, data.length]).toEqual([side, side, side * side * 3]);
  });
});
