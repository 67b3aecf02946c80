import { SemblanceError } from '../errors/error.ts';
import { bmpSize, decodeBmp } from './bmp.ts';
import { detectFormat, type ImageFormat } from './format.ts';
import { notRecognised } from './kind.ts';
import type { Pixels, StoredPixels } from './pixels.ts';
import { checkSize, DEFAULT_LIMITS, type DecodeLimits, damaged, type Samples } from './samples.ts';
import { decodeWithSharp } from './sharp.ts';

export { DEFAULT_LIMITS, type DecodeLimits } from './samples.ts';

/** Format by content; nothing that is not one of the known formats reaches a decoder. */
async function formatOf(bytes: Uint8Array): Promise<ImageFormat> {
  if (bytes.length === 0) throw new SemblanceError('IMAGE_EMPTY', 'The file has 0 bytes.');
  const format = detectFormat(bytes);
  if (format === undefined) throw await notRecognised(bytes);
  return format;
}

async function decodeSamples(bytes: Uint8Array, limits: DecodeLimits): Promise<Samples> {
  const format = await formatOf(bytes);
  if (format !== 'bmp') return decodeWithSharp(bytes, format, limits);
  try {
    const { width, height, bits } = bmpSize(bytes);
    checkSize(width, height, limits);
    const facts = {
      format,
      bits: Math.min(bits, 8),
      colour: bits <= 8 ? 'palette' : 'rgb',
      orientation: 1,
      pages: 1,
    };
    return { ...decodeBmp(bytes), channels: 3, facts };
  } catch (error) {
    throw error instanceof SemblanceError ? error : damaged(error);
  }
}

function rangeOf(data: ArrayLike<number>): { low: number; high: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

/** Maps low..high linearly to 0..255, rounded; a flat picture becomes black. */
function mapTo8(data: ArrayLike<number>, low: number, high: number): Uint8ClampedArray {
  const scale = high > low ? 255 / (high - low) : 0;
  // A Uint8ClampedArray rounds and clips by itself.
  return Uint8ClampedArray.from(data, (value) => (value - low) * scale);
}

/**
 * Decodes a picture to 8-bit RGB, as Pillow's `Image.open(...).convert('RGB')` would. Deep greys
 * (16 bits and more), for which Pillow has no useful answer, are mapped linearly from their
 * smallest and largest value, which `facts` keeps; deep colour keeps its high byte's scale.
 *
 * @param bytes the file
 * @throws SemblanceError IMAGE_EMPTY, IMAGE_NOT_RECOGNISED, IMAGE_DAMAGED, IMAGE_TOO_LARGE
 */
export async function decodeImage(
  bytes: Uint8Array,
  limits: DecodeLimits = DEFAULT_LIMITS,
): Promise<Pixels> {
  const { width, height, channels, data, facts } = await decodeSamples(bytes, limits);
  if (channels === 3) {
    const rgb = data instanceof Uint8Array ? data : mapTo8(data, 0, 65535);
    return { width, height, data: new Uint8Array(rgb.buffer, rgb.byteOffset, rgb.length), facts };
  }
  const rgb = new Uint8Array(width * height * 3);
  let grey: ArrayLike<number> = data;
  let window = {};
  if (!(data instanceof Uint8Array)) {
    const { low, high } = rangeOf(data);
    grey = mapTo8(data, low, high);
    window = { windowLow: low, windowHigh: high };
  }
  for (let i = 0; i < grey.length; i++) rgb.fill(grey[i] as number, i * 3, i * 3 + 3);
  return { width, height, data: rgb, facts: { ...facts, ...window } };
}

/**
 * Decodes a picture in its own depth, for a viewer with window centre and width: 8 or 16-bit,
 * grey or RGB. Floats are mapped to 16 bits over their range.
 * @throws SemblanceError as `decodeImage`
 */
export async function decodeStoredPixels(
  bytes: Uint8Array,
  limits: DecodeLimits = DEFAULT_LIMITS,
): Promise<StoredPixels> {
  const { width, height, channels, data } = await decodeSamples(bytes, limits);
  const shape = { width, height, channels: channels === 1 ? 1 : 3 } as const;
  if (data instanceof Uint8Array) return { ...shape, bits: 8, data };
  if (data instanceof Uint16Array) return { ...shape, bits: 16, data };
  const { low, high } = rangeOf(data);
  const scale = high > low ? 65535 / (high - low) : 0;
  return {
    ...shape,
    bits: 16,
    data: Uint16Array.from(data, (value) => Math.round((value - low) * scale)),
  };
}
