import type { Image } from '../../../src/contract/shapes.ts';
import { getPixels } from '../api.ts';
import type { ShownPicture } from '../state/uploads.ts';
import { type WindowLevel, windowOfRange } from './window-level.ts';

/** Pixels to show, with the range of their values. */
export interface Raster {
  width: number;
  height: number;
  /** Size of the picture, where the pixels here are of a smaller one. */
  whole?: { width: number; height: number };
  /** 1 grey, 3 RGB, 4 RGB and an opacity that is not shown. */
  channels: 1 | 3 | 4;
  bits: 8 | 16;
  data: Uint8Array | Uint16Array | Uint8ClampedArray;
  /** Lowest and highest value a window can lie on. */
  low: number;
  high: number;
  /** The window to begin with. */
  standard: WindowLevel;
}

/** The pixels of an image of the collection, in their own depth. */
export async function rasterOfImage(
  collection: string,
  image: Image,
  signal: AbortSignal,
): Promise<Raster> {
  const pixels = await getPixels(collection, image, signal);
  if (pixels.bits === 8) {
    return { ...pixels, low: 0, high: 255, standard: windowOfRange(0, 255) };
  }
  const [low, high] = rangeOf(pixels.data);
  const standard = windowOfRange(pixels.windowLow, pixels.windowHigh);
  return { ...pixels, low, high, standard };
}

/**
 * The pixels of an own picture as the page shows it: 8 bits, whatever the file has.
 * @throws Error when the browser cannot decode it
 */
export async function rasterOfPicture(picture: ShownPicture): Promise<Raster> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(picture.blob, { colorSpaceConversion: 'none' });
  } catch {
    throw new Error('This browser cannot show this picture. The search is not affected.');
  }
  const { width, height } = bitmap;
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('This browser cannot draw the picture.');
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  const standard = windowOfRange(0, 255);
  const whole = { width: picture.width, height: picture.height };
  return { width, height, whole, channels: 4, bits: 8, data, low: 0, high: 255, standard };
}

/** Writes the raster through the table as opaque RGBA, four bytes a pixel. */
export function paint(raster: Raster, table: Uint8Array, out: Uint8ClampedArray): void {
  const { data, channels } = raster;
  const pixels = raster.width * raster.height;
  for (let pixel = 0; pixel < pixels; pixel++) {
    const from = pixel * channels;
    const to = pixel * 4;
    const red = table[data[from] ?? 0] ?? 0;
    out[to] = red;
    out[to + 1] = channels === 1 ? red : (table[data[from + 1] ?? 0] ?? 0);
    out[to + 2] = channels === 1 ? red : (table[data[from + 2] ?? 0] ?? 0);
    out[to + 3] = 255;
  }
}

/** The stored value at a pixel, as text: one number for grey, three for colour. */
export function valueAt(raster: Raster, x: number, y: number): string {
  const at = (y * raster.width + x) * raster.channels;
  const values = Array.from(raster.data.subarray(at, at + Math.min(3, raster.channels)));
  return new Set(values).size === 1 ? String(values[0]) : values.join(' / ');
}

function rangeOf(data: Uint8Array | Uint16Array): [number, number] {
  let low = 65535;
  let high = 0;
  for (const value of data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 65535];
}
