import { describe, expect, it } from 'vitest';
import { DIRECTIONS, fitted, nearest } from './scatter.ts';

describe('a scatter', () => {
  it('fits into its frame with one scale, up being more', () => {
    expect([...fitted([0, 0, 4, 0, 2, 2])]).toEqual([0, 0.75, 1, 0.75, 0.5, 0.25]);
    // All at one place, and none at all.
    expect([...fitted([3, 3, 3, 3])].every(Number.isFinite)).toBe(true);
    expect([...fitted([])]).toEqual([]);
  });

  it('has nearest points, and those in a direction', () => {
    const places = fitted([0, 0, 1, 0, 0, 1, 1, 1, 0.9, 0]);
    const at = (point: number) => [places[2 * point], places[2 * point + 1]] as [number, number];
    expect(nearest(places, ...at(1), 2)).toEqual([1, 4]);
    expect(nearest(places, ...at(0), 1, DIRECTIONS.ArrowRight)).toEqual([4]);
    expect(nearest(places, ...at(0), 1, DIRECTIONS.ArrowUp)).toEqual([2]);
    expect(nearest(places, ...at(0), 1, DIRECTIONS.ArrowLeft)).toEqual([]);
  });
});
