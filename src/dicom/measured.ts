import type { PixelValues } from '../contract/dicom.ts';
import { pixelAspect, squaredSize } from './geometry.ts';
import { greyFrame } from './grey.ts';
import type { DicomInstance, StoredFrame } from './instance.ts';
import type { StoredData } from './samples.ts';
import { shutterOf } from './shutter.ts';
import { endsOf, greyOf, type Voi } from './voi.ts';

/** Steps between the lowest and the highest value that 16 bits hold, beside 0, which is no value. */
const STEPS = 65_534;

/** Points of a table of the file that are told. */
const POINTS = 256;

/** Windows of a file that are told at the most. */
const MOST_WINDOWS = 16;

/** A grey frame as what was measured, for displays that choose the window themselves. */
export interface MeasuredFrame {
  /** Pixels as they are stored, which need not be square. */
  width: number;
  height: number;
  /** Row-major: `slope * sample + intercept` is the value; 0 is no part of the picture, and always black. */
  data: Uint16Array;
  /** The samples to show as black and white at first. */
  windowLow: number;
  windowHigh: number;
  values: PixelValues;
}

/**
 * The values of a grey frame in 16 bits: exactly where so many steps hold them, else rounded.
 * @param index of the frame, from 0 on
 * @returns undefined for a picture in colours
 * @throws SemblanceError DICOM_DAMAGED
 */
export function measured(
  instance: DicomInstance,
  frame: StoredFrame,
  index: number,
): MeasuredFrame | undefined {
  const { photometric, samples, rows, columns } = frame;
  if (samples !== 1 || photometric === 'PALETTE COLOR' || photometric === 'UNKNOWN') {
    return undefined;
  }
  const { attributes, pixels } = instance;
  const { values, rescale, inFile, usual, inverted } = greyFrame(instance, frame, index);
  const isShown = shutterOf(attributes);
  const measure = onceEach(values.data, (sample) => values.measure(sample) ?? Number.NaN);
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.data.length; i++) {
    const value = measure(values.data[i] as number);
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) [low, high] = [0, 0];
  const whole = pixels.number === 'integer' ? (rescale.table ? 1 : Math.abs(rescale.slope)) : 0;
  const exact = high === low || (whole > 0 && (high - low) / whole <= STEPS + 0.5);
  const step = exact ? whole || 1 : (high - low) / STEPS;
  const sampleOf = (value: number) =>
    Math.min(65_535, Math.max(1, 1 + Math.round((value - low) / step)));
  const data = new Uint16Array(values.data.length);
  for (let i = 0; i < data.length; i++) {
    if (isShown?.(i % columns, Math.floor(i / columns)) === false) continue;
    const value = measure(values.data[i] as number);
    if (Number.isFinite(value)) data[i] = sampleOf(value);
  }
  const vois = inFile.length > 0 ? inFile.slice(0, MOST_WINDOWS) : [usual()];
  const [windowLow, windowHigh] = endsOf(vois[0] as Voi).map(sampleOf) as [number, number];
  const aspect = pixelAspect(attributes, index);
  const unit = rescale.hounsfield ? 'HU' : rescale.type;
  return {
    width: columns,
    height: rows,
    data,
    windowLow,
    windowHigh,
    values: {
      ...squaredSize({ width: columns, height: rows }, aspect),
      slope: step,
      intercept: low - step,
      exact,
      // US says that there is none.
      ...(unit !== undefined && unit !== 'US' && { unit }),
      hounsfield: rescale.hounsfield,
      inverted,
      windows: vois.map(told),
    },
  };
}

/** A window for others: what the file calls it is free text. */
function told(voi: Voi): PixelValues['windows'][number] {
  const { source, center, width } = voi;
  if (voi.table === undefined) return { source, center, width, function: voi.function };
  const grey = greyOf(voi);
  const [low, high] = endsOf(voi);
  const curve = Array.from({ length: POINTS }, (_, i) =>
    Math.round(255 * grey(low + ((high - low) * i) / (POINTS - 1))),
  );
  return { source, center, width, function: 'TABLE', curve };
}

/** Computes a value of each sample; of samples of 16 bits and less once, when it first comes. */
function onceEach(data: StoredData, of: (sample: number) => number): (sample: number) => number {
  if (data.BYTES_PER_ELEMENT > 2) return of;
  const values = new Float64Array(65_536);
  const known = new Uint8Array(65_536);
  return (sample) => {
    const bin = sample & 0xffff;
    if (known[bin] === 0) {
      known[bin] = 1;
      values[bin] = of(sample);
    }
    return values[bin] as number;
  };
}
