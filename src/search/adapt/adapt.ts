import { SemblanceError } from '../../domain/errors/error.ts';
import type { Estimate } from '../../domain/statistics/bootstrap.ts';
import { type LabelledRow, labelledRows } from '../../store/labelled-rows.ts';
import type { ReadableCollection } from '../../store/readable-collection.ts';
import type { StoredEncoder } from '../../store/records.ts';
import { type AdaptedComparison, compare } from './compare-forms.ts';
import { crossValidate, stack } from './cross-validate.ts';
import { fitDiscriminant, Scatter } from './discriminant.ts';
import { Products } from './products.ts';
import {
  featuresOf,
  type ProjectionSettings,
  projectedLength,
  projectionGraph,
} from './projection.ts';
import { partsOf, vectorsOf } from './rows.ts';

/** Fewer patients cannot be divided into folds that say something. */
const FEWEST_PATIENTS = 20;

/** A fitted projection, and what it brings. */
export interface Adaptation {
  field: string;
  /** Images that it was fitted on, and the classes among them. */
  images: number;
  classes: number;
  settings: ProjectionSettings;
  dimension: number;
  /** The ONNX graph. */
  projection: Uint8Array;
  /** By cross-validation over patients, of the images that it was fitted on. */
  crossValidation: AdaptedComparison;
  /** Whether the mean precision rises beyond the paired interval of the cross-validation. */
  better: boolean;
  /** Time of the cross-validation that chose the settings, and of the fit itself. */
  seconds: { choose: number; fit: number };
}

/**
 * Fits a space in which images of one label lie nearer together: closed form, on the labels of train
 * alone (of all images, where there are no parts), with settings chosen by cross-validation over patients.
 * @throws SemblanceError ADAPT_IMPOSSIBLE
 */
export async function fitAdaptation(
  store: ReadableCollection,
  encoder: StoredEncoder,
  field = 'label',
  onProgress?: (done: number, total: number) => void,
): Promise<Adaptation> {
  const start = performance.now();
  const { train } = partsOf(labelledRows(store, encoder.id, field));
  const patients = train.patients().count;
  const names = train.labelNames();
  if (patients < FEWEST_PATIENTS || names.length < 2) {
    throw new SemblanceError(
      'ADAPT_IMPOSSIBLE',
      `There are ${patients} patients and ${names.length} labels to fit on; ${FEWEST_PATIENTS} and 2 are needed.`,
      { subject: encoder.name },
    );
  }
  const classesOf = classNumbers(names);
  const products = await Products.load();
  try {
    const vectorOf = ({ id }: LabelledRow) => store.embeddings.get(encoder.id, id) as Float32Array;
    const validation = await crossValidate(
      products,
      train,
      vectorOf,
      classesOf,
      names.length,
      onProgress,
    );
    const { settings } = validation;
    const chosen = performance.now();
    const scatter = new Scatter(encoder.dimension, names.length);
    let at = 0;
    for (const batch of vectorsOf(store, encoder, train)) {
      const features = batch.map((vector) => featuresOf(vector, settings.root));
      const labels = batch.map((_, i) => classesOf(train.labelsAt(at + i)));
      await scatter.add(products, stack(features), labels);
      at += batch.length;
    }
    const discriminant = fitDiscriminant(scatter, settings.shrinkage);
    const projection = projectionGraph(discriminant, settings);
    const fitted = performance.now();
    const crossValidation = compare(
      'cross-validation',
      validation.rows,
      validation.plain,
      validation.adapted,
    );
    const { interval } = crossValidation.precision.at(-1)?.difference.difference as Estimate;
    return {
      field,
      images: train.length,
      classes: discriminant.classes.bias.length,
      settings,
      dimension: projectedLength(discriminant),
      projection,
      crossValidation,
      better: interval !== null && interval.low > 0,
      seconds: { choose: (chosen - start) / 1000, fit: (fitted - chosen) / 1000 },
    };
  } finally {
    await products.release();
  }
}

/** Gives the numbers of the classes that labels name; of one list of labels always the same list. */
function classNumbers(names: readonly string[]): (labels: readonly string[]) => readonly number[] {
  const numbers = new Map(names.map((name, i) => [name, i]));
  const lists = new Map<readonly string[], number[]>();
  return (labels) => {
    const known = lists.get(labels) ?? labels.map((name) => numbers.get(name) as number);
    lists.set(labels, known);
    return known;
  };
}
