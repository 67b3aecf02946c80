import { SemblanceError } from '../errors/error.ts';
import type { DecodeFacts } from './pixels.ts';

/** What a file may cost before it is refused. */
export interface DecodeLimits {
  /** Width times height at the most. */
  maxPixels: number;
}

/** Samples as the decoder gives them: colour without alpha, 1 or 3 channels, any depth. */
export interface Samples {
  width: number;
  height: number;
  channels: number;
  data: Uint8Array | Uint16Array | Float32Array;
  facts: DecodeFacts;
}

/** @throws SemblanceError IMAGE_TOO_LARGE */
export function checkSize(width: number, height: number, { maxPixels }: DecodeLimits): void {
  if (width * height > maxPixels) {
    throw new SemblanceError(
      'IMAGE_TOO_LARGE',
      `It has ${width} x ${height} pixels; the limit is ${maxPixels} in all.`,
    );
  }
}

/** The error of a picture whose decoder gave up. */
export function damaged(cause: unknown): SemblanceError {
  return new SemblanceError('IMAGE_DAMAGED', 'The picture cannot be decoded to its end.', {
    cause,
  });
}
