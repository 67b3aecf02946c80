import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ascending } from './ascending.ts';

it('orders as a stable sort does', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 70 }), (values) => {
      const sorted = [...values.keys()].sort(
        (a, b) => (values[a] as number) - (values[b] as number),
      );
      expect([...ascending(values)]).toEqual(sorted);
    }),
  );
});
