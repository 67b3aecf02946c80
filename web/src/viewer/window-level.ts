/** A window on stored values: what is shown between black and white. */
export interface WindowLevel {
  /** Window centre, in stored values. */
  centre: number;
  /** Window width, in stored values, at least 1. */
  width: number;
}

/** Change of a window against its image's default, so that it carries over to another image. */
export interface Adjustment {
  /** Shift of the centre, in default widths. */
  shift: number;
  /** Width as a multiple of the default width. */
  gain: number;
  invert: boolean;
}

/** The default window, unchanged. */
export const NEUTRAL: Adjustment = { shift: 0, gain: 1, invert: false };

/** The window that maps `low` to black and `high` to white. */
export function windowOfRange(low: number, high: number): WindowLevel {
  return { centre: (low + high + 1) / 2, width: Math.max(1, high - low + 1) };
}

/**
 * Display value, 0 to 255, of a stored value: the linear VOI LUT function of DICOM PS3.3
 * C.11.2.1.2.1.
 * @testing
 */
export function displayValue(stored: number, { centre, width }: WindowLevel): number {
  const middle = centre - 0.5;
  const half = (width - 1) / 2;
  if (stored <= middle - half) return 0;
  if (stored > middle + half) return 255;
  return Math.round(((stored - middle) / (width - 1) + 0.5) * 255);
}

/** The display value of every stored value of 8 or 16 bits. */
export function windowTable(bits: 8 | 16, window: WindowLevel, invert: boolean): Uint8Array {
  const table = new Uint8Array(2 ** bits);
  for (let stored = 0; stored < table.length; stored++) {
    const value = displayValue(stored, window);
    table[stored] = invert ? 255 - value : value;
  }
  return table;
}

/** The default window with the adjustment. */
export function adjustWindow(standard: WindowLevel, { shift, gain }: Adjustment): WindowLevel {
  return {
    centre: standard.centre + shift * standard.width,
    width: Math.max(1, standard.width * gain),
  };
}

/** The adjustment that leads from the default to the window. */
export function adjustmentTo(
  standard: WindowLevel,
  window: WindowLevel,
  invert: boolean,
): Adjustment {
  return {
    shift: (window.centre - standard.centre) / standard.width,
    gain: Math.max(1, window.width) / standard.width,
    invert,
  };
}

/** Pixels of a drag that change the window by its default width. */
const DRAG_SPAN = 400;

/**
 * The adjustment after a drag: to the right widens the window, downwards raises its centre (darker),
 * as workstations do.
 * @param right pixels dragged to the right
 * @param down pixels dragged downwards
 */
export function dragAdjustment(from: Adjustment, right: number, down: number): Adjustment {
  return {
    ...from,
    shift: Math.min(2, Math.max(-2, from.shift + down / DRAG_SPAN)),
    gain: Math.min(4, Math.max(0.002, from.gain + right / DRAG_SPAN)),
  };
}
