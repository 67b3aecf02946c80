/**
 * Areas under ROC curves (one class against the others) as probabilities: that a positive has a
 * higher score than a negative, ties counting half. This equals the trapezoidal area that
 * scikit-learn's `roc_auc_score` computes. Null where there are no positives or no negatives.
 */
export interface RocAuc {
  /** Over all (image, class) pairs together. */
  micro: number | null;
  /** Of each class. */
  classes: (number | null)[];
}

function area(wins: number, positives: number, negatives: number): number | null {
  return positives === 0 || negatives === 0 ? null : wins / positives / negatives;
}

/** The area from how many positives and negatives have each score, ascending by score. */
export function aucOfCounts(positives: Float64Array, negatives: Float64Array): number | null {
  let wins = 0;
  let above = 0;
  let below = 0;
  for (let i = 0; i < positives.length; i++) {
    const p = positives[i] as number;
    const n = negatives[i] as number;
    wins += p * (below + n / 2);
    above += p;
    below += n;
  }
  return area(wins, above, below);
}

/** The area from the scores of both groups, which are sorted in place. */
function aucOfGroups(positives: Float32Array, negatives: Float32Array): number | null {
  positives.sort();
  negatives.sort();
  let wins = 0;
  let below = 0;
  let notAbove = 0;
  for (const score of positives) {
    while (below < negatives.length && (negatives[below] as number) < score) below += 1;
    while (notAbove < negatives.length && (negatives[notAbove] as number) <= score) notAbove += 1;
    wins += (below + notAbove) / 2;
  }
  return area(wins, positives.length, negatives.length);
}

/**
 * The areas from a matrix of scores.
 * @param truth index of the true class of each image
 * @param scores images x classes, row-major
 */
export function aucOfScores(truth: Int32Array, scores: Float32Array, classes: number): RocAuc {
  const pick = (wanted: (image: number, c: number) => boolean, c?: number): Float32Array => {
    const out = new Float32Array(c === undefined ? scores.length : truth.length);
    let count = 0;
    for (let i = 0; i < truth.length; i++) {
      for (let at = c ?? 0; at < (c === undefined ? classes : c + 1); at++) {
        if (wanted(i, at)) out[count++] = scores[i * classes + at] as number;
      }
    }
    return out.subarray(0, count);
  };
  const isTrue = (image: number, c: number) => truth[image] === c;
  const isFalse = (image: number, c: number) => truth[image] !== c;
  return {
    micro: aucOfGroups(pick(isTrue), pick(isFalse)),
    classes: Array.from({ length: classes }, (_, c) =>
      aucOfGroups(pick(isTrue, c), pick(isFalse, c)),
    ),
  };
}
