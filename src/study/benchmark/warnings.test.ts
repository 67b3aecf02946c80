import { describe, expect, it } from 'vitest';
import { errorData, SemblanceError } from '../../domain/errors/error.ts';
import type { Outcome } from './outcome.ts';
import { warningsOf } from './warnings.ts';

/** As much of an outcome as warnings look at: its kNN classification has no figures, for a reason. */
const outcomeWith = (error: SemblanceError) =>
  ({
    config: { k: 5, linearProbe: false },
    protocol: 'as-published',
    k: 5,
    data: {
      patients: { test: 9, unknown: 0, shared: [] },
      labels: [],
      splits: { train: 100, val: 9, test: 9 },
    },
    excluded: [],
    encoders: [
      { from: 'images', figures: { knn: { 'as-published': { error: errorData(error) } } } },
    ],
  }) as unknown as Outcome;

describe('the warning that probabilities are not written', () => {
  const told = (test: number, probabilities?: boolean) => {
    const base = outcomeWith(new SemblanceError('SCORE_UNDEFINED', 'None.'));
    const labels = Array.from({ length: 161 }, (_, i) => ({ label: `${i}`, train: 9, test: 1 }));
    return warningsOf({
      ...base,
      config: { ...base.config, linearProbe: true, probabilities },
      data: { ...base.data, labels, splits: { train: 1e5, val: 9, test } },
      encoders: [{ from: 'embeddings', figures: { knn: {}, linearProbe: { value: {} } } }],
    } as unknown as Outcome).filter((text) => text.includes('linear_probing_results.csv'));
  };

  it('says how large they would be and how to have them, unless they are small or were decided on', () => {
    expect(told(173_000)).toEqual([
      expect.stringMatching(/ is not written, .* about 348 MB: .* --probabilities/),
    ]);
    expect(told(17_300)).toEqual([]);
    expect(told(173_000, true)).toEqual([]);
    expect(told(173_000, false)).toEqual([]);
  });
});

describe('the warning that kNN classification has no figures', () => {
  it('names the class that is wanting', () => {
    const error = new SemblanceError('SCORE_UNDEFINED', 'It needs images.', { subject: 'CT/a' });
    expect(warningsOf(outcomeWith(error))).toEqual([
      'kNN classification has no figures, for want of the class CT/a: It needs images.',
    ]);
  });

  it('names no class where none is wanting', () => {
    const error = new SemblanceError('SCORE_UNDEFINED', 'The vote of 0 neighbours has no result.');
    expect(warningsOf(outcomeWith(error))).toEqual([
      'kNN classification has no figures: The vote of 0 neighbours has no result.',
    ]);
  });
});
