import { shadeOf, type VoiFunction } from '../../../src/domain/window.ts';

/** A window on the values of an image: what is shown between black and white. */
export interface WindowLevel {
  /** Window centre, in the image's values. */
  centre: number;
  /** Window width, in the image's values. */
  width: number;
  /** How grey grows in it; linearly by default. */
  function?: VoiFunction;
  /** A table in place of the function: greys from 0 to 255, from the window's lower end to its upper one. */
  curve?: readonly number[];
}

/** What windows of an image lie on. */
export interface Scale {
  /** The window to begin with. */
  standard: WindowLevel;
  /** The smallest difference of two values; windows are no narrower. */
  step: number;
  /** What is measured, such as HU; absent where images are not measured alike. */
  unit?: string;
}

/** Change of a window against its image's default, so that it carries over to another image. */
export interface Adjustment {
  /** Shift of the centre, in default widths. */
  shift: number;
  /** Width as a multiple of the default width. */
  gain: number;
  invert: boolean;
  /** The window itself, for images that measure the same. */
  measured?: { unit: string; window: WindowLevel };
}

/** The default window, unchanged. */
export const NEUTRAL: Adjustment = { shift: 0, gain: 1, invert: false };

/** Whether an adjustment changes nothing. */
export function isNeutral({ shift, gain, invert, measured }: Adjustment): boolean {
  return shift === 0 && gain === 1 && !invert && measured === undefined;
}

/** The window that maps `low` to black and `high` to white. */
export function windowOfRange(low: number, high: number): WindowLevel {
  return { centre: (low + high + 1) / 2, width: Math.max(1, high - low + 1) };
}

/**
 * Display value, 0 to 255, of a value of the image (DICOM PS3.3, C.11.2.1).
 * @testing
 */
export function displayOf(window: WindowLevel): (value: number) => number {
  const { centre: center, width, curve } = window;
  const kind = curve ? 'LINEAR_EXACT' : (window.function ?? 'LINEAR');
  const shade = shadeOf({ center, width, function: kind });
  if (!curve) return (value) => Math.round(255 * shade(value));
  return (value) => curve[Math.round(shade(value) * (curve.length - 1))] ?? 0;
}

/** What samples of 8 or 16 bits are shown as. */
export interface Samples {
  bits: 8 | 16;
  /** What they mean; by default themselves. */
  values?: { slope: number; intercept: number };
  /** Whether low values are white. */
  inverted?: boolean;
}

/** The display value of every sample. A sample of 0 of measured ones is no part of the image, and black. */
export function windowTable(
  { bits, values, inverted = false }: Samples,
  window: WindowLevel,
  invert: boolean,
): Uint8Array {
  const display = displayOf(window);
  const { slope, intercept } = values ?? { slope: 1, intercept: 0 };
  const table = new Uint8Array(2 ** bits);
  for (let sample = 0; sample < table.length; sample++) {
    const value = display(slope * sample + intercept);
    table[sample] = invert !== inverted ? 255 - value : value;
  }
  if (values) table[0] = 0;
  return table;
}

/** The default window with the adjustment. */
export function adjustWindow(
  { standard, step, unit }: Scale,
  { shift, gain, measured }: Adjustment,
): WindowLevel {
  if (measured && measured.unit === unit) return measured.window;
  return {
    ...standard,
    centre: standard.centre + shift * standard.width,
    width: Math.max(step, standard.width * gain),
  };
}

/** The adjustment that leads from the default to the window. */
export function adjustmentTo(
  { standard, step, unit }: Scale,
  window: WindowLevel,
  invert: boolean,
): Adjustment {
  const width = Math.max(step, window.width);
  return {
    shift: (window.centre - standard.centre) / standard.width,
    gain: width / standard.width,
    invert,
    ...(unit !== undefined && { measured: { unit, window: { ...window, width } } }),
  };
}

/** Pixels of a drag that change the window by its width. */
const DRAG_SPAN = 400;

/** So many widths a drag moves the centre at the most, and widens the window. */
const REACH = { centre: 2, width: 4 };

/**
 * The window after a drag: to the right widens it, downwards raises its centre (darker), as
 * workstations do.
 * @param right pixels dragged to the right
 * @param down pixels dragged downwards
 */
export function dragWindow(
  { standard, step }: Scale,
  from: WindowLevel,
  right: number,
  down: number,
): WindowLevel {
  const span = Math.max(standard.width, from.width);
  const reach = REACH.centre * span;
  const moved = Math.min(reach, Math.max(-reach, (down / DRAG_SPAN) * span));
  return {
    ...from,
    centre: from.centre + moved,
    width: Math.min(REACH.width * span, Math.max(step, from.width + (right / DRAG_SPAN) * span)),
  };
}

/** A value or a width for people: whole where the image's values are whole. */
export function formatValue(value: number, step: number): string {
  const rounded = step >= 1 ? Math.round(value) : Number(value.toPrecision(4));
  return String(rounded).replace('-', '−');
}
