import { GraphBuilder } from '../../../runtime/onnx/graph-builder.ts';
import { Session } from '../../../runtime/session.ts';
import type { Axes } from './axes.ts';

/** Numbers that are kept for each row beside its codes: scale, inner error, rest, component along the mean. */
export const TRAITS = 4;

/** Unit of rounding of 32-bit floats. */
const UNIT = 2 ** -24;

/** A query along the axes; `inner` and `outer` are what the errors and rests of rows are multiplied with. */
export interface SketchedQuery {
  /** Component along the first axis, the direction of the mean. */
  common: number;
  /** Components along the other axes. */
  along: Float64Array;
  inner: number;
  outer: number;
}

/**
 * Few numbers for each row: its components along the axes A (unit vectors as the rows of a matrix) as 8-bit
 * codes, the first, along the mean, as a float, since queries are long in this direction; and bounds for all that
 * they leave out.
 *
 * Let h be the coded components of a row z, E = A A' - 1 (small, and its norm is known), and r = z - A' h.
 * For a query y with b = A y and o = y - A' b:
 *
 *   y.z = b.h + y.r = b.h + b.(A r) + o.r <= b.h + |b| |A r| + |o| |r|.
 *
 * That holds for any axes and any h. A r = (A z - h) - E h, so with components a computed in 32 bits, off by
 * no more than d, A r is within d + |E| |h| of a - h, whose first number is 0, since the first of h is that of
 * a. With b' as b without its first number, b.(A r) <= |b'| |a - h| + |b| (d + |E| |h|). And
 * |r|^2 <= |z|^2 - 2 a.h + (1 + |E|) |h|^2 + 2 d |h|. The b that is at hand is computed in 32 bits too; all of
 * this holds for any b but for the product with h, which is off by no more than the error of b times |h|.
 */
export class Sketcher {
  /** Codes of a row. */
  readonly count: number;
  /** At least |E|. */
  private readonly skew: number;
  /**
   * Error of the components of a vector of length 1. Each sum of products is off by less than (dimension + 2)
   * units of the product of lengths, whatever the order of addition; one unit more is the rounding of the
   * vector, and 1.01 the products of errors.
   */
  private readonly inexact: number;

  private constructor(
    axes: Axes,
    private readonly dimension: number,
    private readonly session: Session,
  ) {
    this.count = axes.count - 1;
    this.skew = skewOf(axes, dimension);
    this.inexact = 1.01 * (dimension + 4) * UNIT * Math.sqrt(axes.count * (1 + this.skew));
  }

  static async create(axes: Axes, dimension: number): Promise<Sketcher> {
    const g = new GraphBuilder('components');
    const rows = g.input('rows', 'float', ['rows', dimension]);
    const columns = g.floats(axes.values, [axes.count, dimension]);
    g.multi('Gemm', [rows, columns], ['components'], { transB: 1 });
    g.output('components', 'float', ['rows', axes.count]);
    return new Sketcher(axes, dimension, await Session.load(g.build(), { threads: 1 }));
  }

  /**
   * Codes rows.
   * @param rows unit vectors less the mean, rounded to 32 bits
   * @param squares squared length of each
   * @param codes, traits where they are written, `count` and TRAITS numbers a row
   * @returns `longest`: the largest length of codes, scaled; `loosest`: a bound for what errors of 32-bit
   *   components add to any product
   */
  async code(
    rows: Float32Array,
    squares: Float64Array,
    codes: Uint8Array,
    traits: Float32Array,
  ): Promise<{ longest: number; loosest: number }> {
    const { count, dimension, skew, inexact } = this;
    const dims = [rows.length / dimension, dimension];
    const { components } = await this.session.run({ rows: { dims, data: rows } });
    const values = components?.data as Float32Array;
    let [longest, loosest] = [0, 0];
    for (let row = 0; row < squares.length; row++) {
      const own = values.subarray(row * (count + 1) + 1, (row + 1) * (count + 1));
      const along = values[row * (count + 1)] as number;
      let largest = 0;
      for (const value of own) largest = Math.max(largest, Math.abs(value));
      const scale = Math.fround(largest / 127);
      const levels = scale > 0 ? 1 / scale : 0;
      let [error, length, product] = [0, 0, 0];
      for (let i = 0; i < count; i++) {
        const value = own[i] as number;
        const code = Math.min(255, Math.max(1, (value * levels + 128.5) | 0));
        const coded = (code - 128) * scale;
        codes[row * count + i] = code;
        error += (value - coded) ** 2;
        length += coded ** 2;
        product += value * coded;
      }
      const all = squares[row] as number;
      const off = inexact * Math.sqrt(all) + 2 ** -40;
      longest = Math.max(longest, Math.sqrt(length));
      product += along * along;
      length += along * along;
      const coded = Math.sqrt(length);
      const rest = all - 2 * product + (1 + skew) * length + 2 * off * coded + 2 ** -40;
      traits[row * TRAITS] = scale;
      traits[row * TRAITS + 1] = Math.sqrt(error) * (1 + 2 ** -22);
      traits[row * TRAITS + 2] = Math.sqrt(Math.max(0, rest)) * (1 + 2 ** -22);
      traits[row * TRAITS + 3] = along;
      // A query's components are no longer than 1 but for their errors.
      loosest = Math.max(loosest, 1.01 * (off + skew * coded) + inexact * coded);
    }
    return { longest, loosest };
  }

  /**
   * @param queries as they were given, not rotated, one after the other, of length 1 or 0
   * @returns b in 32 bits, and bounds for the lengths of b and o: with b off from A y by no more than d, of which
   *   `inexact` is the bound, |o|^2 <= |y|^2 - |b|^2 + |E| |b|^2 + 2 d |b|
   */
  async queries(queries: Float64Array): Promise<SketchedQuery[]> {
    const { count, dimension, skew } = this;
    const dims = [queries.length / dimension, dimension];
    const { components } = await this.session.run({
      rows: { dims, data: Float32Array.from(queries) },
    });
    const values = components?.data as Float32Array;
    return Array.from({ length: queries.length / dimension }, (_, q) => {
      const start = q * (count + 1);
      const common = values[start] as number;
      const along = Float64Array.from(values.subarray(start + 1, start + 1 + count));
      let within = 0;
      for (let i = 0; i < count; i++) within += (along[i] as number) ** 2;
      const squares = within + common * common;
      const outer = 1 - (1 - skew) * squares + 2 * this.inexact * Math.sqrt(squares) + 2 ** -40;
      const inner = Math.sqrt(within);
      const above = (value: number) => value * (1 + 2 ** -20) + 2 ** -40;
      return { common, along, inner: above(inner), outer: above(Math.sqrt(Math.max(0, outer))) };
    });
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

/** At least the norm of A A' - 1: its Frobenius norm. Along axes of zeros every row has exactly 0. */
function skewOf({ count, values }: Axes, dimension: number): number {
  let squares = 0;
  for (let a = 0; a < count; a++) {
    for (let b = 0; b <= a; b++) {
      let dot = 0;
      for (let i = 0; i < dimension; i++) {
        dot += (values[a * dimension + i] as number) * (values[b * dimension + i] as number);
      }
      if (a === b && dot !== 0) dot -= 1;
      squares += (a === b ? 1 : 2) * dot * dot;
    }
  }
  return Math.sqrt(squares) + 2 ** -40;
}
