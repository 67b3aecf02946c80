import { cmykToRgb, labToRgb } from './colour.ts';
import type { SampleArray } from './samples.ts';
import { TAG, type TiffDirectory } from './tiff-directory.ts';
import type { TiffLayout } from './tiff-layout.ts';
import type { SampleType } from './tiff-samples.ts';

const WHITE_IS_ZERO = 0;
const ICC_LAB = 9;

/** Divides colours by the alpha that follows them, as Pillow does, and leaves it out. */
export function undoPremultiplication(
  data: SampleArray,
  { colours, type }: TiffLayout,
): SampleArray {
  const { bits, kind } = type;
  const highest = kind === 'float' ? 1 : 2 ** (kind === 'signed' ? bits - 1 : bits) - 1;
  const pixels = data.length / (colours + 1);
  const out = data.slice(0, pixels * colours);
  for (let i = 0; i < pixels; i++) {
    const alpha = data[i * (colours + 1) + colours] as number;
    for (let c = 0; c < colours; c++) {
      const value = data[i * (colours + 1) + c] as number;
      out[i * colours + c] = alpha === 0 ? 0 : Math.min(highest, (value * highest) / alpha);
    }
  }
  return out;
}

function invert(data: SampleArray, { bits, kind }: SampleType): SampleArray {
  // The same picture in the values' own range; a 64-bit sum would not be exact.
  const sum = kind === 'unsigned' ? (bits <= 32 ? 2 ** bits - 1 : 0) : kind === 'signed' ? -1 : 1;
  for (let i = 0; i < data.length; i++) data[i] = sum - (data[i] as number);
  return data;
}

/** Colours of a palette; maps of old writers have 8-bit values, as libtiff knows. */
function lookUp(data: SampleArray, map: number[], bits: number): Uint8Array {
  const entries = 2 ** bits;
  if (map.length < 3 * entries) throw new RangeError('The palette is not whole.');
  const shift = map.some((value) => value > 255) ? 8 : 0;
  const out = new Uint8Array(data.length * 3);
  for (let i = 0; i < data.length; i++) {
    for (let c = 0; c < 3; c++) {
      out[i * 3 + c] = (map[c * entries + (data[i] as number)] as number) >> shift;
    }
  }
  return out;
}

/** Stored L*a*b* values in their units; ICC's variant has no negative ones. */
function labOf(data: SampleArray, bits: number, photometric: number): Float32Array {
  const icc = photometric === ICC_LAB;
  const unit = bits === 8 ? 1 : 256;
  // ICC's 16-bit L has 100 at 0xff00 (TIFF technical note on ICC L*a*b*).
  const highest = icc ? 255 * unit : 2 ** bits - 1;
  return Float32Array.from({ length: data.length }, (_, i) => {
    const value = data[i] as number;
    if (i % 3 === 0) return (value * 100) / highest;
    const signed = value >= 128 * unit ? value - 256 * unit : value;
    return icc ? value / unit - 128 : signed / unit;
  });
}

/** YCbCr by the coefficients and the range that the tags give (TIFF 6.0, section 21). */
function yccToRgb(data: SampleArray, directory: TiffDirectory): Uint8Array {
  const [red = 0.299, green = 0.587, blue = 0.114] = directory.numbers(TAG.yccCoefficients);
  const range = directory.numbers(TAG.referenceBlackWhite);
  const [black = 0, white = 255, noBlue = 128, allBlue = 255, noRed = 128, allRed = 255] = range;
  const rgb = new Uint8ClampedArray(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const y = (((data[i] as number) - black) * 255) / (white - black);
    const cb = (((data[i + 1] as number) - noBlue) * 127) / (allBlue - noBlue);
    const cr = (((data[i + 2] as number) - noRed) * 127) / (allRed - noRed);
    const [r, b] = [y + cr * (2 - 2 * red), y + cb * (2 - 2 * blue)];
    rgb[i] = r;
    rgb[i + 1] = (y - red * r - blue * b) / green;
    rgb[i + 2] = b;
  }
  return new Uint8Array(rgb.buffer);
}

/** Stored samples as grey or RGB: inks, palettes and L*a*b* as 8-bit RGB, deep ones as they are. */
export function toColour(
  data: SampleArray,
  layout: TiffLayout,
  directory: TiffDirectory,
): { data: SampleArray; channels: 1 | 3 } {
  const { model, photometric, type } = layout;
  const { bits, kind } = type;
  if (model === 'palette') {
    return {
      data: lookUp(data, directory.numbers(TAG.colourMap, 3 * 2 ** bits), bits),
      channels: 3,
    };
  }
  if (model === 'cmyk') {
    const inks = bits === 8 ? (data as Uint8Array) : Uint8Array.from(data, (ink) => ink >> 8);
    return { data: cmykToRgb(inks), channels: 3 };
  }
  if (model === 'lab') return { data: labToRgb(labOf(data, bits, photometric)), channels: 3 };
  if (model === 'ycbcr') {
    return { data: yccToRgb(data, directory), channels: 3 };
  }
  let samples = photometric === WHITE_IS_ZERO ? invert(data, type) : data;
  if (kind === 'unsigned' && bits < 8) {
    const scale = 255 / (2 ** bits - 1);
    samples = samples.map((value) => Math.round(value * scale));
  }
  return { data: samples, channels: model === 'rgb' ? 3 : 1 };
}
