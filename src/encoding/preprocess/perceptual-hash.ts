import type { Pixels } from '../../images/pixels.ts';
import { resample } from './resample.ts';

/** Side of the small grey picture that is transformed. */
const SIDE = 32;
/** Frequencies kept of each direction. */
const KEPT = 8;

/** Rows of the discrete cosine transform (type II) for the lowest frequencies. */
const BASIS = Array.from({ length: KEPT }, (_, u) =>
  Float64Array.from({ length: SIDE }, (_, x) => Math.cos(((2 * x + 1) * u * Math.PI) / (2 * SIDE))),
);

/**
 * The perceptual hash of a picture (pHash: Zauner, "Implementation and Benchmarking of Perceptual
 * Image Hash Functions", 2010): the picture in grey and small, its lowest 8 x 8 frequencies, one bit
 * for each that is above their median. Copies that were compressed, resized or brightened differ in
 * few bits.
 * @returns 64 bits as 16 hexadecimal digits
 */
export function perceptualHash(pixels: Pixels): string {
  const small = resample(pixels, { width: SIDE, height: SIDE }, 'bilinear');
  const grey = Float64Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [r = 0, g = 0, b = 0] = small.subarray(i * 3, i * 3 + 3);
    // Rec. 601
    return 0.299 * r + 0.587 * g + 0.114 * b;
  });
  const rows = BASIS.map((basis) =>
    Float64Array.from({ length: SIDE }, (_, y) =>
      basis.reduce((sum, value, x) => sum + value * (grey[y * SIDE + x] as number), 0),
    ),
  );
  const frequencies = BASIS.flatMap((basis) =>
    rows.map((row) => basis.reduce((sum, value, y) => sum + value * (row[y] as number), 0)),
  );
  // The first is the brightness, which says nothing about the rest.
  const sorted = frequencies.slice(1).sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1] as number;
  const bits = frequencies.map((value) => (value > median ? '1' : '0')).join('');
  return BigInt(`0b${bits}`).toString(16).padStart(16, '0');
}
