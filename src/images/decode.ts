import { DEFAULT_LIMITS, type DecodeLimits } from '../domain/decode-limits.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import { decodeBmp } from './bmp.ts';
import { mapTo8, mapTo16, windowOf } from './depth.ts';
import { detectFormat, type ImageFormat } from './format.ts';
import { decodeJpeg } from './jpeg.ts';
import { notRecognised } from './kind.ts';
import type { Pixels, StoredPixels } from './pixels.ts';
import { pngFrames } from './png.ts';
import { READING } from './reading.ts';
import type { Samples } from './samples.ts';
import { decodeWithSharp } from './sharp.ts';
import { decodeTiff } from './tiff.ts';

/** Format by content; nothing that is not one of the known formats reaches a decoder. */
async function formatOf(bytes: Uint8Array): Promise<ImageFormat> {
  if (bytes.length === 0) throw new SemblanceError('IMAGE_EMPTY', 'The file has 0 bytes.');
  const format = detectFormat(bytes);
  if (format === undefined) throw await notRecognised(bytes);
  return format;
}

async function decodeSamples(bytes: Uint8Array, limits: DecodeLimits): Promise<Samples> {
  const format = await formatOf(bytes);
  if (format === 'bmp') return decodeBmp(bytes, limits);
  if (format === 'tiff') return decodeTiff(bytes, limits);
  if (format === 'jpeg') return decodeJpeg(bytes, limits);
  const samples = await decodeWithSharp(bytes, format, limits);
  if (format !== 'png') return samples;
  return { ...samples, decoding: { ...samples.decoding, pages: pngFrames(bytes) } };
}

/** Three samples a pixel. */
export function toRgb(data: Uint8Array, channels: number): Uint8Array {
  return channels === 1 ? greyToRgb(data) : data;
}

function greyToRgb(grey: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(grey.length * 3);
  for (let i = 0, to = 0; i < grey.length; i++, to += 3) {
    const value = grey[i] as number;
    rgb[to] = value;
    rgb[to + 1] = value;
    rgb[to + 2] = value;
  }
  return rgb;
}

/**
 * Decodes a picture to 8-bit RGB, as Pillow's `Image.open(...).convert('RGB')` would. Deep samples
 * (more than 8 bits, integers or floats, grey or colour), for which Pillow has no useful answer, are
 * mapped linearly over their range (`windowOf`), which `decoding` keeps.
 *
 * @param bytes the file
 * @throws SemblanceError IMAGE_EMPTY, IMAGE_NOT_RECOGNISED, IMAGE_UNSUPPORTED, IMAGE_DAMAGED,
 *   IMAGE_TOO_LARGE
 */
export async function decodeImage(
  bytes: Uint8Array,
  limits: DecodeLimits = DEFAULT_LIMITS,
): Promise<Pixels> {
  const { width, height, channels, data, decoding: found } = await decodeSamples(bytes, limits);
  const decoding = { ...found, reading: READING };
  const rgb = (samples: Uint8Array) => toRgb(samples, channels);
  if (data instanceof Uint8Array) return { width, height, data: rgb(data), decoding };
  const { low, high, clipped, notFinite } = windowOf(data, channels);
  return {
    width,
    height,
    data: rgb(mapTo8(data, { low, high })),
    decoding: {
      ...decoding,
      windowLow: low,
      windowHigh: high,
      ...(clipped > 0 && { clipped }),
      ...(notFinite > 0 && { notFinite }),
    },
  };
}

/**
 * Decodes a picture in its own depth, for a viewer with window centre and width: 8 or 16-bit,
 * grey or RGB. Signed samples and floats are mapped to 16 bits over their range (`windowOf`).
 * @throws SemblanceError as `decodeImage`
 */
export async function decodeStoredPixels(
  bytes: Uint8Array,
  limits: DecodeLimits = DEFAULT_LIMITS,
): Promise<StoredPixels> {
  const { width, height, channels, data } = await decodeSamples(bytes, limits);
  const shape = { width, height, channels: channels === 1 ? 1 : 3 } as const;
  if (data instanceof Uint8Array) {
    return { ...shape, bits: 8, data, windowLow: 0, windowHigh: 255 };
  }
  const { low, high } = windowOf(data, channels);
  if (data instanceof Uint16Array) {
    return { ...shape, bits: 16, data, windowLow: low, windowHigh: high };
  }
  const mapped = mapTo16(data, { low, high });
  return { ...shape, bits: 16, data: mapped, windowLow: 0, windowHigh: 65535 };
}
