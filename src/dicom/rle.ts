import { dataView } from './elements.ts';
import { damaged } from './errors.ts';

const HEADER = 64;
const MAX_SEGMENTS = 15;

/**
 * Decodes a frame coded by RLE (PS3.5, annex G): a segment for each byte of each sample, the most
 * significant first. Written here, as the decoders at hand do not tell whether a segment was whole.
 *
 * @param pixels of the frame
 * @param samples of a pixel
 * @param width bytes of a sample
 * @returns interleaved samples, little endian
 * @throws SemblanceError DICOM_DAMAGED
 */
export function decodeRle(
  bytes: Uint8Array,
  pixels: number,
  samples: number,
  width: number,
): Uint8Array {
  if (bytes.length < HEADER) throw damaged('Its RLE data have no header.');
  const header = dataView(bytes);
  const count = header.getUint32(0, true);
  if (count !== samples * width || count > MAX_SEGMENTS) {
    throw damaged(`Its RLE data have ${count} segments in place of ${samples * width}.`);
  }
  const out = new Uint8Array(pixels * samples * width);
  for (let segment = 0; segment < count; segment++) {
    const from = header.getUint32(4 + segment * 4, true);
    const to = segment + 1 < count ? header.getUint32(8 + segment * 4, true) : bytes.length;
    if (from < HEADER || to < from || to > bytes.length) {
      throw damaged('A segment of its RLE data stands outside of them.');
    }
    const sample = Math.floor(segment / width);
    const first = sample * width + (width - 1 - (segment % width));
    unpack(bytes.subarray(from, to), out, first, samples * width);
  }
  return out;
}

/** Unpacks a segment to every `step`-th byte (PackBits). */
function unpack(bytes: Uint8Array, out: Uint8Array, first: number, step: number): void {
  let at = first;
  let i = 0;
  let more = 0;
  while (at < out.length && i < bytes.length) {
    const control = bytes[i++] as number;
    if (control < 128) {
      const end = i + control + 1;
      if (end > bytes.length) break;
      for (; i < end && at < out.length; at += step) out[at] = bytes[i++] as number;
      more = end - i;
      i = end;
    } else if (control > 128) {
      if (i >= bytes.length) break;
      const value = bytes[i++] as number;
      const end = at + (257 - control) * step;
      for (; at < end && at < out.length; at += step) out[at] = value;
      more = (end - at) / step;
    }
  }
  if (at < out.length) throw damaged('A segment of its RLE data ends early.');
  // A byte makes an odd number even, coded or not, and fillers may follow; anything else tells that it went astray.
  if (more > 1 || bytes.subarray(i + 1).some((byte) => byte !== 0 && byte !== 128)) {
    throw damaged('A segment of its RLE data has more samples than the picture.');
  }
}
