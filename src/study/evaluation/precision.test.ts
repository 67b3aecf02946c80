import { describe, expect, it } from 'vitest';
import { precisionAtK } from './precision.ts';

describe('precisionAtK', () => {
  it('averages over queries and over labels', () => {
    const a = { labels: ['a'], neighbours: [['a'], ['b']] };
    const b = { labels: ['b'], neighbours: [['a'], ['a']] };
    const [at1, at2] = precisionAtK([a, a, b], [1, 2]);
    expect(at1).toEqual({ k: 1, micro: 2 / 3, macro: 0.5 });
    expect(at2?.micro).toBeCloseTo(1 / 3);
    expect(at2?.macro).toBeCloseTo(0.25);
  });

  it('leaves out queries without a label and counts missing neighbours as misses', () => {
    const short = { labels: ['a'], neighbours: [['a']] };
    const unlabelled = { labels: [], neighbours: [['a'], ['a']] };
    expect(precisionAtK([short, unlabelled], [2])[0]?.micro).toBe(0.5);
  });
});
