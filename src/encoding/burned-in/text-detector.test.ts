import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Region } from '../../domain/region.ts';
import { decodeImage } from '../../images/decode.ts';
import { blacken, maskText, parseMask } from '../../images/mask.ts';
import { drawPhantoms, encodePng } from '../../images/phantoms/phantoms.ts';
import type { Pixels } from '../../images/pixels.ts';
import { drawText, hasFonts } from '../../testing/drawn-text.ts';
import { lookForText } from './look-for-text.ts';
import { textBoxes } from './text-boxes.ts';
import { TextDetector } from './text-detector.ts';

it('makes rectangles of connected pixels, of which the mean is high enough', () => {
  const [width, height] = [40, 20];
  const data = new Float32Array(width * height);
  const fill = (x: number, y: number, w: number, h: number, value: number) => {
    for (let row = y; row < y + h; row++) data.fill(value, row * width + x, row * width + x + w);
  };
  fill(10, 8, 16, 4, 0.9);
  // Too thin, and too unlikely.
  fill(2, 2, 30, 2, 0.9);
  fill(2, 15, 30, 4, 0.5);
  // Area 64 by circumference 40, times 2.5, and along the line its height.
  expect(textBoxes({ width, height, data })).toEqual([{ x: 2, y: 4, width: 32, height: 12 }]);
});

const fonts = await hasFonts();
if (!fonts) console.log('Text cannot be drawn: no fonts are installed.');

describe('the detector of text', () => {
  let detector: TextDetector;
  let pictures: Pixels[];

  beforeAll(async () => {
    detector = await TextDetector.load(1);
    pictures = await Promise.all(
      [...drawPhantoms(1, 1)].map(async (phantom) => decodeImage(await encodePng(phantom))),
    );
  });
  afterAll(() => detector?.release());

  const uncovered = (boxes: readonly Region[], { width }: Pixels, ink: readonly number[]) =>
    ink.filter((at) => {
      const [x, y] = [at % width, Math.floor(at / width)];
      return !boxes.some(
        (box) => x >= box.x && y >= box.y && x < box.x + box.width && y < box.y + box.height,
      );
    }).length;

  it('finds nothing in most pictures without text', async () => {
    const found = await Promise.all(pictures.map((picture) => detector.find(picture)));
    expect(found.filter((boxes) => boxes.length > 0).length).toBeLessThanOrEqual(1);
  });

  it.skipIf(!fonts)('covers whole lines with a mask in which it finds nothing', async () => {
    for (const [i, picture] of pictures.entries()) {
      for (const height of [10, 16]) {
        const options = { text: 'MUELLER^ANNA 1961', font: 'DejaVu Sans', height, place: i };
        const made = await drawText(picture, options);
        if (made === undefined) continue;
        const { burnedIn, mask } = await lookForText(
          made.picture,
          'mask',
          {},
          async () => detector,
        );
        expect(burnedIn).toBe('masked');
        const again = parseMask(maskText(mask));
        expect([i, height, uncovered(again, picture, made.ink)]).toEqual([i, height, 0]);
        expect(await detector.find(blacken(made.picture, 3, again))).toEqual([]);
        // A mask of a line, not of the picture.
        const area = mask.reduce((sum, box) => sum + box.width * box.height, 0);
        expect(area).toBeLessThan((picture.width * picture.height) / 3);
      }
    }
  });

  it.skipIf(!fonts)('finds small and large text of a large picture, at the seams too', async () => {
    const [width, height] = [1900, 1500];
    const data = new Uint8Array(width * height * 3).fill(40);
    const large = { ...(pictures[0] as Pixels), width, height, data };
    for (const [capital, place] of [
      [14, 3],
      [14, 4],
      [90, 0],
    ] as const) {
      const options = { text: 'SMITH 4711', font: 'DejaVu Sans', height: capital, place };
      const made = await drawText(large, options);
      const boxes = await detector.find((made as { picture: Pixels }).picture);
      expect([capital, place, uncovered(boxes, large, made?.ink ?? [])]).toEqual([
        capital,
        place,
        0,
      ]);
    }
  });

  it('believes the file where the picture is computed, and not where it says that there is text', async () => {
    const [picture] = pictures as [Pixels];
    const look = (policy: 'warn' | 'mask' | 'skip', modality: string, burnedIn?: 'YES' | 'NO') =>
      lookForText(picture, policy, { modality, burnedIn }, async () => detector);
    expect(await look('mask', 'CT', 'NO')).toEqual({ burnedIn: 'unscanned', mask: [] });
    expect(await look('mask', 'US', 'NO')).toEqual({ burnedIn: 'none', mask: [] });
    expect(await look('warn', 'US', 'YES')).toEqual({ burnedIn: 'declared', mask: [] });
    await expect(look('mask', 'US', 'YES')).rejects.toMatchObject({
      code: 'BURNED_IN_TEXT_REMAINS',
    });
    await expect(look('skip', 'US', 'YES')).rejects.toMatchObject({ code: 'BURNED_IN_TEXT' });
  });
});
