import { SemblanceError } from '../../domain/errors/error.ts';
import { bootstrapMean, type Estimate } from '../../domain/statistics/bootstrap.ts';
import { type Clusters, classesOf } from '../../domain/statistics/classes.ts';
import { comparePaired, type PairedComparison } from '../../domain/statistics/paired-test.ts';
import type { LoadOptions } from '../../encoding/encoders/model.ts';
import { Projection } from '../../encoding/encoders/projection.ts';
import { FlatIndex } from '../../index/memory/flat-index.ts';
import { type LabelledRow, labelledRows, share } from '../../store/labelled-rows.ts';
import type { ReadableCollection } from '../../store/readable-collection.ts';
import type { StoredEncoder } from '../../store/records.ts';
import { nearestOfOthers } from '../other-patients.ts';
import { crossValidate, KS, type Precisions, precisionInto, stack } from './cross-validate.ts';
import { fitDiscriminant, Scatter } from './discriminant.ts';
import { Products } from './products.ts';
import {
  featuresOf,
  type ProjectionSettings,
  projectedLength,
  projectionGraph,
} from './projection.ts';

/** Fewer patients cannot be divided into folds that say something. */
const FEWEST_PATIENTS = 20;
const SEED = 8;

/** Plain and adapted precision at one depth; `k` null stands for the mean over the depths. */
interface Compared {
  k: number | null;
  plain: Estimate;
  adapted: Estimate;
  /** Adapted minus plain on the same queries. */
  difference: PairedComparison;
}

/** Plain and adapted embeddings on the same queries. */
export interface AdaptedComparison {
  /** Cross-validation over patients, or the part that was searched with. */
  on: 'cross-validation' | 'val' | 'test';
  queries: number;
  patients: number;
  precision: Compared[];
}

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

/** An image to fit on or to search with. */
type Row = LabelledRow & { vector: Float32Array };

/** Parts of a collection's labelled images; without a part train all are fitted on. */
function partsOf(rows: readonly Row[]): { train: Row[]; val: Row[]; test: Row[] } {
  const part = (name: string) => rows.filter(({ split }) => split === name);
  const train = part('train');
  return train.length === 0
    ? { train: [...rows], val: [], test: [] }
    : { train, val: part('val'), test: part('test') };
}

function readRows(store: ReadableCollection, encoder: StoredEncoder, field: string): Row[] {
  const rows = new Map(labelledRows(store, encoder.id, field).map((row) => [row.id, row]));
  const found: Row[] = [];
  for (const [id, vector] of store.embeddings.each(encoder.id)) {
    const row = rows.get(id);
    if (row !== undefined) found.push({ ...row, vector });
  }
  return found;
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
  const { train } = partsOf(readRows(store, encoder, field));
  const patients = new Set(train.map(({ patient }) => patient)).size;
  const names = [...new Set(train.flatMap((row) => row.labels))].sort();
  if (patients < FEWEST_PATIENTS || names.length < 2) {
    throw new SemblanceError(
      'ADAPT_IMPOSSIBLE',
      `There are ${patients} patients and ${names.length} labels to fit on; ${FEWEST_PATIENTS} and 2 are needed.`,
      { subject: encoder.name },
    );
  }
  const numbers = new Map(names.map((name, i) => [name, i]));
  const labels = train.map((row) => row.labels.map((name) => numbers.get(name) as number));
  const products = await Products.load();
  try {
    const validation = await crossValidate(products, train, labels, names.length, onProgress);
    const { settings } = validation;
    const chosen = performance.now();
    const scatter = new Scatter(encoder.dimension, names.length);
    const features = train.map(({ vector }) => featuresOf(vector, settings.root));
    await scatter.add(products, stack(features), labels);
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

/** Compares an encoder with its adapted form on val and test, each searched in train, where there are parts. */
export async function compareOnParts(
  store: ReadableCollection,
  encoder: StoredEncoder,
  { field, projection: graph, dimension }: Adaptation,
  options: LoadOptions = {},
): Promise<AdaptedComparison[]> {
  const parts = partsOf(readRows(store, encoder, field));
  const projection = await Projection.load(encoder.name, graph, dimension, options);
  const projected = async (rows: readonly Row[]) => {
    const vectors = await projection.apply(rows.map(({ vector }) => vector));
    return rows.map((row, i) => ({ ...row, vector: vectors[i] as Float32Array }));
  };
  try {
    const comparisons: AdaptedComparison[] = [];
    for (const on of ['val', 'test'] as const) {
      const queries = parts[on];
      if (queries.length === 0) continue;
      const plain = await precisions(parts.train, queries);
      const adapted = await precisions(await projected(parts.train), await projected(queries));
      comparisons.push(compare(on, queries, plain, adapted));
    }
    return comparisons;
  } finally {
    await projection.release();
  }
}

async function precisions(rows: readonly Row[], queries: readonly Row[]): Promise<Precisions> {
  const dimension = rows[0]?.vector.length as number;
  const index = await FlatIndex.build(
    dimension,
    rows.map(({ id, vector }) => [id, vector] as const),
  );
  try {
    const found = await nearestOfOthers(index, rows, queries, Math.max(...KS));
    const labels = new Map(rows.map((row) => [row.id, row.labels]));
    const result = new Float64Array(queries.length * KS.length);
    queries.forEach((query, q) => {
      const hits = (found[q] ?? []).map(({ id }) => share(labels.get(id) ?? [], query.labels));
      precisionInto(result, q, hits);
    });
    return result;
  } finally {
    await index.release();
  }
}

/** Both on the same queries, at each depth and in the mean over the depths, by bootstrap over patients. */
function compare(
  on: AdaptedComparison['on'],
  rows: readonly LabelledRow[],
  plain: Precisions,
  adapted: Precisions,
): AdaptedComparison {
  const { names, of } = classesOf(rows.map(({ patient }) => patient));
  const clusters: Clusters = { count: names.length, of, unknown: 0 };
  const at = (all: Precisions, depth: number | null) =>
    Float64Array.from(rows, (_, query) => {
      const own = all.subarray(query * KS.length, (query + 1) * KS.length);
      return depth === null
        ? own.reduce((sum, p) => sum + p, 0) / KS.length
        : (own[depth] as number);
    });
  const options = { seed: SEED };
  return {
    on,
    queries: rows.length,
    patients: clusters.count,
    precision: [...KS.keys(), null].map((depth): Compared => {
      const [before, after] = [at(plain, depth), at(adapted, depth)];
      return {
        k: depth === null ? null : (KS[depth] as number),
        plain: bootstrapMean(before, clusters, options),
        adapted: bootstrapMean(after, clusters, options),
        difference: comparePaired(after, before, clusters, options),
      };
    }),
  };
}
