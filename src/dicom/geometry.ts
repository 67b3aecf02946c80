import type { DataSet } from './data-set.ts';
import { groupOf } from './functional-groups.ts';
import type { Keyword } from './tags.ts';

/** A pixel wider or higher than this is taken for an error of the file. */
const MAX_RATIO = 8;

/** The height of a pixel divided by its width; 1 where the file says nothing, or nothing plausible. */
export function pixelAspect(attributes: DataSet, frame: number): number {
  const spacing = groupOf(attributes, frame, 'PixelMeasuresSequence').numbers('PixelSpacing');
  const candidates = [
    spacing,
    attributes.numbers('ImagerPixelSpacing'),
    attributes.numbers('PixelAspectRatio'),
  ];
  for (const [vertical, horizontal] of candidates) {
    if (vertical === undefined || horizontal === undefined) continue;
    const ratio = vertical / horizontal;
    if (!Number.isFinite(ratio) || ratio <= 0) continue;
    if (ratio > MAX_RATIO || ratio < 1 / MAX_RATIO) return 1;
    return Math.abs(ratio - 1) < 0.001 ? 1 : ratio;
  }
  return 1;
}

/** Size of a picture when its pixels are stretched along one axis until they are square. */
export function squaredSize(
  { width, height }: { width: number; height: number },
  aspect: number,
): { width: number; height: number } {
  return aspect > 1
    ? { width, height: Math.round(height * aspect) }
    : { width: Math.round(width / aspect), height };
}

/** A picture whose pixels are stretched, linearly, along one axis until they are square. */
export function squared(
  picture: { width: number; height: number; channels: number; data: Uint8Array },
  aspect: number,
): { width: number; height: number; data: Uint8Array } {
  const { width, height, channels, data } = picture;
  if (aspect === 1) return { width, height, data };
  const tall = aspect > 1;
  const { width: wide, height: high } = squaredSize(picture, aspect);
  const out = new Uint8Array(wide * high * channels);
  const [from, to] = tall ? [height, high] : [width, wide];
  const stepFrom = (tall ? width : 1) * channels;
  for (let row = 0; row < high; row++) {
    for (let column = 0; column < wide; column++) {
      const place = (((tall ? row : column) + 0.5) * from) / to - 0.5;
      const first = Math.min(from - 1, Math.max(0, Math.floor(place)));
      const share = Math.min(1, Math.max(0, place - first));
      const other = Math.min(from - 1, first + 1);
      const base = tall ? column * channels : row * width * channels;
      const at = (row * wide + column) * channels;
      for (let channel = 0; channel < channels; channel++) {
        const a = data[base + first * stepFrom + channel] as number;
        const b = data[base + other * stepFrom + channel] as number;
        out[at + channel] = Math.round(a + (b - a) * share);
      }
    }
  }
  return { width: wide, height: high, data: out };
}

/** A region of an ultrasound picture and its calibration (PS3.3, C.8.5.5). */
export interface UltrasoundRegion {
  /** Pixels of the stored picture, both ends included. */
  left: number;
  top: number;
  right: number;
  bottom: number;
  /** 1: two-dimensional, 2: motion, 3: spectral, 4: waveform, 5: graphics; as written. */
  spatialFormat: number | undefined;
  dataType: number | undefined;
  /** Size of a pixel, in the unit of the next ones (3: cm). */
  deltaX: number | undefined;
  deltaY: number | undefined;
  unitX: number | undefined;
  unitY: number | undefined;
}

/** The regions of an ultrasound picture. */
export function ultrasoundRegions(attributes: DataSet): UltrasoundRegion[] {
  return [...attributes.items('SequenceOfUltrasoundRegions')].flatMap((item) => {
    const number = (keyword: Keyword) => {
      const value = item.number(keyword);
      return Number.isFinite(value) ? value : undefined;
    };
    const [left, top] = [number('RegionLocationMinX0'), number('RegionLocationMinY0')];
    const [right, bottom] = [number('RegionLocationMaxX1'), number('RegionLocationMaxY1')];
    if (left === undefined || top === undefined || right === undefined || bottom === undefined) {
      return [];
    }
    return {
      left,
      top,
      right,
      bottom,
      spatialFormat: number('RegionSpatialFormat'),
      dataType: number('RegionDataType'),
      deltaX: number('PhysicalDeltaX'),
      deltaY: number('PhysicalDeltaY'),
      unitX: number('PhysicalUnitsXDirection'),
      unitY: number('PhysicalUnitsYDirection'),
    };
  });
}
