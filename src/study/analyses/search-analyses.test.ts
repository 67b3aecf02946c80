import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../domain/random.ts';
import { meanScore } from '../../domain/statistics/bootstrap.ts';
import { classesOf, patientClusters } from '../../domain/statistics/classes.ts';
import type { LabelledImage } from '../../tables/labelled.ts';
import type { NeighbourTable } from '../evaluation/neighbours.ts';
import type { Protocol } from '../evaluation/protocol.ts';
import { retrievalPrecision } from '../evaluation/retrieval.ts';
import { confusion } from './confusion/confusion.ts';
import { precisionByGroup } from './groups/by-group.ts';
import { hubness } from './hubness/hubness.ts';
import { geometricSizes, precisionByIndexSize } from './index-size/index-size.ts';
import { levelNames, precisionByLevel } from './levels/levels.ts';
import { checkTable } from './neighbours.ts';
import { patientLeak } from './patient-leak/patient-leak.ts';
import { chancePrecision, queryPrecision } from './query-precision.ts';
import { recallAtK } from './recall/recall.ts';
import { permutation, stratifiedSample } from './sample.ts';
import { neighbourhoodPurity } from './space/purity.ts';

const impossible = expect.objectContaining({ code: 'ANALYSIS_IMPOSSIBLE' });
const invalid = expect.objectContaining({ code: 'NEIGHBOURS_INVALID' });
const seed = 4;

function image(label: number, patient: string | null = null, modality = ''): LabelledImage {
  const place = { dataset: 'd', split: 'test', modality, anatomicRegion: 'chest' } as const;
  return { filepath: '', ...place, label, patient };
}

function tableOf(lists: readonly (readonly number[])[]): NeighbourTable {
  const k = lists[0]?.length ?? 0;
  // Similarities fall by a tenth with each rank.
  const similarities = Float32Array.from(lists.flat(), (_, at) => 1 - (at % k) / 10);
  return { queries: lists.length, k, rows: Int32Array.from(lists.flat()), similarities };
}

const classes = (names: readonly string[], of: readonly number[]) => ({
  names,
  of: Int32Array.from(of),
});

/** Points on a circle, whose classes are noisy arcs: everything can be searched by hand. */
function circle(points: number, count: number, random: () => number) {
  const angles = Array.from({ length: points }, () => random() * 2 * Math.PI);
  const of = angles.map((angle) => {
    const noisy = angle + (random() - 0.5) * 1.5;
    return Math.floor((((noisy / (2 * Math.PI)) % 1) + 1) * count) % count;
  });
  return {
    angles,
    classes: classes(
      Array.from({ length: count }, (_, c) => `c${c}`),
      of,
    ),
  };
}

/** Positions in `among` of the k nearest. */
function nearest(angle: number, among: readonly number[], k: number): number[] {
  const similarity = (row: number) => Math.cos(angle - (among[row] as number));
  return [...among.keys()].sort((a, b) => similarity(b) - similarity(a)).slice(0, k);
}

describe('checkTable', () => {
  it('names what does not fit', () => {
    const table = tableOf([[0, 1]]);
    expect(() => checkTable(table, 1, 2, 2)).not.toThrow();
    expect(() => checkTable(table, 2, 2, 2)).toThrow(/1 queries instead of 2/);
    expect(() => checkTable(table, 1, 1, 2)).toThrow(/row 1 of an index of 1/);
    expect(() => checkTable(table, 1, 2, 3)).toThrow(/k = 3/);
    expect(() => checkTable(tableOf([]), 0, 2, 1)).toThrow(invalid);
    const broken = { ...table, similarities: Float32Array.of(1, Number.NaN) };
    expect(() => checkTable(broken, 1, 2, 2)).toThrow(/no number \(query 0\)/);
    expect(() => checkTable({ ...table, rows: new Int32Array(3) }, 1, 2, 2)).toThrow(invalid);
  });
});

describe('queryPrecision', () => {
  const index = classes(['a', 'b', 'none'], [0, 0, 1, 1, 1]);
  const queries = classes(index.names, [0, 1, 2]);
  const table = tableOf([
    [0, 2, 1],
    [2, -1, -1],
    [4, 3, 2],
  ]);

  it('looks at k neighbours, or at as many as the class has images', () => {
    const published = { protocol: 'as-published' } as const;
    // Two images of class a exist; none of the third class, which stays a miss and no 0/0.
    expect([...queryPrecision(table, queries, index, { k: 3 })]).toEqual([2 / 3, 1 / 3, 0]);
    expect([...queryPrecision(table, queries, index, { k: 3, ...published })]).toEqual([
      1 / 2,
      1 / 3,
      0,
    ]);
    expect([...queryPrecision(table, queries, index, { k: 1 })]).toEqual([1, 1, 0]);
    expect([...chancePrecision(queries, index)]).toEqual([0.4, 0.6, 0]);
  });

  it('is at chance for shuffled labels', () => {
    const random = randomFrom(seed);
    const { angles, classes: of } = circle(600, 4, random);
    const table = tableOf(angles.map((angle) => nearest(angle, angles, 20)));
    const shuffled = { ...of, of: permutation(600, random).map((row) => of.of[row] as number) };
    const mean = (labels: typeof of) => meanScore(queryPrecision(table, labels, labels, { k: 20 }));
    expect(mean(of)).toBeGreaterThan(0.6);
    // One of 20 is the query itself; the others are at chance.
    const chance = meanScore(chancePrecision(shuffled, shuffled));
    expect(Math.abs(mean(shuffled) - (1 + 19 * chance) / 20)).toBeLessThan(0.02);
    const purity = neighbourhoodPurity(table, Int32Array.from(angles.keys()), shuffled, 19);
    expect(Math.abs(purity.mean - purity.chance)).toBeLessThan(0.02);
  });
});

describe('queryPrecision on average', () => {
  it.each(['corrected', 'as-published'] as const)('is the protocol, %s', (protocol) => {
    const random = randomFrom(seed);
    const index = circle(40, 6, random);
    const queries = circle(30, 6, random);
    const table = tableOf(queries.angles.map((angle) => nearest(angle, index.angles, 12)));
    const { precision } = retrievalPrecision(
      {
        labels: index.classes.names,
        indexLabels: index.classes.of,
        queryLabels: queries.classes.of,
        neighbours: table,
      },
      protocol,
    );
    for (const { k, micro, macro } of precision) {
      const scores = queryPrecision(table, queries.classes, index.classes, { k, protocol });
      expect(meanScore(scores)).toBeCloseTo(micro.mean, 12);
      expect(meanScore(scores, queries.classes)).toBeCloseTo(macro.mean, 12);
    }
  });
});

describe('precisionByGroup', () => {
  it('gives each group its own mean and lists those without a query', () => {
    const images = [image(0, 'p'), image(0, 'p'), image(1, 'q'), image(0, 'r')];
    const queries = classes(['a', 'b', 'c'], [0, 0, 1, 0]);
    const index = classes(queries.names, [0, 2]);
    const scores = Float64Array.of(1, 0.5, 0.25, 0);
    const found = precisionByGroup(scores, queries, index, patientClusters(images), { seed });
    expect(found.withoutQueries).toEqual(['c']);
    const [a, b] = found.groups;
    expect(a).toMatchObject({ name: 'a', queries: 3, patients: 2, indexImages: 1 });
    expect(a?.precision).toMatchObject({ value: 0.5, interval: { low: 0, high: 0.75 } });
    expect(b).toMatchObject({ indexImages: 0, precision: { value: 0.25, interval: null } });
  });
});

describe('levels', () => {
  it('reads a label, or the columns when the label does not say', () => {
    expect(levelNames(image(0), 'XR/chest/viral/pneumonia')).toEqual({
      modality: 'XR',
      region: 'XR/chest',
      finding: 'XR/chest/viral/pneumonia',
    });
    expect(levelNames(image(0, null, 'CT'), 'effusion/left')).toEqual({
      modality: 'CT',
      region: 'CT/chest',
      finding: 'effusion/left',
    });
    expect(levelNames(image(0), 'effusion').region).toBe('unknown/chest');
  });

  it('is right at a coarse level more often than at a finer one', () => {
    const labels = ['XR/chest/a', 'XR/chest/b', 'XR/hand/a', 'CT/chest/a'];
    const index = [0, 1, 2, 3].map((label) => image(label));
    const table = tableOf([[0, 1, 2, 3]]);
    const found = precisionByLevel(table, [image(0)], index, labels, { k: 4, seed });
    expect(found.map(({ micro }) => micro.value)).toEqual([0.75, 0.5, 0.25]);
    // One neighbour of each label is what chance gives.
    expect(found.map(({ chance }) => chance)).toEqual([0.75, 0.5, 0.25]);
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.nat(3), { minLength: 3, maxLength: 3 }), { minLength: 1 }),
        fc.array(fc.nat(3), { minLength: 1 }),
        (lists, asked) => {
          const queries = lists.map((_, i) => image(asked[i % asked.length] as number));
          const levels = precisionByLevel(tableOf(lists), queries, index, labels, {
            k: 3,
            seed,
            replicates: 2,
          });
          const [modality, region, finding] = levels.map(({ micro }) => micro.value);
          expect(modality).toBeGreaterThanOrEqual(region as number);
          expect(region).toBeGreaterThanOrEqual(finding as number);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('confusion', () => {
  const index = classes(['a', 'b', 'c'], [0, 1, 1, 2]);
  const queries = classes(index.names, [0, 2, 1]);
  const table = tableOf([
    [0, 1, 2],
    [1, 3, 0],
    [-1, -1, -1],
  ]);

  it('counts votes, and the nearer class wins a draw', () => {
    const top1 = confusion(table, queries, index, 1);
    expect([...top1.counts]).toEqual([1, 0, 0, 0, 0, 0, 0, 1, 0]);
    expect(top1.unanswered).toBe(1);
    // The first query's vote goes to b; the second has one vote for each class.
    expect([...confusion(table, queries, index, 3).counts]).toEqual([0, 1, 0, 0, 0, 0, 0, 1, 0]);
  });
});

describe('hubness', () => {
  it('finds hubs and what is never found', () => {
    const table = tableOf([
      [3, 0],
      [3, 1],
      [3, 0],
    ]);
    const found = hubness(table, 5, { k: 2, hubs: 2 });
    expect([...found.occurrences]).toEqual([2, 1, 0, 3, 0]);
    expect(found.hubs).toEqual([
      { row: 3, occurrences: 3 },
      { row: 0, occurrences: 2 },
    ]);
    expect(found.antiHubs).toBe(0.4);
    expect(found.antiHubsByChance).toBeCloseTo(0.6 ** 3, 12);
    const even = hubness(tableOf([[0], [1]]), 2, { k: 1 });
    expect(even.skewness).toBeNull();
    expect(() => hubness(table, 0, { k: 2 })).toThrow(impossible);
  });
});

describe('patientLeak', () => {
  it('leaves the own patient out and moves the next ones up', () => {
    const index = [image(0, 'p'), image(0, 'q'), image(1, 'r'), image(0, 'p')];
    const queries = [image(0, 'p'), image(1, 'r'), image(0, null), image(1, 's')];
    const labels = {
      queries: classes(['a', 'b'], [0, 1, 0, 1]),
      index: classes(['a', 'b'], [0, 0, 1, 0]),
    };
    const table = tableOf([
      [0, 3, 2],
      [1, 2, 0],
      [0, 1, 2],
      [2, 1, 0],
    ]);
    const found = patientLeak(table, { queries, index }, labels, { k: 2, seed });
    expect(found).toMatchObject({ queries: 3, unknown: 1, withOwnPatient: 2, short: 1 });
    expect(found?.firstOfSamePatient).toBeCloseTo(1 / 3, 12);
    expect(found?.precision.value).toBeCloseTo((1 + 0.5 + 0.5) / 3, 12);
    // The first query keeps row 2 alone, the second rows 1 and 0, the last one its own list.
    expect(found?.withoutOwnPatient.value).toBeCloseTo((0 + 0 + 0.5) / 3, 12);
    const nobody = queries.map(({ label }) => image(label));
    expect(patientLeak(table, { queries: nobody, index }, labels, { k: 2, seed })).toBeNull();
  });
});

describe('recallAtK', () => {
  it('counts what the exact list has, and either of two equal rows', () => {
    const exact = tableOf([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ]);
    const found = tableOf([
      [1, 0],
      [4, 9],
    ]);
    expect(recallAtK(found, exact, 10, 2)).toEqual({
      k: 2,
      mean: 0.75,
      lowest: 0.5,
      complete: 0.5,
    });
    const tied = { ...exact, similarities: exact.similarities?.fill(0.5) ?? null };
    const other = tableOf([
      [3, 3],
      [7, 6],
    ]);
    expect(recallAtK(other, tied, 10, 2).mean).toBe(0.75);
    expect(recallAtK(exact, exact, 10, 4).mean).toBe(1);
  });
});

describe('stratifiedSample', () => {
  it('keeps shares and small classes, and depends on the seed alone', () => {
    const all = classesOf([...new Array(900).fill('many'), ...new Array(99).fill('few'), 'one']);
    const rows = stratifiedSample(all, 100, seed);
    const kept = [0, 0, 0];
    for (const row of rows) kept[all.of[row] as number] = (kept[all.of[row] as number] ?? 0) + 1;
    expect(kept).toEqual([90, 9, 1]);
    expect([...rows]).toEqual([...new Set(rows)].sort((a, b) => a - b));
    expect(stratifiedSample(all, 100, seed)).toEqual(rows);
    expect(stratifiedSample(all, 100, seed + 1)).not.toEqual(rows);
    expect(stratifiedSample(all, 1000, seed)).toHaveLength(1000);
  });
});

describe('precisionByIndexSize', () => {
  const random = randomFrom(seed);
  const index = circle(400, 5, random);
  const queries = circle(60, 5, random);
  const labels = { queries: queries.classes, index: index.classes };
  const clusters = patientClusters(queries.angles.map((_, i) => image(0, `${i >> 1}`)));
  const lists = (k: number) => tableOf(queries.angles.map((a) => nearest(a, index.angles, k)));
  const run = (listed: number, protocol: Protocol = 'corrected', k = 5) =>
    precisionByIndexSize(
      lists(listed),
      labels,
      clusters,
      { k, protocol, seed, repeats: 3, sizes: geometricSizes(400, 3) },
      async (asked, rows, wanted) => {
        const angles = [...rows].map((row) => index.angles[row] as number);
        return tableOf([...asked].map((q) => nearest(queries.angles[q] as number, angles, wanted)));
      },
    );

  it('is the same from long lists as from searches of each subset', async () => {
    const fromLists = await run(400);
    const searched = await run(5);
    expect(fromLists.map(({ size }) => size)).toEqual([3, 6, 13, 25, 50, 100, 200, 400]);
    expect(fromLists.every((point) => point.searched === 0)).toBe(true);
    expect(searched[0]?.searched).toBe(180);
    expect(searched.map((point) => ({ ...point, searched: 0 }))).toEqual(fromLists);
  });

  it('ends at the precision of the whole index, and grows with it', async () => {
    const points = await run(100);
    const whole = queryPrecision(lists(5), queries.classes, index.classes, { k: 5 });
    const last = points.at(-1);
    expect(last?.micro.value).toBeCloseTo(meanScore(whole), 12);
    expect(new Set(last?.subsets.map(({ micro }) => micro)).size).toBe(1);
    expect(points[1]?.micro.value).toBeLessThan(last?.micro.value as number);
    // Three images cannot have all five classes.
    expect(points[0]?.subsets.every(({ missingClasses }) => missingClasses >= 2)).toBe(true);
    for (const { micro } of await run(100, 'as-published')) {
      expect(micro.value).toBeLessThanOrEqual(1);
      expect(micro.interval?.low).toBeLessThanOrEqual(micro.value);
    }
  });

  it('refuses a size that the index does not have', async () => {
    const search = () => Promise.reject(new Error('not called'));
    const options = { k: 5, seed, sizes: [401] };
    await expect(precisionByIndexSize(lists(5), labels, clusters, options, search)).rejects.toThrow(
      impossible,
    );
  });
});
