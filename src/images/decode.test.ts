import { readFile } from 'node:fs/promises';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { SemblanceError } from '../domain/errors/error.ts';
import { decodeImage, decodeStoredPixels } from './decode.ts';
import { READING } from './reading.ts';
import { renderThumbnail } from './render.ts';

const LIMITS = { maxPixels: 1_000_000 };

/** Four pixels, red green / blue white, as raw RGB for sharp. */
const COLOURS = Uint8Array.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255]);
const colours = () => sharp(COLOURS, { raw: { width: 2, height: 2, channels: 3 } });

/** A PNG file by hand, for what sharp does not write. `rows` hold the filter byte of each line. */
function png(
  header: { width: number; height: number; bits: number; colour: number },
  rows: Uint8Array,
  extra: [string, Uint8Array][] = [],
): Buffer {
  const chunk = (type: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const frame = Buffer.alloc(body.length + 8);
    frame.writeUInt32BE(data.length, 0);
    body.copy(frame, 4);
    frame.writeUInt32BE(crc32(body), body.length + 4);
    return frame;
  };
  const ihdr = Buffer.alloc(13);
  ihdr.writeUInt32BE(header.width, 0);
  ihdr.writeUInt32BE(header.height, 4);
  ihdr[8] = header.bits;
  ihdr[9] = header.colour;
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', ihdr),
    ...extra.map(([type, data]) => chunk(type, data)),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

const grey = (values: number[]) => values.flatMap((v) => [v, v, v]);
const decoded = async (bytes: Uint8Array) => [...(await decodeImage(bytes, LIMITS)).data];

async function codeOf(bytes: Uint8Array): Promise<string> {
  try {
    await decodeImage(bytes, LIMITS);
    return 'decoded';
  } catch (error) {
    if (error instanceof SemblanceError) return error.code;
    throw error;
  }
}

describe('decodeImage', () => {
  it.each(['png', 'webp', 'tiff'] as const)(
    'reads lossless %s as it was written',
    async (format) => {
      const file = await colours()
        .toFormat(format, { lossless: true, compression: 'lzw' })
        .toBuffer();
      const pixels = await decodeImage(file, LIMITS);
      expect([...pixels.data]).toEqual([...COLOURS]);
      expect(pixels.decoding).toMatchObject({
        format,
        bits: 8,
        colour: 'rgb',
        orientation: 1,
        pages: 1,
      });
    },
  );

  it('drops alpha without blending', async () => {
    const rgba = Uint8Array.from([200, 100, 50, 0, 10, 20, 30, 128]);
    const file = await sharp(rgba, { raw: { width: 2, height: 1, channels: 4 } })
      .png()
      .toBuffer();
    expect(await decoded(file)).toEqual([200, 100, 50, 10, 20, 30]);
  });

  it('expands palettes and single bits', async () => {
    const palette = Uint8Array.from([9, 8, 7, 1, 2, 3]);
    const indexed = png({ width: 2, height: 1, bits: 8, colour: 3 }, Uint8Array.from([0, 1, 0]), [
      ['PLTE', palette],
    ]);
    expect(await decoded(indexed)).toEqual([1, 2, 3, 9, 8, 7]);
    const bitmap = png(
      { width: 3, height: 1, bits: 1, colour: 0 },
      Uint8Array.from([0, 0b101_00000]),
    );
    expect(await decoded(bitmap)).toEqual(grey([255, 0, 255]));
  });

  it('says what a BMP is', async () => {
    const bmp = (bits: number, palette: number[], pixels: number[]) => {
      const file = Buffer.alloc(54);
      file.write('BM');
      file.writeUInt32LE(54 + palette.length, 10);
      file.writeUInt32LE(40, 14);
      file.writeInt32LE(2, 18);
      file.writeInt32LE(1, 22);
      file.writeUInt16LE(bits, 28);
      file.writeUInt32LE(palette.length / 4, 46);
      return Buffer.concat([file, Buffer.from(palette), Buffer.from(pixels)]);
    };
    const decodingOf = async (file: Buffer) => (await decodeImage(file, LIMITS)).decoding;
    const common = { format: 'bmp', orientation: 1, pages: 1, reading: READING };
    const greys = bmp(8, [0, 0, 0, 0, 9, 9, 9, 0], [1, 0, 0, 0]);
    expect(await decodingOf(greys)).toEqual({ ...common, bits: 8, colour: 'grey' });
    const colours = bmp(4, [0, 0, 1, 0, 9, 9, 9, 0], [0x10, 0, 0, 0]);
    expect(await decodingOf(colours)).toEqual({ ...common, bits: 4, colour: 'palette' });
    const rgb = bmp(16, [], [1, 2, 3, 4]);
    expect(await decodingOf(rgb)).toEqual({ ...common, bits: 5, colour: 'rgb' });
    const skipped = bmp(8, [7, 7, 7, 0], [0, 2, 2, 0, 0, 1]);
    skipped.writeUInt32LE(1, 30);
    expect(await decodingOf(skipped)).toEqual({ ...common, bits: 8, colour: 'grey', undrawn: 2 });
    expect(await decoded(skipped)).toEqual(grey([7, 7]));
  });

  it('maps 16-bit grey over its own range and keeps the values for the viewer', async () => {
    const rows = Buffer.alloc(7);
    [1000, 2000, 3000].forEach((value, i) => {
      rows.writeUInt16BE(value, 1 + 2 * i);
    });
    const file = png({ width: 3, height: 1, bits: 16, colour: 0 }, rows);
    const pixels = await decodeImage(file, LIMITS);
    expect([...pixels.data]).toEqual(grey([0, 128, 255]));
    expect(pixels.decoding).toMatchObject({
      bits: 16,
      colour: 'grey',
      windowLow: 1000,
      windowHigh: 3000,
    });
    const stored = await decodeStoredPixels(file, LIMITS);
    expect(stored).toMatchObject({ width: 3, height: 1, channels: 1, bits: 16 });
    expect(stored).toMatchObject({ windowLow: 1000, windowHigh: 3000 });
    expect([...stored.data]).toEqual([1000, 2000, 3000]);
  });

  it('reads 16-bit TIFF and 16-bit colour', async () => {
    const deep = Uint16Array.from([0, 4095, 2048, 1024]);
    const raw = { width: 4, height: 1, channels: 1 } as const;
    const tiff = await sharp(deep, { raw })
      .toColourspace('grey16')
      .tiff({ compression: 'none' })
      .toBuffer();
    expect([...(await decodeStoredPixels(tiff, LIMITS)).data]).toEqual([...deep]);
    const rows = Buffer.alloc(7);
    [65535, 257 * 100, 0].forEach((value, i) => {
      rows.writeUInt16BE(value, 1 + 2 * i);
    });
    expect(await decoded(png({ width: 1, height: 1, bits: 16, colour: 2 }, rows))).toEqual([
      255, 100, 0,
    ]);
  });

  it('turns CMYK into RGB', async () => {
    const red = { create: { width: 8, height: 8, channels: 3, background: '#ff0000' } } as const;
    const file = await sharp(red).toColourspace('cmyk').jpeg().toBuffer();
    const { data, decoding } = await decodeImage(file, LIMITS);
    expect(decoding.colour).toBe('cmyk');
    expect(data[0]).toBeGreaterThan(180);
    expect(data[1]).toBeLessThan(80);
  });

  it('counts the frames of an animated PNG', async () => {
    const header = { width: 1, height: 1, bits: 8, colour: 0 };
    const still = await decodeImage(png(header, Uint8Array.of(0, 7)), LIMITS);
    expect(still.decoding.pages).toBe(1);
    const counts = Buffer.alloc(8);
    counts.writeUInt32BE(3);
    const moving = await decodeImage(png(header, Uint8Array.of(0, 7), [['acTL', counts]]), LIMITS);
    expect(moving.decoding.pages).toBe(3);
    expect([...moving.data]).toEqual(grey([7]));
  });

  it('undoes each of the eight EXIF orientations', async () => {
    // What a viewer must show; the camera stored it turned or mirrored as the tag says.
    const upright = [
      [1, 2, 3],
      [4, 5, 6],
    ];
    const mirror = (m: number[][]) => m.map((row) => [...row].reverse());
    const flip = (m: number[][]) => [...m].reverse();
    const transpose = (m: number[][]) =>
      (m[0] as number[]).map((_, x) => m.map((row) => row[x] as number));
    const stored: Record<number, number[][]> = {
      1: upright,
      2: mirror(upright),
      3: flip(mirror(upright)),
      4: flip(upright),
      5: transpose(upright),
      6: flip(transpose(upright)),
      7: flip(mirror(transpose(upright))),
      8: mirror(transpose(upright)),
    };
    for (const [tag, matrix] of Object.entries(stored)) {
      const data = Uint8Array.from(matrix.flat().map((v) => v * 40));
      const raw = {
        width: (matrix[0] as number[]).length,
        height: matrix.length,
        channels: 1,
      } as const;
      const orientation = Number(tag);
      const file = await sharp(data, { raw }).withMetadata({ orientation }).png().toBuffer();
      const pixels = await decodeImage(file, LIMITS);
      expect([pixels.width, pixels.height, pixels.decoding.orientation]).toEqual([
        3,
        2,
        orientation,
      ]);
      expect([...pixels.data]).toEqual(grey([1, 2, 3, 4, 5, 6].map((v) => v * 40)));
    }
  });

  it('refuses what is no picture, whatever its name', async () => {
    expect(await codeOf(Buffer.alloc(0))).toBe('IMAGE_EMPTY');
    expect(await codeOf(Buffer.from('this is a text file named .png'))).toBe(
      'IMAGE_NOT_RECOGNISED',
    );
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>';
    expect(await codeOf(Buffer.from(svg))).toBe('IMAGE_NOT_RECOGNISED');
  });

  it('refuses a truncated JPEG', async () => {
    const noisy = {
      create: {
        width: 300,
        height: 300,
        channels: 3,
        background: '#888',
        noise: { type: 'gaussian', mean: 128, sigma: 40 },
      },
    } as const;
    const file = await sharp(noisy).jpeg().toBuffer();
    expect(await codeOf(file)).toBe('decoded');
    expect(await codeOf(file.subarray(0, file.length / 2))).toBe('IMAGE_DAMAGED');
  });

  it('refuses bombs by their header', async () => {
    const header = { width: 60_000, height: 60_000, bits: 8, colour: 0 };
    expect(await codeOf(png(header, Uint8Array.of(0)))).toBe('IMAGE_TOO_LARGE');
    const bmp = Buffer.alloc(54);
    bmp.write('BM');
    bmp.writeUInt32LE(54, 10);
    bmp.writeUInt32LE(40, 14);
    bmp.writeInt32LE(60_000, 18);
    bmp.writeInt32LE(60_000, 22);
    bmp.writeUInt16LE(24, 28);
    expect(await codeOf(bmp)).toBe('IMAGE_TOO_LARGE');
  });

  it('gives a picture or a coded error for every damaged file', async () => {
    const kinds: { file: string }[] = JSON.parse(
      await readFile(new URL('fixtures/kinds.json', import.meta.url), 'utf8'),
    );
    const files = [
      ...kinds.map(({ file }) => Buffer.from(file, 'base64')),
      await colours().resize(40, 40).png().toBuffer(),
      await colours().resize(40, 40).jpeg().toBuffer(),
      await colours().resize(40, 40).webp().toBuffer(),
      await colours().resize(40, 40).tiff().toBuffer(),
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { maxLength: 6 }),
        async (file, share, changes) => {
          const damaged = Buffer.from(file.subarray(0, Math.ceil(file.length * share)));
          for (const [at, value] of changes) if (at < damaged.length) damaged[at] = value;
          expect(await codeOf(damaged)).toMatch(/^(decoded|IMAGE_[A-Z_]+)$/);
        },
      ),
      { numRuns: 600 },
    );
  });
});

describe('renderThumbnail', () => {
  it('fits the longest side and does not enlarge', async () => {
    const wide = await colours().resize(200, 100, { fit: 'fill' }).png().toBuffer();
    const pixels = await decodeImage(wide, LIMITS);
    const sizeOf = async (edge: number) => {
      const { width, height, format } = await sharp(await renderThumbnail(pixels, edge)).metadata();
      return [width, height, format];
    };
    expect(await sizeOf(50)).toEqual([50, 25, 'webp']);
    expect(await sizeOf(999)).toEqual([200, 100, 'webp']);
  });
});
