import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  adjustmentTo,
  adjustWindow,
  displayValue,
  dragAdjustment,
  NEUTRAL,
  windowOfRange,
  windowTable,
} from './window-level.ts';

const windows = fc.record({
  centre: fc.double({ min: -70000, max: 70000, noNaN: true }),
  width: fc.double({ min: 1, max: 140000, noNaN: true }),
});

describe('displayValue', () => {
  // DICOM PS3.3 C.11.2.1.2.1, worked through by hand: centre 2048, width 4096 is a ramp over 0..4095.
  it.each([
    [0, 0],
    [4095, 255],
    [2048, 128],
    [1024, 64],
  ])('shows %i of the 12-bit window as %i', (stored, shown) => {
    expect(displayValue(stored, { centre: 2048, width: 4096 })).toBe(shown);
  });

  it('is a threshold at width 1: up to the centre less a half black, above it white', () => {
    expect(displayValue(99, { centre: 100, width: 1 })).toBe(0);
    expect(displayValue(99.5, { centre: 100, width: 1 })).toBe(0);
    expect(displayValue(100, { centre: 100, width: 1 })).toBe(255);
  });
});

describe('windowTable', () => {
  it('changes nothing for 8 bits and the full range', () => {
    const table = windowTable(8, windowOfRange(0, 255), false);
    expect([...table]).toEqual(Array.from({ length: 256 }, (_, value) => value));
  });

  it('maps the ends of a range to black and white', () => {
    fc.assert(
      fc.property(fc.nat(65534), fc.nat(65535), (one, other) => {
        const low = Math.min(one, other);
        const high = Math.max(one, other, low + 1);
        const table = windowTable(16, windowOfRange(low, high), false);
        expect(table[low]).toBe(0);
        expect(table[high]).toBe(255);
        expect(table).toHaveLength(65536);
      }),
      { numRuns: 20 },
    );
  });

  it('never falls with the stored value, and is its complement when inverted', () => {
    fc.assert(
      fc.property(windows, (window) => {
        const table = windowTable(8, window, false);
        const inverted = windowTable(8, window, true);
        for (let value = 0; value < 256; value++) {
          if (value > 0) expect(table[value]).toBeGreaterThanOrEqual(table[value - 1] ?? 0);
          expect((table[value] ?? 0) + (inverted[value] ?? 0)).toBe(255);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('adjustments', () => {
  it('leave the default as it is when neutral', () => {
    fc.assert(
      fc.property(windows, (window) => {
        // + 0 turns -0, which a window may start with, into the 0 that sums give.
        expect(adjustWindow(window, NEUTRAL)).toEqual({ ...window, centre: window.centre + 0 });
      }),
    );
  });

  it('lead to the window they were made for', () => {
    fc.assert(
      fc.property(windows, windows, (standard, window) => {
        const reached = adjustWindow(standard, adjustmentTo(standard, window, false));
        expect(reached.centre).toBeCloseTo(window.centre, 4);
        expect(reached.width).toBeCloseTo(window.width, 4);
      }),
    );
  });

  it('carry over to an image of another depth', () => {
    const eight = windowOfRange(0, 255);
    const sixteen = windowOfRange(0, 65535);
    const adjustment = adjustmentTo(eight, { centre: 64, width: 128 }, false);
    expect(adjustWindow(sixteen, adjustment)).toEqual({ centre: 16384, width: 32768 });
  });

  it('follow a drag: right wider, down darker', () => {
    const dragged = dragAdjustment(NEUTRAL, 100, 100);
    expect(dragged.gain).toBeGreaterThan(1);
    const standard = windowOfRange(0, 255);
    const down = adjustWindow(standard, dragAdjustment(NEUTRAL, 0, 50));
    expect(displayValue(128, down)).toBeLessThan(displayValue(128, standard));
  });
});
