import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { SemblanceError } from '../domain/errors/error.ts';
import { type TiffTags, writeTiff } from '../testing/tiff.ts';
import { decodeTiff } from './tiff.ts';

const LIMITS = { maxPixels: 1_000_000 };

const page = (width: number, height: number, bits: number, more: TiffTags = {}): TiffTags => ({
  256: width,
  257: height,
  258: bits,
  259: 1,
  262: 1,
  277: 1,
  278: height,
  ...more,
});

const bytesOf = (values: { buffer: ArrayBufferLike }) => new Uint8Array(values.buffer);

/** The same values with the bytes of each the other way round. */
function swapped(values: { buffer: ArrayBufferLike; BYTES_PER_ELEMENT: number }): Uint8Array {
  const bytes = Buffer.from(bytesOf(values).slice());
  if (values.BYTES_PER_ELEMENT === 2) return bytes.swap16();
  return values.BYTES_PER_ELEMENT === 4 ? bytes.swap32() : bytes.swap64();
}

async function refusal(file: Uint8Array): Promise<string> {
  try {
    await decodeTiff(file, LIMITS);
    return 'decoded';
  } catch (error) {
    if (!(error instanceof SemblanceError)) throw error;
    return `${error.code} ${error.message}`;
  }
}

const UNSIGNED = { 339: 1 };
const SIGNED = { 339: 2 };
const FLOAT = { 339: 3 };

describe('decodeTiff', () => {
  it.each([
    ['signed 8 bit', SIGNED, Int8Array.of(-128, -1, 0, 127)],
    ['unsigned 16 bit', UNSIGNED, Uint16Array.of(0, 1, 40_000, 65_535)],
    ['signed 16 bit', SIGNED, Int16Array.of(-1024, -1, 0, 3071)],
    ['unsigned 32 bit', UNSIGNED, Uint32Array.of(0, 1, 2 ** 31, 2 ** 32 - 1)],
    ['signed 32 bit', SIGNED, Int32Array.of(-(2 ** 31), -1, 0, 2 ** 31 - 1)],
    ['float of 32 bits', FLOAT, Float32Array.of(-1.5, 0, 1e30, 3.25)],
    ['float of 64 bits', FLOAT, Float64Array.of(-1.5, 0, 1e300, 0.1)],
    ['unsigned 64 bit', UNSIGNED, BigUint64Array.of(0n, 1n, 2n ** 40n, 7n)],
    ['signed 64 bit', SIGNED, BigInt64Array.of(-(2n ** 40n), -1n, 0n, 7n)],
  ] as const)('keeps the stored values of %s in both byte orders', async (_, tags, values) => {
    const bits = values.BYTES_PER_ELEMENT * 8;
    const expected = [...values].map(Number);
    const little = writeTiff(page(2, 2, bits, tags), [bytesOf(values)]);
    const before = Buffer.from(little);
    expect([...(await decodeTiff(little, LIMITS)).data]).toEqual(expected);
    expect(little).toEqual(before);
    if (bits === 8) return;
    const big = writeTiff(page(2, 2, bits, tags), [swapped(values)], { littleEndian: false });
    const { data, decoding } = await decodeTiff(Buffer.from(big), LIMITS);
    expect([...data]).toEqual(expected);
    expect([...(await decodeTiff(big, LIMITS)).data]).toEqual(expected);
    expect(decoding).toEqual({ format: 'tiff', bits, colour: 'grey', orientation: 1, pages: 1 });
  });

  it('reads floats of 16 bits', async () => {
    const words = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00, 0x0000);
    const file = writeTiff(page(6, 1, 16, FLOAT), [bytesOf(words)]);
    const { data } = await decodeTiff(file, LIMITS);
    expect([...data]).toEqual([1, -2, 65_504, 2 ** -24, Number.POSITIVE_INFINITY, 0]);
  });

  it('reads samples of any number of bits, packed from the high one', async () => {
    const twelve = writeTiff(page(3, 2, 12), [
      Uint8Array.of(0x00, 0x1f, 0xff, 0x80, 0x00, 0x12, 0x34, 0x56, 0x78, 0x90),
    ]);
    expect([...(await decodeTiff(twelve, LIMITS)).data]).toEqual([
      0x001, 0xfff, 0x800, 0x123, 0x456, 0x789,
    ]);
    const signed = writeTiff(page(2, 1, 12, SIGNED), [Uint8Array.of(0xff, 0xf7, 0xff)]);
    expect([...(await decodeTiff(signed, LIMITS)).data]).toEqual([-1, 2047]);
    const two = writeTiff(page(4, 1, 2), [Uint8Array.of(0b00_01_10_11)]);
    expect([...(await decodeTiff(two, LIMITS)).data]).toEqual([0, 85, 170, 255]);
    const reversed = writeTiff(page(4, 1, 2, { 266: 2 }), [Uint8Array.of(0b11_01_10_00)]);
    expect([...(await decodeTiff(reversed, LIMITS)).data]).toEqual([0, 85, 170, 255]);
    const inverted = writeTiff(page(4, 1, 2, { 262: 0 }), [Uint8Array.of(0b00_01_10_11)]);
    expect([...(await decodeTiff(inverted, LIMITS)).data]).toEqual([255, 170, 85, 0]);
  });

  it('undoes deflate, PackBits, LZW of both kinds and Zstandard', async () => {
    const values = Int16Array.of(-1, -1, -1, -1, 5, 6);
    const read = async (compression: number, data: Uint8Array) => [
      ...(
        await decodeTiff(writeTiff(page(6, 1, 16, { ...SIGNED, 259: compression }), [data]), LIMITS)
      ).data,
    ];
    const expected = [...values];
    expect(await read(8, deflateSync(bytesOf(values)))).toEqual(expected);
    expect(await read(32773, Uint8Array.of(249, 255, 3, 5, 0, 6, 0))).toEqual(expected);
    // 256 clear, 255, 258 (twice 255), 259 (three times), 255, 255, 5, 0, 6, 0, 257, of 9 bits each.
    const codes = [256, 255, 258, 259, 255, 255, 5, 0, 6, 0, 257];
    const high = codes.map((code) => code.toString(2).padStart(9, '0')).join('');
    const fromHigh = high.match(/.{1,8}/g)?.map((bits) => Number.parseInt(bits.padEnd(8, '0'), 2));
    expect(await read(5, Uint8Array.from(fromHigh ?? []))).toEqual(expected);
    const low = codes.reduce((sum, code, i) => sum | (BigInt(code) << BigInt(9 * i)), 0n);
    const fromLow = Array.from({ length: 13 }, (_, i) => Number((low >> BigInt(8 * i)) & 255n));
    expect(await read(5, Uint8Array.from(fromLow))).toEqual(expected);
    // One raw block that is the last, in a frame of a single segment.
    const zstd = [0x28, 0xb5, 0x2f, 0xfd, 0x20, 12, 0x61, 0, 0, ...bytesOf(values)];
    expect(await read(50000, Uint8Array.from(zstd))).toEqual(expected);
  });

  it('undoes the predictors of integers and floats', async () => {
    const differences = Int16Array.of(-5, 3, 3, -100);
    const integers = writeTiff(page(4, 1, 16, { ...SIGNED, 259: 8, 317: 2 }), [
      deflateSync(bytesOf(differences)),
    ]);
    expect([...(await decodeTiff(integers, LIMITS)).data]).toEqual([-5, -2, 1, -99]);
    // 1 and 2 are 3f800000 and 40000000: bytes of a kind together, each less the one before.
    const planes = [0x3f, 0x40, 0x80, 0x00, 0, 0, 0, 0];
    const predicted = planes.map((byte, i) => (byte - (planes[i - 1] ?? 0)) & 255);
    const floats = writeTiff(page(2, 1, 32, { ...FLOAT, 259: 8, 317: 3 }), [
      deflateSync(Uint8Array.from(predicted)),
    ]);
    expect([...(await decodeTiff(floats, LIMITS)).data]).toEqual([1, 2]);
  });

  it('puts strips, tiles and planes together', async () => {
    const strips = writeTiff(page(2, 3, 16, { ...SIGNED, 278: 2 }), [
      bytesOf(Int16Array.of(1, 2, 3, 4)),
      bytesOf(Int16Array.of(5, 6)),
    ]);
    expect([...(await decodeTiff(strips, LIMITS)).data]).toEqual([1, 2, 3, 4, 5, 6]);
    const tile = (...values: number[]) => bytesOf(Int16Array.from(values));
    const tiles = writeTiff(page(3, 3, 16, { ...SIGNED, 322: 2, 323: 2 }), [
      tile(1, 2, 4, 5),
      tile(3, 0, 6, 0),
      tile(7, 8, 0, 0),
      tile(9, 0, 0, 0),
    ]);
    expect([...(await decodeTiff(tiles, LIMITS)).data]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const planes = writeTiff(page(2, 1, 8, { 258: [8, 8, 8], 262: 2, 277: 3, 284: 2 }), [
      Uint8Array.of(1, 4),
      Uint8Array.of(2, 5),
      Uint8Array.of(3, 6),
    ]);
    const { data, channels } = await decodeTiff(planes, LIMITS);
    expect([channels, ...data]).toEqual([3, 1, 2, 3, 4, 5, 6]);
  });

  it.each([
    [
      'a palette of 16-bit colours',
      { 262: 3, 320: [0, 256, 2560, 0, 512, 5120, 0, 768, 7680] },
      [2, 1],
      [10, 20, 30, 1, 2, 3],
    ],
    [
      'a palette of 8-bit colours',
      { 262: 3, 320: [0, 1, 10, 0, 2, 20, 0, 3, 30] },
      [2, 1],
      [10, 20, 30, 1, 2, 3],
    ],
    [
      'CMYK',
      { 258: [8, 8, 8, 8], 262: 5, 277: 4 },
      [0, 0, 0, 0, 0, 0, 0, 255],
      [255, 255, 255, 0, 0, 0],
    ],
    ['L*a*b*', { 258: [8, 8, 8], 262: 8, 277: 3 }, [255, 0, 0, 0, 0, 0], [255, 255, 255, 0, 0, 0]],
    [
      'L*a*b* of the ICC',
      { 258: [8, 8, 8], 262: 9, 277: 3 },
      [255, 128, 128, 0, 128, 128],
      [255, 255, 255, 0, 0, 0],
    ],
    [
      'YCbCr',
      { 258: [8, 8, 8], 262: 6, 277: 3, 530: [1, 1] },
      [76, 85, 255, 255, 128, 128],
      [254, 0, 0, 255, 255, 255],
    ],
    [
      'premultiplied alpha',
      { 258: [8, 8, 8, 8], 262: 2, 277: 4, 338: 1 },
      [50, 10, 0, 100, 0, 0, 0, 0],
      [127, 25, 0, 0, 0, 0],
    ],
  ] as const)('turns %s into RGB', async (_, tags, stored, expected) => {
    const map = tags[262] === 3 ? { 320: paletteOf(tags[320]) } : {};
    const file = writeTiff(page(2, 1, 8, { ...tags, ...map }), [Uint8Array.from(stored)]);
    const { data, channels } = await decodeTiff(file, LIMITS);
    expect([channels, ...data]).toEqual([3, ...expected]);
  });

  /** Three entries of each colour as a map of 256. */
  function paletteOf(entries: readonly number[]): number[] {
    return [0, 3, 6].flatMap((start) => [
      ...entries.slice(start, start + 3),
      ...new Array(253).fill(0),
    ]);
  }

  it('turns the picture upright and counts pages', async () => {
    const values = bytesOf(Int16Array.of(1, 2, 3, 4, 5, 6));
    const turned = writeTiff(page(3, 2, 16, { ...SIGNED, 274: 6 }), [values]);
    const { width, height, data } = await decodeTiff(turned, LIMITS);
    expect([width, height, ...data]).toEqual([2, 3, 4, 1, 5, 2, 6, 3]);
    const first = writeTiff(page(3, 2, 16, SIGNED), [values], { next: 8 });
    expect((await decodeTiff(first, LIMITS)).decoding.pages).toBe(1);
  });

  it('reads on where lengths of strips or rows are absent, 0 or huge', async () => {
    const values = Int16Array.of(1, 2, 3, 4);
    for (const tags of [{ 279: 0 }, { 279: 1 }, { 278: 2 ** 32 - 1 }]) {
      const file = writeTiff(page(2, 2, 16, { ...SIGNED, ...tags }), [bytesOf(values)]);
      expect([...(await decodeTiff(file, LIMITS)).data]).toEqual([...values]);
    }
  });

  it.each([
    ['complex numbers', page(1, 1, 64, { 339: 6 }), /complex/],
    ['floats of 8 bits', page(1, 1, 8, { 339: 3 }), /float samples of 8 bits/],
    ['channels of several widths', page(1, 1, 8, { 258: [5, 6, 5], 277: 3, 262: 2 }), /5, 6, 5/],
    ['LZMA', page(1, 1, 16, { 259: 34925 }), /LZMA/],
    ['LERC', page(1, 1, 16, { 259: 34887 }), /LERC/],
    ['JPEG 2000', page(1, 1, 16, { 259: 34712 }), /JPEG 2000/],
    ['a compression without a name', page(1, 1, 16, { 259: 64000 }), /64000/],
    ['raw data of a camera', page(1, 1, 16, { 262: 32803 }), /CFA/],
    ['LogLuv', page(1, 1, 16, { 262: 32845 }), /LogLuv/],
    ['DNG', page(1, 1, 16, { 50706: [1, 4] }), /DNG/],
    ['predictor on 12 bits', page(1, 1, 12, { 259: 5, 317: 2 }), /predictor 2/],
    ['many channels', page(1, 1, 8, { 258: [8, 8, 8], 277: 3 }), /3 channels/],
    ['strips without data', page(1, 2, 8, { 278: 1, 279: [0, 1] }), /sparse/],
  ])('refuses %s by its name', async (_, tags, name) => {
    const message = await refusal(writeTiff(tags, [new Uint8Array(64), new Uint8Array(64)]));
    expect(message).toMatch(/^IMAGE_UNSUPPORTED/);
    expect(message).toMatch(name);
  });

  it('refuses a JPEG within a TIFF whose data end early, which libtiff fills up', async () => {
    const size = { width: 64, height: 48, channels: 3, background: '#888' } as const;
    const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
    const file = await sharp({ create: { ...size, noise } })
      .tiff({ compression: 'jpeg' })
      .toBuffer();
    expect((await decodeTiff(file, { maxPixels: 1e6 })).width).toBe(64);
    const end = file.lastIndexOf('ffd9', undefined, 'hex');
    Buffer.from('ffd9', 'hex').copy(file.fill(0, end - 60, end + 2), end - 60);
    const refused = decodeTiff(file, { maxPixels: 1e6 });
    await expect(refused).rejects.toMatchObject({ code: 'IMAGE_DAMAGED' });
  });

  it('refuses data that end early and headers that promise too much', async () => {
    const values = bytesOf(new Int16Array(10_000).map((_, i) => i * 37));
    for (const compression of [1, 8] as const) {
      const data = compression === 8 ? deflateSync(values) : values;
      const file = writeTiff(page(100, 100, 16, { ...SIGNED, 259: compression }), [data]);
      expect(await refusal(file)).toBe('decoded');
      expect(await refusal(file.subarray(0, file.length - 500))).toMatch(/^IMAGE_DAMAGED/);
    }
    const promise = page(900, 1000, 16, { ...SIGNED, 259: 8 });
    expect(await refusal(writeTiff(promise, [deflateSync(Buffer.alloc(8))]))).toMatch(
      /^IMAGE_DAMAGED/,
    );
    const tiles = page(1000, 1, 16, { ...SIGNED, 322: 1, 323: 60_000 });
    expect(await refusal(writeTiff(tiles, [values]))).toMatch(/^IMAGE_TOO_LARGE/);
    expect(await refusal(writeTiff(page(60_000, 60_000, 16, SIGNED), [values]))).toMatch(
      /^IMAGE_TOO_LARGE/,
    );
  });

  it('ends with a picture or a coded error whatever is damaged', async () => {
    const values = bytesOf(new Int16Array(400).map((_, i) => i * 37));
    const files = [
      writeTiff(page(20, 20, 16, SIGNED), [values]),
      writeTiff(page(20, 20, 16, { ...SIGNED, 259: 8, 317: 2 }), [deflateSync(values)]),
      writeTiff(page(20, 20, 12, { 259: 32773 }), [Buffer.concat([Buffer.of(127), values])]),
      writeTiff(page(20, 20, 32, { ...FLOAT, 259: 8, 317: 3 }), [
        deflateSync(Buffer.concat([values, values])),
      ]),
    ];
    let seed = 7;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    const outcomes = new Set<string>();
    for (let round = 0; round < 2000; round++) {
      const file = Buffer.from(files[round % files.length] as Buffer);
      if (round % 3 === 0)
        file.writeUInt32LE([0, 8, 2 ** 31, 2 ** 32 - 1][random(4)] as number, random(160));
      else file[random(Math.min(file.length, 200))] = random(256);
      const cut = round % 5 === 0 ? random(file.length) : file.length;
      outcomes.add((await refusal(file.subarray(0, cut))).split(' ')[0] as string);
    }
    expect([...outcomes].sort()).toEqual(
      expect.arrayContaining(['IMAGE_DAMAGED', 'IMAGE_TOO_LARGE', 'IMAGE_UNSUPPORTED', 'decoded']),
    );
  }, 120_000);
});
