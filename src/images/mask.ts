import type { Region } from '../domain/region.ts';

/** Rectangles as text, as they are kept with an image. */
export function maskText(boxes: readonly Region[]): string {
  return boxes.map(({ x, y, width, height }) => `${x},${y},${width},${height}`).join(' ');
}

/** The rectangles that `maskText` wrote. */
export function parseMask(text: string): Region[] {
  return text.split(' ').map((box) => {
    const [x = 0, y = 0, width = 0, height = 0] = box.split(',').map(Number);
    return { x, y, width, height };
  });
}

/** Rectangles in a picture of another size: whole pixels that cover as much. */
export function scaledMask(
  boxes: readonly Region[],
  from: { width: number; height: number },
  to: { width: number; height: number },
): Region[] {
  const along = (start: number, length: number, scale: number): [number, number] => {
    const first = Math.floor(start * scale);
    return [first, Math.ceil((start + length) * scale) - first];
  };
  return boxes.map((box) => {
    const [x, width] = along(box.x, box.width, to.width / from.width);
    const [y, height] = along(box.y, box.height, to.height / from.height);
    return { x, y, width, height };
  });
}

/** A copy of a picture with rectangles of it black. */
export function blacken<T extends { width: number; data: Uint8Array | Uint16Array }>(
  picture: T,
  channels: number,
  boxes: readonly Region[],
): T {
  // A Buffer's own slice would be the same memory.
  const { data: given } = picture;
  const data = given instanceof Uint8Array ? new Uint8Array(given) : given.slice();
  for (const { x, y, width, height } of boxes) {
    for (let row = y; row < y + height; row++) {
      const start = (row * picture.width + x) * channels;
      data.fill(0, start, start + width * channels);
    }
  }
  return { ...picture, data };
}
