import fc from 'fast-check';
import { expect, it } from 'vitest';
import { KeyIndex } from './key-index.ts';
import { RecordList } from './record-list.ts';

it('a key index numbers keys as a map does', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ maxLength: 2, unit: 'binary' }), { maxLength: 4000 }),
      (keys) => {
        const index = new KeyIndex();
        const map = new Map<string, number>();
        for (const key of keys) {
          // Half of a surrogate pair is no UTF-8, and no part of a path that was read.
          if (/\p{Surrogate}/u.test(key)) continue;
          expect(index.get(key)).toBe(map.get(key));
          if (!map.has(key)) map.set(key, map.size);
          expect(index.add(key)).toBe(map.get(key));
          expect(index.size).toBe(map.size);
        }
      },
    ),
    { numRuns: 30 },
  );
  const many = new KeyIndex();
  for (let i = 0; i < 20_000; i++) expect(many.add(`images/${i}.png`)).toBe(i);
  for (let i = 0; i < 20_000; i++) expect(many.get(`images/${i}.png`)).toBe(i);
  expect(many.get('images/20000.png')).toBeUndefined();
});

it('a record list gives back what it was given, also what was put in a place later', () => {
  const list = new RecordList<{ text: string; number: number | null }>();
  const records = Array.from({ length: 3000 }, (_, i) => ({
    text: 'ä€😀'.repeat(i % 50),
    number: i % 3 === 0 ? null : i,
  }));
  for (const record of records) list.push(record);
  const large = { text: 'x'.repeat(2 ** 24), number: 1 };
  list.set(7, large);
  records[7] = large;
  expect(list.length).toBe(3000);
  expect([...list]).toEqual(records);
});
