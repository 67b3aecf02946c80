import sharp from 'sharp';
import type { Pixels } from './pixels.ts';

const raw = ({ data, width, height }: Pixels) =>
  sharp(data, { raw: { width, height, channels: 3 } });

/**
 * A small WebP of a decoded picture, so that deep greys look as the encoder sees them.
 * @param edge longest side in pixels at the most; smaller pictures are not enlarged
 */
export async function renderThumbnail(pixels: Pixels, edge: number): Promise<Uint8Array> {
  return raw(pixels)
    .resize(edge, edge, { fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 82 })
    .toBuffer();
}

/**
 * An 8-bit PNG of a decoded picture.
 * @param edge longest side in pixels at the most; in its full size when it is not given
 */
export async function renderPng(pixels: Pixels, edge?: number): Promise<Uint8Array> {
  const picture = raw(pixels);
  if (edge !== undefined) picture.resize(edge, edge, { fit: 'inside', withoutEnlargement: true });
  return picture.png().toBuffer();
}

/** A picture of the same in smaller, whose longest side has so many pixels at the most. */
export async function shrunk<T extends Pixels>(pixels: T, edge: number): Promise<T> {
  if (Math.max(pixels.width, pixels.height) <= edge) return pixels;
  const { data, info } = await raw(pixels)
    .resize(edge, edge, { fit: 'inside' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { ...pixels, data: new Uint8Array(data), width: info.width, height: info.height };
}
