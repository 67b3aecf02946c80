import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../images/decode.ts';
import { hasShared, sharedPath } from '../../testing/shared.ts';
import { preprocess, resizeAndCrop } from './preprocess.ts';
import { readProcessor } from './processor.ts';

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

const present = hasShared(`${FOLDER}cases.json`);
const goldens: { processors: Record<string, unknown>; cases: Case[] } = present
  ? JSON.parse(readFileSync(sharedPath(`${FOLDER}cases.json`), 'utf8'))
  : { processors: {}, cases: [] };

describe.skipIf(!present)('preprocessing equals the official processors', () => {
  it.each(goldens.cases)('$image with $processor', async (golden) => {
    const read = (file: string) => decodeImage(readFileSync(sharedPath(FOLDER + file)));
    const picture = await read(golden.image);
    const expected = await read(golden.expected);
    const spec = readProcessor(goldens.processors[golden.processor], 'cases.json');

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
