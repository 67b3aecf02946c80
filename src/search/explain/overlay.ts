import { colourOf, type PlaceMap, shareOf } from '../../domain/explanation.ts';
import type { Pixels } from '../../images/pixels.ts';
import { renderPng, shrunk } from '../../images/render.ts';

/** Opacity of the colours, 0 to 1. */
const OPACITY = 0.5;

/**
 * A picture under its map: each place in the colour of its value, brighter for more alike; what the encoder has not
 * seen stays as it is.
 * @param options range: the values that the ends of the colours stand for; edge: longest side at the most, in pixels
 * @returns PNG
 */
export async function renderOverlay(
  picture: Pixels,
  { rows, columns, area: whole, values }: PlaceMap,
  { range, edge }: { range: { low: number; high: number }; edge: number },
): Promise<Uint8Array> {
  const pixels = await shrunk(picture, edge);
  const [across, down] = [pixels.width / picture.width, pixels.height / picture.height];
  const area = {
    ...{ x: whole.x * across, y: whole.y * down },
    ...{ width: whole.width * across, height: whole.height * down },
  };
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
        data[at + channel] = Math.round(before + (value - before) * OPACITY);
      }
    }
  }
  return renderPng({ ...pixels, data });
}
