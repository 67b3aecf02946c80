import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitIsotonic, valueAt } from './isotonic.ts';

const pairs = fc.array(fc.tuple(fc.integer({ min: -8, max: 8 }), fc.boolean()), { minLength: 1 });

/** Isotonic regression by its max-min formula (Barlow et al. 1972), in cubic time. */
function byFormula(scores: readonly number[], hits: readonly boolean[], at: number): number {
  const shares = (from: number, to: number) => {
    const inside = hits.filter(
      (_, i) => (scores[i] as number) >= from && (scores[i] as number) <= to,
    );
    return inside.length === 0 ? Number.NaN : inside.filter(Boolean).length / inside.length;
  };
  const below = scores.filter((s) => s <= at);
  const above = scores.filter((s) => s >= at);
  return Math.max(...below.map((from) => Math.min(...above.map((to) => shares(from, to)))));
}

describe('isotonic regression', () => {
  it('is the least-squares rising function, but for the two ends that are no certainties', () => {
    fc.assert(
      fc.property(pairs, (given) => {
        const scores = given.map(([score]) => score);
        const hits = given.map(([, hit]) => hit);
        const fitted = fitIsotonic(scores, hits);
        for (const score of scores) {
          const exact = byFormula(scores, hits, score);
          const found = valueAt(fitted, score);
          if (exact === 0 || exact === 1)
            expect(Math.abs(found - exact)).toBeLessThanOrEqual(1 / 3);
          else expect(found).toBeCloseTo(exact, 10);
          expect(found).toBeGreaterThan(0);
          expect(found).toBeLessThan(1);
        }
      }),
    );
  });

  it('never falls, and is level beyond its ends', () => {
    fc.assert(
      fc.property(pairs, (given) => {
        const fitted = fitIsotonic(
          given.map(([score]) => score),
          given.map(([, hit]) => hit),
        );
        const values = Array.from({ length: 100 }, (_, i) => valueAt(fitted, -10 + i / 5));
        expect(values).toEqual([...values].sort((a, b) => a - b));
        expect(valueAt(fitted, -100)).toBe(fitted.y[0]);
        expect(valueAt(fitted, 100)).toBe(fitted.y.at(-1));
      }),
    );
  });
});
