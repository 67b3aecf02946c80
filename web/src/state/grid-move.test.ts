import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gridMove } from './grid-move.ts';

describe('gridMove', () => {
  // 0 1 2
  // 3 4 5
  // 6 7
  it.each([
    ['ArrowRight', 2, 3],
    ['ArrowRight', 7, 7],
    ['ArrowLeft', 3, 2],
    ['ArrowLeft', 0, 0],
    ['ArrowDown', 1, 4],
    ['ArrowDown', 5, 7],
    ['ArrowDown', 6, 6],
    ['ArrowUp', 4, 1],
    ['ArrowUp', 2, 2],
    ['Home', 5, 0],
    ['End', 1, 7],
  ])('%s from %i leads to %i', (key, from, to) => {
    expect(gridMove(key, from, 3, 8)).toBe(to);
  });

  it('leaves other keys alone', () => {
    expect(gridMove('x', 0, 3, 8)).toBeNull();
    expect(gridMove('ArrowDown', 0, 3, 0)).toBeNull();
  });

  it('stays within the grid', () => {
    const key = fc.constantFrom('ArrowRight', 'ArrowLeft', 'ArrowDown', 'ArrowUp', 'Home', 'End');
    fc.assert(
      fc.property(
        key,
        fc.nat(60),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(60),
        (k, at, columns, n) => {
          const count = Math.max(at + 1, n);
          const target = gridMove(k, at, columns, count);
          expect(target).toBeGreaterThanOrEqual(0);
          expect(target).toBeLessThan(count);
        },
      ),
    );
  });
});
