import { SemblanceError } from '../../domain/errors/error.ts';
import { countLabels } from '../../domain/statistics/classes.ts';
import { type ClassificationScores, scoreClassification } from './classification-scores.ts';
import { type Protocol, STUDY } from './protocol.ts';
import type { Retrieved } from './retrieve.ts';
import { aucOfCounts } from './roc-auc.ts';

/** A vote of the k nearest neighbours. */
interface KnnPrediction {
  k: number;
  /** Predicted class of each query; of classes with equal votes the first one. */
  predicted: Int32Array;
  scores: ClassificationScores;
}

export interface KnnClassification {
  /** Scores on the validation split for k = 1, 2, ..., 99. */
  validation: { k: number; scores: ClassificationScores }[];
  /** The k that was used on the test split. */
  bestK: number;
  test: KnnPrediction;
}

/** Positions of the shares 0 / n to n / n of some n in their ascending order, equals together. */
class ShareRanks {
  private readonly ranks: Int32Array;
  readonly count: number;

  constructor(
    denominators: ReadonlySet<number>,
    private readonly largest: number,
  ) {
    const shares = [...denominators].flatMap((n) =>
      Array.from({ length: n + 1 }, (_, c) => ({ at: n * (largest + 1) + c, share: c / n })),
    );
    shares.sort((a, b) => a.share - b.share);
    this.ranks = new Int32Array((largest + 1) ** 2);
    let rank = 0;
    shares.forEach(({ at, share }, i) => {
      if (i > 0 && share !== shares[i - 1]?.share) rank += 1;
      this.ranks[at] = rank;
    });
    this.count = rank + 1;
  }

  of(c: number, n: number): number {
    return this.ranks[n * (this.largest + 1) + c] as number;
  }
}

/**
 * Classifies queries by the share of their k nearest neighbours that has each label: the mean of
 * the neighbours' one-hot labels. `as-published` uses min(k, n) neighbours, n being the number of
 * index images of the query's true class.
 *
 * ROC AUC needs no matrix of probabilities: shares take few values, so it is counted how often
 * each occurs for positives and negatives.
 * @throws SemblanceError SCORE_UNDEFINED for k = 0, NEIGHBOURS_INVALID, and those of `scoreClassification`
 * @testing
 */
export function knnPredict(
  retrieved: Retrieved,
  k: number,
  protocol: Protocol = 'corrected',
): KnnPrediction {
  const { labels, indexLabels, queryLabels, neighbours } = retrieved;
  const width = neighbours.k;
  const largest = Math.min(k, width);
  if (largest === 0) {
    throw new SemblanceError('SCORE_UNDEFINED', 'The vote of 0 neighbours has no result.');
  }
  // Neighbours that vote for a query of each class.
  const voting = countLabels(indexLabels, labels.length).map((own) =>
    protocol === 'as-published' ? Math.min(largest, Math.max(1, own)) : largest,
  );
  const ranks = new ShareRanks(new Set(voting), largest);
  const size = ranks.count;
  const positives = new Float64Array(labels.length * size);
  const negatives = new Float64Array(labels.length * size);
  const predicted = new Int32Array(queryLabels.length);
  const votes = new Int32Array(labels.length);
  queryLabels.forEach((truth, q) => {
    const n = voting[truth] as number;
    const voters = neighbours.rows.subarray(q * width, q * width + n);
    let best = labels.length;
    for (const row of voters) {
      const label = indexLabels[row];
      if (label === undefined) {
        throw new SemblanceError('NEIGHBOURS_INVALID', `Query ${q} has too few neighbours.`);
      }
      votes[label] = (votes[label] as number) + 1;
    }
    for (const row of voters) {
      const label = indexLabels[row] as number;
      const count = votes[label] as number;
      const lead = votes[best] ?? 0;
      if (count > lead || (count === lead && label < best)) best = label;
    }
    for (const row of voters) {
      const label = indexLabels[row] as number;
      const count = votes[label] as number;
      if (count === 0) continue; // counted already
      const at = label * size + ranks.of(count, n);
      const group = label === truth ? positives : negatives;
      group[at] = (group[at] as number) + 1;
      votes[label] = 0;
    }
    predicted[q] = best;
  });
  // Classes without a vote have the share 0, which is the first rank.
  const support = countLabels(queryLabels, labels.length);
  const total = (counts: Float64Array) => counts.reduce((sum, count) => sum + count, 0);
  const all = { positives: new Float64Array(size), negatives: new Float64Array(size) };
  const classes = labels.map((_, c) => {
    const p = positives.subarray(c * size, (c + 1) * size);
    const n = negatives.subarray(c * size, (c + 1) * size);
    const own = support[c] as number;
    p[0] = own - total(p);
    n[0] = queryLabels.length - own - total(n);
    for (let i = 0; i < size; i++) {
      all.positives[i] = (all.positives[i] as number) + (p[i] as number);
      all.negatives[i] = (all.negatives[i] as number) + (n[i] as number);
    }
    return aucOfCounts(p, n);
  });
  const auc = { micro: aucOfCounts(all.positives, all.negatives), classes };
  return {
    k,
    predicted,
    scores: scoreClassification(labels, queryLabels, predicted, auc, protocol),
  };
}

/**
 * kNN classification of the study: the k with the best micro F1 on `val` (the smallest of several)
 * is used on `test`. `as-published` takes the number of that k's row in the table, counted from 0,
 * which is one less; see `CORRECTIONS`.
 * @param progress is told the k that are done, and all
 * @throws SemblanceError as `knnPredict`
 */
export function knnClassification(
  val: Retrieved,
  test: Retrieved,
  protocol: Protocol = 'corrected',
  progress?: (done: number, total: number) => void,
): KnnClassification {
  const largest = Math.min(STUDY.largestK, val.neighbours.k);
  const validation = Array.from({ length: largest }, (_, i) => {
    progress?.(i, largest);
    const { k, scores } = knnPredict(val, i + 1, protocol);
    return { k, scores };
  });
  const found = validation.map(({ scores }) => scores.microF1);
  const row = found.indexOf(Math.max(...found));
  const bestK = protocol === 'as-published' ? row : row + 1;
  return { validation, bestK, test: knnPredict(test, bestK, protocol) };
}
