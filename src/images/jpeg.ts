import type { DecodeLimits } from '../domain/decode-limits.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import { decodeDeepJpeg, JPEG_DAMAGE } from './deep-jpeg.ts';
import { END, type JpegHeader, readJpegHeader, tagOf } from './jpeg-header.ts';
import { undoOrientation } from './orientation.ts';
import { checkSize, damaged, type Samples, unsupported } from './samples.ts';
import { decodeWithSharp } from './sharp.ts';
import { TAG } from './tiff-directory.ts';

/** Whether a JPEG is one that libvips does not read and dcmjs-codecs does. */
export function needsDeepJpeg({ bits, coding }: JpegHeader): boolean {
  return coding === 'lossless' || coding === 'jpeg-ls' || (coding !== 'unread' && bits > 8);
}

/**
 * @throws SemblanceError IMAGE_UNSUPPORTED with the variant's name; IMAGE_DAMAGED for a header that
 *   promises more than the file can hold
 */
export function checkJpeg(header: JpegHeader, size: number): void {
  const { width, height, bits, components, coding, name } = header;
  if (coding === 'unread') throw unsupported(`A JPEG of the kind "${name}".`);
  if (height === 0) throw unsupported('A JPEG whose height stands behind its data (DNL).');
  if (width === 0) throw damaged(undefined, 'The picture has no width.');
  const deep = needsDeepJpeg(header);
  const depths = { huffman: [8, 12], arithmetic: [8] }[coding as string];
  if (!(depths?.includes(bits) ?? (bits >= 2 && bits <= 16))) {
    throw unsupported(`A JPEG of ${bits} bits (${name}).`);
  }
  if (!(deep ? [1, 3] : [1, 3, 4]).includes(components)) {
    throw unsupported(`A JPEG of ${components} components and ${bits} bits (${name}).`);
  }
  if (coding === 'huffman' && !header.ended && !header.scanned) {
    throw damaged(undefined, 'It ends early: a part of its scans is absent.');
  }
  // A block of 64 samples takes a bit or more by Huffman's codes, and so does a lossless sample.
  const perBit = { huffman: 64, lossless: 1 / components } as const;
  const most = size * 8 * (perBit[coding as keyof typeof perBit] ?? Number.POSITIVE_INFINITY);
  if (width * height > most) {
    throw damaged(
      undefined,
      `Its header promises ${width} x ${height} pixels, which ${size} bytes cannot hold.`,
    );
  }
}

/**
 * The file with a marker of its end: where only that is lacking the picture is whole, and where
 * data are lacking too the decoder meets the marker too early, which it tells.
 */
function withEnd(bytes: Uint8Array, { ended, coding }: JpegHeader): Uint8Array {
  // An arithmetic decoder takes the marker for data of zeros, and tells nothing.
  if (ended || coding === 'arithmetic') return bytes;
  // A file whose copy was broken off may be filled up with zeros, which would read as data.
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0 && bytes[end - 2] !== 0xff) end -= 1;
  return Buffer.concat([bytes.subarray(0, end), Buffer.from([0xff, END])]);
}

async function decodeDeep(bytes: Uint8Array, header: JpegHeader): Promise<Samples> {
  const { width, height, bits, components, exif, pages } = header;
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
  return { ...samples, decoding: { ...samples.decoding, pages: header.pages } };
}
