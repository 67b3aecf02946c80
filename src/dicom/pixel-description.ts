import { DEFAULT_LIMITS, type DecodeLimits } from '../domain/decode-limits.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import type { DataSet } from './data-set.ts';
import type { Element } from './elements.ts';
import { damaged, unsupported } from './errors.ts';
import type { Keyword } from './tags.ts';

/** What the attributes say of the pixels (PS3.3, C.7.6.3). */
export interface PixelDescription {
  rows: number;
  columns: number;
  /** Samples of a pixel. */
  samples: number;
  /** Bits that a sample takes in the file: any number up to 64. */
  allocated: number;
  /** Bits of it that are used. */
  stored: number;
  highBit: number;
  signed: boolean;
  /** Whether each sample has a plane of its own. */
  planar: boolean;
  /** MONOCHROME1, MONOCHROME2, PALETTE COLOR, RGB, YBR_FULL, ... */
  photometric: string;
  frames: number;
  number: 'integer' | 'float' | 'double';
  /** Where the pixels are. */
  element: Element;
}

const KINDS: readonly (readonly [Keyword, PixelDescription['number'], bits: number | undefined])[] =
  [
    ['PixelData', 'integer', undefined],
    ['FloatPixelData', 'float', 32],
    ['DoubleFloatPixelData', 'double', 64],
  ];

function need(attributes: DataSet, keyword: Keyword): number {
  const value = attributes.number(keyword);
  if (value === undefined || value <= 0) {
    throw damaged(
      `${keyword} is ${value === undefined ? 'missing' : value}: its pixels have no shape.`,
    );
  }
  return value;
}

const PHOTOMETRIC = new Set(
  'MONOCHROME1,MONOCHROME2,PALETTE COLOR,RGB,YBR_FULL,YBR_FULL_422,YBR_PARTIAL_422,YBR_PARTIAL_420,YBR_ICT,YBR_RCT'.split(
    ',',
  ),
);

/** What samples are; a kind that is none of the standard's is not repeated. */
function photometricOf(attributes: DataSet, samples: number): string {
  const said = attributes.text('PhotometricInterpretation')?.toUpperCase();
  if (said === undefined) return samples === 1 ? 'MONOCHROME2' : 'RGB';
  if (!PHOTOMETRIC.has(said)) return 'UNKNOWN';
  if ((samples === 1) !== /^(MONOCHROME|PALETTE)/.test(said)) {
    throw damaged(`Its pixels are ${said} and have ${samples} samples.`);
  }
  return said;
}

/**
 * Reads what the attributes say of the pixels, and checks it.
 * @throws SemblanceError DICOM_NO_PIXELS, DICOM_DAMAGED, DICOM_UNSUPPORTED, IMAGE_TOO_LARGE
 */
export function describePixels(attributes: DataSet, limits: DecodeLimits): PixelDescription {
  const found = KINDS.find(([keyword]) => (attributes.element(keyword)?.length ?? 0) > 0);
  if (found === undefined) {
    if (attributes.element('PixelData')?.cut) throw damaged('It ends where its pixels begin.');
    throw new SemblanceError('DICOM_NO_PIXELS', 'It has no pixels.');
  }
  const [keyword, number, bits] = found;
  const rows = need(attributes, 'Rows');
  const columns = need(attributes, 'Columns');
  const allocated = bits ?? need(attributes, 'BitsAllocated');
  const samples = attributes.number('SamplesPerPixel') ?? 1;
  const stored = bits ?? attributes.number('BitsStored') ?? allocated;
  const highBit = bits === undefined ? (attributes.number('HighBit') ?? stored - 1) : bits - 1;
  if (allocated > 64) throw damaged(`BitsAllocated is ${allocated}.`);
  if (stored < 1 || stored > allocated || highBit >= allocated || highBit < stored - 1) {
    throw damaged(`Of ${allocated} bits, ${stored} are stored up to bit ${highBit}.`);
  }
  if (![1, 3].includes(samples)) throw unsupported(`Pixels of ${samples} samples.`);
  if (bits === undefined && allocated > 32) throw unsupported(`Integers of ${allocated} bits.`);
  const description = {
    rows,
    columns,
    samples,
    allocated,
    stored,
    highBit,
    signed: number === 'integer' && attributes.number('PixelRepresentation') === 1,
    planar: samples > 1 && attributes.number('PlanarConfiguration') === 1,
    photometric: photometricOf(attributes, samples),
    frames: Math.max(1, Math.trunc(attributes.number('NumberOfFrames') ?? 1)),
    number,
    element: attributes.element(keyword) as Element,
  };
  checkSize(description, limits);
  return description;
}

function checkSize({ rows, columns }: PixelDescription, limits: DecodeLimits): void {
  const { maxPixels, maxSide = DEFAULT_LIMITS.maxSide } = limits;
  if (Math.max(rows, columns) > maxSide || rows * columns > maxPixels) {
    throw new SemblanceError(
      'IMAGE_TOO_LARGE',
      `It has ${columns} x ${rows} pixels; the limits are ${maxSide} along a side and ${maxPixels} in all.`,
    );
  }
}
