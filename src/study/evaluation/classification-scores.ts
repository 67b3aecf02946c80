import { SemblanceError } from '../../domain/errors/error.ts';
import { countLabels } from '../../domain/statistics/classes.ts';
import type { Protocol } from './protocol.ts';
import type { RocAuc } from './roc-auc.ts';

/** Scores of a classifier that gives every image one class. */
export interface ClassificationScores {
  microRocAuc: number;
  macroRocAuc: number;
  /** Equals the accuracy, because every image has one label. */
  microF1: number;
  macroF1: number;
  macroPrecision: number;
  macroRecall: number;
  /** Share of images whose class was found (the study's `macro_accuracy`). */
  accuracy: number;
  classes: ClassScores[];
  /** Classes that the macro averages leave out, each with its reason. */
  excluded: readonly SemblanceError[];
}

/** Scores of one class. Precision of a class that was never predicted is 0, as is its F1. */
interface ClassScores {
  label: string;
  images: number;
  rocAuc: number | null;
  precision: number;
  recall: number;
  f1: number;
}

const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);

/** Mean of a column over the classes that count. */
function average<T>(rows: readonly T[], value: (row: T) => number): number {
  return rows.reduce((sum, row) => sum + value(row), 0) / rows.length;
}

/**
 * Whether ROC AUC is defined, which the true classes alone decide: nothing need be trained or counted where not.
 * @throws SemblanceError SCORE_UNDEFINED when no class has both positives and negatives, or (as published) when
 *   one lacks either
 */
export function requireRocAuc(
  labels: readonly string[],
  truth: Int32Array,
  protocol: Protocol,
): void {
  const counts = countLabels(truth, labels.length);
  const without = labels.filter((_, c) => counts[c] === 0 || counts[c] === truth.length);
  const isDefined =
    protocol === 'as-published' ? without.length === 0 : without.length < labels.length;
  if (isDefined) return;
  throw new SemblanceError(
    'SCORE_UNDEFINED',
    `ROC AUC needs images of the class and images of other classes; ${without.length} of ${labels.length} classes lack them.`,
    { subject: without[0] as string },
  );
}

/**
 * Scores from the true and the predicted class of each image and the areas under the ROC curves.
 * Macro averages are over the classes that have images. `as-published` does as scikit-learn does:
 * precision, recall and F1 also average over predicted classes without images.
 * @throws SemblanceError SPLIT_EMPTY without images; SCORE_UNDEFINED when no class has both
 *   positives and negatives, or (as published) when one lacks either
 */
export function scoreClassification(
  labels: readonly string[],
  truth: Int32Array,
  predicted: Int32Array,
  auc: RocAuc,
  protocol: Protocol,
): ClassificationScores {
  if (truth.length === 0) throw new SemblanceError('SPLIT_EMPTY', 'No image is to be classified.');
  const count = () => new Int32Array(labels.length);
  const [support, guesses, right] = [count(), count(), count()];
  const add = (counts: Int32Array, label: number) => {
    counts[label] = (counts[label] as number) + 1;
  };
  truth.forEach((label, i) => {
    add(support, label);
    add(guesses, predicted[i] as number);
    if (predicted[i] === label) add(right, label);
  });
  const classes = labels.map((label, c): ClassScores & { predictions: number } => {
    const [images, predictions, hits] = [support[c], guesses[c], right[c]] as [
      number,
      number,
      number,
    ];
    return {
      label,
      images,
      predictions,
      rocAuc: auc.classes[c] ?? null,
      precision: ratio(hits, predictions),
      recall: ratio(hits, images),
      f1: ratio(2 * hits, images + predictions),
    };
  });
  const ranked = classes.filter(({ rocAuc }) => rocAuc !== null);
  const unranked = classes.filter(({ rocAuc }) => rocAuc === null);
  requireRocAuc(labels, truth, protocol);
  const averaged = classes.filter(
    ({ images, predictions }) => images > 0 || (protocol === 'as-published' && predictions > 0),
  );
  const accuracy = right.reduce((sum, hits) => sum + hits, 0) / truth.length;
  return {
    // If one class has positives and negatives, then so have all pairs together.
    microRocAuc: auc.micro as number,
    macroRocAuc: average(ranked, ({ rocAuc }) => rocAuc as number),
    microF1: accuracy,
    macroF1: average(averaged, ({ f1 }) => f1),
    macroPrecision: average(averaged, ({ precision }) => precision),
    macroRecall: average(averaged, ({ recall }) => recall),
    accuracy,
    classes: classes.map(({ predictions: _, ...rest }) => rest),
    excluded: unranked.map(
      ({ label, images }) =>
        new SemblanceError(
          'CLASS_NOT_MEASURED',
          images === 0
            ? 'No image to be classified has it: macro averages leave it out.'
            : 'Every image to be classified has it: macro ROC AUC leaves it out.',
          { subject: label },
        ),
    ),
  };
}
