import { SemblanceError } from '../domain/errors/error.ts';
import type { Region } from '../domain/region.ts';
import type { Pixels } from './pixels.ts';

/**
 * The part of a picture inside a rectangle.
 * @throws SemblanceError REQUEST_INVALID when the rectangle is not inside the picture
 */
export function cropPixels<T extends Omit<Pixels, 'decoding'>>(
  pixels: T,
  { x, y, width, height }: Region,
): T {
  const whole = [x, y, width, height].every(Number.isInteger);
  const inside =
    x >= 0 &&
    y >= 0 &&
    width >= 1 &&
    height >= 1 &&
    x + width <= pixels.width &&
    y + height <= pixels.height;
  if (!whole || !inside) {
    throw new SemblanceError(
      'REQUEST_INVALID',
      `The region ${x},${y},${width},${height} is not in the picture of ${pixels.width} x ${pixels.height} pixels.`,
    );
  }
  const data = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    const start = ((y + row) * pixels.width + x) * 3;
    data.set(pixels.data.subarray(start, start + width * 3), row * width * 3);
  }
  return { ...pixels, width, height, data };
}
