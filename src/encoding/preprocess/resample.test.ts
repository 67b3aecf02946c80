import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../domain/random.ts';
import { preprocess, resizeAndCrop } from './preprocess.ts';
import { type Interpolation, resample } from './resample.ts';
import { PreprocessSchema } from './spec.ts';

function picture(width: number, height: number, seed = 1) {
  const random = randomFrom(seed);
  // Many extremes, so that cubic weights overshoot.
  const value = () => (random() < 0.3 ? 255 * Math.round(random()) : Math.floor(random() * 256));
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, value) };
}

describe('a window of a resized picture', () => {
  it('is that part of the whole, bit for bit', () => {
    const side = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(
        fc.tuple(side, side),
        fc.tuple(side, side),
        fc.constantFrom<Interpolation>('bilinear', 'bicubic'),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }),
        fc.nat(),
        ([width, height], [toWidth, toHeight], interpolation, shares, seed) => {
          const source = picture(width, height, seed);
          const size = { width: toWidth, height: toHeight };
          const [a, b, c, d] = shares as [number, number, number, number];
          const left = Math.floor(a * (toWidth - 1));
          const top = Math.floor(b * (toHeight - 1));
          const window = {
            left,
            top,
            width: 1 + Math.floor(c * (toWidth - left - 1)),
            height: 1 + Math.floor(d * (toHeight - top - 1)),
          };
          const whole = resample(source, size, interpolation);
          const part = resample(source, size, interpolation, window);
          const expected = Array.from({ length: window.height }, (_, y) => {
            const at = ((top + y) * toWidth + left) * 3;
            return [...whole.subarray(at, at + window.width * 3)];
          });
          expect([...part]).toEqual(expected.flat());
        },
      ),
      { numRuns: 300 },
    );
  });
});

const MODES = [
  { resize: { mode: 'exact', width: 24, height: 24 } },
  { resize: { mode: 'shortest-edge', size: 28 }, centreCrop: { width: 24, height: 24 } },
  {
    resize: { mode: 'shortest-edge', size: 20 },
    centreCrop: { width: 24, height: 24, rounding: 'half-even' },
  },
  { resize: { mode: 'longest-edge-pad', size: 24 } },
] as const;

describe('a picture of an extreme shape', () => {
  const cases = MODES.flatMap((mode) =>
    (['bilinear', 'bicubic'] as const).map((interpolation) => ({ ...mode, interpolation })),
  );
  it.each(cases)('has an input: $resize.mode, $interpolation', (mode) => {
    const spec = PreprocessSchema.parse(mode);
    for (const [width, height] of [
      [1, 1],
      [1, 2],
      [2, 3],
      [3, 1],
      [1, 100_000],
      [100_000, 1],
      [8000, 4],
      [4, 8000],
    ] as const) {
      // All of one value, which no weights that sum to 1 change.
      const flat = { width, height, data: new Uint8Array(width * height * 3).fill(77) };
      const { data, content } = resizeAndCrop(flat, spec);
      expect(data.length).toBe(24 * 24 * 3);
      expect(content.width * content.height).toBeGreaterThan(0);
      expect(new Set(data).has(77)).toBe(true);
      expect([...new Set(data)].every((value) => value === 77 || value === 0)).toBe(true);
      expect(preprocess(flat, spec).every(Number.isFinite)).toBe(true);
    }
  });
});

/** Pillow's answer: resized in whole, then cropped; the pixels as hexadecimal. */
const PILLOW = `
import sys, json
from PIL import Image
for line in sys.stdin:
    c = json.loads(line)
    im = Image.frombytes('RGB', c['from'], bytes.fromhex(c['data']))
    im = im.resize(c['to'], {'bilinear': 2, 'bicubic': 3}[c['filter']])
    print(im.crop(c['box']).tobytes().hex())
`;
const python = process.env.PYTHON ?? 'python3';
const hasPillow = spawnSync(python, ['-c', 'import PIL']).status === 0;

describe.skipIf(!hasPillow)('as Pillow resizes and crops', () => {
  it.each([
    [8000, 4],
    [4, 8000],
    [3000, 1],
    [1, 3000],
    [2, 3],
    [1, 1],
    [640, 480],
    [37, 1031],
  ])('a picture of %i x %i', (width, height) => {
    const source = picture(width, height);
    const [size, edge] = [112, 96];
    const long = Math.trunc((size * Math.max(width, height)) / Math.min(width, height));
    const to = width <= height ? [size, long] : [long, size];
    const [left, top] = to.map((side) => Math.floor((side - edge) / 2)) as [number, number];
    const data = Buffer.from(source.data).toString('hex');
    for (const filter of ['bilinear', 'bicubic'] as const) {
      const box = [left, top, left + edge, top + edge];
      const input = JSON.stringify({ from: [width, height], to, filter, box, data });
      const { stdout } = spawnSync(python, ['-c', PILLOW], { input, maxBuffer: 1e8 });
      const spec = PreprocessSchema.parse({
        resize: { mode: 'shortest-edge', size },
        interpolation: filter,
        centreCrop: { width: edge, height: edge },
      });
      const found = Buffer.from(resizeAndCrop(source, spec).data).toString('hex');
      expect(found === stdout.toString().trim()).toBe(true);
    }
  });
});
