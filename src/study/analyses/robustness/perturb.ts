import sharp from 'sharp';
import { randomFrom } from '../../../domain/random.ts';
import { decodeImage } from '../../../images/decode.ts';
import type { Pixels } from '../../../images/pixels.ts';

/** A change to a picture that a radiologist would look through. */
export type Perturbation =
  /** Cut off this share of width and of height, half of it on each side. */
  | { kind: 'crop'; share: number }
  /** Turn clockwise by degrees around the centre; the size stays and corners become black. */
  | { kind: 'rotation'; degrees: number }
  /** Add Gaussian noise of this standard deviation, in grey values of 255, alike to all channels. */
  | { kind: 'noise'; deviation: number }
  /**
   * Another window: grey values from `low` to `high`, as shares of the full range, become 0 to 255
   * and what lies outside is clipped.
   */
  | { kind: 'windowing'; low: number; high: number }
  /** Compress as JPEG of this quality, 1 to 100, with the usual colour subsampling. */
  | { kind: 'jpeg'; quality: number };

/** A mild and a strong change of each kind. */
export const PERTURBATIONS: readonly Perturbation[] = [
  { kind: 'crop', share: 0.1 },
  { kind: 'crop', share: 0.25 },
  { kind: 'rotation', degrees: 5 },
  { kind: 'rotation', degrees: 15 },
  { kind: 'noise', deviation: 8 },
  { kind: 'noise', deviation: 25 },
  { kind: 'windowing', low: 0.1, high: 0.9 },
  { kind: 'windowing', low: 0.25, high: 0.75 },
  { kind: 'jpeg', quality: 50 },
  { kind: 'jpeg', quality: 10 },
];

/** A perturbation's name with its strength, for tables: `rotation 15 degrees`. */
export function perturbationName(perturbation: Perturbation): string {
  switch (perturbation.kind) {
    case 'crop':
      return `crop ${perturbation.share}`;
    case 'rotation':
      return `rotation ${perturbation.degrees} degrees`;
    case 'noise':
      return `noise ${perturbation.deviation}`;
    case 'windowing':
      return `window ${perturbation.low} to ${perturbation.high}`;
    case 'jpeg':
      return `JPEG ${perturbation.quality}`;
  }
}

/** Maps every sample; a Uint8ClampedArray rounds and clips by itself. */
function mapSamples(data: Uint8Array, map: (value: number, at: number) => number): Uint8Array {
  const out = new Uint8ClampedArray(data.length);
  for (let i = 0; i < data.length; i++) out[i] = map(data[i] as number, i);
  return new Uint8Array(out.buffer);
}

/** Two independent standard normal numbers (Box & Muller 1958). */
function normalPair(random: () => number): [number, number] {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  const angle = 2 * Math.PI * random();
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}

function addNoise(data: Uint8Array, deviation: number, seed: number): Uint8Array {
  const random = randomFrom(seed);
  const noise = new Float64Array(data.length / 3 + 1);
  for (let i = 0; i + 1 < noise.length; i += 2) noise.set(normalPair(random), i);
  // The same for the three channels, so that a grey picture stays grey.
  return mapSamples(data, (value, at) => value + deviation * (noise[Math.floor(at / 3)] as number));
}

function cropCentre({ width, height, data }: Pixels, share: number) {
  const cut = (edge: number) => Math.max(1, Math.round(edge * (1 - share)));
  const [w, h] = [cut(width), cut(height)];
  const [left, top] = [(width - w) >> 1, (height - h) >> 1];
  const out = new Uint8Array(w * h * 3);
  for (let y = 0; y < h; y++) {
    const from = ((top + y) * width + left) * 3;
    out.set(data.subarray(from, from + w * 3), y * w * 3);
  }
  return { width: w, height: h, data: out };
}

const raw = ({ data, width, height }: Pixels) =>
  sharp(data, { raw: { width, height, channels: 3 } });

async function rotate(pixels: Pixels, degrees: number): Promise<Uint8Array> {
  const { width, height } = pixels;
  const turned = await raw(pixels)
    .rotate(degrees, { background: '#000' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  // The turned picture needs at least the old size in one direction, but not always in both.
  const canvas = new Uint8Array(width * height * 3);
  const dx = Math.floor((turned.info.width - width) / 2);
  const dy = Math.floor((turned.info.height - height) / 2);
  for (let y = Math.max(0, -dy); y < Math.min(height, turned.info.height - dy); y++) {
    const x0 = Math.max(0, -dx);
    const x1 = Math.min(width, turned.info.width - dx);
    const row = (y + dy) * turned.info.width + dx;
    canvas.set(turned.data.subarray((row + x0) * 3, (row + x1) * 3), (y * width + x0) * 3);
  }
  return canvas;
}

/**
 * A perturbed copy of a decoded picture, to search with instead of the original.
 * @param seed of the noise; the same seed gives the same noise
 */
export async function perturb(
  pixels: Pixels,
  perturbation: Perturbation,
  seed: number,
): Promise<Pixels> {
  switch (perturbation.kind) {
    case 'crop':
      return { ...pixels, ...cropCentre(pixels, perturbation.share) };
    case 'rotation':
      return { ...pixels, data: await rotate(pixels, perturbation.degrees) };
    case 'noise':
      return { ...pixels, data: addNoise(pixels.data, perturbation.deviation, seed) };
    case 'windowing': {
      const { low, high } = perturbation;
      const map = (value: number) => ((value / 255 - low) / (high - low)) * 255;
      return { ...pixels, data: mapSamples(pixels.data, map) };
    }
    case 'jpeg': {
      const { quality } = perturbation;
      const { data } = await decodeImage(await raw(pixels).jpeg({ quality }).toBuffer());
      return { ...pixels, data };
    }
  }
}
