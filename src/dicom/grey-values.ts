import type { DataSet } from './data-set.ts';
import { groupOf } from './functional-groups.ts';
import type { DicomInstance } from './instance.ts';
import { asSigned, type LookupTable, lookUp, readTable } from './lookup-table.ts';
import type { PixelDescription } from './pixel-description.ts';

/** Units that the standard names (PS3.3, C.11.1.1.2); another text may be of anything, also of somebody. */
const UNITS = new Set('OD HU US MGML Z_EFF ED EDW HU_MOD PCT'.split(' '));

/** How stored values become those that are measured, such as Hounsfield units (PS3.3, C.11.1). */
export interface Rescale {
  slope: number;
  intercept: number;
  /** Unit of the measured values, where it is one that the standard names: HU, OD, US (unspecified), ... */
  type: string | undefined;
  /** A table in place of slope and intercept. */
  table: LookupTable | undefined;
  /** Whether the values are Hounsfield units, for which usual windows of CT are meant. */
  hounsfield: boolean;
}

/** The modality's transformation of a frame. */
export function rescaleOf(
  { attributes, pixels }: Pick<DicomInstance, 'attributes' | 'pixels'>,
  frame: number,
): Rescale {
  const group = groupOf(attributes, frame, 'PixelValueTransformationSequence');
  const item = attributes.item('ModalityLUTSequence');
  const table = item === undefined ? undefined : readTable(item, pixels.signed);
  const slope = group.number('RescaleSlope');
  const intercept = group.number('RescaleIntercept');
  const type = table === undefined ? group.text('RescaleType') : item?.text('ModalityLUTType');
  return {
    // A slope of 0 would leave one value: it is taken for one that was not filled in.
    slope: slope === undefined || slope === 0 || !Number.isFinite(slope) ? 1 : slope,
    intercept: intercept !== undefined && Number.isFinite(intercept) ? intercept : 0,
    type: type !== undefined && UNITS.has(type) ? type : undefined,
    table,
    hounsfield:
      attributes.text('Modality') === 'CT' &&
      (type === 'HU' || (type === undefined && group.has('RescaleIntercept'))),
  };
}

/** The value that is measured, of a stored one. */
export function rescaled({ slope, intercept, table }: Rescale, value: number): number {
  return table === undefined ? value * slope + intercept : lookUp(table, value);
}

/** Takes the bits that are used out of a stored sample: others may hold overlays, or nothing. */
export function usedBits({ stored, highBit, signed, number }: PixelDescription) {
  if (number !== 'integer') return (sample: number) => sample;
  const shift = highBit + 1 - stored;
  const up = 32 - stored;
  if (signed) return (sample: number) => ((sample >> shift) << up) >> up;
  return (sample: number) => ((sample >>> shift) << up) >>> up;
}

/** Stored values that are no part of the picture; undefined where there are none. */
export function paddingOf(
  attributes: DataSet,
  { number, signed, allocated }: PixelDescription,
): ((value: number) => boolean) | undefined {
  const prefix = ({ integer: '', float: 'Float', double: 'DoubleFloat' } as const)[number];
  const value = attributes.number(`${prefix}PixelPaddingValue`);
  if (value === undefined) return undefined;
  const limit = attributes.number(`${prefix}PixelPaddingRangeLimit`) ?? value;
  // It is signed as the pixels are, whatever its representation says.
  const is16 = number === 'integer' && allocated <= 16;
  const meant = (n: number) => (is16 ? asSigned(n, signed) : n);
  const [low, high] = [meant(value), meant(limit)].sort((a, b) => a - b) as [number, number];
  return (stored) => stored >= low && stored <= high;
}
