import { SemblanceError } from './errors/error.ts';

/** A window of grey values: what lies in it is shown from black to white. */
export interface GreyWindow {
  center: number;
  width: number;
}

/** Usual windows of CT, in Hounsfield units. */
export const WINDOW_PRESETS = {
  'soft-tissue': { center: 40, width: 400 },
  lung: { center: -600, width: 1500 },
  bone: { center: 400, width: 1800 },
  brain: { center: 40, width: 80 },
} as const satisfies Record<string, GreyWindow>;

/** How grey grows in a window (PS3.3, C.11.2.1.3). */
export type VoiFunction = 'LINEAR' | 'LINEAR_EXACT' | 'SIGMOID';

/** Grey from 0 to 1 of a value in a window (PS3.3, C.11.2.1.2 and C.11.2.1.3). */
export function shadeOf({
  center,
  width,
  function: kind,
}: GreyWindow & { function: VoiFunction }): (value: number) => number {
  if (kind === 'SIGMOID') return (value) => 1 / (1 + Math.exp((-4 * (value - center)) / width));
  const exact = kind === 'LINEAR_EXACT' || width < 1;
  const middle = exact ? center : center - 0.5;
  const span = exact ? width : width - 1;
  return (value) => {
    const grey = span === 0 ? (value > middle ? 1 : 0) : (value - middle) / span + 0.5;
    return Math.min(1, Math.max(0, grey));
  };
}

/** The name of a usual window of CT. */
type WindowPreset = keyof typeof WINDOW_PRESETS;

/** One window that can be asked for. */
export type SingleWindow =
  | { kind: 'values'; center: number; width: number }
  | { kind: 'preset'; name: WindowPreset }
  /** The n-th of the file, from 0 on. */
  | { kind: 'file'; index: number };

/**
 * Which grey values a picture shows. `default` is the file's first window, and where it has none, one by
 * modality and body part. Three windows of a CT become red, green and blue.
 */
export type WindowChoice =
  | { kind: 'default' }
  | SingleWindow
  | { kind: 'channels'; windows: readonly [SingleWindow, SingleWindow, SingleWindow] };

const FORMS =
  'Windows are written as 40/400 (centre and width), as lung, bone, brain, soft-tissue, file or file:2, or as three of these with commas between.';

function invalid(text: string): SemblanceError {
  return new SemblanceError('WINDOW_INVALID', `"${text.slice(0, 60)}" is no window. ${FORMS}`);
}

function parseOne(text: string): SingleWindow {
  const name = text.trim().toLowerCase();
  if (Object.hasOwn(WINDOW_PRESETS, name)) return { kind: 'preset', name: name as WindowPreset };
  const file = /^file(?::([1-9]\d?))?$/.exec(name);
  if (file !== null) return { kind: 'file', index: Number(file[1] ?? 1) - 1 };
  const values = /^(-?\d{1,7}(?:\.\d{1,6})?)\/(\d{1,7}(?:\.\d{1,6})?)$/.exec(name);
  const [center, width] = [Number(values?.[1]), Number(values?.[2])];
  if (values === null || !(width > 0)) throw invalid(text);
  return { kind: 'values', center, width };
}

/**
 * Reads a window as it is written for people: `40/400`, `lung`, `file`, `file:2`, or three with commas.
 * @throws SemblanceError WINDOW_INVALID
 */
export function parseWindow(text: string): WindowChoice {
  if (text.trim().toLowerCase() === 'default') return { kind: 'default' };
  const parts = text.split(',');
  if (parts.length === 1) return parseOne(text);
  if (parts.length !== 3) throw invalid(text);
  const [red, green, blue] = parts.map(parseOne) as [SingleWindow, SingleWindow, SingleWindow];
  return { kind: 'channels', windows: [red, green, blue] };
}

/**
 * A window as `parseWindow` reads it.
 * @testing
 */
export function windowText(choice: WindowChoice): string {
  switch (choice.kind) {
    case 'default':
      return 'default';
    case 'values':
      return `${choice.center}/${choice.width}`;
    case 'preset':
      return choice.name;
    case 'file':
      return choice.index === 0 ? 'file' : `file:${choice.index + 1}`;
    case 'channels':
      return choice.windows.map(windowText).join(',');
  }
}
