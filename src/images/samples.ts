import { DEFAULT_LIMITS, type DecodeLimits } from '../domain/decode-limits.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import type { Decoding } from './pixels.ts';

/** Stored values in the narrowest array that keeps them: signed ones signed, deep ones deep. */
export type SampleArray =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Int16Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** Samples as the decoder gives them: colour without alpha, 1 or 3 channels, any depth. `data` is the caller's own. */
export interface Samples {
  width: number;
  height: number;
  channels: number;
  data: SampleArray;
  decoding: Decoding;
}

/** @throws SemblanceError IMAGE_TOO_LARGE */
export function checkSize(
  width: number,
  height: number,
  { maxPixels, maxSide = DEFAULT_LIMITS.maxSide }: DecodeLimits,
): void {
  if (Math.max(width, height) > maxSide) {
    throw new SemblanceError(
      'IMAGE_TOO_LARGE',
      `It has ${width} x ${height} pixels; the limit is ${maxSide} along a side.`,
    );
  }
  if (width * height > maxPixels) {
    throw new SemblanceError(
      'IMAGE_TOO_LARGE',
      `It has ${width} x ${height} pixels; the limit is ${maxPixels} in all.`,
    );
  }
}

/** The error of a picture whose decoder gave up, or whose `detail` says what is wrong with it. */
export function damaged(
  cause: unknown,
  detail = 'The picture cannot be decoded to its end.',
): SemblanceError {
  return new SemblanceError('IMAGE_DAMAGED', detail, { cause });
}

/** The error of a whole picture of a kind that is not read; the message names the kind. */
export function unsupported(message: string): SemblanceError {
  return new SemblanceError('IMAGE_UNSUPPORTED', message);
}
