import sharp, { type JpegOptions } from 'sharp';
import { describe, expect, it } from 'vitest';
import { loadCodecs } from '../codecs/native.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import { cmykToRgb } from './colour.ts';
import { decodeJpeg } from './jpeg.ts';

const LIMITS = { maxPixels: 1_000_000 };
const WIDTH = 40;
const HEIGHT = 24;

/** Values that rise to both sides, over the range of `bits`. */
const ramp = (bits: number, channels = 1) =>
  Uint16Array.from({ length: WIDTH * HEIGHT * channels }, (_, i) => (i * 997) % 2 ** bits);

/** A file of the medical kinds, by the encoder that belongs to the decoder. */
async function encode(kind: 'lossless' | 'jpeg-ls', bits: number, channels = 1): Promise<Buffer> {
  const { Context, NativeCodecs } = await loadCodecs();
  const values = ramp(bits, channels);
  const context = new Context({
    width: WIDTH,
    height: HEIGHT,
    bitsAllocated: bits <= 8 ? 8 : 16,
    bitsStored: bits,
    samplesPerPixel: channels,
    pixelRepresentation: 0,
    planarConfiguration: 0,
    photometricInterpretation: channels === 1 ? 'MONOCHROME2' : 'RGB',
    decodedBuffer: bits <= 8 ? Uint8Array.from(values) : new Uint8Array(values.buffer),
  });
  const encoded =
    kind === 'jpeg-ls'
      ? NativeCodecs.encodeJpegLs(context, { lossy: false })
      : NativeCodecs.encodeJpeg(context, { lossy: false, predictor: 1 });
  return Buffer.from(encoded.getEncodedBuffer() ?? []);
}

async function outcome(file: Uint8Array): Promise<string> {
  try {
    await decodeJpeg(file, LIMITS);
    return 'decoded';
  } catch (error) {
    if (!(error instanceof SemblanceError)) throw error;
    return `${error.code} ${error.message}`;
  }
}

/** A JPEG of noise, whose data have no place that could be left out. */
const noise = (options: JpegOptions = {}) =>
  sharp({
    create: {
      width: 96,
      height: 80,
      channels: 3,
      background: '#888',
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  })
    .jpeg(options)
    .toBuffer();

/** The file with bytes of its frame header changed, from the marker on. */
function withFrame(file: Buffer, at: number, ...bytes: number[]): Buffer {
  const changed = Buffer.from(file);
  changed.set(bytes, changed.indexOf(Buffer.of(0xff, 0xc0)) + at);
  return changed;
}

const asTwelveBits = (file: Buffer) => withFrame(withFrame(file, 4, 12), 1, 0xc1);

describe('decodeJpeg', () => {
  it.each([8, 10, 12, 14, 16])('reads lossless JPEG and JPEG-LS of %i bits', async (bits) => {
    for (const kind of ['lossless', 'jpeg-ls'] as const) {
      const { data, channels, decoding } = await decodeJpeg(await encode(kind, bits), LIMITS);
      expect(channels).toBe(1);
      expect([...data]).toEqual([...ramp(bits)]);
      expect(decoding).toMatchObject({ format: 'jpeg', colour: 'grey', orientation: 1 });
    }
  });

  it('reads lossless colour', async () => {
    for (const kind of ['lossless', 'jpeg-ls'] as const) {
      const { data, channels } = await decodeJpeg(await encode(kind, 8, 3), LIMITS);
      expect([channels, ...data]).toEqual([3, ...ramp(8, 3)]);
    }
  });

  it('reads lossy samples of 12 bits', async () => {
    const file = await sharp(await noise())
      .toColourspace('b-w')
      .jpeg()
      .toBuffer();
    const shallow = await decodeJpeg(file, LIMITS);
    // The same coefficients stand for the same values around another middle: 2048, not 128.
    const { data, decoding } = await decodeJpeg(asTwelveBits(file), LIMITS);
    expect(decoding).toMatchObject({ bits: 12, colour: 'grey' });
    const difference = Array.from(data, (v, i) => v - 1920 - (shallow.data[i] as number));
    const inside = difference.filter((_, i) => ![0, 255].includes(shallow.data[i] as number));
    expect(Math.max(...inside.map(Math.abs))).toBeLessThanOrEqual(1);
  });

  it('refuses medical kinds that end early, and reads the next file', async () => {
    const files = [await encode('lossless', 12), await encode('jpeg-ls', 12)];
    const grey = await sharp(await noise())
      .toColourspace('b-w')
      .jpeg()
      .toBuffer();
    for (const file of [...files, asTwelveBits(grey)]) {
      expect(await outcome(file.subarray(0, file.length / 2))).toMatch(/^IMAGE_DAMAGED/);
      expect(await outcome(file)).toBe('decoded');
    }
  });

  it('takes the inks of CMYK without a profile', async () => {
    const inks = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0, 128);
    expect([...cmykToRgb(inks)]).toEqual([255, 255, 255, 0, 0, 0, 0, 0, 0, 127, 127, 127]);
    const grey = { width: 16, height: 16, channels: 3, background: '#404040' } as const;
    const file = await sharp({ create: grey }).toColourspace('cmyk').jpeg().toBuffer();
    const raw = await sharp(file, { ignoreIcc: true })
      .pipelineColourspace('cmyk')
      .toColourspace('cmyk')
      .raw()
      .toBuffer();
    const { data, decoding } = await decodeJpeg(file, LIMITS);
    expect(decoding.colour).toBe('cmyk');
    expect([...data]).toEqual([...cmykToRgb(raw)]);
  });

  it('reads what stands before or behind the end, or lacks its marker only', async () => {
    const file = await noise();
    const { data } = await decodeJpeg(file, LIMITS);
    const variants = [
      Buffer.concat([file, Buffer.alloc(100)]),
      Buffer.concat([file, Buffer.from('and a note of the device')]),
      Buffer.concat([file.subarray(0, -2), Buffer.of(1, 2, 3), file.subarray(-2)]),
      file.subarray(0, -2),
      Buffer.concat([file.subarray(0, -2), Buffer.alloc(100)]),
    ];
    for (const variant of variants) {
      expect(Buffer.from((await decodeJpeg(variant, LIMITS)).data as Uint8Array)).toEqual(data);
    }
  });

  it('counts the pictures of an MPO', async () => {
    const file = await noise();
    const index = Buffer.from(
      'MPF\0MM\0*\0\0\0\x08\0\x01\xb0\x01\0\x04\0\0\0\x01\0\0\0\x03',
      'latin1',
    );
    const segment = Buffer.concat([Buffer.of(0xff, 0xe2, 0, index.length + 2), index]);
    const several = Buffer.concat([file.subarray(0, 2), segment, file.subarray(2), file, file]);
    expect((await decodeJpeg(several, LIMITS)).decoding.pages).toBe(3);
  });

  it('refuses data that end early or are corrupt, which libjpeg would fill up', async () => {
    for (const file of [await noise(), await noise({ progressive: true })]) {
      const half = file.length >> 1;
      const start = file.subarray(0, half);
      const damaged = [
        start,
        file.subarray(0, -60),
        Buffer.concat([start, Buffer.of(0xff, 0xd9)]),
        Buffer.concat([start, Buffer.alloc(half)]),
        file.subarray(0, 40),
      ];
      for (const [i, part] of damaged.entries()) {
        expect(`${i} ${await outcome(part)}`).toMatch(/^. IMAGE_DAMAGED/);
      }
    }
  });

  it('gives the whole picture or an error wherever a file is cut off, also in its last rows', async () => {
    // Without subsampling the last band of rows is one that nothing is read after.
    const bands = await noise({ chromaSubsampling: '4:4:4' });
    const grey = await sharp(bands).toColourspace('b-w').jpeg().toBuffer();
    for (const file of [bands, grey, await noise(), await noise({ progressive: true })]) {
      const whole = Buffer.from((await decodeJpeg(file, LIMITS)).data);
      const cuts = [1, 2, 3, 5, 10, 20, 40, 80, 120, 200];
      // Before each scan, and within its header.
      for (
        let at = file.indexOf('ffda', 'hex');
        at >= 0;
        at = file.indexOf('ffda', at + 1, 'hex')
      ) {
        cuts.push(file.length - at, file.length - at - 5);
      }
      let refused = 0;
      for (const missing of cuts) {
        for (const end of ['', 'ffd9']) {
          // A writer may end a picture before its last scans.
          if (end !== '' && missing > 200) continue;
          const part = Buffer.concat([file.subarray(0, -missing), Buffer.from(end, 'hex')]);
          const found = await decodeJpeg(part, LIMITS).catch((error) => error.code as string);
          if (found === 'IMAGE_DAMAGED') refused += 1;
          else
            expect(
              Buffer.from((found as { data: Uint8Array }).data).equals(whole),
              `${missing}`,
            ).toBe(true);
        }
      }
      expect(refused).toBeGreaterThan(cuts.length / 2);
      // What was told of another file is not held against this one.
      expect(await outcome(file)).toBe('decoded');
    }
  });

  it('refuses kinds that are not read by their name', async () => {
    const file = await noise();
    expect(await outcome(withFrame(file, 1, 0xc5))).toMatch(/^IMAGE_UNSUPPORTED .*hierarchical/);
    expect(await outcome(withFrame(file, 1, 0xcb))).toMatch(/lossless arithmetic/);
    const arithmetic = withFrame(withFrame(file, 4, 12), 1, 0xc9);
    expect(await outcome(arithmetic)).toMatch(/^IMAGE_UNSUPPORTED .*12 bits \(arithmetic\)/);
    expect(await outcome(withFrame(file, 4, 9))).toMatch(/^IMAGE_UNSUPPORTED .*9 bits/);
    expect(await outcome(withFrame(file, 5, 0, 0))).toMatch(/^IMAGE_UNSUPPORTED .*DNL/);
    expect(await outcome(withFrame(file, 9, 2))).toMatch(/^IMAGE_UNSUPPORTED .*2 components/);
  });

  it('refuses headers that promise more than the file holds or the limits allow', async () => {
    const file = await noise();
    expect(await outcome(withFrame(file, 5, 255, 255, 255, 255))).toMatch(/^IMAGE_TOO_LARGE/);
    const tiny = await sharp({
      create: { width: 8, height: 8, channels: 3, background: '#888' },
    })
      .jpeg()
      .toBuffer();
    expect(await outcome(withFrame(tiny, 5, 3, 232, 3, 232))).toMatch(/^IMAGE_DAMAGED/);
  });

  it('ends with a picture or a coded error whatever is damaged', async () => {
    const files = [
      await encode('lossless', 16),
      await encode('jpeg-ls', 16),
      await noise(),
      await noise({ progressive: true }),
    ];
    let seed = 11;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    const outcomes = new Set<string>();
    for (let round = 0; round < 100; round++) {
      const file = Buffer.from(files[round % files.length] as Buffer);
      for (let i = random(4); i >= 0; i--) file[2 + random(file.length - 2)] = random(256);
      const cut = round % 4 === 0 ? random(file.length) : file.length;
      outcomes.add((await outcome(file.subarray(0, cut))).split(' ')[0] as string);
    }
    expect([...outcomes]).toEqual(expect.arrayContaining(['decoded', 'IMAGE_DAMAGED']));
  }, 120_000);
});
