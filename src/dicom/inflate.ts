import { crc32, inflateRawSync } from 'node:zlib';
import { dataView } from './elements.ts';
import { damaged } from './errors.ts';

/**
 * Inflates data to their end. Behind it may be padding, or the checksum and size that gzip writes: a stream that went
 * astray ends where it should not.
 * @param most bytes that it may become
 * @throws SemblanceError DICOM_DAMAGED; Error of zlib for data that are damaged, end early, or become more
 */
export function inflateWhole(bytes: Uint8Array, most: number): Buffer {
  const { buffer, engine } = inflateRawSync(bytes, {
    maxOutputLength: most,
    info: true,
  }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
  const rest = bytes.subarray(engine.bytesWritten);
  if (rest.length > 1 && rest.some((byte) => byte !== rest[0]) && !isTrailer(rest, buffer)) {
    throw damaged('Its deflated data are damaged: they end before their bytes do.');
  }
  return buffer;
}

/** Whether bytes are a gzip's end (RFC 1952, 2.3.1) of these data. */
function isTrailer(rest: Uint8Array, data: Uint8Array): boolean {
  if (rest.length < 8) return false;
  const view = dataView(rest);
  return view.getUint32(0, true) === crc32(data) && view.getUint32(4, true) === data.length;
}
