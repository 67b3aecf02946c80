import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage, decodeStoredPixels } from '../../src/images/decode.ts';
import { hasShared, sharedPath } from '../../src/testing/shared.ts';

const read = (name: string) => readFileSync(sharedPath(`faults/${name}`));
const LIMITS = { maxPixels: 1_000_000 };

/** Mean difference of a picture as an encoder sees it to the right one. */
async function meanDifference(name: string, right: string): Promise<number> {
  const { data } = await decodeImage(read(name), LIMITS);
  const expected = await sharp(read(right)).removeAlpha().toColourspace('srgb').raw().toBuffer();
  expect(data.length).toBe(expected.length);
  return data.reduce((sum, v, i) => sum + Math.abs(v - (expected[i] as number)), 0) / data.length;
}

describe.runIf(hasShared('faults/tiff-int16-signed'))('signed and floating TIFF', () => {
  it('keeps Hounsfield units', async () => {
    const name = 'tiff-int16-signed/ct_int16_hu.tif';
    expect(await meanDifference(name, 'tiff-int16-signed/ref8.png')).toBeLessThan(1);
    const { decoding } = await decodeImage(read(name), LIMITS);
    expect(decoding).toMatchObject({
      bits: 16,
      colour: 'grey',
      windowLow: -1024,
      windowHigh: 3071,
    });
  });

  it('keeps every level of an MR picture', async () => {
    const { data, decoding } = await decodeImage(
      read('tiff-int16-signed/mr_int16_pos.tif'),
      LIMITS,
    );
    expect(new Set(data).size).toBeGreaterThan(150);
    expect(decoding.windowLow).toBe(0);
    expect(decoding.windowHigh).toBeGreaterThan(1000);
  });

  it('reads floats of 16 bits', async () => {
    expect(await meanDifference('tiff-float16/tif_f16.tif', 'tiff-float16/ref8.png')).toBeLessThan(
      1,
    );
  });
});

describe.runIf(hasShared('faults/cmyk-contrast'))('CMYK', () => {
  it.each(['cmyk_cmy.jpg', 'cmyk_k.jpg'])('shows %s with its own contrast', async (name) => {
    const difference = await meanDifference(`cmyk-contrast/${name}`, 'cmyk-contrast/ref8.png');
    expect(difference).toBeLessThan(2);
  });
});

describe.runIf(hasShared('faults/unsupported-called-damaged'))(
  'kinds that were called damaged',
  () => {
    it.each([
      ['jpg_12bit.jpg', 12],
      ['jpg_lossless16.jpg', 12],
      ['jpegls.jpg', 8],
      ['tif16_zstd.tif', 16],
      ['tif_12packed.tif', 12],
      ['tif_f64.tif', 64],
    ])('reads %s', async (name, bits) => {
      const file = read(`unsupported-called-damaged/${name}`);
      const { decoding, data } = await decodeImage(file, LIMITS);
      expect(decoding.bits).toBe(bits);
      expect(new Set(data).size).toBeGreaterThan(100);
      expect((await decodeStoredPixels(file, LIMITS)).channels).toBe(1);
    });

    it('names LZMA, which is not read', async () => {
      const file = read('unsupported-called-damaged/tif16_lzma.tif');
      await expect(decodeImage(file, LIMITS)).rejects.toMatchObject({
        code: 'IMAGE_UNSUPPORTED',
        message: expect.stringContaining('LZMA'),
      });
    });
  },
);
