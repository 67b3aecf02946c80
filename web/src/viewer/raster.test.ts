import { describe, expect, it } from 'vitest';
import { paint, type Raster, valueAt } from './raster.ts';
import { windowOfRange, windowTable } from './window-level.ts';

function raster(parts: Pick<Raster, 'channels' | 'bits' | 'data'>): Raster {
  const standard = windowOfRange(0, 255);
  const range = { low: 0, high: 255, standard, step: 1, windows: [], note: '' };
  return { width: 2, height: 1, ...range, ...parts };
}

describe('paint', () => {
  it('shows 16-bit grey through its window', () => {
    const grey = raster({ channels: 1, bits: 16, data: new Uint16Array([1000, 3000]) });
    const out = new Uint8ClampedArray(8);
    paint(grey, windowTable({ bits: 16 }, windowOfRange(1000, 3000), false), out);
    expect([...out]).toEqual([0, 0, 0, 255, 255, 255, 255, 255]);
  });

  it('keeps colours apart, and shows every pixel opaque', () => {
    const identity = windowTable({ bits: 8 }, windowOfRange(0, 255), false);
    const out = new Uint8ClampedArray(8);
    const colour = new Uint8Array([1, 2, 3, 4, 5, 6]);
    paint(raster({ channels: 3, bits: 8, data: colour }), identity, out);
    expect([...out]).toEqual([1, 2, 3, 255, 4, 5, 6, 255]);
    const withOpacity = new Uint8ClampedArray([1, 2, 3, 0, 4, 5, 6, 9]);
    paint(raster({ channels: 4, bits: 8, data: withOpacity }), identity, out);
    expect([...out]).toEqual([1, 2, 3, 255, 4, 5, 6, 255]);
  });
});

describe('valueAt', () => {
  it('says one number for grey and three for colour', () => {
    const grey = raster({ channels: 1, bits: 16, data: new Uint16Array([7, 40000]) });
    expect(valueAt(grey, 1, 0)).toBe('40000');
    const colour = raster({ channels: 3, bits: 8, data: new Uint8Array([9, 9, 9, 1, 2, 3]) });
    expect(valueAt(colour, 0, 0)).toBe('9');
    expect(valueAt(colour, 1, 0)).toBe('1 / 2 / 3');
    const values = { slope: 1, intercept: -1025 };
    const measured = { ...grey, values, unit: 'HU', data: new Uint16Array([0, 25]) };
    expect([valueAt(measured, 0, 0), valueAt(measured, 1, 0)]).toEqual(['no value', '−1000 HU']);
  });
});
