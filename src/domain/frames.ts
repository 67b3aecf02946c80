import { SemblanceError } from './errors/error.ts';

/** Which frames of an object with several are taken. */
export type FrameChoice =
  | { kind: 'all' }
  /** Of an even number the first of the two in the middle. */
  | { kind: 'middle' }
  /** The first and every further n-th. */
  | { kind: 'every'; step: number }
  /** Those that Key Object Selections refer to, which are found in the files beside. */
  | { kind: 'key' }
  /** Frames from 1, as ranges with both ends. */
  | { kind: 'listed'; ranges: readonly (readonly [from: number, to: number])[] };

/** All frames. */
const ALL_FRAMES: FrameChoice = { kind: 'all' };

const FORMS =
  'Frames are written as all, middle, key, every:10, or as numbers and ranges like 1,5-9.';

/**
 * Reads a choice as it is written for people.
 * @throws SemblanceError FRAMES_INVALID
 */
export function parseFrames(text: string): FrameChoice {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === 'all') return ALL_FRAMES;
  if (trimmed === 'middle' || trimmed === 'key') return { kind: trimmed };
  const every = /^every:([1-9]\d{0,5})$/.exec(trimmed);
  if (every !== null) return { kind: 'every', step: Number(every[1]) };
  const ranges = trimmed.split(',').map((part): [number, number] => {
    const found = /^\s*([1-9]\d{0,6})(?:-([1-9]\d{0,6}))?\s*$/.exec(part);
    const [from, to] = [Number(found?.[1]), Number(found?.[2] ?? found?.[1])];
    if (found === null || to < from) {
      throw new SemblanceError(
        'FRAMES_INVALID',
        `"${text.slice(0, 60)}" is no choice of frames. ${FORMS}`,
      );
    }
    return [from, to];
  });
  return { kind: 'listed', ranges };
}

/** Numbers of the chosen frames, from 1, ascending; those that are listed and not there are left out. */
export function chosenFrames(choice: FrameChoice, total: number): number[] {
  const every = (step: number) =>
    Array.from({ length: Math.ceil(total / step) }, (_, i) => i * step + 1);
  switch (choice.kind) {
    case 'all':
    // A file says nothing of what others select in it.
    case 'key':
      return every(1);
    case 'middle':
      return total === 0 ? [] : [Math.ceil(total / 2)];
    case 'every':
      return every(choice.step);
    case 'listed':
      return every(1).filter((frame) =>
        choice.ranges.some(([from, to]) => frame >= from && frame <= to),
      );
  }
}
