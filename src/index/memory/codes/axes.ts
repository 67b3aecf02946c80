import { randomFrom } from '../../../domain/random.ts';
import { GraphBuilder } from '../../../runtime/onnx/graph-builder.ts';
import { Session } from '../../../runtime/session.ts';
import { Slices } from '../../../runtime/slices.ts';
import type { RowMatrix } from '../row-matrix.ts';
import { Rotation } from './rotation.ts';

/** Rows from which the axes are taken. */
const SAMPLE_ROWS = 4096;
/** Rows of it that are multiplied at a time. */
const PIECE_ROWS = 256;
/** Pairs of multiplications by the covariance; more of them find nearly the same space. */
const ROUNDS = 3;
/** Share of the variance that the axes must hold to be worth scanning. */
const LEAST_SHARE = 0.5;
/** Above it the axes would take longer than the rest of the index. */
const MOST_DIMENSION = 2048;

/** Directions in which the rows differ most. Any axes give right bounds, these give narrow ones. */
export interface Axes {
  count: number;
  /** `count` unit vectors, nearly orthogonal, one after the other. */
  values: Float32Array;
}

/** Axes of a collection of this dimension: the mean's, and whole steps of the kernel. */
function axesCount(dimension: number): number {
  return 1 + Math.min(128, 16 * Math.ceil(dimension / 128));
}

/**
 * The direction of the mean, in which queries are long, then the leading principal axes of the unit vectors of
 * a sample, by subspace iteration.
 * @param mean of the unit vectors
 * @returns undefined when the rows differ in all directions, so that few axes tell little
 */
export async function principalAxes(
  matrix: RowMatrix,
  mean: Float64Array,
): Promise<Axes | undefined> {
  const { dimension } = matrix;
  const count = axesCount(dimension);
  // A product with so few numbers is not faster than one with all.
  if (4 * (count - 1) > dimension || dimension > MOST_DIMENSION) return undefined;
  const sample = sampled(matrix, mean);
  const session = await Session.load(productGraph(), { threads: 1 });
  try {
    const product = async (a: Float32Array, b: Float32Array, inner: number) => {
      const left = { dims: [inner, a.length / inner], data: a };
      const right = { dims: [inner, b.length / inner], data: b };
      return (await session.run({ left, right })).product?.data as Float32Array;
    };
    // Piece by piece, because a product holds the thread.
    const covariance = new Float32Array(dimension * dimension);
    const slices = new Slices(undefined);
    for (let at = 0; at < sample.length; at += PIECE_ROWS * dimension) {
      const piece = sample.subarray(at, at + PIECE_ROWS * dimension);
      const more = await product(piece, piece, piece.length / dimension);
      for (let i = 0; i < more.length; i++)
        covariance[i] = (covariance[i] as number) + (more[i] as number);
      if (slices.over()) await slices.pause();
    }
    const random = randomFrom(3);
    let axes = Float32Array.from({ length: count * dimension }, () => random() - 0.5);
    axes.set(mean);
    orthogonalise(axes, dimension);
    for (let round = 0; round < ROUNDS; round++) {
      const once = await product(covariance, transposed(axes, dimension), dimension);
      axes = transposed(await product(covariance, once, dimension), count);
      axes.set(mean);
      orthogonalise(axes, dimension);
      await slices.pause();
    }
    spread(axes, dimension);
    const image = transposed(
      await product(covariance, transposed(axes, dimension), dimension),
      count,
    );
    let [held, all] = [0, 0];
    for (let i = 0; i < axes.length; i++) held += (axes[i] as number) * (image[i] as number);
    for (let i = 0; i < dimension; i++) all += covariance[i * (dimension + 1)] as number;
    return held >= LEAST_SHARE * all && all > 0 ? { count, values: axes } : undefined;
  } finally {
    await session.release();
  }
}

/** The product of the transposed of `left` and `right`. */
function productGraph(): Uint8Array {
  const g = new GraphBuilder('product');
  const left = g.input('left', 'float', ['inner', 'rows']);
  const right = g.input('right', 'float', ['inner', 'columns']);
  g.multi('Gemm', [left, right], ['product'], { transA: 1 });
  g.output('product', 'float', ['rows', 'columns']);
  return g.build();
}

/** Evenly spaced unit vectors less the mean. */
function sampled({ dimension, rows, values, inverses }: RowMatrix, mean: Float64Array) {
  const step = Math.max(1, Math.floor(rows / SAMPLE_ROWS));
  const sample = new Float32Array(Math.ceil(rows / step) * dimension);
  for (let row = 0, to = 0; row < rows; row += step) {
    for (let i = 0; i < dimension; i++, to++) {
      sample[to] =
        (values[row * dimension + i] as number) * (inverses[row] as number) - (mean[i] as number);
    }
  }
  return sample;
}

/** @param width columns of the matrix */
function transposed(values: Float32Array, width: number): Float32Array<ArrayBuffer> {
  const rows = values.length / width;
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < width; i++) turned[i * rows + row] = values[row * width + i] as number;
  }
  return turned;
}

/** Makes vectors orthogonal, of length 1 or, where nothing is left of one, 0 (Gram-Schmidt, twice). */
function orthogonalise(vectors: Float32Array, dimension: number): void {
  const done: Float64Array[] = [];
  for (let start = 0; start < vectors.length; start += dimension) {
    const vector = Float64Array.from(vectors.subarray(start, start + dimension));
    scale(vector);
    for (let pass = 0; pass < 2; pass++) {
      for (const other of done) {
        let dot = 0;
        for (let i = 0; i < dimension; i++) dot += (vector[i] as number) * (other[i] as number);
        for (let i = 0; i < dimension; i++) {
          vector[i] = (vector[i] as number) - dot * (other[i] as number);
        }
      }
    }
    scale(vector);
    done.push(vector);
    vectors.set(vector, start);
  }
}

/**
 * Turns all axes but the first within their space, so that no component stands out and one scale for all codes of
 * a row, or numbers of a query, loses little.
 */
function spread(axes: Float32Array, dimension: number): void {
  const rotation = new Rotation(axes.length / dimension - 1);
  const components = new Float64Array(axes.length / dimension - 1);
  for (let i = 0; i < dimension; i++) {
    for (let a = 0; a < components.length; a++) {
      components[a] = axes[(a + 1) * dimension + i] as number;
    }
    rotation.apply(components);
    for (let a = 0; a < components.length; a++) {
      axes[(a + 1) * dimension + i] = components[a] as number;
    }
  }
}

function scale(vector: Float64Array): void {
  const length = Math.hypot(...vector);
  const factor = length > 1e-30 ? 1 / length : 0;
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) * factor;
}
