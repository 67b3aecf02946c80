import { colourOf, type PlaceMap, shareOf } from '../../../src/domain/explanation.ts';

export { type Explanation, rangeOf } from '../../../src/domain/explanation.ts';

/** A map to be drawn over its image. */
export interface Overlay {
  map: PlaceMap;
  /** The values that the ends of the colours stand for. */
  range: { low: number; high: number };
  opacity: number;
}

/**
 * Draws a map over its image: each place as a square of its colour, nothing where the encoder saw padding.
 * @param image size of the image in its own pixels
 * @param place where the image lies on the canvas
 */
export function drawOverlay(
  context: CanvasRenderingContext2D,
  { map, range, opacity }: Overlay,
  image: { width: number; height: number },
  place: { left: number; top: number; width: number; height: number },
): void {
  const { rows, columns, area, values } = map;
  const across = place.width / image.width;
  const down = place.height / image.height;
  context.save();
  context.beginPath();
  context.rect(place.left, place.top, place.width, place.height);
  context.clip();
  context.globalAlpha = opacity;
  // Edges on whole pixels, so that no line shows between the squares.
  const x = (column: number) =>
    Math.round(place.left + (area.x + (column * area.width) / columns) * across);
  const y = (row: number) => Math.round(place.top + (area.y + (row * area.height) / rows) * down);
  values.forEach((value, i) => {
    if (value === null) return;
    const [row, column] = [Math.floor(i / columns), i % columns];
    context.fillStyle = `rgb(${colourOf(shareOf(value, range)).join(' ')})`;
    context.fillRect(x(column), y(row), x(column + 1) - x(column), y(row + 1) - y(row));
  });
  context.restore();
}
