import { ascending } from '../../domain/ascending.ts';
import { randomFrom } from '../../domain/random.ts';
import { countLabels } from '../../domain/statistics/classes.ts';
import { normalise } from '../../domain/vectors.ts';
import { type LabelledRow, type LabelledRows, share } from '../../store/labelled-rows.ts';
import { fitDiscriminant, type Linear, Scatter } from './discriminant.ts';
import type { Products } from './products.ts';
import { featuresOf, type ProjectionSettings } from './projection.ts';

/** Depths at which precision is measured. */
export const KS = [1, 3, 5, 10] as const;
const FOLDS = 5;
const SEED = 7;
/** Images that settings are chosen on; further ones would cost time and change little. */
const MOST_ROWS = 10_000;

/** What is tried. */
const ROOTS = [false, true];
const SHRINKAGES = [0.03, 0.1, 0.3];
const WEIGHTS = (
  [
    [0.5, 0.5, 0],
    [0.3, 0.7, 0],
    [0.5, 0.25, 0.25],
    [0.3, 0.35, 0.35],
    [0.5, 0, 0.5],
    [0.3, 0, 0.7],
  ] as const
).map(([embedding, axes, classes]) => ({ embedding, axes, classes }));

/** Precision of each query at each depth: queries x 4. */
export type Precisions = Float64Array;

/** Plain and adapted embeddings on the same queries. */
export interface CrossValidation {
  /** The best settings on all queries. */
  settings: ProjectionSettings;
  /** The queries: each was searched among the other patients, with a fit that did not see its fold. */
  rows: LabelledRows;
  plain: Precisions;
  /** With the settings that were best for the other folds. */
  adapted: Precisions;
}

interface Candidate {
  settings: ProjectionSettings;
  precisions: Precisions;
}

/**
 * Chooses settings by cross-validation over patients and measures what adapting brings. The settings for a
 * fold are those that were best in the other folds, so that its figures owe nothing to the choice.
 * @param rows labelled images
 * @param vectorOf the embedding of one of them, which is asked for of those that are chosen
 * @param classesOf the classes that labels name
 */
export async function crossValidate(
  products: Products,
  rows: LabelledRows,
  vectorOf: (row: LabelledRow) => Float32Array,
  classesOf: (labels: readonly string[]) => readonly number[],
  classes: number,
  onProgress?: (done: number, total: number) => void,
): Promise<CrossValidation> {
  const { used, foldOf } = foldsOf(rows);
  const queries = [...used];
  const own = queries.map(({ labels }) => classesOf(labels));
  const vectors = queries.map(vectorOf);
  const plain = new Float64Array(queries.length * KS.length);
  const candidates = new Map<string, Candidate>();
  let done = 0;
  for (const root of ROOTS) {
    const features = vectors.map((vector) => featuresOf(vector, root));
    const dimension = features[0]?.length ?? 0;
    const folds = Array.from({ length: FOLDS }, (_, fold) => ({
      inside: [...queries.keys()].filter((i) => foldOf[i] === fold),
      outside: [...queries.keys()].filter((i) => foldOf[i] !== fold),
    }));
    const parts: Scatter[] = [];
    for (const { inside } of folds) {
      const part = new Scatter(dimension, classes);
      await part.add(
        products,
        stack(inside.map((i) => features[i] as Float32Array)),
        inside.map((i) => own[i] as readonly number[]),
      );
      parts.push(part);
    }
    const all = parts.reduce((sum, part) => sum.merge(part, 1), new Scatter(dimension, classes));
    for (const [fold, { inside, outside }] of folds.entries()) {
      const asked = stack(inside.map((i) => features[i] as Float32Array));
      const index = stack(outside.map((i) => features[i] as Float32Array));
      const cosines = await products.between(asked, index, dimension);
      const rowOf = (similarities: Float32Array, q: number) =>
        similarities.subarray(q * outside.length, (q + 1) * outside.length);
      const judge = (similarities: (q: number) => Float32Array, precisions: Precisions) => {
        inside.forEach((query, q) => {
          const hits = nearest(similarities(q), KS[KS.length - 1] as number).map((found) =>
            share(
              queries[outside[found] as number]?.labels ?? [],
              queries[query]?.labels as readonly string[],
            ),
          );
          precisionInto(precisions, query, hits);
        });
      };
      if (!root) judge((q) => rowOf(cosines, q), plain);
      const others = all.merge(parts[fold] as Scatter, -1);
      const mixed = new Float32Array(outside.length);
      for (const shrinkage of SHRINKAGES) {
        const discriminant = fitDiscriminant(others, shrinkage);
        const parts = [
          cosines,
          await compareParts(products, normalise, discriminant.axes, asked, index),
          await compareParts(products, classesPart, discriminant.classes, asked, index),
        ] as const;
        for (const weights of WEIGHTS) {
          const settings = { root, shrinkage, weights };
          const key = JSON.stringify(settings);
          const candidate = candidates.get(key) ?? {
            settings,
            precisions: new Float64Array(plain.length),
          };
          candidates.set(key, candidate);
          judge((q) => {
            const rows = [rowOf(parts[0], q), rowOf(parts[1], q), rowOf(parts[2], q)] as const;
            return weighted(rows, weights, mixed);
          }, candidate.precisions);
        }
        done += 1;
        onProgress?.(done, ROOTS.length * FOLDS * SHRINKAGES.length);
      }
      others.merge(parts[fold] as Scatter, 1);
    }
  }
  const tried = [...candidates.values()];
  const adapted = new Float64Array(plain.length);
  for (let fold = 0; fold < FOLDS; fold++) {
    const chosen = best(tried, (query) => foldOf[query] !== fold);
    for (let i = 0; i < adapted.length; i++) {
      if (foldOf[Math.floor(i / KS.length)] === fold) adapted[i] = chosen.precisions[i] as number;
    }
  }
  return {
    settings: best(tried, () => true).settings,
    rows: used,
    plain,
    adapted,
  };
}

/** Precision at each depth of one query. */
export function precisionInto(target: Precisions, query: number, hits: readonly boolean[]): void {
  KS.forEach((k, at) => {
    target[query * KS.length + at] = hits.slice(0, k).filter(Boolean).length / k;
  });
}

/** Some rows, all of a patient or none, and a fold for each; patients are drawn at random. */
function foldsOf(rows: LabelledRows): { used: LabelledRows; foldOf: number[] } {
  const random = randomFrom(SEED);
  const { count, of } = rows.patients();
  const sizes = countLabels(of, count);
  const orders = Float64Array.from(sizes, () => random());
  const drawn = ascending(orders);
  const folds = new Int8Array(count).fill(-1);
  let chosen = 0;
  for (const [i, patient] of drawn.entries()) {
    if (chosen >= MOST_ROWS) break;
    folds[patient] = i % FOLDS;
    chosen += sizes[patient] as number;
  }
  const foldOf: number[] = [];
  const used = rows.filter((place) => {
    const fold = folds[of[place] as number] as number;
    if (fold >= 0) foldOf.push(fold);
    return fold >= 0;
  });
  return { used, foldOf };
}

/** The candidate of the best mean precision over some queries; of equal ones the first. */
function best(candidates: readonly Candidate[], counts: (query: number) => boolean): Candidate {
  const sums = candidates.map(({ precisions }) =>
    precisions.reduce((sum, p, i) => (counts(Math.floor(i / KS.length)) ? sum + p : sum), 0),
  );
  return candidates[sums.indexOf(Math.max(...sums))] as Candidate;
}

/** Similarity of queries and index in one part of the projection: queries x index. */
async function compareParts(
  products: Products,
  finish: (row: Float32Array) => void,
  { weights, bias }: Linear,
  queries: Float32Array,
  index: Float32Array,
): Promise<Float32Array> {
  const width = bias.length;
  const part = async (rows: Float32Array) => {
    const mapped = await products.between(rows, weights, weights.length / width);
    for (let at = 0; at < mapped.length; at += width) {
      const row = mapped.subarray(at, at + width);
      for (let i = 0; i < width; i++) row[i] = (row[i] as number) + (bias[i] as number);
      finish(row);
    }
    return mapped;
  };
  return products.between(await part(queries), await part(index), width);
}

/** Makes logarithms of probabilities into the square roots of probabilities. */
function classesPart(row: Float32Array): void {
  const largest = Math.max(...row);
  let sum = 0;
  for (let i = 0; i < row.length; i++) {
    row[i] = Math.exp((row[i] as number) - largest);
    sum += row[i] as number;
  }
  for (let i = 0; i < row.length; i++) row[i] = Math.sqrt((row[i] as number) / sum);
}

/** Mean of the similarities in three parts of the projection, as one row: there are many. */
function weighted(
  [embedding, axes, classes]: readonly [Float32Array, Float32Array, Float32Array],
  weights: ProjectionSettings['weights'],
  into: Float32Array,
): Float32Array {
  for (let i = 0; i < into.length; i++) {
    const one = Math.fround(weights.embedding * (embedding[i] as number));
    const two = Math.fround(one + weights.axes * (axes[i] as number));
    into[i] = two + weights.classes * (classes[i] as number);
  }
  return into;
}

/** Places of the largest values, largest first; of equal ones the first. */
function nearest(values: Float32Array, count: number): number[] {
  const found: number[] = [];
  let least = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value <= least) continue;
    let at = found.length;
    while (at > 0 && (values[found[at - 1] as number] as number) < value) at -= 1;
    found.splice(at, 0, i);
    if (found.length > count) found.pop();
    if (found.length === count) least = values[found[count - 1] as number] as number;
  }
  return found;
}

/** Vectors one after the other. */
export function stack(vectors: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const dimension = vectors[0]?.length ?? 0;
  const rows = new Float32Array(vectors.length * dimension);
  vectors.forEach((vector, i) => {
    rows.set(vector, i * dimension);
  });
  return rows;
}
