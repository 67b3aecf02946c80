import { decodeCharls } from '../codecs/charls.ts';
import type { JpegHeader } from '../codecs/jpeg-header.ts';
import { decodeNative, JPEG_DAMAGE } from '../codecs/native.ts';

/**
 * Decodes a JPEG of more than 8 bits, a lossless one or a JPEG-LS.
 *
 * @param bytes the file; its header has been checked against the limits
 * @returns stored samples, interleaved, colour as RGB
 * @throws Error when the data are damaged or end early
 */
export async function decodeDeepJpeg(
  bytes: Uint8Array,
  header: JpegHeader,
): Promise<Uint8Array | Uint16Array> {
  const coded = { ...header, bytes };
  const data =
    header.coding === 'jpeg-ls'
      ? await decodeCharls(coded)
      : await decodeNative('decodeJpeg', coded, { damage: JPEG_DAMAGE, toRgb: true });
  return header.bits <= 8 ? data : new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
}
