import sharp, { type Metadata } from 'sharp';
import type { DecodeLimits } from '../domain/decode-limits.ts';
import { cmykToRgb } from './colour.ts';
import type { ImageFormat } from './format.ts';
import { checkSize, damaged, type Samples } from './samples.ts';

const BITS: Record<string, number> = { uchar: 8, char: 8, ushort: 16, short: 16 };

// A picture that the cache keeps open tells its warnings late, when another is decoded.
sharp.cache(false);

/** sharp tells a warning to all who listen, whoever's it is: pictures are decoded one after the other. */
let turn: Promise<unknown> = Promise.resolve();

/** Bits of a sample in the file; the decoder widens palettes and 1, 2 and 4 bit greys to 8. */
function bitsOf({ bitsPerSample, depth }: Metadata): number {
  return bitsPerSample ?? BITS[depth ?? ''] ?? 32;
}

function colourOf({ isPalette, channels, space }: Metadata): string {
  if (isPalette) return 'palette';
  if (space === 'cmyk') return 'cmyk';
  return ['grey', 'grey-alpha', 'rgb', 'rgba'][(channels ?? 3) - 1] ?? 'rgb';
}

/**
 * Decodes with sharp as Pillow would open it: colour profiles ignored, alpha dropped (not blended),
 * EXIF rotation undone, CMYK turned into RGB without a profile.
 *
 * @param failOn what the decoder must not overlook: `warning` is stricter than `error`
 * @param damage warnings that mean damage. libvips looks for them before it reads each band of rows,
 *   so that those of the last band end nothing and are only told
 */
export async function decodeWithSharp(
  bytes: Uint8Array,
  format: ImageFormat,
  limits: DecodeLimits,
  failOn: 'error' | 'warning' = 'error',
  damage?: RegExp,
): Promise<Samples> {
  const options = {
    // Sizes are checked below with a message of our own; this guards what a header does not say.
    limitInputPixels: limits.maxPixels,
    failOn,
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
  const isCmyk = metadata.space === 'cmyk';
  // Without a pipeline of its own, sharp turns inks into RGB by a profile of print.
  if (isCmyk) image = image.pipelineColourspace('cmyk').toColourspace('cmyk');
  else image = image.toColourspace(isGrey ? grey : colour);
  let told: string | undefined;
  try {
    const decoding = turn.then(() => {
      image.on('warning', (warning: string) => {
        if (damage?.test(warning)) told ??= warning;
      });
      return image.raw({ depth: raw }).toBuffer({ resolveWithObject: true });
    });
    turn = decoding.catch(() => undefined);
    const { data, info } = await decoding;
    if (told !== undefined) throw new Error(told);
    const samples =
      raw === 'uchar'
        ? data
        : raw === 'ushort'
          ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2)
          : new Float32Array(data.buffer, data.byteOffset, data.length / 4);
    return {
      width: info.width,
      height: info.height,
      channels: isCmyk ? 3 : info.channels,
      data: isCmyk ? cmykToRgb(data) : samples,
      decoding: {
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
