import { describe, expect, it } from 'vitest';
import { combine, partsOf } from './query.ts';

describe('query', () => {
  it('is the weighted mean of parts of length 1, of length 1 itself', () => {
    const vector = combine([
      { vector: Float32Array.of(10, 0), weight: 0.75 },
      { vector: Float32Array.of(0, 0.1), weight: 0.25 },
    ]);
    expect(vector[0]).toBeCloseTo(3 / Math.sqrt(10), 6);
    expect(vector[1]).toBeCloseTo(1 / Math.sqrt(10), 6);
  });

  it('is a part alone where the others weigh nothing', () => {
    const vector = Float32Array.of(3, 4);
    expect(combine([{ vector, weight: 1 }])).toBe(vector);
    const other = { vector: Float32Array.of(1, 0), weight: 0 };
    expect(combine([other, { vector, weight: 0.5 }])).toBe(vector);
  });

  it('shares its weight between picture and text', () => {
    const image = { kind: 'image', id: 7 } as const;
    expect(partsOf([image], 'effusion', 0.3).map(({ weight }) => weight)).toEqual([0.7, 0.3]);
    expect(partsOf([], 'effusion', 0)).toEqual([{ text: 'effusion' }]);
    expect(partsOf([image], undefined)).toEqual([image]);
  });
});
