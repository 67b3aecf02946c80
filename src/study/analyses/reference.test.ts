// Expected values: scripts/analyses-reference.py says how they were got.
import { describe, expect, it } from 'vitest';
import type { EmbeddingMatrix } from '../../domain/embedding-matrix.ts';
import { comparePaired } from '../../domain/statistics/paired-test.ts';
import { hubness } from './hubness/hubness.ts';
import { pca } from './projection/pca.ts';
import { alignmentUniformity } from './space/alignment.ts';
import { clusterScores } from './space/cluster-scores.ts';
import { silhouette } from './space/silhouette.ts';
import { labelledSpace } from './space/space.ts';

const LABELS = Int32Array.from({ length: 25 }, (_, i) => (i === 24 ? 3 : i % 3));
const MATRIX: EmbeddingMatrix = {
  paths: Array.from(LABELS, (_, i) => `${i}.png`),
  dimension: 6,
  values: Float32Array.from({ length: 25 * 6 }, (_, at) => {
    const [i, d] = [Math.floor(at / 6), at % 6];
    return ((7 * i + 13 * d + 5 * i * d) % 17) / 8 + (d === LABELS[i] ? 1.5 : 0);
  }),
};
// A class without a member must change nothing.
const CLASSES = { names: ['a', 'b', 'c', 'single', 'none'], of: LABELS };
const seed = 1;

describe('scores of the embedding space', () => {
  it.each([
    {
      unitLength: false,
      euclidean: 0.13204488191711788,
      cosine: 0.23463359361088698,
      daviesBouldin: 1.05906124050138,
      calinskiHarabasz: 6.722234606982032,
    },
    {
      unitLength: true,
      euclidean: 0.15164353880284043,
      cosine: 0.23463359361088712,
      daviesBouldin: 1.033538703749759,
      calinskiHarabasz: 6.972193279337581,
    },
  ])('equal scikit-learn (unit length: $unitLength)', async (expected) => {
    const space = labelledSpace(MATRIX, CLASSES, expected);
    for (const metric of ['euclidean', 'cosine'] as const) {
      const found = await silhouette(space, metric, { seed });
      expect(found.mean).toBeCloseTo(expected[metric], 12);
      expect(found).toMatchObject({ standardError: 0, evaluated: 25, singletons: ['single'] });
      expect(found.byClass[3]).toBe(0);
    }
    const scores = clusterScores(space);
    expect(scores.daviesBouldin).toBeCloseTo(expected.daviesBouldin, 12);
    expect(scores.calinskiHarabasz).toBeCloseTo(expected.calinskiHarabasz, 11);
  });

  it('equal the definitions of alignment and uniformity', async () => {
    const found = await alignmentUniformity(labelledSpace(MATRIX, CLASSES), { seed });
    expect(found.alignment).toBeCloseTo(0.3028168358580635, 12);
    expect(found.uniformity).toBeCloseTo(-0.9140338626288133, 12);
  });

  it('of a sample lie near those of all points, by the standard error that is stated', async () => {
    const points = 3000;
    const classes = { names: ['a', 'b'], of: Int32Array.from({ length: points }, (_, i) => i % 2) };
    const matrix = {
      paths: Array.from({ length: points }, (_, i) => `${i}`),
      dimension: 2,
      values: Float32Array.from({ length: points * 2 }, (_, at) =>
        at % 2 === 0 ? 3 + (Math.floor(at / 2) % 2) : 1 + 4 * Math.abs(Math.sin(at)),
      ),
    };
    const space = labelledSpace(matrix, classes);
    const whole = await silhouette(space, 'euclidean', { seed });
    const part = await silhouette(space, 'euclidean', { seed, pairs: 1000 * points });
    expect(part.evaluated).toBe(1000);
    expect(part.standardError).toBeGreaterThan(0);
    expect(Math.abs(part.mean - whole.mean)).toBeLessThan(3 * part.standardError);
    expect(await silhouette(space, 'euclidean', { seed, pairs: 1000 * points })).toEqual(part);
    const all = await alignmentUniformity(space, { seed });
    const some = await alignmentUniformity(space, { seed, pairs: 1000 * points });
    expect(some.uniformity).not.toBe(all.uniformity);
    expect(some.uniformity).toBeCloseTo(all.uniformity, 1);
  });

  it('refuse what has no score', async () => {
    const impossible = expect.objectContaining({ code: 'ANALYSIS_IMPOSSIBLE' });
    const broken = MATRIX.values.slice();
    broken[40] = Number.NaN;
    expect(() => labelledSpace({ ...MATRIX, values: broken }, CLASSES)).toThrow(impossible);
    expect(() => labelledSpace({ ...MATRIX, values: broken }, CLASSES)).toThrow(/no finite/);
    const one = { names: ['a'], of: new Int32Array(25) };
    expect(() => labelledSpace(MATRIX, one)).toThrow(/one class/);
    const alone = { names: MATRIX.paths, of: Int32Array.from(LABELS.keys()) };
    expect(() => labelledSpace(MATRIX, alone)).toThrow(/one member/);
    const zeros = { ...MATRIX, values: MATRIX.values.map((v, at) => (at < 6 ? 0 : v)) };
    expect(() => labelledSpace(zeros, CLASSES)).toThrow(/no direction/);
    // Without scaling zeros are a point like others; scikit-learn gives them the cosine distance 1.
    const space = labelledSpace(zeros, CLASSES, { unitLength: false });
    expect(Number.isFinite((await silhouette(space, 'cosine', { seed })).mean)).toBe(true);
    // Two classes at the same two points: no distance between centroids, so no score.
    const twice = labelledSpace(
      {
        paths: ['1', '2', '3', '4'],
        dimension: 2,
        values: Float32Array.of(1, 0, 1, 0, 0, 1, 0, 1),
      },
      { names: ['a', 'b'], of: Int32Array.of(0, 1, 0, 1) },
    );
    expect(clusterScores(twice)).toEqual({ daviesBouldin: null, calinskiHarabasz: 0 });
    expect((await silhouette(twice, 'euclidean', { seed })).mean).toBe(-0.5);
  });
});

describe('pca', () => {
  it('equals scikit-learn', () => {
    const { coordinates, explained } = pca(MATRIX.values, 6, 2, seed);
    expect(explained[0]).toBeCloseTo(0.39062773883823715, 10);
    expect(explained[1]).toBeCloseTo(0.26125379121293973, 10);
    const points = [
      0.11438282075310739, -0.28465308214607965, 1.1124902071861895, -0.5272790284217674,
    ];
    points.forEach((value, at) => {
      expect(coordinates[at]).toBeCloseTo(value, 6);
    });
    const broken = MATRIX.values.with(3, Number.NaN);
    const impossible = expect.objectContaining({ code: 'ANALYSIS_IMPOSSIBLE' });
    expect(() => pca(broken, 6, 2, seed)).toThrow(impossible);
  });
});

describe('statistics', () => {
  it('equal SciPy', () => {
    const counts = [0, 0, 1, 1, 2, 2, 3, 9, 0, 2];
    const rows = Int32Array.from(counts.flatMap((count, row) => new Array(count).fill(row)));
    const table = { queries: 20, k: 1, rows, similarities: null };
    expect(hubness(table, 10, { k: 1 }).skewness).toBeCloseTo(1.964070890495204, 12);

    const differences = Float64Array.of(0.4, -0.1, 0.3, 0.25, 0, -0.2, 0.5, 0.1, 0.15);
    const alone = { count: 9, of: Int32Array.from(differences.keys()), unknown: 0 };
    const zero = new Float64Array(9);
    const test = comparePaired(differences, zero, alone, { seed });
    expect(test).toMatchObject({ p: 0.09375, exact: true });
    // A sample of the signs comes near it.
    const sampled = comparePaired(differences, zero, alone, { seed, permutations: 200 });
    expect(sampled.exact).toBe(false);
    expect(Math.abs(sampled.p - 0.09375)).toBeLessThan(0.06);
  });
});
