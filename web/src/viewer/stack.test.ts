import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { follow, wheelSteps } from './stack.ts';

describe('follow', () => {
  const pair = [
    { at: 10, total: 41 },
    { at: 5, total: 11 },
  ] as const;

  it.each([
    [10, 5],
    [0, 0],
    [40, 10],
    [25, 8],
    [5, 3],
  ])('goes with %i at %i', (to, expected) => {
    expect(follow(to, pair)).toBe(expected);
  });

  it('stays in the other series and never turns back', () => {
    const place = fc
      .integer({ min: 1, max: 300 })
      .chain((total) => fc.record({ total: fc.constant(total), at: fc.nat(total - 1) }));
    fc.assert(
      fc.property(place, place, (one, other) => {
        const places = Array.from({ length: one.total }, (_, to) => follow(to, [one, other]));
        expect(places[one.at]).toBe(other.at);
        expect(Math.min(...places)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...places)).toBeLessThan(other.total);
        expect(places).toEqual([...places].sort((a, b) => a - b));
      }),
    );
  });
});

describe('wheelSteps', () => {
  it('keeps what is no whole step for the next turn', () => {
    expect(wheelSteps(100)).toEqual({ steps: 2, rest: 20 });
    expect(wheelSteps(-50)).toEqual({ steps: -1, rest: -10 });
    expect(wheelSteps(3)).toEqual({ steps: 0, rest: 3 });
  });
});
