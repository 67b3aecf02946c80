import type { DecodeLimits } from '../domain/decode-limits.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import type { WindowChoice } from '../domain/window.ts';
import { toRgb } from './colour.ts';
import { unsupported } from './errors.ts';
import { pixelAspect, squared, type UltrasoundRegion, ultrasoundRegions } from './geometry.ts';
import { type GreyRecord, toGrey } from './grey.ts';
import { usedBits } from './grey-values.ts';
import type { DicomInstance, StoredFrame } from './instance.ts';
import { shutterOf } from './shutter.ts';

/** What was done to show a frame; kept with what is made of the picture. */
interface PictureRecord {
  /** From 0 on. */
  frame: number;
  /** How the frame was coded. */
  codec: string;
  photometric: string;
  /** Of a grey picture: what became of its values. */
  grey: GreyRecord | undefined;
  /** Pixels behind a shutter, which are black. */
  shuttered: number;
  /** Height of a stored pixel divided by its width, which was undone; 1 for square ones. */
  aspect: number;
  /** Regions of an ultrasound picture, in pixels as they are stored. */
  regions: UltrasoundRegion[];
}

/** A frame as it is shown: 8 bits, grey or RGB, its pixels square, overlays off. */
export interface DicomPicture {
  width: number;
  height: number;
  channels: 1 | 3;
  /** width x height x channels samples, row-major. */
  data: Uint8Array;
  record: PictureRecord;
}

/**
 * The picture a radiologist expects of a frame.
 * @param index of the frame, from 0 on
 * @throws SemblanceError DICOM_DAMAGED, DICOM_UNSUPPORTED, IMAGE_TOO_LARGE and those of `DicomInstance.pixels`
 * @testing
 */
export async function pictureOf(
  instance: DicomInstance,
  index: number,
  window: WindowChoice = { kind: 'default' },
): Promise<DicomPicture> {
  return shown(instance, await instance.frame(index), index, window);
}

/** The picture of a frame that is decoded. */
export function shown(
  instance: DicomInstance,
  frame: StoredFrame,
  index: number,
  window: WindowChoice,
): DicomPicture {
  const { attributes, pixels } = instance;
  const { rows, columns, photometric, codec } = frame;
  if (photometric === 'UNKNOWN') throw unsupported('A photometric interpretation of its own.');
  const isColour = frame.samples === 3 || photometric === 'PALETTE COLOR';
  const grey = isColour ? undefined : toGrey(instance, frame, index, window);
  const data = grey?.data ?? toRgb(frame, attributes, pixels, usedBits(pixels));
  const channels = grey?.channels ?? 3;
  const shuttered = shut(instance, { rows, columns, channels, data });
  const aspect = pixelAspect(attributes, index);
  checkSquared(rows * columns * Math.max(aspect, 1 / aspect), instance.limits);
  const picture = squared({ width: columns, height: rows, channels, data }, aspect);
  return {
    ...picture,
    channels,
    record: {
      frame: index,
      codec,
      photometric,
      grey: grey?.record,
      shuttered,
      aspect,
      regions: ultrasoundRegions(attributes),
    },
  };
}

/** A picture whose pixels are not square has more of them when they are. */
function checkSquared(count: number, { maxPixels }: DecodeLimits): void {
  if (count <= maxPixels) return;
  throw new SemblanceError(
    'IMAGE_TOO_LARGE',
    `It has ${Math.round(count)} pixels when they are square; the limit is ${maxPixels} in all.`,
  );
}

/** Makes pixels behind a shutter black; returns their number. */
function shut(
  { attributes }: DicomInstance,
  picture: { rows: number; columns: number; channels: number; data: Uint8Array },
): number {
  const isShown = shutterOf(attributes);
  if (isShown === undefined) return 0;
  const { rows, columns, channels, data } = picture;
  let count = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (isShown(column, row)) continue;
      const at = (row * columns + column) * channels;
      data.fill(0, at, at + channels);
      count += 1;
    }
  }
  return count;
}
