import { describe, expect, it } from 'vitest';
import type { Image } from '../../../src/contract/shapes.ts';
import { compareImages, countLabels, formatSimilarity, splitLabel } from './describe.ts';

describe('formatSimilarity', () => {
  it('never rounds up to identical', () => {
    expect(formatSimilarity(0.9997)).toBe('0.999');
    expect(formatSimilarity(1)).toBe('1.000');
    expect(formatSimilarity(0.87654)).toBe('0.877');
    expect(formatSimilarity(-0.00001)).toBe('0.000');
    expect(formatSimilarity(-0.25)).toBe('-0.250');
  });
});

describe('splitLabel', () => {
  it('separates the group from the name', () => {
    expect(splitLabel('XR/chest/normal')).toEqual({ group: 'XR/chest/', name: 'normal' });
    expect(splitLabel('normal')).toEqual({ group: '', name: 'normal' });
  });
});

describe('countLabels', () => {
  it('puts the most frequent label first', () => {
    const images = [['b'], ['a', 'b'], ['a'], ['c', 'a'], []].map(
      (labels) => ({ labels }) as Image,
    );
    expect(countLabels(images)).toEqual([
      { label: 'a', count: 3 },
      { label: 'b', count: 2 },
      { label: 'c', count: 1 },
    ]);
  });
});

describe('compareImages', () => {
  it('marks values that differ, not those that one side lacks', () => {
    const rows = compareImages(
      [
        ['Modality', 'CT'],
        ['Split', 'test'],
        ['Study', ''],
        ['Series', '1'],
      ],
      [
        ['Modality', 'CT'],
        ['Split', 'train'],
        ['Study', ''],
        ['Patient', 'p'],
      ],
    );
    expect(rows).toEqual([
      { name: 'Modality', left: 'CT', right: 'CT', differs: false },
      { name: 'Split', left: 'test', right: 'train', differs: true },
      { name: 'Series', left: '1', right: '', differs: false },
      { name: 'Patient', left: '', right: 'p', differs: false },
    ]);
  });
});
