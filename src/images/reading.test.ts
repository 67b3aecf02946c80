import { describe, expect, it } from 'vitest';
import type { DecodeFacts } from './pixels.ts';
import { mayReadDifferently, READING, readsDifferently } from './reading.ts';

const PNG: DecodeFacts = { format: 'png', bits: 8, colour: 'grey', orientation: 1, pages: 1 };
const today = (facts: DecodeFacts, perceptualHash = 'a') => ({
  facts: { ...facts, reading: READING },
  perceptualHash,
});

describe('mayReadDifferently', () => {
  it('is true of the kinds that changed, in facts of an earlier version only', () => {
    for (const change of [
      { format: 'bmp' },
      { format: 'tiff' },
      { format: 'jpeg', colour: 'cmyk' },
      { bits: 16 },
    ]) {
      expect(mayReadDifferently({ ...PNG, ...change })).toBe(true);
      expect(mayReadDifferently({ ...PNG, ...change, reading: READING })).toBe(false);
    }
    for (const format of ['png', 'jpeg', 'webp', 'unread']) {
      expect(mayReadDifferently({ ...PNG, format })).toBe(false);
    }
  });
});

describe('readsDifferently', () => {
  it('is true of palettes of BMP and of CMYK, whose hash may be the same', () => {
    const palette = { ...PNG, format: 'bmp', colour: 'palette' };
    const cmyk = { ...PNG, format: 'jpeg', colour: 'cmyk' };
    for (const facts of [palette, cmyk]) {
      expect(readsDifferently({ facts, perceptualHash: 'a' }, today(facts))).toBe(true);
      expect(readsDifferently(today(facts), today(facts))).toBe(false);
    }
  });

  it('compares the windows of deep pictures', () => {
    const window = { windowLow: 0, windowHigh: 4095 };
    const grey = { ...PNG, bits: 16 };
    const of = (before: DecodeFacts, now: DecodeFacts) =>
      readsDifferently({ facts: before, perceptualHash: 'a' }, today(now));
    expect(of({ ...grey, ...window }, { ...grey, ...window })).toBe(false);
    expect(of({ ...grey, ...window, windowHigh: 65535 }, { ...grey, ...window })).toBe(true);
    const rgb = { ...grey, colour: 'rgb' };
    expect(of(rgb, { ...rgb, ...window })).toBe(true);
    expect(of(rgb, { ...rgb, windowLow: 0, windowHigh: 65535 })).toBe(false);
  });

  it('compares the hashes of the others, where they are known', () => {
    const facts = { ...PNG, format: 'bmp', colour: 'rgb' };
    expect(readsDifferently({ facts, perceptualHash: 'a' }, today(facts))).toBe(false);
    expect(readsDifferently({ facts, perceptualHash: 'a' }, today(facts, 'b'))).toBe(true);
    expect(readsDifferently({ facts, perceptualHash: null }, today(facts))).toBe(false);
  });
});
