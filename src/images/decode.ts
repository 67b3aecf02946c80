import sharp, { type Metadata } from 'sharp';
import { SemblanceError } from '../errors/error.ts';
import { bmpSize, decodeBmp } from './bmp.ts';
import { detectFormat, type ImageFormat } from './format.ts';
import type { DecodeFacts, Pixels, StoredPixels } from './pixels.ts';

/** What a file may cost before it is refused. */
export interface DecodeLimits {
  /** Width times height at the most. */
  maxPixels: number;
}

/** Ample for radiology: the largest mammograms have some 30 million pixels. */
export const DEFAULT_LIMITS: DecodeLimits = { maxPixels: 200_000_000 };

function checkSize(width: number, height: number, { maxPixels }: DecodeLimits): void {
  if (width * height > maxPixels) {
    throw new SemblanceError(
      'IMAGE_TOO_LARGE',
      `It has ${width} x ${height} pixels; the limit is ${maxPixels} in all.`,
    );
  }
}

function damaged(cause: unknown): SemblanceError {
  return new SemblanceError('IMAGE_DAMAGED', 'The picture cannot be decoded to its end.', {
    cause,
  });
}

/** Format by content; nothing that is not one of the known formats reaches a decoder. */
function formatOf(bytes: Uint8Array): ImageFormat {
  if (bytes.length === 0) throw new SemblanceError('IMAGE_EMPTY', 'The file has 0 bytes.');
  const format = detectFormat(bytes);
  if (format === undefined) {
    throw new SemblanceError('IMAGE_NOT_RECOGNISED', 'The content is none of the known formats.');
  }
  return format;
}

const BITS: Record<string, number> = { uchar: 8, char: 8, ushort: 16, short: 16 };

/** Bits of a sample in the file; the decoder widens palettes and 1, 2 and 4 bit greys to 8. */
function bitsOf({ bitsPerSample, depth }: Metadata): number {
  return bitsPerSample ?? BITS[depth ?? ''] ?? 32;
}

function colourOf({ isPalette, channels, space }: Metadata): string {
  if (isPalette) return 'palette';
  if (space === 'cmyk') return 'cmyk';
  return ['grey', 'grey-alpha', 'rgb', 'rgba'][(channels ?? 3) - 1] ?? 'rgb';
}

/** Samples as the decoder gives them: colour without alpha, 1 or 3 channels, any depth. */
interface Samples {
  width: number;
  height: number;
  channels: number;
  data: Uint8Array | Uint16Array | Float32Array;
  facts: DecodeFacts;
}

/**
 * Decodes with sharp as Pillow would open it: colour profiles ignored, alpha dropped (not blended),
 * EXIF rotation undone.
 */
async function decodeWithSharp(
  bytes: Uint8Array,
  format: ImageFormat,
  limits: DecodeLimits,
): Promise<Samples> {
  const options = {
    // Sizes are checked below with a message of our own; this guards what a header does not say.
    limitInputPixels: limits.maxPixels,
    failOn: 'error',
    ignoreIcc: true,
    sequentialRead: true,
  } as const;
  let metadata: Metadata;
  try {
    metadata = await sharp(bytes, { ...options, limitInputPixels: false }).metadata();
  } catch (cause) {
    throw damaged(cause);
  }
  checkSize(metadata.width, metadata.height, limits);
  const depth = metadata.depth ?? 'uchar';
  const raw = depth === 'uchar' ? 'uchar' : depth === 'ushort' ? 'ushort' : 'float';
  const isGrey = (metadata.channels ?? 3) <= 2 && !metadata.isPalette;
  let image = sharp(bytes, options).autoOrient().removeAlpha();
  // Without a space of its own, sharp would turn deep samples into 8-bit ones and grey into colour.
  const grey = raw === 'ushort' ? 'grey16' : 'b-w';
  const colour = raw === 'uchar' ? 'srgb' : 'rgb16';
  image = image.toColourspace(isGrey ? grey : colour);
  try {
    const { data, info } = await image.raw({ depth: raw }).toBuffer({ resolveWithObject: true });
    const samples =
      raw === 'uchar'
        ? data
        : raw === 'ushort'
          ? new Uint16Array(Uint8Array.from(data).buffer)
          : new Float32Array(Uint8Array.from(data).buffer);
    return {
      width: info.width,
      height: info.height,
      channels: info.channels,
      data: samples,
      facts: {
        format,
        bits: bitsOf(metadata),
        colour: colourOf(metadata),
        orientation: metadata.orientation ?? 1,
        pages: metadata.pages ?? 1,
      },
    };
  } catch (cause) {
    throw damaged(cause);
  }
}

async function decodeSamples(bytes: Uint8Array, limits: DecodeLimits): Promise<Samples> {
  const format = formatOf(bytes);
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
