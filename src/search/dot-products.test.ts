import { describe, expect, it } from 'vitest';
import { randomFrom } from '../domain/random.ts';
import { normalise } from '../domain/vectors.ts';
import { DotProducts } from './dot-products.ts';

describe('DotProducts', () => {
  it.each([1, 3, 16, 17, 384, 1024, 4096])(
    'has bounds that hold, of %s numbers',
    async (length) => {
      const random = randomFrom(length);
      const products = await DotProducts.create(20, length);
      const rows = Array.from({ length: 20 }, (_, i) => {
        // Alike, unlike, of very different numbers, and all zeros.
        const row = Float32Array.from({ length }, () =>
          i === 0 ? 0 : (random() - (i % 2) / 2) * 10 ** (i > 9 ? 8 * random() : 0),
        );
        normalise(row);
        products.row(i).set(row);
        return row;
      });
      for (const [a, x] of rows.entries()) {
        for (const [b, y] of rows.entries()) {
          const right = x.reduce((sum, value, i) => sum + value * (y[i] as number), 0);
          expect(products.of(a, b)).toBeCloseTo(right, 12);
          expect(products.atMost(a, b)).toBeGreaterThanOrEqual(right);
          expect(products.atMost(a, b)).toBeLessThan(right + 1e-4);
        }
      }
    },
  );
});
