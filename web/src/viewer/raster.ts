import type { PixelValues } from '../../../src/contract/dicom.ts';
import type { Image } from '../../../src/contract/shapes.ts';
import { WINDOW_PRESETS } from '../../../src/domain/window.ts';
import { getPixels, readOwnPixels, type StoredPixels } from '../api.ts';
import type { ShownPicture } from '../state/uploads.ts';
import {
  formatValue,
  type Samples,
  type Scale,
  type WindowLevel,
  windowOfRange,
} from './window-level.ts';

/** A window that can be chosen. */
interface NamedWindow {
  name: string;
  window: WindowLevel;
}

/** Pixels to show, with the range of their values. */
export interface Raster extends Scale, Samples {
  width: number;
  height: number;
  /** Size of the picture, where the pixels here are of a smaller one, or not square. */
  whole?: { width: number; height: number };
  /** 1 grey, 3 RGB, 4 RGB and an opacity that is not shown. */
  channels: 1 | 3 | 4;
  data: Uint8Array | Uint16Array | Uint8ClampedArray;
  /** Lowest and highest value a window can lie on. */
  low: number;
  high: number;
  /** Windows to choose from: those of the file, and usual ones where they apply. */
  windows: readonly NamedWindow[];
  /** What is to be said of the values beside them. */
  note: string;
}

/** The pixels of an image of the collection, in their own depth. */
export async function rasterOfImage(
  collection: string,
  image: Image,
  signal: AbortSignal,
): Promise<Raster> {
  return rasterOf(await getPixels(collection, image, signal));
}

/** The pixels of an own file, in their own depth. */
export async function rasterOfOwn(file: File, frame: number, signal: AbortSignal): Promise<Raster> {
  return rasterOf(await readOwnPixels(file, frame, signal));
}

function rasterOf({ values, windowLow, windowHigh, ...pixels }: StoredPixels): Raster {
  if (values) return measuredRaster(pixels, values);
  const note = `${pixels.bits} bits`;
  const plain = { ...pixels, step: 1, windows: [], note };
  if (pixels.bits === 8) return { ...plain, low: 0, high: 255, standard: windowOfRange(0, 255) };
  const [low, high] = rangeOf(pixels.data);
  return { ...plain, low, high, standard: windowOfRange(windowLow, windowHigh) };
}

/** A grey picture of DICOM: windows are in what was measured. */
function measuredRaster(
  pixels: Omit<StoredPixels, 'values' | 'windowLow' | 'windowHigh'>,
  values: PixelValues,
): Raster {
  const { slope, intercept, unit, hounsfield, inverted, exact } = values;
  const [first, last] = rangeOf(pixels.data, 1);
  const [low, high] = [slope * first + intercept, slope * last + intercept];
  const inFile = values.windows.map(({ source, center, width, function: kind, curve }, i) => {
    const shape = curve ? { curve } : kind === 'TABLE' ? {} : { function: kind };
    const name = source === 'file' ? (i === 0 ? 'File' : `File ${i + 1}`) : 'Automatic';
    return { name, window: { centre: center, width, ...shape } };
  });
  const usual = hounsfield
    ? Object.entries(WINDOW_PRESETS).map(([name, { center: centre, width }]) => ({
        name: name.charAt(0).toUpperCase() + name.slice(1).replace('-', ' '),
        window: { centre, width },
      }))
    : [];
  const standard = inFile[0]?.window ?? windowOfRange(low, high);
  return {
    ...pixels,
    whole: { width: values.width, height: values.height },
    values: { slope, intercept },
    inverted,
    step: slope,
    ...(unit !== undefined && { unit }),
    low: Math.min(low, standard.centre - standard.width / 2),
    high: Math.max(high, standard.centre + standard.width / 2),
    standard,
    windows: [...inFile, ...usual],
    note: [unit ?? 'values as measured', !exact && 'rounded to 16 bits'].filter(Boolean).join(', '),
  };
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
  const range = { low: 0, high: 255, standard, step: 1, windows: [], note: '8 bits' };
  return { width, height, whole, channels: 4, bits: 8, data, ...range };
}

/** Writes the raster through the table as opaque RGBA, four bytes a pixel. */
export function paint(
  raster: Pick<Raster, 'width' | 'height' | 'channels' | 'data'>,
  table: Uint8Array,
  out: Uint8ClampedArray,
): void {
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

/** The value at a pixel, as text: one number for grey, three for colour; empty outside of the image. */
export function valueAt(raster: Raster, x: number, y: number): string {
  const at = (y * raster.width + x) * raster.channels;
  const samples = Array.from(raster.data.subarray(at, at + Math.min(3, raster.channels)));
  if (raster.values) {
    const [sample = 0] = samples;
    if (sample === 0) return 'no value';
    const { slope, intercept } = raster.values;
    const value = formatValue(slope * sample + intercept, slope);
    return raster.unit === undefined ? value : `${value} ${raster.unit}`;
  }
  return new Set(samples).size === 1 ? String(samples[0]) : samples.join(' / ');
}

/** The lowest and the highest sample of those from `least` on. */
function rangeOf(data: Uint8Array | Uint16Array, least = 0): [number, number] {
  let low = 65535;
  let high = 0;
  for (const sample of data) {
    if (sample < least) continue;
    if (sample < low) low = sample;
    if (sample > high) high = sample;
  }
  return low <= high ? [low, high] : [least, 65535];
}
