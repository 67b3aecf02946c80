import type { Region } from '../../domain/region.ts';

/** How likely a pixel belongs to a line of text, row-major. */
export interface TextMap {
  width: number;
  height: number;
  data: Float32Array;
}

/** A pixel belongs to a line from this probability on. */
const PIXEL = 0.3;
/** A line counts when the mean of its pixels is at least this. */
const LINE = 0.7;
/** Pixels that a line is high at least. */
const MIN_SIDE = 3;
/**
 * The network marks the core of a line; a rectangle grows by its area divided by its circumference, times this. The
 * usual 1.5 is for reading; a mask has to cover the ends of the letters as well. Along the line it grows by the line's
 * height in addition: a letter that stands alone beside it is not found by itself.
 */
const UNCLIP = 2.5;

/**
 * Rectangles around the lines of text of a map, in its pixels: connected pixels of the map, enlarged, as the
 * authors of differentiable binarisation make them (Liao et al. 2020), but not turned.
 */
export function textBoxes({ width, height, data }: TextMap): Region[] {
  const seen = new Uint8Array(data.length);
  const boxes: Region[] = [];
  const open: number[] = [];
  const visit = (at: number) => {
    if (seen[at] || (data[at] as number) < PIXEL) return;
    seen[at] = 1;
    open.push(at);
  };
  for (let start = 0; start < data.length; start++) {
    let [left, top, right, bottom, sum, count] = [width, height, 0, 0, 0, 0];
    visit(start);
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const x = at % width;
      const y = (at - x) / width;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y + 1);
      sum += data[at] as number;
      count += 1;
      if (x > 0) visit(at - 1);
      if (x < width - 1) visit(at + 1);
      if (y > 0) visit(at - width);
      if (y < height - 1) visit(at + width);
    }
    const [across, down] = [right - left, bottom - top];
    if (Math.min(across, down) < MIN_SIDE || sum < LINE * count) continue;
    const more = (UNCLIP * across * down) / (2 * (across + down));
    const along = more + Math.min(across, down);
    const [wide, high] = across >= down ? [along, more] : [more, along];
    boxes.push({
      x: left - wide,
      y: top - high,
      width: across + 2 * wide,
      height: down + 2 * high,
    });
  }
  return boxes;
}
