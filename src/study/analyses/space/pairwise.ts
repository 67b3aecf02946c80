import { dot } from '../../../domain/vectors.ts';
import { DATA_TYPE, GraphBuilder } from '../../../runtime/onnx/graph-builder.ts';
import { Session } from '../../../runtime/session.ts';
import { type LabelledSpace, pointAt, pointsAt } from './space.ts';

/** Rows and columns of one tile of the matrix of distances: 64 MiB in double precision. */
const TILE_ROWS = 1024;
const TILE_COLUMNS = 8192;

/** What is summed over pairs of points, as a function of their squared Euclidean distance. */
export type PairFunction = (g: GraphBuilder, squared: string) => string;

/** A constant in double precision, of a value that single precision holds exactly. */
export function double(g: GraphBuilder, value: number): string {
  return g.node('Cast', [g.floats([value], [1])], { to: DATA_TYPE.double });
}

function graphOf(dimension: number, weight: PairFunction): Uint8Array {
  const g = new GraphBuilder('pair_sums');
  const rows = g.input('rows', 'double', ['r', dimension]);
  const columns = g.input('columns', 'double', ['c', dimension]);
  const rowNorms = g.input('row_norms', 'double', ['r', 1]);
  const columnNorms = g.input('column_norms', 'double', ['c']);
  const rowIds = g.input('row_ids', 'int64', ['r', 1]);
  const columnIds = g.input('column_ids', 'int64', ['c']);
  // 1 where a column belongs to a class.
  const members = g.input('members', 'double', ['c', 'classes']);
  const products = g.node('MatMul', [rows, g.node('Transpose', [columns], { perm: [1, 0] })]);
  const norms = g.node('Add', [rowNorms, columnNorms]);
  const squared = g.node('Add', [norms, g.node('Mul', [products, double(g, -2)])]);
  const weights = weight(g, g.node('Max', [squared, double(g, 0)]));
  // A point's distance to itself is only nearly 0 as computed, so its pair is left out.
  const itself = g.node('Equal', [rowIds, columnIds]);
  const others = g.node('Where', [itself, double(g, 0), weights]);
  g.node('MatMul', [others, members], {}, { output: 'sums' });
  g.output('sums', 'double', ['r', 'classes']);
  return g.build();
}

/**
 * For some points, the sum of a function of the distance to all points of each class. The matrix
 * of distances is made tile by tile in double precision and never kept.
 * @param rows the points asked about
 * @returns rows x classes sums, without each point's pair with itself
 */
export async function pairSums(
  space: LabelledSpace,
  rows: Int32Array,
  weight: PairFunction,
): Promise<Float64Array> {
  const { dimension, classes } = space;
  const points = classes.of.length;
  const size = classes.names.length;
  const session = await Session.load(graphOf(dimension, weight));
  const norms = Float64Array.from({ length: points }, (_, row) => {
    const point = pointAt(space, row);
    return dot(point, point);
  });
  const ids = BigInt64Array.from({ length: points }, (_, row) => BigInt(row));
  const totals = new Float64Array(rows.length * size);
  try {
    for (let column = 0; column < points; column += TILE_COLUMNS) {
      const end = Math.min(points, column + TILE_COLUMNS);
      const members = new Float64Array((end - column) * size);
      for (let i = column; i < end; i++)
        members[(i - column) * size + (classes.of[i] as number)] = 1;
      const columns = {
        columns: {
          dims: [end - column, dimension],
          data: pointsAt(space, range(column, end)),
        },
        column_norms: { dims: [end - column], data: norms.subarray(column, end) },
        column_ids: { dims: [end - column], data: ids.subarray(column, end) },
        members: { dims: [end - column, size], data: members },
      };
      for (let first = 0; first < rows.length; first += TILE_ROWS) {
        const tile = rows.subarray(first, first + TILE_ROWS);
        const { sums } = await session.run({
          ...columns,
          rows: { dims: [tile.length, dimension], data: pointsAt(space, tile) },
          row_ids: { dims: [tile.length, 1], data: BigInt64Array.from(tile, BigInt) },
          row_norms: {
            dims: [tile.length, 1],
            data: Float64Array.from(tile, (row) => norms[row] as number),
          },
        });
        (sums?.data as Float64Array).forEach((sum, i) => {
          totals[first * size + i] = (totals[first * size + i] as number) + sum;
        });
      }
    }
  } finally {
    await session.release();
  }
  return totals;
}

/** Fewest points of a sample, however many pairs that makes. */
const MIN_SAMPLE = 1000;

/** Points to ask about so that about `pairs` pairs are looked at; all of them if these suffice. */
export function affordablePoints(points: number, pairs: number): number {
  return Math.min(points, Math.max(MIN_SAMPLE, Math.floor(pairs / points)));
}

/**
 * Inner products of every point with some columns.
 * @param columns columns x dimension numbers
 * @returns points x columns
 */
export async function innerProducts(
  space: LabelledSpace,
  columns: Float64Array,
): Promise<Float64Array> {
  const { dimension } = space;
  const points = space.classes.of.length;
  const width = columns.length / dimension;
  const g = new GraphBuilder('inner_products');
  const left = g.input('rows', 'double', ['r', dimension]);
  const right = g.input('columns', 'double', [width, dimension]);
  const transposed = g.node('Transpose', [right], { perm: [1, 0] });
  g.node('MatMul', [left, transposed], {}, { output: 'products' });
  g.output('products', 'double', ['r', width]);
  const session = await Session.load(g.build());
  const found = new Float64Array(points * width);
  try {
    for (let first = 0; first < points; first += TILE_COLUMNS) {
      const rows = range(first, Math.min(points, first + TILE_COLUMNS));
      const { products } = await session.run({
        rows: { dims: [rows.length, dimension], data: pointsAt(space, rows) },
        columns: { dims: [width, dimension], data: columns },
      });
      found.set(products?.data as Float64Array, first * width);
    }
  } finally {
    await session.release();
  }
  return found;
}

function range(start: number, end: number): Int32Array {
  return Int32Array.from({ length: end - start }, (_, i) => start + i);
}
