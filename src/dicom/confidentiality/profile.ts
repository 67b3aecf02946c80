import { ACTIONS, DATES, DUMMIES } from './table.ts';

/** X: removed; Z: emptied; D: replaced by a dummy; U: by a UID that stands for it (PS3.15, E.1.1). */
export type Action = keyof typeof ACTIONS;

function byTag<Key extends string>(groups: Readonly<Record<Key, string>>): Map<number, Key> {
  const entries = Object.entries<string>(groups) as [Key, string][];
  return new Map(
    entries.flatMap(([key, tags]) =>
      tags
        .trim()
        .split(/\s+/)
        .map((tag): [number, Key] => [Number.parseInt(tag, 16), key]),
    ),
  );
}

const ACTION = byTag(ACTIONS);
const DUMMY_VR = byTag(DUMMIES);
const DATE_VR = byTag(DATES);

/**
 * What the Basic Application Level Confidentiality Profile does to an attribute; undefined for one that stays. Of what
 * depends on the kind of object, what holds for all: a dummy rather than nothing; but sequences go.
 */
export function actionOf(tag: number): Action | undefined {
  const group = tag >>> 16;
  // Private ones, and curves.
  if (group % 2 === 1 || (group >= 0x5000 && group <= 0x50ff)) return 'X';
  const isOverlay = group >= 0x6000 && group <= 0x60ff;
  if (isOverlay && [0x3000, 0x4000].includes(tag & 0xffff)) return 'X';
  return ACTION.get(tag);
}

/** How an attribute of the profile is written, where that is of consequence. */
export function profileVr(tag: number): string | undefined {
  return DUMMY_VR.get(tag) ?? DATE_VR.get(tag);
}

/** Whether the option of modified dates keeps an attribute in another form (PS3.15, E.3.6). */
export function isDated(tag: number): boolean {
  return DATE_VR.has(tag);
}

/** A value that says nothing, for each representation that a dummy is asked for in. */
export function dummyOf(vr: string | undefined): string | Uint8Array {
  switch (vr) {
    case 'AS':
      return '000Y';
    case 'DA':
      return '19000101';
    case 'DT':
      return '19000101000000';
    case 'TM':
      return '000000';
    case 'UI':
      return '2.25.0';
    case 'OB':
    case 'UN':
      return new Uint8Array(2);
    default:
      return 'REMOVED';
  }
}
