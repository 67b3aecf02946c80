import { expect, it } from 'vitest';
import { blacken, maskText, parseMask, scaledMask } from './mask.ts';

const box = { x: 1, y: 1, width: 2, height: 1 };

it('is drawn on a copy, on a Buffer too', () => {
  const data = Buffer.alloc(4 * 3 * 3, 7);
  const masked = blacken({ width: 4, height: 3, data }, 3, parseMask(maskText([box, box])));
  const black = [...masked.data].flatMap((value, at) => (value === 0 ? [at] : []));
  expect(black).toEqual([15, 16, 17, 18, 19, 20]);
  expect(data.every((value) => value === 7)).toBe(true);
  expect(blacken({ width: 4, data: new Uint16Array(12).fill(9) }, 1, [box]).data[5]).toBe(0);
});

it('covers as much of a picture whose pixels are not square', () => {
  expect(
    scaledMask([{ ...box, height: 3 }], { width: 4, height: 6 }, { width: 4, height: 3 }),
  ).toEqual([{ x: 1, y: 0, width: 2, height: 2 }]);
});
