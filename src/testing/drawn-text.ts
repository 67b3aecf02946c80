import sharp from 'sharp';
import type { Pixels } from '../images/pixels.ts';

/** A picture with a string on it, and the pixels that the string changed. */
interface Drawn {
  picture: Pixels;
  ink: number[];
}

/** Height of a capital letter by the size of its font, of usual fonts. */
const CAPITAL = 0.72;
/** Distance from the picture's edge. */
const MARGIN = 4;
/** A pixel is of the string when it is so much brighter. */
const VISIBLE = 24;

/**
 * Draws a string in a corner of a picture, or anywhere in every fifth.
 * @param options `height` of its capital letters in pixels; `place`: a number that decides where, and on what
 * @returns undefined when it does not fit
 */
export async function drawText(
  picture: Pixels,
  options: { text: string; font: string; height: number; place: number },
): Promise<Drawn | undefined> {
  const { width, height, data } = picture;
  const { place } = options;
  const { text, font, height: capital } = options;
  const colour = place % 7 === 6 ? '#ffe000' : '#ffffff';
  const svg = (x: number, y: number) =>
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><text x="${x}" y="${y}" ` +
        `font-family="${font}" font-size="${capital / CAPITAL}" fill="${colour}">${text}</text></svg>`,
    );
  const [x, y] = [MARGIN, Math.floor(height / 2)];
  const alone = await sharp(svg(x, y)).ensureAlpha().extractChannel(3).raw().toBuffer();
  let [left, right, top, bottom] = [width, 0, height, 0];
  alone.forEach((alpha, at) => {
    if (alpha < VISIBLE) return;
    left = Math.min(left, at % width);
    right = Math.max(right, (at % width) + 1);
    top = Math.min(top, Math.floor(at / width));
    bottom = Math.max(bottom, Math.floor(at / width) + 1);
  });
  // Cut off at the edge, or not drawn at all.
  if (right >= width || right === 0) return undefined;
  const across = place % 2 === 0 ? MARGIN - left : width - MARGIN - right;
  const down = place % 4 < 2 ? MARGIN - top : height - MARGIN - bottom;
  const anywhere = Math.round((((place * 37) % 100) / 100) * (height - 2 * MARGIN - bottom + top));
  const moved = svg(x + across, y + (place % 5 === 4 ? MARGIN - top + anywhere : down));
  const drawn = await sharp(data, { raw: { width, height, channels: 3 } })
    .composite([{ input: moved }])
    .removeAlpha()
    .raw()
    .toBuffer();
  const ink: number[] = [];
  for (let at = 0; at < width * height; at++) {
    const changed = [0, 1, 2].some(
      (c) => Math.abs((drawn[at * 3 + c] as number) - (data[at * 3 + c] as number)) > VISIBLE,
    );
    if (changed) ink.push(at);
  }
  return ink.length === 0 ? undefined : { picture: { ...picture, data: drawn }, ink };
}

/** Whether there are fonts to draw with. */
export async function hasFonts(): Promise<boolean> {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><text y="30">A</text></svg>';
  const { channels } = await sharp(Buffer.from(svg)).ensureAlpha().stats();
  return (channels[3]?.max ?? 0) > 0;
}
