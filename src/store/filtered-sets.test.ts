import { describe, expect, it } from 'vitest';
import { IdBitmap } from '../domain/id-bitmap.ts';
import { FilteredSets } from './filtered-sets.ts';

describe('sets of filters', () => {
  const upTo = (most: number) => () => IdBitmap.upTo(most);
  const never = () => {
    throw new Error('It is remembered.');
  };

  it('are found once in a state, and again in the next one', () => {
    const sets = new FilteredSets();
    const set = sets.get('1', 'a', upTo(3));
    expect(sets.get('1', 'a', never)).toBe(set);
    expect(sets.get('2', 'a', upTo(3))).not.toBe(set);
    expect(sets.get('1', 'a', upTo(3))).not.toBe(set);
  });

  it('are bounded in number: the one not used for longest goes', () => {
    const sets = new FilteredSets();
    for (let i = 0; i < 32; i++) sets.get('1', `${i}`, upTo(1));
    sets.get('1', '0', never);
    sets.get('1', 'one more', upTo(1));
    sets.get('1', '0', never);
    expect(() => sets.get('1', '1', never)).toThrow('remembered');
  });

  it('are bounded in memory, and one that could not be found takes no place', () => {
    const sets = new FilteredSets();
    sets.get('1', 'a', upTo(400_000_000));
    expect(() => sets.get('1', 'b', never)).toThrow('remembered');
    sets.get('1', 'a', never);
    sets.get('1', 'c', upTo(300_000_000));
    sets.get('1', 'c', never);
    expect(() => sets.get('1', 'a', never)).toThrow('remembered');
  });
});
