import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  adjustmentTo,
  adjustWindow,
  displayOf,
  dragWindow,
  isNeutral,
  NEUTRAL,
  type Scale,
  type WindowLevel,
  windowOfRange,
  windowTable,
} from './window-level.ts';

const windows = fc.record({
  centre: fc.double({ min: -70000, max: 70000, noNaN: true }),
  width: fc.double({ min: 1, max: 140000, noNaN: true }),
});

describe('displayOf', () => {
  // DICOM PS3.3 C.11.2.1.2.1, worked through by hand: centre 2048, width 4096 is a ramp over 0..4095.
  it.each([
    [0, 0],
    [4095, 255],
    [2048, 128],
    [1024, 64],
  ])('shows %i of the 12-bit window as %i', (stored, shown) => {
    expect(displayOf({ centre: 2048, width: 4096 })(stored)).toBe(shown);
  });

  it('is a threshold at width 1: up to the centre less a half black, above it white', () => {
    expect(displayOf({ centre: 100, width: 1 })(99)).toBe(0);
    expect(displayOf({ centre: 100, width: 1 })(99.5)).toBe(0);
    expect(displayOf({ centre: 100, width: 1 })(100)).toBe(255);
  });
});

describe('windowTable', () => {
  it('changes nothing for 8 bits and the full range', () => {
    const table = windowTable({ bits: 8 }, windowOfRange(0, 255), false);
    expect([...table]).toEqual(Array.from({ length: 256 }, (_, value) => value));
  });

  it('maps the ends of a range to black and white', () => {
    fc.assert(
      fc.property(fc.nat(65534), fc.nat(65535), (one, other) => {
        const low = Math.min(one, other);
        const high = Math.max(one, other, low + 1);
        const table = windowTable({ bits: 16 }, windowOfRange(low, high), false);
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
        const table = windowTable({ bits: 8 }, window, false);
        const inverted = windowTable({ bits: 8 }, window, true);
        for (let value = 0; value < 256; value++) {
          if (value > 0) expect(table[value]).toBeGreaterThanOrEqual(table[value - 1] ?? 0);
          expect((table[value] ?? 0) + (inverted[value] ?? 0)).toBe(255);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('a table of measured samples', () => {
  it('is of values, turned round where low ones are white, and black where there is no value', () => {
    const samples = { bits: 16, values: { slope: 2, intercept: -1002 } } as const;
    const window = { centre: 0.5, width: 201 };
    const table = windowTable(samples, window, false);
    // Samples of the values -1000, -100, 0 and 100.
    expect([1, 451, 501, 551].map((sample) => table[sample])).toEqual([0, 0, 128, 255]);
    const inverted = windowTable({ ...samples, inverted: true }, window, false);
    expect([0, 1, 551].map((sample) => inverted[sample])).toEqual([0, 255, 0]);
  });

  it('follows the functions and tables of the file', () => {
    const sigmoid = displayOf({ centre: 2048, width: 4096, function: 'SIGMOID' });
    expect([0, 2048, 4096].map(sigmoid)).toEqual([30, 128, 225]);
    const table = displayOf({ centre: 50, width: 100, curve: [9, 200, 100] });
    expect([-5, 0, 50, 100, 400].map(table)).toEqual([9, 9, 200, 100, 100]);
  });
});

/** An image with this window to begin with. */
const scale = (standard: WindowLevel, unit?: string): Scale => ({
  standard,
  step: 1,
  ...(unit !== undefined && { unit }),
});

describe('adjustments', () => {
  it('leave the default as it is when neutral', () => {
    fc.assert(
      fc.property(windows, (window) => {
        // + 0 turns -0, which a window may start with, into the 0 that sums give.
        const reached = adjustWindow(scale(window), NEUTRAL);
        expect(reached).toEqual({ ...window, centre: window.centre + 0 });
        expect(isNeutral(NEUTRAL)).toBe(true);
      }),
    );
  });

  it('lead to the window they were made for', () => {
    fc.assert(
      fc.property(windows, windows, fc.boolean(), (standard, window, measured) => {
        const image = scale(standard, measured ? 'HU' : undefined);
        const reached = adjustWindow(image, adjustmentTo(image, window, false));
        expect(reached.centre).toBeCloseTo(window.centre, 4);
        expect(reached.width).toBeCloseTo(window.width, 4);
      }),
    );
  });

  it('carry over to an image of another depth', () => {
    const eight = scale(windowOfRange(0, 255));
    const sixteen = scale(windowOfRange(0, 65535));
    const adjustment = adjustmentTo(eight, { centre: 64, width: 128 }, false);
    expect(adjustWindow(sixteen, adjustment)).toEqual({ centre: 16384, width: 32768 });
  });

  it('carry the window itself over to an image that measures the same', () => {
    const [head, chest] = [
      { centre: 40, width: 80 },
      { centre: 40, width: 400 },
    ];
    const lung = { centre: -600, width: 1500 };
    const adjustment = adjustmentTo(scale(head, 'HU'), lung, false);
    expect(adjustWindow(scale(chest, 'HU'), adjustment)).toEqual(lung);
    expect(adjustWindow(scale(chest, 'OD'), adjustment)).not.toEqual(lung);
  });

  it('follow a drag: right wider, down darker', () => {
    const standard = windowOfRange(0, 255);
    expect(dragWindow(scale(standard), standard, 100, 100).width).toBeGreaterThan(standard.width);
    const down = dragWindow(scale(standard), standard, 0, 50);
    expect(displayOf(down)(128)).toBeLessThan(displayOf(standard)(128));
    expect(dragWindow(scale(standard), standard, -1e6, 0).width).toBe(1);
  });
});
