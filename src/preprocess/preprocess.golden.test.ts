import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../images/decode.ts';
import { hasShared, sharedPath } from '../testing/shared.ts';
import { preprocess, resizeAndCrop } from './preprocess.ts';
import { PreprocessSchema, type PreprocessSpec } from './spec.ts';

interface Processor {
  kind: string;
  size: { height?: number; width?: number; shortest_edge?: number; longest_edge?: number };
  resample: 2 | 3;
  crop_size?: { height: number; width: number };
  crop_pct?: number;
  image_mean: [number, number, number];
  image_std: [number, number, number];
}

interface Case {
  image: string;
  processor: string;
  expected: string;
  mean: number;
  std: number;
  first_row: number[];
  last: number[];
}

const FOLDER = 'goldens/preprocess/';

/** The official processor's settings in the terms of an encoder description. */
function toSpec(p: Processor): PreprocessSpec {
  const shared = {
    interpolation: p.resample === 2 ? 'bilinear' : 'bicubic',
    mean: p.image_mean,
    std: p.image_std,
  };
  if (p.size.longest_edge !== undefined) {
    const resize = { mode: 'longest-edge-pad', size: p.size.longest_edge };
    return PreprocessSchema.parse({ ...shared, resize });
  }
  if (p.size.shortest_edge === undefined) {
    const resize = { mode: 'exact', width: p.size.width, height: p.size.height };
    return PreprocessSchema.parse({ ...shared, resize });
  }
  const edge = p.size.shortest_edge;
  const size = p.crop_pct === undefined ? edge : Math.trunc(edge / p.crop_pct);
  const centreCrop = p.crop_size ?? { width: edge, height: edge };
  return PreprocessSchema.parse({ ...shared, resize: { mode: 'shortest-edge', size }, centreCrop });
}

const present = hasShared(`${FOLDER}cases.json`);
const goldens: { processors: Record<string, Processor>; cases: Case[] } = present
  ? JSON.parse(readFileSync(sharedPath(`${FOLDER}cases.json`), 'utf8'))
  : { processors: {}, cases: [] };

describe.skipIf(!present)('preprocessing equals the official processors', () => {
  it.each(goldens.cases)('$image with $processor', async (golden) => {
    const read = (file: string) => decodeImage(readFileSync(sharedPath(FOLDER + file)));
    const picture = await read(golden.image);
    const expected = await read(golden.expected);
    const spec = toSpec(goldens.processors[golden.processor] as Processor);

    const actual = resizeAndCrop(picture, spec);
    expect([actual.width, actual.height]).toEqual([expected.width, expected.height]);
    expect(Buffer.compare(actual.data, expected.data)).toBe(0);

    const tensor = preprocess(picture, spec);
    const mean = tensor.reduce((sum, value) => sum + value, 0) / tensor.length;
    expect(mean).toBeCloseTo(golden.mean, 4);
    const { width, height } = actual;
    const pixel = (x: number, y: number) =>
      [0, 1, 2].map((c) => tensor[(c * height + y) * width + x] as number);
    for (const [found, wanted] of [
      [pixel(width >> 1, height >> 1), golden.first_row],
      [pixel(width - 1, height - 1), golden.last],
    ] as const) {
      found.forEach((value, c) => {
        expect(value).toBeCloseTo(wanted[c] as number, 5);
      });
    }
  });
});
