import { SemblanceError } from '../../domain/errors/error.ts';
import type { Split } from '../../domain/splits.ts';
import { countLabels } from '../../domain/statistics/classes.ts';
import type { LabelledImage, LabelledSet } from '../../tables/labelled.ts';
import { type Embeddings, KeptEmbeddings } from '../exchange/kept-embeddings.ts';
import { findRows } from '../exchange/select.ts';

/** Images of one split, with the index of each one's label. */
export interface Part {
  images: readonly LabelledImage[];
  labels: Int32Array;
}

/** What the protocol runs on: neighbours are searched in `train` for the images of `val` and `test`. */
export interface Experiment extends Readonly<Record<Split, Part>> {
  labels: readonly string[];
  /** Images and classes that are left out, each with its reason. */
  excluded: readonly SemblanceError[];
}

/** Whether each row can be scaled to length 1. */
function directionsOf(embeddings: Embeddings): Uint8Array {
  const { dimension, paths } = embeddings;
  const usable = new Uint8Array(paths.length);
  const pieces =
    embeddings instanceof KeptEmbeddings
      ? embeddings.pieces()
      : [{ start: 0, values: embeddings.values }];
  for (const { start, values } of pieces) {
    for (let row = 0; row < values.length / dimension; row++) {
      let sum = 0;
      for (let i = row * dimension; i < (row + 1) * dimension; i++) {
        sum += (values[i] as number) ** 2;
      }
      usable[start + row] = Number.isFinite(sum) && sum > 0 ? 1 : 0;
    }
  }
  return usable;
}

/**
 * The images that have an embedding that can be compared; the others are listed as excluded.
 * @throws SemblanceError EMBEDDINGS_INVALID when the matrix does not have its stated size
 */
export function withEmbeddings(set: LabelledSet, embeddings: Embeddings): LabelledSet {
  const { paths, dimension } = embeddings;
  if ('values' in embeddings) {
    const { length } = embeddings.values;
    if (dimension === 0 || length !== paths.length * dimension) {
      throw new SemblanceError(
        'EMBEDDINGS_INVALID',
        `${length} values are not ${paths.length} embeddings of ${dimension}.`,
      );
    }
  }
  const { rows, missing } = findRows(
    embeddings,
    set.images.map(({ filepath }) => filepath),
  );
  const usable = directionsOf(embeddings);
  const unusable: SemblanceError[] = [];
  const images = set.images.filter(({ filepath }, i) => {
    const row = rows[i] as number;
    if (row === -1) return false;
    if (usable[row] === 1) return true;
    unusable.push(
      new SemblanceError('EMBEDDING_UNUSABLE', 'It is zero or has a value that is no number.', {
        subject: filepath,
      }),
    );
    return false;
  });
  return { ...set, images, excluded: [...set.excluded, ...missing, ...unusable] };
}

/**
 * Row of each image of a part in the matrix.
 * @throws SemblanceError EMBEDDING_MISSING: `withEmbeddings` leaves such images out
 */
export function rowsOf({ images }: Part, embeddings: Embeddings): Int32Array {
  const { rows, missing } = findRows(
    embeddings,
    images.map(({ filepath }) => filepath),
  );
  if (missing[0] !== undefined) throw missing[0];
  return rows;
}

/**
 * Divides a set into its splits. Images of val and test whose class has no image to be found are
 * left out, because no encoder could be right about them; each such class is listed once.
 * @throws SemblanceError SPLIT_EMPTY when there is nothing to search in or nothing to search with
 */
export function prepareExperiment(set: LabelledSet): Experiment {
  const train = set.images.filter(({ split }) => split === 'train');
  const labelsOf = (images: readonly LabelledImage[]) =>
    Int32Array.from(images, ({ label }) => label);
  const available = countLabels(labelsOf(train), set.labels.length);
  const queries = set.images.filter(({ split }) => split !== 'train');
  const findable = queries.filter(({ label }) => available[label] !== 0);
  if (train.length === 0) throw new SemblanceError('SPLIT_EMPTY', 'No image of train can be used.');
  if (findable.length === 0) {
    throw new SemblanceError('SPLIT_EMPTY', 'No image of val or test can be used.');
  }
  const lost = countLabels(
    labelsOf(queries.filter(({ label }) => available[label] === 0)),
    set.labels.length,
  );
  const excluded = set.labels.flatMap((label, i) =>
    lost[i] === 0
      ? []
      : new SemblanceError(
          'CLASS_NOT_MEASURED',
          `It has no image in train, so its ${lost[i]} images of val and test are left out.`,
          { subject: label },
        ),
  );
  const part = (images: readonly LabelledImage[]): Part => ({ images, labels: labelsOf(images) });
  return {
    labels: set.labels,
    train: part(train),
    val: part(findable.filter(({ split }) => split === 'val')),
    test: part(findable.filter(({ split }) => split === 'test')),
    excluded: [...set.excluded, ...excluded],
  };
}
