import { type SingleWindow, shadeOf, type VoiFunction, WINDOW_PRESETS } from '../domain/window.ts';
import type { DataSet } from './data-set.ts';
import { groupOf } from './functional-groups.ts';
import { type LookupTable, lookUp, readTable } from './lookup-table.ts';

/** Which values are shown from black to white, and where that is from. */
export interface Voi {
  /** `range`: all values, or nearly all, of a picture that says nothing; `full`: all that its bits can hold. */
  source: 'file' | 'given' | 'preset' | 'modality' | 'range' | 'full';
  center: number;
  width: number;
  function: VoiFunction;
  /** What the file calls it, or the preset. */
  name: string | undefined;
  /** A table in place of a window. */
  table: LookupTable | undefined;
}

const plain = (source: Voi['source'], center: number, width: number, name?: string): Voi => ({
  source,
  center,
  width,
  function: 'LINEAR',
  name,
  table: undefined,
});

/** The window from one value to another, so that they become black and white. */
export function between(source: Voi['source'], low: number, high: number): Voi {
  // The exact function maps centre - width / 2 to black and centre + width / 2 to white.
  const width = high > low ? high - low : 1;
  return { ...plain(source, (low + high) / 2, width), function: 'LINEAR_EXACT' };
}

function functionOf(group: DataSet): VoiFunction {
  const named = group.text('VOILUTFunction')?.toUpperCase();
  return named === 'SIGMOID' || named === 'LINEAR_EXACT' ? named : 'LINEAR';
}

/** Whether a window can be used. */
function isUsable({ center, width }: Voi): boolean {
  return Number.isFinite(center) && Number.isFinite(width) && width > 0;
}

/**
 * Tables and windows of a frame in the order of the file, tables first.
 * @param signed whether values can be negative (see `readTable`)
 */
export function fileVois(attributes: DataSet, frame: number, signed: boolean): Voi[] {
  const found: Voi[] = [];
  for (const item of attributes.items('VOILUTSequence')) {
    const table = readTable(item, signed);
    if (table === undefined) continue;
    const { entries, first } = table;
    const span = between('file', first, first + entries.length - 1);
    found.push({ ...span, name: item.text('LUTExplanation'), table });
  }
  const group = groupOf(attributes, frame, 'FrameVOILUTSequence');
  const centers = group.numbers('WindowCenter');
  const widths = group.numbers('WindowWidth');
  const names = group.texts('WindowCenterWidthExplanation');
  const kind = functionOf(group);
  for (let i = 0; i < Math.min(centers.length, widths.length); i++) {
    const [center, width] = [centers[i] as number, widths[i] as number];
    const voi = { ...plain('file', center, width, names[i] || undefined), function: kind };
    // A linear window is at least 1 wide; writers of fractions mean the exact one.
    if (kind === 'LINEAR' && width < 1) voi.function = 'LINEAR_EXACT';
    if (isUsable(voi)) found.push(voi);
  }
  return found;
}

/** Parts of the body whose CT is looked at in another window than soft tissue. */
const BODY_PARTS: readonly (readonly [RegExp, keyof typeof WINDOW_PRESETS])[] = [
  [/LUNG/, 'lung'],
  [/HEAD|BRAIN|SKULL/, 'brain'],
  [/EXTREMITY|KNEE|ANKLE|FOOT|HAND|WRIST|ELBOW|SHOULDER|HIP|SPINE|BONE|LEG|ARM/, 'bone'],
];

/** The window by modality and body part, of a CT whose file has none. */
export function modalityVoi(attributes: DataSet): Voi {
  const part = attributes.text('BodyPartExamined')?.toUpperCase() ?? '';
  const name = BODY_PARTS.find(([pattern]) => pattern.test(part))?.[1] ?? 'soft-tissue';
  const { center, width } = WINDOW_PRESETS[name];
  return plain('modality', center, width, name);
}

/**
 * A window that was asked for.
 * @param inFile those of the file
 * @param hounsfield whether presets apply
 * @returns undefined where the file has no such window, or values are no Hounsfield units
 */
export function chosenVoi(
  choice: SingleWindow,
  inFile: readonly Voi[],
  hounsfield: boolean,
): Voi | undefined {
  switch (choice.kind) {
    case 'values':
      return plain('given', choice.center, choice.width);
    case 'file':
      return inFile[choice.index];
    case 'preset': {
      const { center, width } = WINDOW_PRESETS[choice.name];
      return hounsfield ? plain('preset', center, width, choice.name) : undefined;
    }
  }
}

/** Grey from 0 to 1 of a value (PS3.3, C.11.2.1.2 and C.11.2.1.3). */
export function greyOf(voi: Voi): (value: number) => number {
  const { table } = voi;
  if (table === undefined) return shadeOf(voi);
  const most = 2 ** table.bits - 1;
  return (value) => lookUp(table, value) / most;
}

/** The values that become black and white; those outside are clipped. */
export function endsOf({ center, width, function: kind, table }: Voi): [low: number, high: number] {
  if (table !== undefined || kind !== 'LINEAR' || width < 1) {
    return [center - width / 2, center + width / 2];
  }
  return [center - 0.5 - (width - 1) / 2, center - 0.5 + (width - 1) / 2];
}
