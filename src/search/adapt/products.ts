import { GraphBuilder } from '../../runtime/onnx/graph-builder.ts';
import { Session, type Tensor } from '../../runtime/session.ts';

/** Rows of one product. */
export const ROWS = 1024;

/** The matrix products that are too large for plain loops, as graphs. */
export class Products {
  private constructor(
    private readonly grams: Session,
    private readonly products: Session,
  ) {}

  static async load(): Promise<Products> {
    return new Products(await Session.load(gramGraph()), await Session.load(productGraph()));
  }

  /**
   * Adds the sum of x x' over rows to a matrix.
   * @param rows count x dimension
   * @param sum dimension x dimension
   */
  async addGram(rows: Float32Array, dimension: number, sum: Float64Array): Promise<void> {
    for (let at = 0; at < rows.length; at += ROWS * dimension) {
      const data = Float64Array.from(rows.subarray(at, at + ROWS * dimension));
      const x = { dims: [data.length / dimension, dimension], data };
      const { gram } = await this.grams.run({ x });
      (gram as Tensor).data.forEach((value, i) => {
        sum[i] = (sum[i] as number) + Number(value);
      });
    }
  }

  /**
   * Scalar products of all rows of two matrices.
   * @returns rows of `a` x rows of `b`
   */
  async between(a: Float32Array, b: Float32Array, dimension: number): Promise<Float32Array> {
    const { product } = await this.products.run({
      a: { dims: [a.length / dimension, dimension], data: a },
      b: { dims: [b.length / dimension, dimension], data: b },
    });
    return (product as Tensor).data as Float32Array;
  }

  async release(): Promise<void> {
    await this.grams.release();
    await this.products.release();
  }
}

/** In double precision, because small directions are differences of large sums. */
function gramGraph(): Uint8Array {
  const g = new GraphBuilder('gram');
  const x = g.input('x', 'double', ['n', 'd']);
  const transposed = g.node('Transpose', [x], { perm: [1, 0] });
  g.node('MatMul', [transposed, x], {}, { output: 'gram' });
  g.output('gram', 'double', ['d', 'd']);
  return g.build();
}

function productGraph(): Uint8Array {
  const g = new GraphBuilder('products');
  const a = g.input('a', 'float', ['m', 'd']);
  const b = g.input('b', 'float', ['n', 'd']);
  g.node('Gemm', [a, b], { transB: 1 }, { output: 'product' });
  g.output('product', 'float', ['m', 'n']);
  return g.build();
}
