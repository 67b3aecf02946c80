import { decodeCharls } from '../codecs/charls.ts';
import { checkJpeg, withEnd } from '../codecs/jpeg.ts';
import { type JpegHeader, readJpegHeader } from '../codecs/jpeg-header.ts';
import { decodeNative, JPEG_DAMAGE, type NativeCodec } from '../codecs/native.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import { codestreamKind, readJpeg2000Header } from './codestream.ts';
import { damaged, unsupported } from './errors.ts';
import { inflateWhole } from './inflate.ts';
import type { PixelDescription } from './pixel-description.ts';
import { decodeRle } from './rle.ts';
import {
  dtypeOf,
  interleave,
  type StoredData,
  samplesOf,
  sizeOf,
  toArray,
  unpackBits,
} from './samples.ts';
import type { TransferSyntax } from './transfer-syntax.ts';

/** A decoded frame. */
export interface DecodedFrame {
  /** Interleaved stored samples. */
  data: StoredData;
  /** How it was coded: RLE, JPEG baseline, JPEG-LS, JPEG 2000, ... */
  codec: string;
  /** How colours are to be read, where the decoder changed it. */
  photometric: string;
  /** See `StoredFrame`. */
  inFile?: Uint8Array;
}

/**
 * Decodes a coded frame; what its data are decides, and where they have no mark, the transfer syntax.
 * @throws SemblanceError DICOM_DAMAGED, DICOM_UNSUPPORTED
 */
export async function decodeFrame(
  bytes: Uint8Array,
  pixels: PixelDescription,
  syntax: TransferSyntax,
): Promise<DecodedFrame> {
  try {
    switch (codestreamKind(bytes)) {
      case 'jpeg':
        return await decodeJpeg(bytes, pixels);
      case 'jpeg-2000':
        return await decodeJpeg2000(bytes, pixels);
      case 'jpeg-xl':
        return await decodeJpegXl(bytes, pixels);
      default:
        return decodeUnmarked(bytes, pixels, syntax);
    }
  } catch (error) {
    throw toDicomError(error);
  }
}

function toDicomError(error: unknown): SemblanceError {
  if (!(error instanceof SemblanceError)) {
    return damaged('Its pixels cannot be decoded to their end.', error);
  }
  if (error.code === 'IMAGE_DAMAGED') return damaged(error.message, error);
  if (error.code === 'IMAGE_UNSUPPORTED') return unsupported(error.message);
  return error;
}

function decodeUnmarked(
  bytes: Uint8Array,
  pixels: PixelDescription,
  { family, name }: TransferSyntax,
): DecodedFrame {
  const { rows, columns, samples, allocated, photometric } = pixels;
  const dtype = dtypeOf(pixels);
  const count = rows * columns;
  if (family === 'rle') {
    // Samples of a bit are packed before they are coded.
    if (allocated === 1) {
      const packed = decodeRle(bytes, Math.ceil((count * samples) / 8), 1, 1);
      return { data: unpackBits(packed, 0, count * samples, 1), codec: 'RLE', photometric };
    }
    const decoded = decodeRle(bytes, count, samples, sizeOf(dtype));
    return { data: toArray(decoded, dtype), codec: 'RLE', photometric };
  }
  if (family === 'deflate')
    return uncoded(inflateWhole(bytes, frameSize(pixels) + 16), pixels, family);
  if (family === 'native') return uncoded(bytes, pixels, 'none');
  if (family === 'unknown') throw unsupported(`The transfer syntax ${name}.`);
  throw damaged(`Its pixels are not coded as ${name}.`);
}

/** Bytes of a frame that is not coded. */
function frameSize({ rows, columns, samples, allocated }: PixelDescription): number {
  return Math.ceil((rows * columns * samples * allocated) / 8);
}

/** A frame that is not coded further, in a fragment or deflated by itself (PS3.5, annexes A.4.11 and A.4.13). */
function uncoded(bytes: Uint8Array, pixels: PixelDescription, codec: string): DecodedFrame {
  const { rows, columns, samples, planar, photometric } = pixels;
  const size = frameSize(pixels);
  // One more makes their number even.
  if (bytes.length < size || bytes.length > size + 1) {
    throw damaged(`A frame has ${bytes.length} bytes, its attributes say ${size}.`);
  }
  const data = samplesOf(bytes.slice(0, size), pixels, rows * columns * samples);
  return { data: planar ? interleave(data, samples) : data, codec, photometric };
}

/** What a coded picture's own header says. */
interface Shape {
  width: number;
  height: number;
  components: number;
  bits: number;
}

/** The header of a coded picture has to say what the attributes say: otherwise one of them is wrong. */
function checkShape(
  kind: string,
  { width, height, components, bits }: Shape,
  pixels: PixelDescription,
): void {
  const { rows, columns, samples, allocated } = pixels;
  if (width !== columns || height !== rows || components !== samples) {
    throw damaged(
      `Its ${kind} data are ${width} x ${height} x ${components}, its attributes say ${columns} x ${rows} x ${samples}.`,
    );
  }
  if (allocated > 16) throw unsupported(`${kind} with ${allocated} bits.`);
  if (bits > allocated) {
    throw damaged(`Its ${kind} data have ${bits} bits, its attributes say ${allocated}.`);
  }
}

/** Decoded bytes as samples of the file's kind. */
function widen(
  bytes: Uint8Array,
  bits: number,
  pixels: PixelDescription,
  signed: boolean,
): StoredData {
  const dtype = dtypeOf(pixels);
  const size = bits <= 8 ? 1 : 2;
  if (size === sizeOf(dtype)) return toArray(bytes, dtype);
  const narrow = toArray(bytes, signed ? 'int8' : 'uint8');
  return pixels.signed ? Int16Array.from(narrow) : Uint16Array.from(narrow);
}

/** What the colours are: many writers say RGB of a JPEG in Y, Cb and Cr. */
function coloursOf(header: JpegHeader, { samples, photometric }: PixelDescription): string {
  const isYbr = header.transform === 1 || (header.transform !== 0 && header.subsampled);
  const isLossy = header.coding === 'huffman' || header.coding === 'arithmetic';
  return samples === 3 && photometric === 'RGB' && isLossy && isYbr ? 'YBR_FULL' : photometric;
}

async function decodeJpeg(bytes: Uint8Array, pixels: PixelDescription): Promise<DecodedFrame> {
  const header = readJpegHeader(bytes);
  if (header === undefined) throw damaged('Its JPEG data have no frame.');
  const isLs = header.coding === 'jpeg-ls';
  checkShape(isLs ? 'JPEG-LS' : 'JPEG', header, pixels);
  checkJpeg(header, bytes.length);
  const photometric = coloursOf(header, pixels);
  const decoded = isLs
    ? await decodeCharls({ ...header, bytes })
    : await decodeNative(
        'decodeJpeg',
        { ...header, bytes: withEnd(bytes, header) },
        damageIn(bytes),
      );
  const data = widen(decoded, header.bits, pixels, false);
  return { data, codec: isLs ? header.name : `JPEG ${header.name}`, photometric };
}

/**
 * What a decoder says of damaged data of a JPEG; also that it has bytes left where the picture ends, since it went astray
 * before, if they are no filler.
 */
function damageIn(bytes: Uint8Array): { damage: Pick<RegExp, 'test'> } {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const test = (message: string): boolean => {
    if (JPEG_DAMAGE.test(message)) return true;
    const count = Number(/(\d+) extraneous bytes before marker 0xd9/i.exec(message)?.[1] ?? 0);
    const end = file.lastIndexOf(END_OF_IMAGE);
    const left = file.subarray(Math.max(0, end - count), end);
    return count > 2 && left.some((byte) => byte !== 0 && byte !== 0xff);
  };
  return { damage: { test } };
}

const END_OF_IMAGE = Buffer.from([0xff, 0xd9]);
/** Other decoders refuse what is damaged. */
const OTHER = { damage: /^$/ };

async function decodeJpeg2000(bytes: Uint8Array, pixels: PixelDescription): Promise<DecodedFrame> {
  const header = readJpeg2000Header(bytes);
  checkShape('JPEG 2000', header, pixels);
  const { highThroughput, signed, bits, components, whole } = header;
  // The decoder of the fast coder goes on in grey or noise; the other one says so itself.
  if (highThroughput && !whole) throw damaged('Its JPEG 2000 data end early.');
  // The decoder would keep 8 bits of each sample only.
  if (components > 1 && bits > 8) throw unsupported(`JPEG 2000 in colour with ${bits} bits.`);
  const codec: NativeCodec = highThroughput ? 'decodeHtJpeg2000' : 'decodeJpeg2000';
  const decoded = await decodeNative(codec, { ...header, bytes }, OTHER);
  return {
    data: widen(decoded, bits, pixels, signed),
    codec: highThroughput ? 'HTJ2K' : 'JPEG 2000',
    photometric: pixels.samples === 3 ? 'RGB' : pixels.photometric,
  };
}

async function decodeJpegXl(bytes: Uint8Array, pixels: PixelDescription): Promise<DecodedFrame> {
  const { rows: height, columns: width, samples: components, stored: bits } = pixels;
  const coded = { bytes, width, height, components, bits };
  const decoded = await decodeNative('decodeJpegXl', coded, OTHER);
  return {
    data: widen(decoded, bits, pixels, false),
    codec: 'JPEG XL',
    photometric: pixels.samples === 3 ? 'RGB' : pixels.photometric,
  };
}
