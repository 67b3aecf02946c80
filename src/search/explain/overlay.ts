import { colourOf, type PlaceMap, shareOf } from '../../domain/explanation.ts';
import type { Pixels } from '../../images/pixels.ts';
import { renderPng } from '../../images/render.ts';

/**
 * A picture under its map: each place in the colour of its value, brighter for more alike.
 * @param range the values that the ends of the colours stand for
 * @param opacity of the colours, 0 to 1; what the encoder has not seen stays as it is
 * @returns PNG in the picture's size
 */
export function renderOverlay(
  pixels: Pixels,
  { rows, columns, area, values }: PlaceMap,
  range: { low: number; high: number },
  opacity = 0.5,
): Promise<Uint8Array> {
  const colours = values.map((value) => (value === null ? null : colourOf(shareOf(value, range))));
  const data = Uint8Array.from(pixels.data);
  for (let y = 0; y < pixels.height; y++) {
    const row = Math.floor(((y + 0.5 - area.y) / area.height) * rows);
    if (row < 0 || row >= rows) continue;
    for (let x = 0; x < pixels.width; x++) {
      const column = Math.floor(((x + 0.5 - area.x) / area.width) * columns);
      const colour = column < 0 || column >= columns ? null : colours[row * columns + column];
      if (!colour) continue;
      const at = (y * pixels.width + x) * 3;
      for (const [channel, value] of colour.entries()) {
        const before = data[at + channel] as number;
        data[at + channel] = Math.round(before + (value - before) * opacity);
      }
    }
  }
  return renderPng({ ...pixels, data });
}
