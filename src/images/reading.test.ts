import { describe, expect, it } from 'vitest';
import type { Decoding } from './pixels.ts';
import { mayReadDifferently, READING, readsDifferently } from './reading.ts';

const PNG: Decoding = { format: 'png', bits: 8, colour: 'grey', orientation: 1, pages: 1 };
const today = (decoding: Decoding, perceptualHash = 'a') => ({
  decoding: { ...decoding, reading: READING },
  perceptualHash,
});

describe('mayReadDifferently', () => {
  it('is true of the kinds that changed, in the decoding of an earlier version only', () => {
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
    for (const decoding of [palette, cmyk]) {
      expect(readsDifferently({ decoding, perceptualHash: 'a' }, today(decoding))).toBe(true);
      expect(readsDifferently(today(decoding), today(decoding))).toBe(false);
    }
  });

  it('compares the windows of deep pictures', () => {
    const window = { windowLow: 0, windowHigh: 4095 };
    const grey = { ...PNG, bits: 16 };
    const of = (before: Decoding, now: Decoding) =>
      readsDifferently({ decoding: before, perceptualHash: 'a' }, today(now));
    expect(of({ ...grey, ...window }, { ...grey, ...window })).toBe(false);
    expect(of({ ...grey, ...window, windowHigh: 65535 }, { ...grey, ...window })).toBe(true);
    const rgb = { ...grey, colour: 'rgb' };
    expect(of(rgb, { ...rgb, ...window })).toBe(true);
    expect(of(rgb, { ...rgb, windowLow: 0, windowHigh: 65535 })).toBe(false);
  });

  it('compares the hashes of the others, where they are known', () => {
    const decoding = { ...PNG, format: 'bmp', colour: 'rgb' };
    expect(readsDifferently({ decoding, perceptualHash: 'a' }, today(decoding))).toBe(false);
    expect(readsDifferently({ decoding, perceptualHash: 'a' }, today(decoding, 'b'))).toBe(true);
    expect(readsDifferently({ decoding, perceptualHash: null }, today(decoding))).toBe(false);
  });
});
