import { describe, expect, it } from 'vitest';
import { FilteredSets } from './filtered-sets.ts';

describe('sets of filters', () => {
  const count = (n: number) => () => Array.from({ length: n }, (_, i) => i);
  const never = () => {
    throw new Error('It is remembered.');
  };

  it('are found once in a state, and again in the next one', () => {
    const sets = new FilteredSets();
    const set = sets.get('1', 'a', count(3));
    expect(sets.get('1', 'a', never)).toBe(set);
    expect(sets.get('2', 'a', count(4)).size).toBe(4);
    expect(sets.get('1', 'a', count(3))).not.toBe(set);
  });

  it('are bounded in number: the one not used for longest goes', () => {
    const sets = new FilteredSets();
    for (let i = 0; i < 32; i++) sets.get('1', `${i}`, count(1));
    sets.get('1', '0', never);
    sets.get('1', 'one more', count(1));
    sets.get('1', '0', never);
    expect(() => sets.get('1', '1', never)).toThrow('remembered');
  });

  it('are bounded in ids, and one that could not be found takes no place', () => {
    const sets = new FilteredSets();
    sets.get('1', 'a', count(1_500_000));
    expect(() => sets.get('1', 'b', never)).toThrow('remembered');
    sets.get('1', 'a', never);
    sets.get('1', 'c', count(1_000_000));
    sets.get('1', 'c', never);
    expect(() => sets.get('1', 'a', never)).toThrow('remembered');
  });
});
