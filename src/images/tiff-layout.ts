import type { DecodeLimits } from '../domain/decode-limits.ts';
import { checkSize, unsupported } from './samples.ts';
import { COMPRESSION_NAMES, COMPRESSIONS } from './tiff-compression.ts';
import { TAG, type TiffDirectory } from './tiff-directory.ts';
import type { SampleType } from './tiff-samples.ts';

/** Colour models of the tag PhotometricInterpretation that are read, with their channels. */
const MODELS: Readonly<Record<number, { name: string; channels: number }>> = {
  0: { name: 'grey', channels: 1 },
  1: { name: 'grey', channels: 1 },
  2: { name: 'rgb', channels: 3 },
  3: { name: 'palette', channels: 1 },
  4: { name: 'grey', channels: 1 },
  5: { name: 'cmyk', channels: 4 },
  6: { name: 'ycbcr', channels: 3 },
  8: { name: 'lab', channels: 3 },
  9: { name: 'lab', channels: 3 },
};

/** Names of those that are not read. */
const FOREIGN_MODELS: Readonly<Record<number, string>> = {
  10: 'ITU L*a*b*',
  32803: 'raw data of a camera (CFA)',
  32844: 'LogL',
  32845: 'LogLuv',
  34892: 'raw data of a camera (linear)',
  51177: 'a depth map',
  52527: 'a semantic mask',
};

/** Numbers of compressions that need care of their own. */
export const OLD_JPEG = 6;
export const JPEG = 7;
const NONE = 1;
const PACK_BITS = 32773;

/** Compressions that are left to libvips, which reads their 8-bit samples as Pillow does. */
const FASTER_IN_LIBVIPS = new Set([5, 8, PACK_BITS, 32946]);
const LEFT_TO_LIBVIPS = new Set([2, 3, 4, JPEG, 32766, 32771, 32809, 50001]);

/** Samples beside the colours, alpha first: more are the channels of something else. */
const MAX_EXTRA_SAMPLES = 4;

/** What the tags say about the picture. */
export interface TiffLayout {
  width: number;
  height: number;
  compression: number;
  photometric: number;
  model: string;
  /** Channels of the colour model. */
  colours: number;
  /** Samples of a pixel, alpha and others included. */
  samples: number;
  /** The colours are multiplied by the sample after them. */
  premultiplied: boolean;
  /** Luminance samples to one of each chrominance, across and down; 1 and 1 without YCbCr. */
  subsampling: readonly [number, number];
  type: SampleType;
  planar: boolean;
  predictor: number;
  reversed: boolean;
  orientation: number;
  /** Size of a strip or tile in pixels. */
  chunkWidth: number;
  chunkHeight: number;
  tiled: boolean;
}

function oneOf(values: number[], absent: number, what: string): number {
  const first = values[0] ?? absent;
  if (values.some((value) => value !== first)) {
    throw unsupported(
      `A TIFF whose channels differ in ${what} (${values.slice(0, 8).join(', ')}).`,
    );
  }
  return first;
}

function sampleType(directory: TiffDirectory): SampleType {
  const bits = oneOf(directory.numbers(TAG.bits), 1, 'their bits');
  const format = oneOf(directory.numbers(TAG.sampleFormat), 1, 'their sample format');
  const kind = ({ 1: 'unsigned', 2: 'signed', 3: 'float', 4: 'unsigned' } as const)[format];
  if (kind === undefined) {
    const complex = format === 5 || format === 6;
    throw unsupported(
      complex ? 'A TIFF of complex numbers.' : `A TIFF of the sample format ${format}.`,
    );
  }
  const widths = kind === 'float' ? [16, 24, 32, 64] : undefined;
  const isRead = widths?.includes(bits) ?? ((bits >= 1 && bits <= 32) || bits === 64);
  if (!isRead) throw unsupported(`A TIFF of ${kind} samples of ${bits} bits.`);
  return { bits, kind };
}

/**
 * What the tags of a directory say; kinds of TIFF that are not read are refused by their name.
 *
 * @throws SemblanceError IMAGE_TOO_LARGE, IMAGE_UNSUPPORTED
 * @throws RangeError when the tags make no picture
 */
export function readTiffLayout(directory: TiffDirectory, limits: DecodeLimits): TiffLayout {
  const width = directory.number(TAG.width, 0);
  const height = directory.number(TAG.height, 0);
  if (width < 1 || height < 1) throw new RangeError('The picture has no size.');
  checkSize(width, height, limits);
  if (directory.has(TAG.dngVersion)) throw unsupported('Raw data of a camera (DNG).');
  const compression = directory.number(TAG.compression, 1);
  const samples = directory.number(TAG.samples, 1);
  const photometric = directory.number(TAG.photometric, samples >= 3 ? 2 : 1);
  const colour = MODELS[photometric];
  if (colour === undefined) {
    const name = FOREIGN_MODELS[photometric] ?? `the number ${photometric}`;
    throw unsupported(`A TIFF with the photometric interpretation ${name}.`);
  }
  if (
    compression !== OLD_JPEG &&
    !COMPRESSIONS.has(compression) &&
    !LEFT_TO_LIBVIPS.has(compression)
  ) {
    const name = COMPRESSION_NAMES[compression];
    throw unsupported(
      `A TIFF with the compression ${name === undefined ? compression : `${name} (${compression})`}.`,
    );
  }
  const type = sampleType(directory);
  const extra = samples - colour.channels;
  const extraKinds = directory.numbers(TAG.extraSamples);
  const isAlpha = extraKinds[0] === 1 || extraKinds[0] === 2;
  if (extra < 0 || extra > MAX_EXTRA_SAMPLES || (extra > 1 && colour.name === 'grey' && !isAlpha)) {
    throw unsupported(`A TIFF of ${samples} channels in one picture of the kind ${colour.name}.`);
  }
  if (photometric === 5 && directory.number(TAG.inkSet, 1) !== 1) {
    throw unsupported('A TIFF of inks that are not cyan, magenta, yellow and black.');
  }
  const tiled = directory.has(TAG.tileOffsets) || directory.has(TAG.tileWidth);
  const chunkWidth = tiled ? directory.number(TAG.tileWidth, 0) : width;
  const rows = directory.number(TAG.rowsPerStrip, height);
  const chunkHeight = tiled ? directory.number(TAG.tileLength, 0) : Math.min(rows, height);
  if (chunkWidth < 1 || chunkHeight < 1) throw new RangeError('Its strips or tiles have no size.');
  checkSize(
    Math.ceil(width / chunkWidth) * chunkWidth,
    Math.ceil(height / chunkHeight) * chunkHeight,
    limits,
  );
  const [across = 2, down = 2] = directory.numbers(TAG.subsampling);
  const orientation = directory.number(TAG.orientation, 1);
  return {
    width,
    height,
    compression,
    photometric,
    model: colour.name,
    colours: colour.channels,
    samples,
    subsampling: colour.name === 'ycbcr' ? [across, down] : [1, 1],
    premultiplied: extra > 0 && extraKinds[0] === 1,
    type,
    planar: samples > 1 && directory.number(TAG.planar, 1) === 2,
    // As in libtiff, data of these compressions have no predictor, whatever the tag says.
    predictor: [NONE, PACK_BITS].includes(compression) ? 1 : directory.number(TAG.predictor, 1),
    reversed: directory.number(TAG.fillOrder, 1) === 2,
    orientation: orientation >= 1 && orientation <= 8 ? orientation : 1,
    chunkWidth,
    chunkHeight,
    tiled,
  };
}

function checkPredictor({ predictor, type: { bits, kind } }: TiffLayout): void {
  if (predictor === 1) return;
  const isRead =
    predictor === 2
      ? [8, 16, 32, 64].includes(bits)
      : predictor === 3 && kind === 'float' && bits >= 16;
  if (!isRead) {
    throw unsupported(`A TIFF with predictor ${predictor} on ${kind} samples of ${bits} bits.`);
  }
}

function checkDepth({ model, type: { bits, kind } }: TiffLayout): void {
  const widths: Record<string, readonly number[]> = { cmyk: [8, 16], lab: [8, 16], ycbcr: [8] };
  const isRead =
    model === 'palette'
      ? kind === 'unsigned' && bits <= 16
      : (widths[model]?.includes(bits) ?? true) &&
        (widths[model] === undefined || kind === 'unsigned');
  if (!isRead)
    throw unsupported(`A TIFF of the kind ${model} with ${kind} samples of ${bits} bits.`);
}

/** Who reads a TIFF: this program strip by strip, libvips, or the decoder of the JPEG inside. */
export type TiffReader = 'strips' | 'libvips' | 'jpeg-strips';

/** Greys and colours of 8 and 16 bits, unsigned, without alpha: nearly every TIFF. */
function isOrdinary({ photometric, type, planar, colours, samples }: TiffLayout): boolean {
  const plain = (photometric === 1 || photometric === 2) && samples === colours && !planar;
  return plain && type.kind === 'unsigned' && (type.bits === 8 || type.bits === 16);
}

/**
 * The reader of a TIFF. libvips is left what it reads as Pillow does: JPEG, the codes of fax
 * machines, and the ordinary kinds, whose LZW and deflate it undoes in half the time and beside
 * the event loop; uncompressed data are read here ten times as fast. libvips cuts signed samples
 * and those of 12 or 64 bits, takes YCbCr that is not subsampled for RGB, lacks Zstandard, and
 * refuses planes of JPEG.
 *
 * @param deepJpeg whether the JPEG inside is one that libvips does not read
 * @throws SemblanceError IMAGE_UNSUPPORTED
 */
export function readerOf(layout: TiffLayout, deepJpeg: boolean): TiffReader {
  const { compression, model, type, planar, subsampling, predictor } = layout;
  if (compression === JPEG && (deepJpeg || planar)) return 'jpeg-strips';
  const subsampled = subsampling[0] !== 1 || subsampling[1] !== 1;
  if (COMPRESSIONS.has(compression) && !subsampled) {
    checkPredictor(layout);
    checkDepth(layout);
    const quick = FASTER_IN_LIBVIPS.has(compression) && predictor <= 2 && isOrdinary(layout);
    return quick ? 'libvips' : 'strips';
  }
  if (type.kind !== 'unsigned' || type.bits > 8 || model === 'lab' || (subsampled && planar)) {
    const name = COMPRESSION_NAMES[compression];
    throw unsupported(
      `A TIFF of the kind ${model}${planar ? ' in planes' : ''} with ${type.kind} samples of ${type.bits} bits and the compression ${name}.`,
    );
  }
  return 'libvips';
}
