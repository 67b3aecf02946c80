import { checkJpeg, needsDeepJpeg, withEnd } from '../codecs/jpeg.ts';
import { type JpegHeader, readJpegHeader } from '../codecs/jpeg-header.ts';
import { JPEG_DAMAGE } from '../codecs/native.ts';
import type { DecodeLimits } from '../domain/decode-limits.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import { decodeDeepJpeg } from './deep-jpeg.ts';
import { undoOrientation } from './orientation.ts';
import { checkSize, damaged, type Samples } from './samples.ts';
import { decodeWithSharp } from './sharp.ts';
import { readTiffDirectories, TAG } from './tiff-directory.ts';

const MPF_IMAGES = 0xb001;

/** A tag of a block that is written as a TIFF is (EXIF, MPF); 1 where it is absent or damaged. */
function tagOf(block: Uint8Array | undefined, tag: number): number {
  try {
    return block === undefined ? 1 : readTiffDirectories(block).first.number(tag, 1);
  } catch {
    return 1;
  }
}

/** Pictures in the file, by the index of an MPO. */
function pagesOf({ mpf }: JpegHeader): number {
  return tagOf(mpf, MPF_IMAGES);
}

async function decodeDeep(bytes: Uint8Array, header: JpegHeader): Promise<Samples> {
  const { width, height, bits, components, exif } = header;
  const pages = pagesOf(header);
  const tag = tagOf(exif, TAG.orientation);
  const orientation = tag >= 1 && tag <= 8 ? tag : 1;
  const colour = components === 1 ? 'grey' : 'rgb';
  const decoding = { format: 'jpeg', bits, colour, orientation, pages };
  try {
    const data = await decodeDeepJpeg(bytes, header);
    return undoOrientation({ width, height, channels: components, data, decoding });
  } catch (cause) {
    throw damaged(cause);
  }
}

async function decodeShallow(bytes: Uint8Array, limits: DecodeLimits): Promise<Samples> {
  try {
    return await decodeWithSharp(bytes, 'jpeg', limits, 'warning', JPEG_DAMAGE);
  } catch (error) {
    // Warnings of another kind (a JFIF of a later version, filling bytes) cost nothing.
    const cause = error instanceof SemblanceError ? error.cause : undefined;
    if (!(cause instanceof Error) || JPEG_DAMAGE.test(cause.message)) throw error;
    return decodeWithSharp(bytes, 'jpeg', limits, 'error', JPEG_DAMAGE);
  }
}

/**
 * Decodes a JPEG of any kind that is read; docs/pictures.md lists them. Other than libjpeg, whose
 * pictures go on in grey or noise, it refuses data that end early or are corrupt.
 *
 * @throws SemblanceError IMAGE_UNSUPPORTED, IMAGE_DAMAGED, IMAGE_TOO_LARGE
 */
export async function decodeJpeg(bytes: Uint8Array, limits: DecodeLimits): Promise<Samples> {
  const header = readJpegHeader(bytes);
  if (header === undefined) throw damaged(undefined, 'The JPEG has no frame.');
  checkSize(header.width, header.height, limits);
  checkJpeg(header, bytes.length);
  const file = withEnd(bytes, header);
  if (needsDeepJpeg(header)) return decodeDeep(file, header);
  const samples = await decodeShallow(file, limits);
  return { ...samples, decoding: { ...samples.decoding, pages: pagesOf(header) } };
}
