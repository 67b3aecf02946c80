import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../domain/random.ts';
import { knnPredict } from './knn-classification.ts';
import type { Protocol } from './protocol.ts';
import { retrievalPrecision } from './retrieval.ts';
import type { Retrieved } from './retrieve.ts';
import { aucOfScores } from './roc-auc.ts';

const LABELS = ['a', 'b', 'c', 'd', 'never asked for'];

/** Random neighbours; class c has 3 times as many index images as class c - 1, the first 2. */
function example(seed: number, queries = 60): Retrieved {
  const random = randomFrom(seed);
  const whole = (below: number) => Math.floor(random() * below);
  const counts = [2, 6, 18, 54, 7];
  const indexLabels = Int32Array.from(counts.flatMap((n, label) => Array(n).fill(label)));
  const k = 20;
  return {
    labels: LABELS,
    indexLabels,
    queryLabels: Int32Array.from({ length: queries }, () => whole(4)),
    neighbours: {
      queries,
      k,
      rows: Int32Array.from({ length: queries * k }, () => whole(indexLabels.length)),
      similarities: null,
    },
  };
}

/** Labels of the neighbours that a protocol looks at, for each query. */
function seen({ indexLabels, queryLabels, neighbours }: Retrieved, k: number, protocol: Protocol) {
  return Array.from(queryLabels, (label, q) => {
    const own = indexLabels.filter((l) => l === label).length;
    const n = protocol === 'corrected' ? k : Math.min(k, own);
    return Array.from(
      neighbours.rows.subarray(q * neighbours.k, q * neighbours.k + n),
      (row) => indexLabels[row] as number,
    );
  });
}

const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const deviation = (values: number[]) =>
  Math.sqrt(values.reduce((a, b) => a + (b - mean(values)) ** 2, 0) / (values.length - 1));

describe.each<Protocol>(['corrected', 'as-published'])('%s figures', (protocol) => {
  it('precision equals the definition, query by query', () => {
    const data = example(1);
    const result = retrievalPrecision(data, protocol);
    expect(result.precision).toHaveLength(20);
    for (const { k, micro, macro } of result.precision) {
      const each = seen(data, k, protocol).map((labels, q) =>
        mean(labels.map((label) => Number(label === data.queryLabels[q]))),
      );
      const groups = [0, 1, 2, 3].map((c) => each.filter((_, q) => data.queryLabels[q] === c));
      expect(micro.mean).toBeCloseTo(mean(each), 12);
      expect(micro.std).toBeCloseTo(deviation(each), 12);
      expect(macro.mean).toBeCloseTo(mean(groups.map(mean)), 12);
      expect(macro.std).toBeCloseTo(mean(groups.map(deviation)), 12);
    }
  });

  it('areas counted by share equal areas of the matrix of shares', () => {
    const data = { ...example(2), labels: LABELS.slice(0, 4) };
    data.indexLabels = data.indexLabels.map((label) => label % 4);
    for (const k of [1, 7, 20]) {
      const shares = Float32Array.from(
        seen(data, k, protocol).flatMap((labels) =>
          data.labels.map((_, c) => mean(labels.map((label) => Number(label === c)))),
        ),
      );
      const auc = aucOfScores(data.queryLabels, shares, 4);
      const { scores } = knnPredict(data, k, protocol);
      expect(scores.microRocAuc).toBeCloseTo(auc.micro as number, 12);
      expect(scores.classes.map(({ rocAuc }) => rocAuc)).toEqual(
        auc.classes.map((area) => expect.closeTo(area as number, 12)),
      );
    }
  });
});

describe('what cannot be measured', () => {
  it('a class without queries is listed; the published code stops there', () => {
    const { scores } = knnPredict(example(3), 5);
    expect(scores.excluded.map(({ code, subject }) => [code, subject])).toEqual([
      ['CLASS_NOT_MEASURED', 'never asked for'],
    ]);
    expect(Object.values(scores).filter(Number.isNaN)).toEqual([]);
    expect(() => knnPredict(example(3), 5, 'as-published')).toThrow(
      expect.objectContaining({ code: 'SCORE_UNDEFINED', subject: 'never asked for' }),
    );
  });

  it('the standard deviation of one query is none', () => {
    const [at1] = retrievalPrecision(example(4, 1)).precision;
    expect([at1?.micro.std, at1?.macro.std]).toEqual([null, null]);
    expect(() => retrievalPrecision(example(4, 0))).toThrow(
      expect.objectContaining({ code: 'SPLIT_EMPTY' }),
    );
  });
});
