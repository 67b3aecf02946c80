import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../domain/random.ts';
import { bootstrapMean, meanScore } from '../../domain/statistics/bootstrap.ts';
import { patientClusters } from '../../domain/statistics/classes.ts';
import { compareEncoders, comparePaired, holm } from '../../domain/statistics/paired-test.ts';

const image = (patient: string | null, dataset = 'd') => ({
  filepath: '',
  dataset,
  split: 'test' as const,
  modality: '',
  anatomicRegion: '',
  label: 0,
  patient,
});

describe('patientClusters', () => {
  it('joins a patient within a data set only, and leaves the unknown alone', () => {
    const images = [image('1'), image('1', 'other'), image(null), image('1'), image(null)];
    const { of, ...rest } = patientClusters(images);
    expect([...of]).toEqual([0, 1, 2, 0, 3]);
    expect(rest).toEqual({ count: 4, unknown: 2 });
  });
});

describe('bootstrapMean', () => {
  const scores = Float64Array.of(1, 1, 1, 0, 0, 0.5);

  it('averages over images, or over classes of images', () => {
    const clusters = { count: 3, of: Int32Array.of(0, 0, 0, 1, 1, 2), unknown: 0 };
    const classes = { names: ['a', 'none', 'b'], of: Int32Array.of(0, 0, 0, 0, 2, 2) };
    expect(bootstrapMean(scores, clusters, { seed: 1 }).value).toBeCloseTo(3.5 / 6, 15);
    expect(bootstrapMean(scores, clusters, { seed: 1 }, classes).value).toBe(0.5);
    expect(meanScore(scores, classes)).toBe(0.5);
  });

  it('knows all draws of two patients: a quarter each alone, half both', () => {
    const clusters = { count: 2, of: Int32Array.of(0, 0, 0, 1, 1, 1), unknown: 0 };
    const at = (level: number) =>
      bootstrapMean(scores, clusters, { seed: 3, replicates: 20_000, level }).interval;
    expect(at(0.95)).toEqual({ low: 0.5 / 3, high: 1 });
    // A share of 0.4 in the middle lies within the half of draws that have both patients.
    expect(at(0.4)?.low).toBeCloseTo(3.5 / 6, 12);
    expect(at(0.4)?.high).toBeCloseTo(3.5 / 6, 12);
    expect(at(0.6)).toEqual({ low: 0.5 / 3, high: 1 });
  });

  it('has the width of theory, which patients with many images widen', () => {
    const random = randomFrom(5);
    const patients = Float64Array.from({ length: 400 }, random);
    const repeated = Float64Array.from({ length: 4000 }, (_, i) => patients[i % 400] as number);
    const together = { count: 400, of: Int32Array.from(repeated, (_, i) => i % 400), unknown: 0 };
    const apart = { count: 4000, of: Int32Array.from(repeated.keys()), unknown: 0 };
    const width = (clusters: typeof apart) => {
      const { interval } = bootstrapMean(repeated, clusters, { seed: 1 });
      return (interval?.high as number) - (interval?.low as number);
    };
    // Uniform numbers have the variance 1/12; 1.96 standard errors lie on each side.
    expect(width(together)).toBeCloseTo((2 * 1.96) / Math.sqrt(12 * 400), 2);
    expect(width(apart)).toBeCloseTo((2 * 1.96) / Math.sqrt(12 * 4000), 2);
  });

  it('contains the estimate, is the same for the same seed, and moves with the scores', () => {
    const drawn = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(30)), {
      minLength: 40,
      maxLength: 80,
    });
    fc.assert(
      fc.property(drawn, fc.nat(), (pairs, seed) => {
        const own = Float64Array.from(pairs, ([score]) => score);
        const clusters = patientClusters(pairs.map(([, patient]) => image(`${patient}`)));
        const found = bootstrapMean(own, clusters, { seed });
        expect(bootstrapMean(own, clusters, { seed })).toEqual(found);
        const { low, high } = found.interval as { low: number; high: number };
        expect(found.value).toBeGreaterThanOrEqual(low - 1e-12);
        expect(found.value).toBeLessThanOrEqual(high + 1e-12);
        const shifted = bootstrapMean(
          own.map((score) => 2 * score + 1),
          clusters,
          { seed },
        );
        expect(shifted.interval?.low).toBeCloseTo(2 * low + 1, 9);
      }),
      { numRuns: 30 },
    );
  });

  it('has no interval for one patient, and refuses what is no number', () => {
    const one = { count: 1, of: new Int32Array(6), unknown: 0 };
    expect(bootstrapMean(scores, one, { seed: 1 }).interval).toBeNull();
    const impossible = expect.objectContaining({ code: 'ANALYSIS_IMPOSSIBLE' });
    const none = { count: 0, of: new Int32Array(0), unknown: 0 };
    expect(() => bootstrapMean(new Float64Array(0), none, { seed: 1 })).toThrow(impossible);
    const broken = Float64Array.of(1, Number.NaN, 0, 0, 0, 0);
    expect(() => bootstrapMean(broken, one, { seed: 1 })).toThrow(/query 1/);
    expect(() => bootstrapMean(scores.subarray(1), one, { seed: 1 })).toThrow(impossible);
  });
});

describe('comparePaired', () => {
  it('finds small p as rarely as it says when there is no difference', () => {
    const random = randomFrom(11);
    let small = 0;
    const rounds = 400;
    for (let round = 0; round < rounds; round++) {
      const clusters = {
        count: 40,
        of: Int32Array.from({ length: 80 }, (_, i) => i >> 1),
        unknown: 0,
      };
      const [a, b] = [0, 0].map(() => Float64Array.from({ length: 80 }, random));
      const options = { seed: round, permutations: 300, replicates: 10 };
      if (comparePaired(a as Float64Array, b as Float64Array, clusters, options).p <= 0.1)
        small += 1;
    }
    // Binomial(400, 0.1): 40 and a standard deviation of 6.
    expect(small).toBeGreaterThan(22);
    expect(small).toBeLessThan(58);
  });

  it('weighs classes alike for macro means', () => {
    // Class a gains in its one query what class b's three lose each a third of: no macro difference.
    const first = Float64Array.of(1, 0, 0, 0);
    const second = Float64Array.of(0, 1, 1, 1);
    const clusters = { count: 4, of: Int32Array.of(0, 1, 2, 3), unknown: 0 };
    const classes = { names: ['a', 'b'], of: Int32Array.of(0, 1, 1, 1) };
    const macro = comparePaired(first, second, clusters, { seed: 1 }, classes);
    expect(macro.difference.value).toBe(0);
    expect(macro.p).toBe(1);
    const micro = comparePaired(first, second, clusters, { seed: 1 });
    expect(micro.difference.value).toBe(-0.5);
    // Of 16 signs of +1, -1, -1, -1 ten have a sum of at least 2 in size.
    expect(micro.p).toBe(10 / 16);
  });
});

describe('holm', () => {
  it('corrects step by step, never above 1 and never out of order', () => {
    const found = holm([0.01, 0.04, 0.03, 0.9]);
    [0.04, 0.09, 0.09, 0.9].forEach((p, i) => {
      expect(found[i]).toBeCloseTo(p, 15);
    });
    expect(holm([0.6, 0.7])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });

  it('is applied to all pairs of encoders', () => {
    const random = randomFrom(2);
    const base = Float64Array.from({ length: 60 }, random);
    const clusters = { count: 60, of: Int32Array.from(base.keys()), unknown: 0 };
    const encoders = [
      { name: 'good', scores: base.map((s) => s + 0.3) },
      { name: 'poor', scores: base },
      { name: 'like poor', scores: base.map((s) => s + (random() - 0.5) / 10) },
    ];
    const pairs = compareEncoders(encoders, clusters, { seed: 1, permutations: 999 });
    expect(pairs.map(({ first, second }) => `${first} - ${second}`)).toEqual([
      'good - poor',
      'good - like poor',
      'poor - like poor',
    ]);
    // The smallest p of 999 sampled signs is 1/1000, times three pairs.
    expect(pairs[0]).toMatchObject({ p: 0.001, pHolm: 0.003 });
    expect(pairs[0]?.difference.value).toBeCloseTo(0.3, 12);
    expect(pairs[2]?.pHolm).toBeGreaterThan(0.05);
  });
});
