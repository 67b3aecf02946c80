/** Colours of groups on the dark ground, told apart also by who sees few colours; the first eight are Okabe and Ito's. */
export const GROUP_COLOURS = [
  ...['#56b4e9', '#e69f00', '#009e73', '#f0e442', '#cc79a7', '#d55e00', '#4d8fd1', '#f1f4f7'],
  ...['#a6d96a', '#b39ddb', '#8d6e63', '#80deea'],
] as const;
/** Of an image of another group, or of none. */
export const OTHER_COLOUR = '#66717d';

/** Points of the plane in a picture, from 0 to 1, with the same scale along both sides. */
export function fitted(places: readonly number[]): Float64Array {
  const points = places.length / 2;
  const low = [Infinity, Infinity];
  const high = [-Infinity, -Infinity];
  places.forEach((value, i) => {
    low[i % 2] = Math.min(low[i % 2] as number, value);
    high[i % 2] = Math.max(high[i % 2] as number, value);
  });
  const spans = low.map((value, axis) => (high[axis] as number) - value);
  const span = Math.max(...spans) || 1;
  return Float64Array.from({ length: 2 * points }, (_, i) => {
    const [axis, value] = [i % 2, places[i] as number];
    const share = (value - (low[axis] as number) + (span - (spans[axis] as number)) / 2) / span;
    // Up is more, as in a plot.
    return axis === 1 ? 1 - share : share;
  });
}

/** Where points lie on a canvas, in its pixels. */
export interface Frame {
  left: number;
  top: number;
  side: number;
}

/** Draws the points, the groups over the others, and a ring around the chosen one. */
export function drawScatter(
  context: CanvasRenderingContext2D,
  { left, top, side }: Frame,
  { places, groups, chosen }: { places: Float64Array; groups: readonly number[]; chosen: number },
): void {
  const radius = Math.max(1.5, Math.min(4, 120 / Math.sqrt(groups.length)));
  const spot = (point: number, size: number) => {
    const [x, y] = [places[2 * point] as number, places[2 * point + 1] as number];
    context.beginPath();
    context.arc(left + x * side, top + y * side, size, 0, 2 * Math.PI);
  };
  for (const isGroup of [false, true]) {
    groups.forEach((group, point) => {
      if (group >= 0 !== isGroup) return;
      context.fillStyle = GROUP_COLOURS[group] ?? OTHER_COLOUR;
      spot(point, radius);
      context.fill();
    });
  }
  if (chosen < 0) return;
  spot(chosen, radius + 4);
  context.lineWidth = 2;
  context.strokeStyle = '#fff';
  context.stroke();
}

/** The points that lie nearest to a place, the nearest first. */
export function nearest(
  places: Float64Array,
  x: number,
  y: number,
  count: number,
  allowed: (dx: number, dy: number) => boolean = () => true,
): number[] {
  const found: { point: number; distance: number }[] = [];
  for (let point = 0; point < places.length / 2; point++) {
    const [dx, dy] = [(places[2 * point] as number) - x, (places[2 * point + 1] as number) - y];
    const distance = Math.hypot(dx, dy);
    const last = found.at(-1);
    if (found.length >= count && last !== undefined && distance >= last.distance) continue;
    if (!allowed(dx, dy)) continue;
    found.push({ point, distance });
    found.sort((a, b) => a.distance - b.distance);
    if (found.length > count) found.pop();
  }
  return found.map(({ point }) => point);
}

/** Whether a point lies in the direction of an arrow key, more than beside it. */
export const DIRECTIONS: Readonly<Record<string, (dx: number, dy: number) => boolean>> = {
  ArrowLeft: (dx, dy) => dx < 0 && Math.abs(dy) <= -dx,
  ArrowRight: (dx, dy) => dx > 0 && Math.abs(dy) <= dx,
  ArrowUp: (dx, dy) => dy < 0 && Math.abs(dx) <= -dy,
  ArrowDown: (dx, dy) => dy > 0 && Math.abs(dx) <= dy,
};
