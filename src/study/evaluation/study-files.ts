import { stringify } from 'csv-stringify/sync';
import type { ClassificationScores } from './classification-scores.ts';
import type { RetrievalPrecision } from './retrieval.ts';

// The study's result files: the same names, columns and order as its published archive has.

/** A float as pandas writes it: the shortest decimal that reads back the same; nothing for none. */
function float(value: number | null): string {
  if (value === null) return '';
  const [digits, exponent] = value.toExponential().split('e') as [string, string];
  const power = Number(exponent);
  if (value !== 0 && (power < -4 || power >= 16)) {
    return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

type Cell = string | number;

/** The scores that the files have. */
export type OverallScores = Omit<ClassificationScores, 'classes' | 'excluded'>;

function csv(header: readonly string[], rows: readonly Cell[][]): string {
  return stringify([[...header], ...rows]);
}

/** Columns of the scores, with how each is read. */
const SCORE_COLUMNS: [string, (scores: OverallScores) => number][] = [
  ['micro_roc_auc', (s) => s.microRocAuc],
  ['micro_f1', (s) => s.microF1],
  ['macro_roc_auc', (s) => s.macroRocAuc],
  ['macro_f1', (s) => s.macroF1],
  ['macro_precision', (s) => s.macroPrecision],
  ['macro_recall', (s) => s.macroRecall],
  ['macro_accuracy', (s) => s.accuracy],
];

const scoreNames = SCORE_COLUMNS.map(([name]) => name);
const scoreCells = (scores: OverallScores) => SCORE_COLUMNS.map(([, read]) => float(read(scores)));

/** `retrieval.csv` of one encoder: row i belongs to k = i + 1. */
export function retrievalCsv({ precision }: { precision: readonly RetrievalPrecision[] }): string {
  const header = [
    '',
    'micro_precision_mean',
    'micro_precision_std',
    'macro_precision_mean',
    'macro_precision_std',
  ];
  return csv(
    header,
    precision.map(({ micro, macro }, i) => [
      i,
      ...[micro.mean, micro.std, macro.mean, macro.std].map(float),
    ]),
  );
}

/** `knn_validation_val.csv` of one encoder: row i belongs to k = i + 1. */
export function knnValidationCsv({
  validation,
}: {
  validation: readonly { scores: OverallScores }[];
}): string {
  return csv(
    ['', ...scoreNames],
    validation.map(({ scores }, i) => [i, ...scoreCells(scores)]),
  );
}

/** `knn_classification.csv` or `linear_probing.csv` of one encoder. */
export function classificationCsv(scores: OverallScores): string {
  return csv(scoreNames, [scoreCells(scores)]);
}

/** `knn_classification.csv` or `linear_probing.csv` over all encoders. */
export function classificationSummaryCsv(
  encoders: readonly { name: string; scores: OverallScores }[],
): string {
  return csv(
    ['', ...scoreNames],
    encoders.map(({ name, scores }) => [name, ...scoreCells(scores)]),
  );
}

/** `retrieval.csv` over all encoders: precision at 1, 3, 5 and 10, one column misspelt as published. */
export function retrievalSummaryCsv(
  encoders: readonly { name: string; retrieval: { precision: readonly RetrievalPrecision[] } }[],
): string {
  const columns: [string, 'micro' | 'macro', number][] = [
    ['macro_precision_at_1', 'macro', 1],
    ['macro_precision_at_10', 'macro', 10],
    ['macro_precision_at_3', 'macro', 3],
    ['macro_precision_at_5', 'macro', 5],
    ['micro_precision_at_10', 'micro', 10],
    ['micro_precision_at_3', 'micro', 3],
    ['micro_precision_at_5', 'micro', 5],
    ['micro_precison_at_1', 'micro', 1],
  ];
  return csv(
    ['', ...columns.map(([name]) => name)],
    encoders.map(({ name, retrieval: { precision } }) => [
      name,
      ...columns.map(([, average, k]) => float(precision[k - 1]?.[average].mean ?? null)),
    ]),
  );
}

/** The training of a linear probe: loss on `train` and accuracy on `val` of each epoch, counted from 1. */
export function trainingCsv(epochs: readonly { loss: number | null; accuracy: number }[]): string {
  const rows = epochs.map(({ loss, accuracy }, i) => [i + 1, float(loss), float(accuracy)]);
  return csv(['epoch', 'train_loss', 'val_accuracy'], rows);
}
