import { SemblanceError } from '../domain/errors/error.ts';
import { END, type JpegHeader } from './jpeg-header.ts';

function damaged(detail: string): SemblanceError {
  return new SemblanceError('IMAGE_DAMAGED', detail);
}

function unsupported(detail: string): SemblanceError {
  return new SemblanceError('IMAGE_UNSUPPORTED', detail);
}

/** Each scan is a walk over the whole picture: encoders make ten of them, and a few hundred take minutes. */
const MAX_SCANS = 200;

/** Whether a JPEG is one that libvips does not read and dcmjs-codecs does. */
export function needsDeepJpeg({ bits, coding }: JpegHeader): boolean {
  return coding === 'lossless' || coding === 'jpeg-ls' || (coding !== 'unread' && bits > 8);
}

/**
 * @throws SemblanceError IMAGE_UNSUPPORTED with the variant's name; IMAGE_DAMAGED for a header that
 *   promises more than the file can hold
 */
export function checkJpeg(header: JpegHeader, size: number): void {
  const { width, height, bits, components, coding, name, scans } = header;
  if (coding === 'unread') throw unsupported(`A JPEG of the kind "${name}".`);
  if (height === 0) throw unsupported('A JPEG whose height stands behind its data (DNL).');
  if (width === 0) throw damaged('The picture has no width.');
  const deep = needsDeepJpeg(header);
  const depths = { huffman: [8, 12], arithmetic: [8] }[coding as string];
  if (!(depths?.includes(bits) ?? (bits >= 2 && bits <= 16))) {
    throw unsupported(`A JPEG of ${bits} bits (${name}).`);
  }
  if (!(deep ? [1, 3] : [1, 3, 4]).includes(components)) {
    throw unsupported(`A JPEG of ${components} components and ${bits} bits (${name}).`);
  }
  if (scans > MAX_SCANS) throw damaged(`It has ${scans} scans.`);
  if (coding === 'huffman' && !header.ended && !header.scanned) {
    throw damaged('It ends early: a part of its scans is absent.');
  }
  // A block of 64 samples takes a bit or more by Huffman's codes, and so does a lossless sample.
  const perBit = { huffman: 64, lossless: 1 / components } as const;
  const most = size * 8 * (perBit[coding as keyof typeof perBit] ?? Number.POSITIVE_INFINITY);
  if (width * height > most) {
    throw damaged(
      `Its header promises ${width} x ${height} pixels, which ${size} bytes cannot hold.`,
    );
  }
}

/**
 * The file with a marker of its end: where only that is lacking the picture is whole, and where
 * data are lacking too the decoder meets the marker too early, which it tells.
 */
export function withEnd(bytes: Uint8Array, { ended, coding }: JpegHeader): Uint8Array {
  // An arithmetic decoder takes the marker for data of zeros, and tells nothing.
  if (ended || coding === 'arithmetic') return bytes;
  // A file whose copy was broken off may be filled up with zeros, which would read as data.
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0 && bytes[end - 2] !== 0xff) end -= 1;
  return Buffer.concat([bytes.subarray(0, end), Buffer.from([0xff, END])]);
}
