import { CholeskyDecomposition, EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { SemblanceError } from '../../domain/errors/error.ts';
import type { Products } from './products.ts';

/** Sums over labelled rows, from which a discriminant is fitted; those of parts can be added. */
export class Scatter {
  readonly gram: Float64Array;
  /** classes x dimension. */
  readonly sums: Float64Array;
  readonly counts: Float64Array;
  rows = 0;

  constructor(
    readonly dimension: number,
    readonly classes: number,
  ) {
    this.gram = new Float64Array(dimension * dimension);
    this.sums = new Float64Array(classes * dimension);
    this.counts = new Float64Array(classes);
  }

  /**
   * Adds rows.
   * @param rows count x dimension
   * @param labels classes of each row; one of several counts in each by its share
   */
  async add(
    products: Products,
    rows: Float32Array,
    labels: readonly (readonly number[])[],
  ): Promise<void> {
    await products.addGram(rows, this.dimension, this.gram);
    labels.forEach((own, row) => {
      for (const label of own) {
        this.counts[label] = (this.counts[label] as number) + 1 / own.length;
        for (let i = 0; i < this.dimension; i++) {
          const at = label * this.dimension + i;
          const value = rows[row * this.dimension + i] as number;
          this.sums[at] = (this.sums[at] as number) + value / own.length;
        }
      }
    });
    this.rows += labels.length;
  }

  /** Adds another's sums, or takes them away. */
  merge(other: Scatter, sign: 1 | -1): this {
    for (const field of ['gram', 'sums', 'counts'] as const) {
      const own = this[field];
      other[field].forEach((value, i) => {
        own[i] = (own[i] as number) + sign * value;
      });
    }
    this.rows += sign * other.rows;
    return this;
  }
}

/** A linear map: x . weights + bias. */
export interface Linear {
  /** outputs x dimension. */
  weights: Float32Array;
  bias: Float32Array;
}

/** What is fitted to labelled rows. */
export interface Discriminant {
  /** Logarithm of the probability of each class that has rows, but for a constant. */
  classes: Linear;
  /** Coordinates in the space that the means of the classes span, in which classes are spheres. */
  axes: Linear;
}

/** Directions in which the means differ by less than this share of the largest are none. */
const FLAT = 1e-9;

/**
 * Linear discriminant analysis with a shrunk covariance (Friedman 1989): classes are taken as normal
 * with one covariance within classes, of which the share `shrinkage` is replaced by a multiple of the
 * identity of the same trace. Closed form: one Cholesky factorisation, and the eigenvectors of a matrix of
 * the size of the classes.
 * @throws SemblanceError ADAPT_IMPOSSIBLE: the rows of each class are all alike
 */
export function fitDiscriminant(scatter: Scatter, shrinkage: number): Discriminant {
  const { dimension, sums, counts, rows } = scatter;
  const present = [...counts.keys()].filter((c) => (counts[c] as number) > FLAT);
  const sizes = present.map((c) => counts[c] as number);
  const means = new Matrix(
    present.map((c, at) =>
      Array.from({ length: dimension }, (_, i) => {
        return (sums[c * dimension + i] as number) / (sizes[at] as number);
      }),
    ),
  );
  const cholesky = new CholeskyDecomposition(covariance(scatter, means, sizes, shrinkage));
  if (!cholesky.isPositiveDefinite()) {
    throw new SemblanceError(
      'ADAPT_IMPOSSIBLE',
      'The embeddings of each class are all alike, so no spread can be estimated.',
    );
  }
  const weights = cholesky.solve(means.transpose()).transpose();
  const priors = sizes.map((size) => size / rows);
  const bias = priors.map((prior, c) => {
    return Math.log(prior) - means.getRowVector(c).dot(weights.getRowVector(c)) / 2;
  });
  return {
    classes: linear(weights, bias),
    axes: axesOf(means, weights, priors),
  };
}

/** The shrunk covariance within classes. */
function covariance(
  { dimension, gram, rows }: Scatter,
  means: Matrix,
  sizes: readonly number[],
  shrinkage: number,
): Matrix {
  const between = means.transpose().mmul(Matrix.diag([...sizes]).mmul(means));
  const within = Matrix.from1DArray(dimension, dimension, gram).sub(between).div(rows);
  const level = (shrinkage * within.trace()) / dimension;
  within.mul(1 - shrinkage);
  for (let i = 0; i < dimension; i++) {
    within.set(i, i, within.get(i, i) + level);
    // Symmetric to the last digit, which products in another order are not.
    for (let j = 0; j < i; j++) within.set(i, j, within.get(j, i));
  }
  return within;
}

/**
 * Coordinates whose products are those of the discriminant space. With the inverse covariance P and the
 * centred means M, the product of x and y there is x' P M' (M P M')^-1 M P y: so the coordinates are
 * those of M P x along the eigenvectors of M P M', by the roots of their eigenvalues.
 * @param weights means x P
 */
function axesOf(means: Matrix, weights: Matrix, priors: readonly number[]): Linear {
  const shares = Matrix.rowVector([...priors]);
  const mean = shares.mmul(means);
  const centred = weights.clone().subRowVector(shares.mmul(weights));
  const size = new EigenvalueDecomposition(
    centred.mmul(means.clone().subRowVector(mean).transpose()),
    { assumeSymmetric: true },
  );
  const values = size.realEigenvalues;
  const kept = [...values.keys()].filter((i) => (values[i] as number) > FLAT * Math.max(...values));
  const directions = size.eigenvectorMatrix.subMatrixColumn(kept).transpose();
  kept.forEach((i, row) => {
    directions.mulRow(row, 1 / Math.sqrt(values[i] as number));
  });
  const axes = directions.mmul(centred);
  return linear(axes, axes.mmul(mean.transpose()).mul(-1).to1DArray());
}

function linear(weights: Matrix, bias: readonly number[]): Linear {
  return { weights: Float32Array.from(weights.to1DArray()), bias: Float32Array.from(bias) };
}
