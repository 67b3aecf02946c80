import { EigenvalueDecomposition, Matrix, QrDecomposition } from 'ml-matrix';
import { SemblanceError } from '../../../domain/errors/error.ts';
import { between, randomFrom } from '../../../domain/random.ts';

/** Principal components of points. */
export interface Pca {
  /** points x components coordinates. */
  coordinates: Float64Array;
  /** Share of the variance that each component explains. */
  explained: number[];
}

/** Directions iterated beyond those wanted, which makes the wanted ones converge faster. */
const OVERSAMPLING = 8;
const MAX_ITERATIONS = 500;
const TOLERANCE = 1e-12;

/**
 * The first principal components, by subspace iteration from a random start (Halko et al. 2011)
 * until their variances no longer change. Signs are chosen so that the largest loading is
 * positive, as scikit-learn does.
 * @param values points x dimension numbers, row-major
 * @throws SemblanceError ANALYSIS_IMPOSSIBLE: fewer than two points, more components than
 *   dimensions, a value that is no finite number
 */
export function pca(
  values: ArrayLike<number>,
  dimension: number,
  components: number,
  seed: number,
): Pca {
  const points = values.length / dimension;
  if (points < 2 || components > dimension || !Array.from(values).every(Number.isFinite)) {
    throw new SemblanceError(
      'ANALYSIS_IMPOSSIBLE',
      `${points} points of ${dimension} numbers cannot be projected to ${components} components.`,
    );
  }
  const x = Matrix.from1DArray(points, dimension, values).center('column');
  const total = x.norm('frobenius') ** 2;
  const random = randomFrom(seed);
  const width = Math.min(dimension, points, components + OVERSAMPLING);
  const start = Array.from({ length: dimension * width }, () => between(random, -1, 1));
  let basis = new QrDecomposition(Matrix.from1DArray(dimension, width, start)).orthogonalMatrix;
  const transposed = x.transpose();
  let variances: number[] = [];
  for (let i = 0; i < MAX_ITERATIONS; i++) {
    const projected = x.mmul(basis);
    const small = new EigenvalueDecomposition(projected.transpose().mmul(projected), {
      assumeSymmetric: true,
    });
    // Eigenvalues come in ascending order.
    const order = [...small.realEigenvalues.keys()].reverse();
    const found = order.slice(0, components).map((at) => small.realEigenvalues[at] as number);
    const settled = found.every(
      (value, at) => Math.abs(value - (variances[at] ?? Infinity)) <= TOLERANCE * total,
    );
    variances = found;
    if (settled || total === 0) {
      basis = basis.mmul(small.eigenvectorMatrix.subMatrixColumn(order.slice(0, components)));
      break;
    }
    basis = new QrDecomposition(transposed.mmul(projected)).orthogonalMatrix;
  }
  for (let c = 0; c < components; c++) {
    const column = basis.getColumn(c);
    const largest = column.reduce((best, v) => (Math.abs(v) > Math.abs(best) ? v : best), 0);
    if (largest < 0) basis.mulColumn(c, -1);
  }
  return {
    coordinates: Float64Array.from(x.mmul(basis).to1DArray()),
    explained: variances.map((value) => (total > 0 ? Math.max(0, value) / total : 0)),
  };
}
